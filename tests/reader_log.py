"""A store's superblocks and log, read and verified by docs/FORMAT.md, whose sections are cited.

Invariants: every batch is verified whole before it changes what is known of the log's end; every
root is recomputed at every commit, of states too.
"""
import hashlib
import os
import re
import zlib

from reader_blake3 import blake3
from reader_bytes import Cursor, File
from reader_format import Bad
from reader_state import State


class Tree:
    """A Merkle tree (section 6): levels[k] are the roots of the full subtrees of 2^k leaves."""

    def __init__(self, fmt, tree_type):
        self.fmt, self.levels, self.filled = fmt, [[]], {}
        self.keys = None if tree_type == "SHA-256" else fmt.tree_keys
        if self.keys is not None and len(self.keys) != 3:
            raise Bad(f"FORMAT.md: section 6 does not say how a tree of type {tree_type!r} is hashed")

    def hash(self, what, prefix, data):
        return blake3(data, self.keys[what]) if self.keys else hashlib.sha256(prefix + data).digest()

    def node(self, left, right):
        return self.hash("node", self.fmt.node_prefix, left + right)

    @property
    def size(self):
        return len(self.levels[0])

    def append(self, entry, height):
        """Adds an entry."""
        self.append_leaf(self.hash("leaf", self.fmt.leaf_prefix, entry), height)

    def append_leaf(self, value, height):
        """Adds a leaf; notes the height in the batch that filled a tile block (section 7)."""
        level = 0
        while True:
            nodes = self.levels[level]
            nodes.append(value)
            block, rest = divmod(len(nodes), self.fmt.slots[0])
            if level % self.fmt.height_levels == 0 and rest == 0:
                self.filled[level // self.fmt.height_levels, block - 1] = height
            if len(nodes) % 2:
                return
            value, level = self.node(nodes[-2], nodes[-1]), level + 1
            if level == len(self.levels):
                self.levels.append([])

    def peaks(self):
        """Roots of the perfect subtrees, largest first (section 5, ranges)."""
        return [nodes[-1] for nodes in reversed(self.levels) if len(nodes) % 2]

    def root(self):
        peaks = self.peaks()
        if not peaks:
            return self.hash("empty", b"", b"")
        value = peaks.pop()
        while peaks:
            value = self.node(peaks.pop(), value)
        return value


class Ledger:
    """A declared ledger (section 5) and what its entries make."""

    def __init__(self, fmt, name, types):
        self.name, self.types = name, types
        self.tree = Tree(fmt, fmt.tree_types[types[0]])
        self.stateless = fmt.suites[types[1]] == "no state"
        self.state = None if self.stateless else State(fmt.suites[types[1]], fmt.key_modes[types[2]] == "hashed")
        self.state_roots = {}  # by height
        self.positions, self.entries = [], []
        self.lookups, self.space, self.ids, self.by_id = 0, b"", {}, set()  # ids by leaf


# ---- the log -------------------------------------------------------------------------------

class Log:
    """Superblocks and log of the store in `root`, read and verified on construction."""

    def __init__(self, fmt, root):
        self.fmt, self.root, self.ledgers, self.audit = fmt, root, [], Tree(fmt, "SHA-256")
        self.supers = [self.read_superblock(i) for i in (0, 1)]
        self.uuid, self.network = self.supers[0][1]["store uuid"], self.supers[0][2]
        self.chain, self.time = blake3(self.network), 0
        self.commits, self.attached_later = [], {}
        self.base = None  # height, sizes of the ledgers
        self.segments = []
        names = sorted(os.listdir(os.path.join(root, "log")))
        for name in names:
            if not re.fullmatch(r"[0-9a-f]{16}\.seg|next", name):
                raise Bad(f"log/{name}: offset 0: not a segment's name")
        numbers = [int(name[:16], 16) for name in names if name != "next"]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise Bad(f"log: offset 0: segments are not numbered without gaps: {numbers}")
        start = self.position(numbers[0], fmt.batches_from)
        self.points = [(start, 0, 0, self.chain, 0)]  # per batch: end, height, last commit, chain, ledgers
        for number in numbers:
            self.read_segment(number)
        self.check_footers()

    @property
    def height(self):
        return len(self.commits)

    def position(self, segment, offset):
        """A position in the log (section 3)."""
        return segment * self.fmt.per_segment + offset // self.fmt.unit

    def read_superblock(self, i):
        """Superblock (section 9): file, fixed fields, network id, ledgers, watermarks."""
        fmt, name = self.fmt, f"SUPER.{i}"
        file = File(fmt, self.root, name, fmt.super_number, i, b"")
        cursor = Cursor(file)
        head = cursor.read(fmt.superblock)
        file.uuid, length = head["store uuid"], head["length of the superblock"]
        has_lookups, has_base = (head["incompatible features"] & bit for bit in (fmt.lookups_feature, fmt.base_feature))
        file.expect_header(head, has_lookups | has_base)
        file.expect(0, "name of kind 7", fmt.kinds.get(file.kind), "superblock")
        if not cursor.pos + 8 <= length <= min(fmt.super_max, len(file.data)):
            file.bad(0, f"length of the superblock is {length}, the file has {len(file.data)} bytes")
        got = int.from_bytes(file.data[length - 4:length], "little")
        file.expect(length - 4, "check", got, file.check(file.data[:length - 4], 0))
        cursor.end = length
        network = cursor.take(head["length of the network id"], "network id")
        if not fmt.network_id.fullmatch(network):
            file.bad(cursor.pos, f"network id {network!r}")
        ledgers = []
        for _ in range(head["number of ledgers"]):
            ledgers.append(cursor.read(fmt.super_ledger))
            ledgers[-1].update(cursor.read(fmt.super_lookups) if has_lookups else {"look-ups": 0, "id space": b""})
        if has_lookups and not any(ledger["look-ups"] for ledger in ledgers):
            file.bad(0, "the feature of look-ups, and no ledger with any")
        cursor.zeros(-cursor.pos % fmt.super_align, "padding")
        marks = [cursor.read(fmt.watermark) for _ in range(head["number of watermarks"])]
        base = None
        if has_base:
            rec = cursor.read(fmt.super_base)
            base = rec["height"], [cursor.int(fmt.super_base_size, "size") for _ in range(rec["number of ledgers"])]
        cursor.zeros(4, "zero u32")
        file.expect(cursor.pos, "place of the check", cursor.pos, length - 4)
        return file, head, network, ledgers, marks, base

    def open_file(self, name, kind, number, segment=False):
        """A file that has a header (section 2), its header verified."""
        kinds = [k for k, text in self.fmt.kinds.items() if text == kind]
        if len(kinds) != 1:
            raise Bad(f"FORMAT.md: section 2: no file kind {kind!r} among {self.fmt.kinds}")
        file = File(self.fmt, self.root, name, kinds[0], number, self.uuid)
        file.header(len(file.data) if segment else 0)
        return file

    def read_segment(self, number):
        """A segment up to the zeros that end it (section 3)."""
        fmt, first, height = self.fmt, len(self.points), self.height
        file = self.open_file(f"log/{number:016x}.seg", "segment", number, True)
        size = len(file.data)
        if size % fmt.length_unit:
            file.bad(0, f"the segment's length is {size}")
        file.trace.clear()
        cursor = Cursor(file, fmt.batches_from, size - fmt.footer.size)
        while cursor.pos < cursor.end and file.data[cursor.pos:cursor.pos + fmt.sector].strip(b"\0"):
            if self.segments and self.segments[-1][1]["number of the first batch"] is None:
                file.bad(cursor.pos, "a batch after a segment without any")
            self.read_batch(file, number, cursor, self.height == height)
        file.zero(cursor.pos, cursor.end, "what follows the last batch")
        some = len(self.points) > first
        self.segments.append((file, {
            "segment number": number, "number of the first batch": first if some else None,
            "number of the last batch": len(self.points) - 1,
            "height of the first commit": (height or (self.base[0] - 1 if self.base else 0)) + 1
            if self.height > height else 0,
            "height of the last commit": self.height if self.height > height else 0,
            "offset of the end of the last batch": cursor.pos, "chain after the last batch": self.chain}))

    def check_footers(self):
        """Footers (section 3): of a segment before the last with batches right or missing, else zero."""
        for i, (file, expected) in enumerate(self.segments):
            start = len(file.data) - self.fmt.footer.size
            later = self.segments[i + 1:]
            if not later or later[0][1]["number of the first batch"] is None:
                file.zero(start, len(file.data), "the footer of the last segment in use or of a later one")
            elif file.data[start:].strip(b"\0"):
                footer = Cursor(file, start).read(self.fmt.footer)
                for what, value in expected.items():
                    file.expect(start, f"footer: {what}", footer[what], value)

    def read_batch(self, file, segment, cursor, first_commit):
        """One batch (section 4): its own checks, then its payloads (section 5), then the chain."""
        fmt, start, batch = self.fmt, cursor.pos, len(self.points)
        head = cursor.read(fmt.begin)
        file.expect(start, "batch number", head["batch number"], batch)
        file.expect(start, "chain before", head["chain before"], self.chain)
        length, frames_end = head["length of the batch"], start + fmt.begin.size + head["length of the frames"]
        end, log_end = start + length, cursor.end
        trailer_at = end - fmt.trailer.size
        if length % fmt.sector or end > log_end or frames_end + fmt.zero_map.size > trailer_at:
            file.bad(start, f"length of the batch is {length}, of its frames {head['length of the frames']}")
        cursor.end, frames = frames_end, []
        while cursor.pos < frames_end:
            frames.append(self.read_frame(file, cursor, batch))
        file.expect(start, "number of frames", head["number of frames"], len(frames))
        cursor.end = end
        self.read_zero_map(file, cursor, start, end)
        need = cursor.pos - start + fmt.trailer.size
        file.expect(start, "length of the batch", length, need + -need % fmt.sector)
        cursor.zeros(trailer_at - cursor.pos, "zero bytes before the trailer")
        tail = cursor.read(fmt.trailer)
        file.expect(trailer_at, "batch number", tail["batch number"], batch)
        file.expect(trailer_at, "length of the batch", tail["length of the batch"], length)
        cursor.end = log_end

        kind, position = fmt.batch_kinds.get(head["kind"]), self.position(segment, start)
        last_body, height = self.points[-1][2], 0
        if kind == "base" and head["height"] == 0:
            self.read_base(file, frames)
        elif kind in ("commit", "base"):
            if kind == "base":
                self.end_base(file, position, frames, head["height"])
            else:
                self.read_commit(file, segment, position, frames, first_commit)
            body = next(at for what, _, at, _ in frames if what == "body")
            last_body, height = self.position(segment, body - fmt.frame.size), self.height
            links = b"".join(
                number.to_bytes(fmt.chain_widths[0], "little") + (last - at).to_bytes(fmt.chain_widths[1], "little")
                + file.data[at:last] for what, number, at, last in frames if what in fmt.chained)
            self.chain = blake3(self.chain + links)
        elif kind in ("declaration", "attachment") and frames and {self.stands_for(frame[0]) for frame in frames} == {kind}:
            for _, _, at, last in frames:
                if kind == "declaration":
                    self.read_declaration(file, Cursor(file, at, last))
            if kind == "attachment":
                self.read_attachments(file, position, frames, None)
        else:
            file.bad(start, f"batch of kind {head['kind']} with frames {[frame[0] for frame in frames]}")
        file.expect(start, "height", head["height"], height)
        file.expect(trailer_at, "chain after", tail["chain after"], self.chain)
        self.points.append((self.position(segment, end), self.height, last_body, self.chain, len(self.ledgers)))

    def read_frame(self, file, cursor, batch):
        """A frame (section 4): name and number of its kind, start and end of its payload."""
        fmt, at = self.fmt, cursor.pos
        head = cursor.read(fmt.frame)
        file.expect(at, "batch number of the frame", head["batch number"], batch)
        if head["kind"] not in fmt.frame_kinds:
            file.bad(at, f"frame of unknown kind {head['kind']}")
        start, length = cursor.pos, head["length of the payload"]
        payload = cursor.take(length, f"payload: {fmt.frame_kinds[head['kind']]}")
        file.expect(at, "payload check", head["payload check"], zlib.crc32(payload, head["header check"]))
        cursor.zeros(-length % fmt.frame_align, "zero bytes")
        return fmt.frame_kinds[head["kind"]], head["kind"], start, start + length

    def read_zero_map(self, file, cursor, start, end):
        """The zero map (section 4) names the zero sectors of the batch, no more and no fewer."""
        at, sector = cursor.pos, self.fmt.sector
        head = cursor.read(self.fmt.zero_map)
        runs = [(cursor.int(4, "first sector"), cursor.int(4, "number of sectors"))
                for _ in range(head["number of runs"])]
        checked = file.data[at:at + 8] + file.data[at + self.fmt.zero_map.size:cursor.pos]
        file.expect(at, "check of the zero map", head["check"], file.check(checked, at))
        want = []
        for i in range((end - start) // sector):
            if not file.data[start + sector * i:start + sector * (i + 1)].strip(b"\0"):
                if want and sum(want[-1]) == i:
                    want[-1] = (want[-1][0], want[-1][1] + 1)
                else:
                    want.append((i, 1))
        file.expect(at, "zero map", runs, want)

    def read_declaration(self, file, cursor):
        """Declaration (section 5)."""
        at, fmt = cursor.pos, self.fmt
        rec = cursor.read(fmt.declaration)
        lookups = rec["look-ups"]
        has_ids = lookups >> fmt.lookups[1] & 1
        if lookups >> len(fmt.lookups):
            file.bad(at, f"look-ups {lookups}")
        space = cursor.read(fmt.id_space)["id space"] if has_ids else b""
        if has_ids and (not fmt.ledger_name.fullmatch(space) or space in fmt.reserved):
            file.bad(at, f"id space {space!r}")
        cursor.done("declaration")
        types, name = tuple(rec[what] for what in ("tree type", "state suite", "key mode")), rec["name"]
        file.expect(at, "ledger ordinal", rec["ledger ordinal"], len(self.ledgers))
        for value, known in zip(types, (fmt.tree_types, fmt.suites, fmt.key_modes)):
            if value not in known:
                file.bad(at, f"{value} is none of {known}")
        if not fmt.ledger_name.fullmatch(name) or name in fmt.reserved or name in (l.name for l in self.ledgers):
            file.bad(at, f"ledger name {name!r}")
        self.ledgers.append(Ledger(fmt, name, types))
        self.ledgers[-1].lookups, self.ledgers[-1].space = lookups, space

    def read_commit(self, file, segment, position, frames, first_of_segment):
        """Payloads of a commit batch (section 5), roots recomputed (section 6)."""
        fmt, kinds = self.fmt, [self.stands_for(frame[0]) for frame in frames if frame[0] != "ids"]
        if kinds != [kind for kind in fmt.commit_order for _ in range(kinds.count(kind))] or kinds.count("body") != 1:
            file.bad(frames[0][2] if frames else 0, f"frames of a commit are {kinds}")
        height, audit_before = self.height + 1, self.audit.root()
        trees = [(i, ledger.tree) for i, ledger in enumerate(self.ledgers)] + [(fmt.audit_ordinal, self.audit)]
        ranges = [(i, tree.size, tree.peaks()) for i, tree in trees] if first_of_segment else []
        packed, written, found, before = [], None, [], None
        for what, _, at, end in frames:
            cursor = Cursor(file, at, end)
            if what == "entries":
                packed.append(self.read_entries(file, segment, cursor, height))
            elif what == "ids":
                if before != "entries":
                    file.bad(at, "an ids frame that is not behind an entries frame")
                self.read_ids(file, cursor, packed[-1])
            elif what == "delta":
                written = self.read_delta(file, cursor, written)
            elif what == "body":
                self.read_body(file, cursor, height, audit_before)
            elif what == "ranges":
                rec = cursor.read(fmt.ranges)
                hashes = [cursor.take(32, "hash") for _ in range(rec["number of hashes"])]
                cursor.done("ranges")
                found.append((rec["ledger ordinal"], rec["tree size"], hashes))
            before = what
        self.check_packing(file, frames, packed)
        if found != ranges:
            got, want = ([item[:2] for item in items] for items in (found, ranges))
            file.bad(frames[0][2], f"ranges are of {got}, expected {want}, or their hashes differ")
        self.commits.append(position)
        self.read_attachments(file, position, [f for f in frames if self.stands_for(f[0]) == "attachment"], height)

    def read_base(self, file, frames):
        """A base batch that is not the last one (section 5)."""
        fmt, kinds, last, written = self.fmt, [frame[0] for frame in frames], -1, None
        if self.commits or not kinds or kinds != sorted(kinds, key=["leaves", "delta"].index):
            file.bad(frames[0][2] if frames else 0, f"base batch at height {self.height} with frames {kinds}")
        for what, _, at, end in frames:
            cursor = Cursor(file, at, end)
            if what == "delta":
                written = self.read_delta(file, cursor, written, True)
                continue
            rec = cursor.read(fmt.leaves)
            ordinal, count = rec["ledger ordinal"], rec["number of leaf hashes"]
            tree = self.audit if ordinal == fmt.audit_ordinal else self.ledger(file, at, ordinal).tree
            file.expect(at, "leaf index", rec["leaf index"], tree.size)
            if ordinal < last or not 1 <= count <= fmt.leaves_max:
                file.bad(at, f"{count} leaves of the ledger {ordinal} behind some of {last}")
            for _ in range(count):
                tree.append_leaf(cursor.take(32, "leaf hash"), 0)
            cursor.done("leaves")
            last = ordinal

    def end_base(self, file, position, frames, height):
        """The last base batch (section 5): its body holds for all that came before."""
        kinds = [self.stands_for(frame[0]) for frame in frames]
        if self.commits or kinds != ["body"] + ["attachment"] * (len(kinds) - 1):
            file.bad(frames[0][2] if frames else 0, f"last base batch at height {self.height} with frames {kinds}")
        file.expect(frames[0][2], "heights before the base", self.audit.size, height - 1)
        self.base = height, [ledger.tree.size for ledger in self.ledgers]
        for ledger in self.ledgers:
            ledger.positions, ledger.entries = [0] * ledger.tree.size, [(0, None)] * ledger.tree.size
        self.read_body(file, Cursor(file, *frames[0][2:]), height, self.audit.root())
        self.commits = [0] * (height - 1) + [position]
        self.read_attachments(file, position, frames[1:], height)

    def ledger(self, file, at, ordinal):
        if ordinal >= len(self.ledgers):
            file.bad(at, f"ledger ordinal {ordinal} is not declared")
        return self.ledgers[ordinal]

    def read_entries(self, file, segment, cursor, height):
        """Entries (section 5): ordinal, first leaf, lengths of the entries, of their ids."""
        at, length, fmt = cursor.pos, cursor.end - cursor.pos, self.fmt
        rec = cursor.read(fmt.entries)
        ordinal, count = rec["ledger ordinal"], rec["number of entries"]
        ledger = self.ledger(file, at, ordinal)
        file.expect(at, "leaf index", rec["leaf index"], ledger.tree.size)
        ends = [cursor.int(fmt.entry_end, "end of an entry") for _ in range(count)]
        if not ends or ends != sorted(ends) or ends[-1] != cursor.end - cursor.pos:
            file.bad(at, f"{count} entries end at {ends[-3:]}, their bytes are {cursor.end - cursor.pos}")
        if length > fmt.entries_max and count > 1:
            file.bad(at, f"{count} entries in a payload of {length} bytes")
        first = ledger.tree.size
        for start, end in zip([0] + ends, ends):
            entry = cursor.take(end - start, "entry")
            ledger.tree.append(entry, height)
            ledger.entries.append((height, entry))
            ledger.positions.append(self.position(segment, at - fmt.frame.size))
        lens = [end - start for start, end in zip([0] + ends, ends)]
        return ordinal, first, lens, [0] * count

    def read_ids(self, file, cursor, packed):
        """Ids (section 5) of the entries frame before, whose lengths of ids are filled in."""
        at, length, fmt = cursor.pos, cursor.end - cursor.pos, self.fmt
        ordinal, first, lens, id_lens = packed
        rec, ledger = cursor.read(fmt.entries), self.ledgers[ordinal]
        if not ledger.space:
            file.bad(at, f"ids of the ledger {ordinal}, which has no look-up by id")
        for what, want in (("ledger ordinal", ordinal), ("number of entries", len(lens)), ("leaf index", first)):
            file.expect(at, f"ids frame: {what}", rec[what], want)
        ends = [cursor.int(fmt.entry_end, "end of an id") for _ in lens]
        if ends != sorted(ends) or ends[-1] != cursor.end - cursor.pos or not ends[-1]:
            file.bad(at, f"ids end at {ends[-3:]}, their bytes are {cursor.end - cursor.pos}")
        if length > fmt.entries_max and len(lens) > 1:
            file.bad(at, f"{len(lens)} ids in a payload of {length} bytes")
        for i, (start, end) in enumerate(zip([0] + ends, ends)):
            id_lens[i] = end - start
            if not end - start:
                continue
            name = cursor.take(end - start, "id")
            if not fmt.id_lens[0] <= len(name) <= fmt.id_lens[1]:
                file.bad(at, f"an id of {len(name)} bytes")
            if any(name in other.by_id for other in self.ledgers if other.space == ledger.space):
                file.bad(at, f"the id {name.hex()} a second time")
            ledger.by_id.add(name)
            ledger.ids[first + i] = name

    def check_packing(self, file, frames, packed):
        """Entries frames in order, each of as many entries as it takes (section 5)."""
        fmt, head = self.fmt, self.fmt.entries.size
        with_ids = {ordinal for ordinal, _, _, ids in packed if any(ids)}
        for (ordinal, _, lens, ids), (later, _, more, more_ids) in zip(packed, packed[1:]):
            fits = [head + (len(lens) + 1) * fmt.entry_end + sum(own) + next_one <= fmt.entries_max
                    for own, next_one in ((lens, more[0]), (ids, more_ids[0]))]
            takes_more = fits[0] and (fits[1] or ordinal not in with_ids)
            if ordinal > later or ordinal == later and takes_more:
                file.bad(frames[0][2], "entries out of order, or not as many in a frame as it takes")

    def read_delta(self, file, cursor, written, of_base=False):
        """Delta (section 5). `written`: ordinal and last key of the frame before."""
        at, fmt = cursor.pos, self.fmt
        counts, keys, values = fmt.write_widths
        ordinal = cursor.read(fmt.delta)["ledger ordinal"]
        last = None
        if written:
            before, last = written
            last = last if before == ordinal else None
            if before > ordinal:
                file.bad(at, "ledgers of delta frames are not in order")
        if self.ledger(file, at, ordinal).stateless:
            file.bad(at, f"delta of the ledger {ordinal}, which has no state")
        for _ in range(cursor.int(counts, "number of writes")):
            start = cursor.pos
            key = cursor.take(cursor.int(keys, "key length"), "key")
            what = cursor.int(1, "0 delete, 1 set")
            value = None
            if what == fmt.set:
                value = cursor.take(cursor.int(values, "value length"), "value")
                if not value:
                    file.bad(start, "an empty value is set")
            elif what != fmt.delete:
                file.bad(cursor.pos - 1, f"{what} is neither delete nor set")
            if last is not None and key <= last:
                file.bad(start, "keys do not rise")
            last = key
            state = self.ledgers[ordinal].state
            if not of_base:
                state.write(key, value)
            elif value is None or key in state.items:
                file.bad(start, "a base removes a key or sets it twice")
            else:
                state.items[key] = value
        cursor.done("delta")
        return ordinal, last

    def read_body(self, file, cursor, height, audit_before):
        """Body and commit body (section 5); the roots are compared with ours."""
        fmt, at = self.fmt, cursor.pos + self.fmt.body.size
        rec = cursor.read(fmt.body)
        cursor.done("body")
        cursor = Cursor(file, at, at + len(rec["commit body"]))
        body = cursor.read(fmt.commit_body)
        for what, want in (("network id", self.network), ("height", height),
                           ("size of the audit tree", self.audit.size), ("root of the audit tree", audit_before),
                           ("number of ledgers", len(self.ledgers)),
                           ("H(metadata)", hashlib.sha256(rec["metadata"]).digest())):
            file.expect(at, f"commit body: {what}", body[what], want)
        if body["time"] < self.time:
            file.bad(at, f"time {body['time']} is before {self.time}")
        self.time = body["time"]
        for ledger in self.ledgers:
            here, got = cursor.pos, cursor.read(fmt.commit_ledger)
            types = got["tree type"], got["state suite"], got["key mode"]
            for what, value, want in (("name", got["name"], ledger.name), ("types", types, ledger.types),
                                      ("tree size", got["tree size"], ledger.tree.size),
                                      ("root", got["root"], ledger.tree.root())):
                file.expect(here, f"ledger {ledger.name.decode()}: {what}", value, want)
            state = bytes(32) if ledger.stateless else ledger.state.root()
            file.expect(here, f"ledger {ledger.name.decode()}: state root", got["state root"], state)
            ledger.state_roots[height] = state
        cursor.done("commit body")
        self.audit.append(rec["commit body"], height)
        file.expect(at, "audit root after", rec["audit root after"], self.audit.root())

    @staticmethod
    def stands_for(kind):
        """Padding stands in the place of an attachment (section 5)."""
        return "attachment" if kind == "padding" else kind

    def read_attachments(self, file, position, frames, committed):
        """Attachments (section 5); `committed`: the height of this batch, if it has one."""
        heights = set()
        for what, _, at, end in frames:
            cursor = Cursor(file, at, end)
            rec = cursor.read(self.fmt.attachment)
            rest = cursor.take(end - cursor.pos, "bytes")
            height = rec["height"]
            if what == "padding" and rest[8:].strip(b"\xff"):
                file.bad(at, "padding is not ff")
            if what == "padding" and height == 0:
                continue
            if not 1 <= height <= self.height:
                file.bad(at, f"attachment to height {height}, the log has {self.height}")
            if committed is not None and height != committed:
                file.bad(at, f"attachment to height {height} in the commit of height {committed}")
            before = self.attached_later.get(height, 0)
            file.expect(at, "position of the previous attachments", rec["position of the batch"], before)
            heights.add(height)
        for height in heights - {committed}:
            self.attached_later[height] = position
