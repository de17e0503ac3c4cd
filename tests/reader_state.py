"""States from nothing: the trie of a ledger's keys, and its node log (docs/FORMAT.md section 12).

Invariants: a root is computed from the keys and values alone, never from stored nodes; a stored
node counts only with the hash that leads to it, and every byte of a node log belongs to one, unless
states were dropped or begun with in parts.
"""
import hashlib
import os
import re

from reader_blake3 import blake3
from reader_bytes import Cursor, File
from reader_format import Bad

ROUND_CONSTANTS, ROTATIONS = [], {}


def _keccak_tables():
    register = 1
    for _ in range(24):
        constant = 0
        for bit in range(7):
            constant |= (register & 1) << (2 ** bit - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        ROUND_CONSTANTS.append(constant)
    x, y = 1, 0
    ROTATIONS[0, 0] = 0
    for step in range(24):
        ROTATIONS[x, y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5


_keccak_tables()


def keccak256(message):
    """Keccak-256 with the padding of 2011 (the Keccak reference, sections 1.2 and 1.3)."""
    rate, mask = 136, 2 ** 64 - 1
    padding = bytearray(rate - len(message) % rate)
    padding[0] |= 1
    padding[-1] |= 0x80
    data, lanes = message + bytes(padding), {(x, y): 0 for x in range(5) for y in range(5)}
    for start in range(0, len(data), rate):
        for i in range(rate // 8):
            lanes[i % 5, i // 5] ^= int.from_bytes(data[start + 8 * i:start + 8 * i + 8], "little")
        for constant in ROUND_CONSTANTS:
            column = [lanes[x, 0] ^ lanes[x, 1] ^ lanes[x, 2] ^ lanes[x, 3] ^ lanes[x, 4] for x in range(5)]
            theta = [column[x - 1] ^ ((column[(x + 1) % 5] << 1 | column[(x + 1) % 5] >> 63) & mask) for x in range(5)]
            turned = {}
            for (x, y), lane in lanes.items():
                lane ^= theta[x]
                by = ROTATIONS[x, y]
                turned[y, (2 * x + 3 * y) % 5] = (lane << by | lane >> (64 - by)) & mask
            lanes = {(x, y): lane ^ (~turned[(x + 1) % 5, y] & turned[(x + 2) % 5, y]) & mask
                     for (x, y), lane in turned.items()}
            lanes[0, 0] ^= constant
    return b"".join(lanes[i, 0].to_bytes(8, "little") for i in range(4))


HASHES = {
    "BLAKE3": blake3,
    "Keccak-256": keccak256,
    "SHA3-256": lambda message: hashlib.sha3_256(message).digest(),
    "SHA-256": lambda message: hashlib.sha256(message).digest(),
}


def rlp(item):
    """RLP of bytes, or of a list whose items are RLP already (Yellow Paper, appendix B)."""
    body, base = (b"".join(item), 0xc0) if isinstance(item, list) else (item, 0x80)
    if base == 0x80 and len(body) == 1 and body[0] < 0x80:
        return body
    if len(body) < 56:
        return bytes([base + len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length + body


def hex_prefix(nibbles, is_leaf):
    """Yellow Paper, appendix C."""
    head = [2 * is_leaf + 1] if len(nibbles) % 2 else [2 * is_leaf, 0]
    path = head + list(nibbles)
    return bytes(high << 4 | low for high, low in zip(path[::2], path[1::2]))


class State:
    """A ledger's keys and values, and the root they have."""

    def __init__(self, suite, hashed):
        self.hash, self.hashed, self.items = HASHES[suite], hashed, {}

    def write(self, key, value):
        """Sets a key, or removes it if `value` is None."""
        key = self.hash(key) if self.hashed else key
        self.items.pop(key, None)
        if value is not None:
            self.items[key] = value

    def root(self):
        items = sorted(([half for byte in key for half in (byte >> 4, byte & 15)], value)
                       for key, value in self.items.items())
        return self.hash(self._node(items, 0) if items else b"\x80")

    def _node(self, items, depth):
        """RLP of the node that holds sorted items, which agree before `depth`."""
        first, last = items[0][0], items[-1][0]
        if len(items) == 1:
            return rlp([rlp(hex_prefix(first[depth:], True)), rlp(items[0][1])])
        end = depth
        while end < min(len(first), len(last)) and first[end] == last[end]:
            end += 1
        if end > depth:
            return rlp([rlp(hex_prefix(first[depth:end], False)), self._link(self._node(items, end))])
        value = items[0][1] if len(first) == depth else b""
        below = {}
        for item in items[bool(value):]:
            below.setdefault(item[0][depth], []).append(item)
        children = [self._link(self._node(below[n], depth + 1)) if n in below else rlp(b"") for n in range(16)]
        return rlp(children + [rlp(value)])

    def _link(self, node):
        return node if len(node) < 32 else rlp(self.hash(node))


class NodeLog:
    """The stored nodes of one ledger."""

    def __init__(self, log, folder, ordinal, hash_):
        self.fmt, self.hash, self.known, self.covered = log.fmt, hash_, {}, 0
        self.name = f"{folder}/trie"
        path = os.path.join(log.root, folder, "trie")
        names = os.listdir(path) if os.path.isdir(path) else []
        found = [re.fullmatch(r"([0-9a-f]{16})\.(kept|nodes)", n) for n in names]
        self.data, self.kept_to = b"", 0
        for start, form in sorted((int(n[1], 16), n[2]) for n in found if n):
            number = ordinal * log.fmt.per_node_log + start
            kind = {"kept": "kept nodes", "nodes": "trie nodes"}[form]
            file = log.open_file(f"{self.name}/{start:016x}.{form}", kind, number)
            if start > len(self.data):
                file.bad(0, f"the file before ends at {len(self.data)}")
            if start < self.kept_to:
                continue
            part = file.data[log.fmt.page:] if form == "nodes" else self.kept(file, start)
            self.data = self.data[:start] + part
            self.kept_to = len(self.data) if form == "kept" else self.kept_to

    def kept(self, file, start):
        """A part of the log of which not all was kept: zeros in the place of what was not."""
        fmt = self.fmt
        head = Cursor(file, fmt.page).read(fmt.kept_nodes)
        file.expect(fmt.page, "check", head["check"], file.check(file.data[fmt.page:fmt.page + 28], fmt.page))
        records, end = fmt.page + fmt.kept_nodes.size, head["location"]
        table = records + head["length of the records"]
        runs = []
        for at in range(table, table + 16 * head["number of runs"], 16):
            pair = file.data[at:at + 16]
            runs.append((int.from_bytes(pair[:8], "little"), int.from_bytes(pair[8:], "little")))
        file.expect(table, "end of the file", len(file.data), table + 16 * len(runs))
        data, offset = bytearray(end - start), 0
        for i, (location, at) in enumerate(runs):
            size = (runs[i + 1][1] if i + 1 < len(runs) else table - records) - at
            if at != offset or size <= 0 or location < start or location + size > end:
                file.bad(table + 16 * i, f"run of {size} bytes at {location}, offset {at}")
            if i and location <= runs[i - 1][0] + at - runs[i - 1][1]:
                file.bad(table + 16 * i, f"run at {location} does not follow the one before with a gap")
            data[location - start:location - start + size] = file.data[records + at:records + at + size]
            offset += size
        file.expect(table, "bytes of the runs", offset, table - records)
        return bytes(data)

    def bad(self, location, why):
        raise Bad(f"{self.name}: location {location}: {why}")

    def cut(self, at, size):
        if at + size > len(self.data):
            self.bad(at, f"{size} bytes pass the end at {len(self.data)}")
        return self.data[at:at + size], at + size

    def item(self, data, at):
        """RLP of the string or list at `at` of `data`."""
        first = data[at] if at < len(data) else self.bad(at, "no RLP")
        long = {0: first - 0xb7, 1: first - 0xf7}[first >= 0xc0] if first >= 0x80 else 0
        if first < 0x80:
            return data[at:at + 1]
        base = 0xc0 if first >= 0xc0 else 0x80
        size = int.from_bytes(data[at + 1:at + 1 + long], "big") + long if long > 0 else first - base
        return data[at:at + 1 + size]

    def check(self, location, want):
        """That the node at `location` and all below it have the hashes they have to have."""
        todo = [(location, want)]
        while todo:
            location, want = todo.pop()
            if location not in self.known:
                node, children, end = self.record(location)
                self.known[location] = self.hash(node)
                self.covered += end - location
                todo += children
            if self.known[location] != want:
                self.bad(location, f"the node has the hash {self.known[location].hex()}, expected {want.hex()}")

    def record(self, location):
        """RLP of a node, the locations and hashes of its children, and the record's end."""
        fmt, start = self.fmt, location
        first, at = self.cut(location, 1)
        first, children = first[0], []
        if first >= fmt.leaf_from:
            node = self.item(self.data, location)
            return node, children, location + len(node)
        width, kind = first % 8 + 1, first - first % 8
        if kind == fmt.extension:
            count, mask = 1, 1
        elif kind in fmt.branches:
            mask, at = self.cut(at, 2)
            mask = int.from_bytes(mask, "little")
            count = bin(mask).count("1")
        else:
            self.bad(location, f"{first:02x} starts no record")
        distances, at = self.cut(at, width * count)
        links = []
        for i in range(count):
            distance = int.from_bytes(distances[width * i:width * (i + 1)], "little")
            slot, at = self.cut(at, 32)
            if distance:
                children.append((start - distance, slot))
                links.append(rlp(slot))
            else:
                links.append(self.item(slot, 0))
                if slot[len(links[-1]):].strip(b"\0"):
                    self.bad(at - 32, "bytes behind an inner node are not zero")
        if kind == fmt.extension:
            path = self.item(self.data, at)
            return rlp([path, links[0]]), children, at + len(path)
        value = b""
        if kind == fmt.branches[1]:
            value = self.item(self.data, at)
        slots = iter(links)
        nodes = [next(slots) if mask >> n & 1 else rlp(b"") for n in range(16)]
        return rlp(nodes + [value or rlp(b"")]), children, at + len(value)


def kept_heights(log, folder, ordinal):
    """The oldest of the heights that are kept to the last, and the single ones (section 12)."""
    fmt = log.fmt
    if not os.path.exists(os.path.join(log.root, folder, "kept")):
        return 1, ()
    file = log.open_file(f"{folder}/kept", "kept heights", ordinal)
    head, at = Cursor(file, fmt.page).read(fmt.kept_heights), fmt.page + fmt.kept_heights.size
    listed = file.data[at:]
    fixed = file.data[fmt.page:fmt.page + 20]
    file.expect(fmt.page, "check", head["check"], file.check(fixed + listed, fmt.page))
    single = [int.from_bytes(listed[i:i + 8], "little") for i in range(0, len(listed), 8)]
    file.expect(at, "number of single heights", head["number of single"], len(single))
    file.expect(at, "single heights", sorted(set(single)), single)
    if head["oldest height"] == 0:
        file.bad(fmt.page + 8, "oldest height is 0")
    return head["oldest height"], single


def check_states(log):
    """State indexes and node logs (sections 8 and 12)."""
    for ordinal, ledger in enumerate(log.ledgers):
        if ledger.stateless:
            continue
        folder = ledger.name.decode()
        index = log.open_file(f"{folder}/states", "state index", ordinal)
        nodes = NodeLog(log, folder, ordinal, ledger.state.hash)
        oldest, single = kept_heights(log, folder, ordinal)
        end = 0
        for height in range(1, log.height + 1):
            at = log.fmt.page + 2 * log.fmt.slot * (height - 1)
            slots = [int.from_bytes(index.data[at + i:at + i + log.fmt.slot], "little") for i in (0, log.fmt.slot)]
            root = ledger.state_roots.get(height)
            if height < oldest and height not in single:
                end = slots[1]
                continue
            if root in (None, ledger.state.hash(b"\x80")):
                index.expect(at, f"root's slot of height {height}, which has no keys", slots[0], 0)
            elif not slots[0]:
                index.bad(at, f"no root of height {height}")
            else:
                nodes.check(slots[0] - 1, root)
            if root is not None:
                end = max(end, slots[1]) if slots[1] >= end else index.bad(at, f"the log ended at {end} before")
                if log.base and height == log.base[0]:
                    # Nodes that a later batch of the base changed stand in the log for nothing.
                    nodes.covered = max(nodes.covered, slots[1])
                if oldest == 1:
                    index.expect(at, f"end of the nodes up to height {height}", slots[1], nodes.covered)
        index.zero(log.fmt.page + 2 * log.fmt.slot * log.height, len(index.data), "what follows the last slot")
        if len(nodes.data) != end:
            nodes.bad(end, f"the log goes on to {len(nodes.data)}")
