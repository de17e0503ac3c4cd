#!/usr/bin/env python3
"""What browsing costs the writer: the time of each commit alone, and with clients on the explorer.

Usage: benches/explore_load.py TOOL [SECONDS] [CLIENTS]    TOOL has the feature `explore`.

A writer commits one entry every 5 ms, each in a batch of its own, and waits for each; clients ask
for pages of entries, keys, commits and single entries one after another without a pause. Both runs
are of the same length, on stores made alike; the second has the clients.
"""

import json
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
PAUSE = 0.005
ENTRIES = 100_000


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
    times, end = [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        began = time.monotonic()
        writer.stdin.write(b"one more\n")
        assert writer.stdout.readline().startswith(b"committed")
        times.append(time.monotonic() - began)
        time.sleep(PAUSE)
    writer.stdin.close()
    assert writer.wait() == 0
    return sorted(times)


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


def said(name, times):
    at = lambda part: 1000 * times[min(len(times) - 1, int(part * len(times)))]
    print(f"{name:14} {len(times):6} commits  p50 {at(.5):.2f} ms  p99 {at(.99):.2f} ms  max {1000 * times[-1]:.2f} ms")
    return at(.99)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        alone, beside = str(folder / "alone"), str(folder / "beside")
        store(alone)
        store(beside)
        before = said("alone", commits(alone))
        command = [TOOL, "explore", beside, "--listen", "127.0.0.1:0", "--json"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        url = json.loads(server.stdout.readline())["url"]
        stop, counts = threading.Event(), [0] * CLIENTS
        clients = [threading.Thread(target=client, args=(url, i, stop, counts)) for i in range(CLIENTS)]
        for thread in clients:
            thread.start()
        after = said(f"{CLIENTS} clients", commits(beside))
        stop.set()
        for thread in clients:
            thread.join()
        server.terminate()
        server.wait()
        print(f"{sum(counts)} pages, {sum(counts) / SECONDS:.0f} a second; p99 {after / before:.2f} times that alone")


main()
