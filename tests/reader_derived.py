"""What stands beside the log, compared with it by docs/FORMAT.md, whose sections are cited:
superblocks, tip, and the derived files byte for byte as the log would have them rebuilt.
"""
import hashlib
import os
import re

from reader_bytes import Cursor, File
from reader_format import Bad
from reader_state import check_states


def expect_point(log, file, what, batch, position, **more):
    """That what `file` says of a batch is what the log says (sections 9 and 10)."""
    if batch >= len(log.points):
        file.bad(0, f"{what}: batch {batch}, the log ends with {len(log.points) - 1}")
    end, height, last_body, chain, _ = log.points[batch]
    have = {"height": height, "last_body": last_body, "chain": chain}
    file.expect(0, f"{what}: position of the end of batch {batch}", position, end)
    for name, value in more.items():
        file.expect(0, f"{what}: {name}", value, have[name])


def check_superblocks(log):
    """Superblocks against the log (section 9)."""
    derived = {kind for kind, name in log.fmt.kinds.items() if re.search("tiles|index|nodes|leaf hash run", name)}
    for file, head, network, ledgers, marks, base in log.supers:
        file.expect(0, "base", base, log.base)
        batch = head["batch number of the tip"]
        file.expect(0, "store uuid", head["store uuid"], log.uuid)
        file.expect(0, "network id", network, log.network)
        expect_point(log, file, "tip", batch, head["position of the tip"], height=head["height of the tip"],
                 last_body=head["position of the last body frame"], chain=head["chain after the tip"])
        declared = [(l.name, *l.types, l.lookups, l.space) for l in log.ledgers[:log.points[batch][4]]]
        listed = [(l["name"], l["tree type"], l["state suite"], l["key mode"], l["look-ups"], l["id space"]) for l in ledgers]
        file.expect(0, "ledgers", listed, declared)
        for mark in marks:
            if mark["kind"] not in derived:
                file.bad(0, f"watermark of kind {mark['kind']}")
            if mark["batch number"] > batch:
                file.bad(0, f"watermark at batch {mark['batch number']}, the tip is batch {batch}")
            expect_point(log, file, "watermark", mark["batch number"], mark["position of that batch's end"])
        if head["flags"] not in (0, 1, 2):
            file.bad(0, f"flags are {head['flags']}")
    (_, head0, *_), (_, head1, *_) = log.supers
    if abs(head0["generation"] - head1["generation"]) != 1:
        raise Bad(f"SUPER.1: offset 0: generation is {head1['generation']}, of SUPER.0 {head0['generation']}")
    last = max(log.supers, key=lambda s: s[1]["generation"])
    if last[1]["flags"] == 1:
        last[0].expect(0, "clean, but batch number of the tip", last[1]["batch number of the tip"], len(log.points) - 1)


def check_derived(log):
    """Every derived file, as the log would have it rebuilt (sections 7, 8 and 10); a store whose
    superblock covers none, as a backup, need not have them."""
    if not max(log.supers, key=lambda s: s[1]["generation"])[4]:
        return
    for i, ledger in enumerate(log.ledgers):
        name = ledger.name.decode()
        check_tiles(log, name, i, ledger.tree)
        check_index(log, f"{name}/entries", "entry index", i, ledger.positions)
        check_runs(log, i, ledger)
    check_states(log)
    check_tiles(log, "audit", log.fmt.audit_ordinal, log.audit)
    check_index(log, "audit/heights", "height index", 0, log.commits)
    base = log.base[0] if log.base else 1
    check_index(log, "audit/attachments", "attachment index", 0,
                [0 if h < base else log.attached_later.get(h) for h in range(1, log.height + 1)])
    if os.path.exists(os.path.join(log.root, "tip")):
        file = File(log.fmt, log.root, "tip", log.fmt.tip_kind, 0, log.uuid)
        file.expect(0, "name of kind 6", log.fmt.kinds.get(file.kind), "tip")
        cursor = Cursor(file)
        tip = cursor.read(log.fmt.tip)
        cursor.done("tip")
        file.expect(0, "store uuid", tip["store uuid"], log.uuid)
        expect_point(log, file, "tip", tip["batch number"], tip["position of the end"], height=tip["height"])


def check_runs(log, ordinal, ledger):
    """The runs of a ledger's look-ups at the watermark, byte for byte (section 14)."""
    fmt, name = log.fmt, ledger.name.decode()
    newest = max(log.supers, key=lambda s: s[1]["generation"])
    ends = [mark["batch number"] for mark in newest[4]
            if (fmt.kinds[mark["kind"]], mark["ledger ordinal"]) == ("leaf hash run", ordinal)]
    if bool(ledger.lookups) != bool(ends) or len(ends) > 1:
        raise Bad(f"SUPER: {len(ends)} watermarks of the look-ups of {name}")
    if not ends:
        return
    height = log.points[ends[0]][1]
    size = sum(1 for at, _ in ledger.entries if at <= height)
    leaves = [(int.from_bytes(leaf[:fmt.fingerprint], "little"), i) for i, leaf in enumerate(ledger.tree.levels[0])]
    ids = [(int.from_bytes(hashlib.sha256(text).digest()[:fmt.fingerprint], "little"), i)
           for i, text in ledger.ids.items()]
    for bit, folder, kind, records in ((0, "hashes", "leaf hash run", leaves), (1, "ids", "id run", ids)):
        if ledger.lookups >> fmt.lookups[bit] & 1:
            spans, first = [], 0
            for power in range(63, -1, -1):
                if size >> power & 1 and 1 << power >= fmt.run_base:
                    spans.append((first, first + (1 << power)))
                    first += 1 << power
            spans += [(first, size)] if first < size else []
            for first, end in spans:
                file = log.open_file(f"{name}/{folder}/{first:016x}-{end:016x}.run", kind,
                                     ordinal * fmt.per_run + first)
                check_run(fmt, file, end, sorted(r for r in records if first <= r[1] < end))


def check_run(fmt, file, end, records):
    """One run (section 14)."""
    want, blocks = [], max(1, -(-len(records) // fmt.run_records))
    for block in range(blocks):
        here, at = records[block * fmt.run_records:(block + 1) * fmt.run_records], fmt.page + block * fmt.run_block
        data = b"".join({"fingerprint": record[0], "leaf index": record[1]}[text].to_bytes(size, "little")
                        for record in here for text, size, *_ in fmt.run_record.rows)
        data = data.ljust(fmt.run_records * fmt.run_record.size, b"\0")
        values = {"number of records": len(here), "end of the run": end, "1 in the last block": block + 1 == blocks}
        for text, size, must, check in fmt.run_trailer.rows:
            if check:
                part = file.check((data)[int(check[1]):int(check[2])], at).to_bytes(size, "little")
            else:
                value = [value for name, value in values.items() if text.startswith(name)]
                part = must or int(value[0] if value else 0).to_bytes(size, "little")
            data += part
        want.append(data)
    got = file.data[fmt.page:]
    for block, data in enumerate(want):
        at = block * fmt.run_block
        file.expect(fmt.page + at, "block", got[at:at + fmt.run_block], data)
    file.expect(0, "length of the run", len(got), blocks * fmt.run_block)


def derived_file(log, name, kind, number, wanted):
    """A derived file, or None if it is not there and need not be."""
    if not wanted and not os.path.exists(os.path.join(log.root, *name.split("/"))):
        return None
    return log.open_file(name, kind, number)


def check_tiles(log, folder, ordinal, tree):
    """The tile files of a tree, byte for byte (section 7)."""
    fmt, path = log.fmt, os.path.join(log.root, folder)
    present = {int(n[6:]) for n in (os.listdir(path) if os.path.isdir(path) else []) if re.fullmatch(r"tiles\.\d+", n)}
    for level in sorted(present | set(range(-(-len(tree.levels) // fmt.height_levels)))):
        nodes = tree.levels[fmt.height_levels * level:fmt.height_levels * (level + 1)]
        count = len(nodes[0]) if nodes else 0
        file = derived_file(log, f"{folder}/tiles.{level}", "tiles", ordinal * fmt.per_level + level, count)
        if file is None:
            continue
        blocks = -(-count // fmt.slots[0])
        if (len(file.data) - fmt.page) % fmt.block:
            file.bad(len(file.data), "ends within a block")
        for block in range(blocks):
            at = fmt.page + fmt.block * block
            for i, slots in enumerate(fmt.slots):
                row = nodes[i][slots * block:slots * (block + 1)] if i < len(nodes) else []
                for j, value in enumerate(row + [bytes(32)] * (slots - len(row))):
                    file.expect(at, f"hash {slots * block + j} of tree level {fmt.height_levels * level + i}",
                                file.data[at:at + 32].ljust(32, b"\0"), value)
                    at += 32
            if (level, block) in tree.filled:
                check_tile_trailer(log, file, at, level, block, tree.filled[level, block])
            else:
                file.zero(at, at + fmt.tile_trailer.size, "trailer of an open block")
        file.zero(fmt.page + fmt.block * blocks, len(file.data), "what follows the last block")


def check_tile_trailer(log, file, at, level, block, height):
    """The trailer of a full tile block (section 7)."""
    rec, start = Cursor(file, at).read(log.fmt.tile_trailer), at + log.fmt.tile_trailer.size - log.fmt.block
    for what, want in (("tile level", level), ("b", block), ("height", height),
                       ("check", file.check(file.data[start:start + log.fmt.block - 4], start))):
        file.expect(at, f"trailer: {what}", rec[what], want)


def check_index(log, name, kind, number, slots):
    """An index (section 8); in the place of None there is the mark of a slot that leads nowhere."""
    file = derived_file(log, name, kind, number, slots)
    if file:
        if (len(file.data) - log.fmt.page) % log.fmt.slot:
            file.bad(len(file.data), "ends within a slot")
        for i, want in enumerate(slots):
            at = log.fmt.page + log.fmt.slot * i
            got = int.from_bytes(file.data[at:at + log.fmt.slot], "little")
            if want is None:
                upper = log.fmt.nowhere.to_bytes(log.fmt.slot // 2, "little")
                want = log.fmt.nowhere << 4 * log.fmt.slot | file.check(upper, at)
            file.expect(at, f"slot {i}", got, want)
        file.zero(log.fmt.page + log.fmt.slot * len(slots), len(file.data), "what follows the last slot")
