#!/usr/bin/env python3
"""What browsing costs the writer: the time of each commit alone, and with clients on the explorer.

Usage: benches/explore_load.py TOOL [SECONDS] [CLIENTS] [THINK]    TOOL has the feature `explore`.

A writer commits one entry every 5 ms, each in a batch of its own, and waits for each; clients ask
for pages of entries, keys, commits and single entries one after another, each client with a pause of
up to twice THINK seconds between two (0: as many as there can be). In turns
the writer is alone and beside them, SECONDS each in all: a disk that others use is not the same from
minute to minute. The clients are in a process of their own that runs only where nobody else would,
as the explorer's threads do: they stand for other machines, and take the same processors here.
"""

import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOOL = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
CLIENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 50
THINK = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
PAUSE = 0.005
ENTRIES = 100_000
ROUNDS = 6


def tool(*args, **more):
    subprocess.run([TOOL, *args], check=True, stdout=subprocess.DEVNULL, **more)


def store(place):
    tool("init", place, "--ledger", "l:sha256:blake3")
    lines = "".join(f"entry {i} of a store to browse\n" for i in range(ENTRIES))
    tool("import", place, "--ledger", "l", "--format", "lines", "--quiet-commits", "-", input=lines.encode())
    keys = (f'{{"key_hex":"{i:08x}","value_hex":"{i * i:016x}"}}\n' for i in range(10_000))
    tool("state", "put", place, "--ledger", "l", "--quiet-commits", "-", input="".join(keys).encode())


def commits(place):
    command = [TOOL, "import", place, "--ledger", "l", "--format", "lines", "--batch", "1", "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    writer = subprocess.Popen(command, bufsize=0, **pipes)
    times, end = [], time.monotonic() + SECONDS / ROUNDS
    while time.monotonic() < end:
        began = time.monotonic()
        writer.stdin.write(b"one more\n")
        assert writer.stdout.readline().startswith(b"committed")
        times.append(time.monotonic() - began)
        time.sleep(PAUSE)
    writer.stdin.close()
    assert writer.wait() == 0
    return times


def client(url, seed, stop, counts):
    choose = random.Random(seed)
    while not stop.is_set():
        page = choose.choice([
            "", f"ledger/l?from={choose.randrange(ENTRIES)}", f"entry/l/{choose.randrange(ENTRIES)}",
            f"key/l/{choose.randrange(10_000):08x}", "state/l", "commits", "health", "tree/l",
            f"search/l?q=entry+{choose.randrange(ENTRIES)}",
        ])
        with urllib.request.urlopen(url + page, timeout=60) as answer:
            answer.read()
        counts[seed] += 1
        stop.wait(choose.uniform(0, 2 * THINK))


def clients(url, pages):
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    stop, counts = threading.Event(), [0] * CLIENTS
    threads = [threading.Thread(target=client, args=(url, i, stop, counts)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    pages.recv()
    stop.set()
    for thread in threads:
        thread.join()
    pages.send(sum(counts))


def said(name, times):
    at = lambda part: 1000 * times[min(len(times) - 1, int(part * len(times)))]
    print(f"{name:14} {len(times):6} commits  p50 {at(.5):.2f} ms  p99 {at(.99):.2f} ms  max {1000 * times[-1]:.2f} ms")
    return at(.99)


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = str(pathlib.Path(folder) / "store")
        store(place)
        command = [TOOL, "explore", place, "--listen", "127.0.0.1:0", "--json"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        url = json.loads(server.stdout.readline())["url"]
        alone, beside, pages = [], [], 0
        for _ in range(ROUNDS):
            alone += commits(place)
            ours, theirs = multiprocessing.Pipe()
            browsing = multiprocessing.Process(target=clients, args=(url, theirs))
            browsing.start()
            beside += commits(place)
            ours.send("stop")
            pages += ours.recv()
            browsing.join()
        server.terminate()
        server.wait()
        before, after = said("alone", sorted(alone)), said(f"{CLIENTS} clients", sorted(beside))
        print(f"{pages} pages, {pages / SECONDS:.0f} a second; p99 {after / before:.2f} times that alone")


main()
