#!/usr/bin/env python3
"""Independent reader of a store's directory, written from docs/FORMAT.md alone.

It shares nothing with the Rust crates: Python's standard library and its own BLAKE3. Layouts
and numbers are parsed from FORMAT.md (reader_format.py), so that a wrong number there makes a
good store fail. reader_log.py reads the log, reader_derived.py what is derived from it.

    reader.py verify DIR [--log-only]      exit 0 and `ok`, or 1 and one line with the reason
    reader.py dump DIR --ledger NAME       entries of a ledger as JSON lines
    reader.py hexdump DIR                  the first segment's batches, annotated
"""
import argparse
import json
import os
import re
import sys

sys.dont_write_bytecode = True
from reader_derived import check_derived, check_superblocks  # noqa: E402
from reader_format import Bad, Format  # noqa: E402
from reader_log import Log  # noqa: E402


def verify(log, args):
    """Checks everything; prints what the store holds."""
    check_superblocks(log)
    if not args.log_only:
        check_derived(log)
    print(f"network {log.network.decode()}\nheight {log.height}\nbatches {len(log.points) - 1}")
    print(f"chain {log.chain.hex()}")
    for ledger in log.ledgers:
        print(f"ledger {ledger.name.decode()} {ledger.tree.size} {ledger.tree.root().hex()}")
    print("ok")


def dump(log, args):
    """The entries of a ledger, in order."""
    ledgers = [ledger for ledger in log.ledgers if ledger.name == args.ledger.encode()]
    if not ledgers:
        raise Bad(f"no ledger {args.ledger!r}")
    for i, (height, entry) in enumerate(ledgers[0].entries):
        if entry is None:
            continue  # from before the base
        row = {"ledger": args.ledger, "leaf_index": i, "seq_no": i + 1, "height": height, "data_hex": entry.hex()}
        print(json.dumps(row))


def hexdump(log, _):
    """Offset in hex, up to 16 bytes, field and value; a blank line before each part of a batch."""
    file, fields = log.segments[0][0], sorted(log.segments[0][0].trace.items())
    parts = {table.rows[0][0] for table in (log.fmt.begin, log.fmt.frame, log.fmt.zero_map, log.fmt.trailer)}
    ends = [start for start, _ in fields[1:]] + [log.segments[0][1]["offset of the end of the last batch"]]
    for (start, (size, text, value)), end in zip(fields, ends):
        # What holds other fields ends where the first of them starts.
        name, data = re.sub(r"[:;,] .*| = .*|`", "", text), file.data[start:min(start + size, end)]
        if value is not None and "check" not in name:
            called = re.search(rf"\b{value} ([\w ]+)", text) if text.startswith("kind: ") else None
            name += f": {value}" + (f", {called[1]}" if called else "")
        elif value is None and data.isascii() and data.decode().isprintable() and name != data.decode():
            name += f": {data.decode()}"
        if text in parts and start != fields[0][0]:
            print()
        at = 0
        while at < len(data):
            rest = len(data) - at
            zeros = rest - len(data[at:].lstrip(b"\0"))
            if zeros > 32:
                step = rest if zeros == rest else zeros // 16 * 16
                row = f"00 ... {step} zero bytes"
            else:
                row, step = data[at:at + 16].hex(" "), 16
            print(f"{start + at:06x}  {row:<47}  {'' if at else name}".rstrip())
            at += step


def main():
    docs = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "FORMAT.md")
    parser = argparse.ArgumentParser(description="Reads a store's directory by docs/FORMAT.md alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in (("verify", verify), ("dump", dump), ("hexdump", hexdump)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("dir")
        command.add_argument("--format", default=docs, metavar="FILE", help="the format's description")
        if name == "verify":
            command.add_argument("--log-only", action="store_true", help="leave out tip and derived files")
        if name == "dump":
            command.add_argument("--ledger", required=True, metavar="NAME")
    args = parser.parse_args()
    try:
        args.run(Log(Format(args.format), args.dir), args)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `| head` is no error
    except (Bad, OSError) as error:
        print(f"bad: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
