"""docs/FORMAT.md as data: every layout and number that reader.py uses, parsed when it runs.

Invariants: parsed whole before a store is opened; what is not found, and offsets that do not
follow from the sizes before them, are errors. Sections cited are FORMAT.md's.
"""
import re

WIDTH = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}


class Bad(Exception):
    """FORMAT.md or a store that does not hold; the message names the file and the place."""


class Table:
    """Fields in order, each (text, size); size None: as long as its length field says."""

    def __init__(self, name, rows):
        self.name, self.rows = name, []
        for text, size in rows:
            magic = re.fullmatch(r"(magic )?`([^`]+)`", text)
            check = re.fullmatch(r"(?:header )?check:? of bytes (\d+)\.\.(\d+)(?:, offset (?:(\d+)|of .*))?", text)
            if magic:
                must = bytes.fromhex(magic[2]) if magic[1] else magic[2].encode()
                if len(must) != size:
                    raise Bad(f"FORMAT.md: {name}: magic {magic[2]} has not the {size} bytes stated")
            else:
                must = None
            self.rows.append((text, size, must, check))
        sizes = [size for _, size in rows] + [None]
        self.size = sum(sizes[:sizes.index(None)])  # of the part whose size is known

    def rows_plain(self):
        """The rows as they were given."""
        return [row[:2] for row in self.rows]


class Record(dict):
    """The values of a Table by their text in FORMAT.md, or by a beginning of it that only one has."""

    def __missing__(self, prefix):
        found = [key for key in self if key.startswith(prefix)]
        if len(found) != 1:
            raise Bad(f"FORMAT.md: {len(found)} fields called {prefix!r} among {sorted(self)}")
        return self[found[0]]


# Numbers that the code does not take from the text: the text must say what the code does.
FIXED = [
    (0, r"`CRC\(x\)` is CRC-(\d+) \(IEEE", 32),
    (1, r"CRC\(store uuid \[(\d+)\]", 16),
    (2, r"Ledgers are numbered from (\d+) in", 0),
    (3, r"A position in the log is one u(\d+):", 64),
    (4, r"^\| 8 \| 8 \| batch number: (\d+), 2, 3", 1),
    (4, r"\| height: of a commit (\d+), 2, 3", 1),
    (4, r"The chain before batch (\d+) is BLAKE3\(network id\)", 1),
    (5, r"= height - (\d+) \|", 1),
    (5, r"\*\*Ranges\*\*: ledger ordinal u32 \((2\^\d+ - 1): the audit tree\)", 2 ** 32 - 1),
    (5, r"previous attachments u64 \((\d+): none before", 0),
    (6, r"its leaf h - (\d+) is the commit body of height h", 1),
    (7, r"A hash is stored once its whole subtree is; before that its (\d+) bytes are zero", 32),
    (8, r"Height index: slot h - (\d+) is", 1),
    (8, r"Attachment index: slot h - (\d+) is", 1),
    (9, r"\| flags: bit (\d+) clean, bit \d+ cut \|", 0),
    (9, r"\| flags: bit \d+ clean, bit (\d+) cut \|", 1),
]


class Format:
    """All that the reader takes from FORMAT.md."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            parts = re.split(r"^## (\d+)\. .*\n", file.read(), flags=re.M)
        self.sections = dict(zip([0] + [int(n) for n in parts[1::2]], parts[0::2]))
        try:
            self._files()
            self._log()
            self._payloads()
            self._derived()
        except (KeyError, ValueError, TypeError) as error:
            raise Bad(f"FORMAT.md: not understood: {error!r}") from error
        for section, regex, want in FIXED:
            self.same(section, regex, want)

    def _files(self):
        """Sections 1 to 3: seed, header, segment, footer, position."""
        seed = self.find(1, r"^    seed\(kind, number, offset\) = CRC\((.*)\)$")[1]
        parts = [re.fullmatch(r"(.*?) (?:(u\d+)|\[\d+\])", part).groups() for part in seed.split(" | ")]
        self.seed = [(name, width and WIDTH[width]) for name, width in parts]
        self.page = self.number(2, r"The first ([\d,]+) bytes of segments, tiles and indexes\.")
        self.header = self.table(2, r"The first", self.page)
        self.kinds = self.names(2, r"\| kind: ([^|]*) \|")
        self.version = self.number(2, r"\| format version, (\d+) \|")
        self.audit_ordinal = self.number(2, r"The audit tree has the ledger ordinal (2\^\d+ - 1)")
        self.per_level = self.number(2, r"of tiles: ledger ordinal \* (\d+) \+ tile level")
        self.length_unit = self.number(3, r"Lengths are multiples of ([\d,]+):")
        self.batches_from = self.number(3, r"Batches follow one another from offset ([\d,]+) without gaps")
        self.footer = self.table(3, r"The last", self.number(3, r"The last ([\d,]+) bytes are the footer"))
        self.per_segment, self.unit = self.numbers(3, r"segment number \* (2\^\d+) \+ offset / (\d+)\.")

    def _log(self):
        """Section 4: batches, their parts and the chain."""
        self.sector = self.number(0, r"batches are aligned to (\d+)")
        for regex in (r"the least multiple of (\d+) that", r"the sectors \((\d+) bytes"):
            self.same(4, regex, self.sector)
        self.begin = self.table(4, r"Begin header", self.number(4, r"^Begin header, (\d+) bytes:"))
        size, self.frame_align = self.numbers(4, r"^Frame: (\d+) bytes, .* zero bytes up to a multiple of (\d+)\.")
        self.frame = self.table(4, r"Frame: ", size)
        self.zero_map = self.table(4, r"Zero map: ")
        self.same(4, r"\| check of bytes 0\.\.(\d+) and of the runs", 8)
        self.same(4, rf"^\| {self.zero_map.size} \| (\d+)n \| runs, .*: first sector u32, number of sectors u32 \|", 8)
        self.trailer = self.table(4, r"End trailer", self.number(4, r"^End trailer, (\d+) bytes:"))
        self.same(4, r"the trailer is its last (\d+) bytes", self.trailer.size)
        self.batch_kinds = self.names(4, r"\| kind: ([^|]*commit[^|]*) \|")
        self.frame_kinds = self.names(4, r"\| kind: ([^|]*body[^|]*) \|")
        chain = self.find(4, r"BLAKE3\(chain before \| for each (.*) frame in order: kind (u\d+) \|"
                             r" payload length (u\d+) \| payload\)")
        self.chained = set(re.findall(r"\w+", chain[1])) - {"and"}
        self.chain_widths = WIDTH[chain[2]], WIDTH[chain[3]]

    def _payloads(self):
        """Section 5: payloads of frames."""
        self.commit_order = re.findall(r"(\w+) frames?", self.find(5, r"\*\*Commit batch\*\*: (.*)")[1])
        self.declaration = self.items(5, r"\*\*Declaration\*\*[^:]*:")
        self.lookups = [self.number(5, r"Look-ups: bit (\d+) by leaf hash"), self.number(5, r"hash, bit (\d+) by id;")]
        self.id_space = self.items(5, r"the name of an id space, as:")
        self.entries = self.items(5, r"\*\*Entries\*\*:")
        self.entry_end = WIDTH[self.find(5, r"n times the end of an entry (u\d+)")[1]]
        self.entries_max = self.number(5, r"until its payload would pass ([\d,]+) bytes")
        self.same(5, r"when the payload of their ids would pass ([\d,]+) bytes", self.entries_max)
        self.id_lens = self.numbers(5, r"in the place of each entry: (\d+) to ([\d,]+) bytes")
        self.delta = self.items(5, r"\*\*Delta\*\*:")
        writes = self.find(5, r"number of writes (u\d+), and for each key length (u\d+), key, one byte (\d+) \(delete\)"
                              r" or (\d+) \(set\), and if set value length (u\d+), value")
        self.write_widths = [WIDTH[writes[i]] for i in (1, 2, 5)]
        self.delete, self.set = int(writes[3]), int(writes[4])
        self.body = self.items(5, r"\*\*Body\*\*:")
        self.commit_body = self.table(5, r"\*\*Commit body\*\*")
        self.commit_ledger = self.items(5, r"\| per ledger \|")
        self.ranges = self.items(5, r"\*\*Ranges\*\*:")
        self.attachment = self.items(5, r"\*\*Attachment\*\*:")
        self.leaves = self.items(5, r"\*\*Leaves\*\* \(only in base batches\):")
        self.leaves_max = self.number(5, r"A frame has 1 to (\d+) of them")
        self.same(5, r"so its payload is no longer than ([\d,]+) bytes", self.entries_max)
        self.tree_types = self.names(5, r"Tree types: ([^.]*)\.")
        self.suites = self.names(5, r"State suites: ([^.]*)\.")
        self.key_modes = self.names(5, r"Key modes: ([^.]*)\.")
        names = self.find(5, r"Names of ledgers are (\d+) to (\d+) of `([^`]+)`([^;]*);"
                             r" network ids (\d+) to (\d+) of `([^`]+)`")
        charset = ["[" + names[i].replace(" ", "") + "]{%s,%s}" % names.group(i - 2, i - 1) for i in (3, 7)]
        self.ledger_name, self.network_id = (re.compile(c.encode()) for c in charset)
        self.reserved = {name.encode() for name in re.findall(r"`([^`]+)`", names[4])}

    def _derived(self):
        """Sections 6 to 10: trees, tiles, superblock, tip."""
        byte = "([0-9a-f]{2})"
        tree = self.find(6, rf'empty H\(""\), leaf H\({byte} \| entry\), node H\({byte} \| left \| right\)')
        self.leaf_prefix, self.node_prefix = bytes.fromhex(tree[1]), bytes.fromhex(tree[2])
        keys = dict(re.findall(r"^\| (empty|leaf|node) .*`([0-9a-f]{64})` \|", self.sections[6], re.M))
        self.tree_keys = {name: bytes.fromhex(key) for name, key in keys.items()}
        self.block = self.number(7, r"then blocks of ([\d,]+) bytes")
        table, self.slots = self.rows(7, r"`tiles\.<level>`"), []
        for offset, size, text in table[:-1]:
            counts = [int(n) for n in re.findall(r"\d+", re.match(r"(?:the )?([\d, ]+) hashes", text)[1])]
            if offset != "...":
                self.layout("tile block", text, offset, 32 * sum(self.slots))
                self.layout("tile block", text, size, 32 * counts[0])
            self.slots += counts
        self.tile_trailer = self.items(7, r"Trailer:")
        self.layout("tile block", "trailer", table[-1][0], 32 * sum(self.slots))
        self.layout("tile block", "trailer", table[-1][1], self.tile_trailer.size)
        self.layout("tile block", "its length", str(32 * sum(self.slots) + self.tile_trailer.size), self.block)
        self.same(7, r"one subtree of (\d+) slots", self.slots[0])
        slots = self.slots[0]
        if self.numbers(7, r"indices (\d+)b to (\d+)b \+ (\d+)") != (slots, slots, slots - 1):
            raise Bad("FORMAT.md: section 7: indices of a block's hashes")
        self.height_levels, last = self.numbers(7, r"holds tree levels (\d+)\*level to \d+\*level \+ (\d+):")
        said = self.numbers(7, r"\| the 2 hashes of tree level (\d+)\*level \+ (\d+) \|")
        if (self.height_levels, last) != said or len(self.slots) != last + 1 or 2 ** (last + 1) != self.slots[0]:
            raise Bad(f"FORMAT.md: section 7: levels {self.height_levels}, {last} and {said} of {self.slots}")
        checked = self.numbers(7, r"of bytes 0\.\.(\d+) of the block and 0\.\.(\d+) of the trailer,")
        if checked != (32 * sum(self.slots), self.tile_trailer.size - 4):
            raise Bad(f"FORMAT.md: section 7: the check covers {checked}")
        self.slot = WIDTH[self.find(8, r"then (u\d+) slots")[1]]
        self.nowhere = int(self.find(8, r"if there is none, ([0-9a-f]{8}) in the upper 32 bits")[1], 16)
        fixed, at = [], 0
        for text, size, *_ in self.header.rows:
            if at < self.number(9, r"^\| 0 \| (\d+) \| as in the file header"):
                fixed.append((text, size))
                at += size
        table = self.table(9, r"`SUPER\.0` and `SUPER\.1`")
        self.superblock = Table("superblock", fixed + [row[:2] for row in table.rows[1:]])
        self.layout("superblock", "its fixed part", str(self.superblock.size), table.size)
        self.super_number = self.number(9, r"as in the file header; kind (\d+), number 0 or 1")
        self.super_max = self.number(9, r"length of the superblock in bytes, at most ([\d,]+)")
        self.super_align = self.number(9, r"; zero bytes to a multiple of (\d+); watermarks; the base if there is one; zero u32 \|")
        self.same(9, r"^\| length - (\d+) \| 4 \| check of all before, offset 0 \|", 4)
        self.super_ledger = self.items(9, r"; per ledger")
        self.super_lookups = self.items(9, r"after each ledger's name:")
        self.lookups_feature = 1 << self.number(9, r"the incompatible feature bit (\d+), and after")
        self.same(2, r"Bits of a superblock: (\d+) look-ups", self.lookups_feature.bit_length() - 1)
        self.base_feature = 1 << self.number(9, r"the incompatible feature bit (\d+), and behind")
        self.same(2, r"look-ups, (\d+) base", self.base_feature.bit_length() - 1)
        self.super_base = self.items(9, r"and behind the watermarks:")
        self.super_base_size = WIDTH[self.find(9, r"; for each of these its size at that height (u\d+)")[1]]
        self.watermark = self.items(9, r"A watermark says [^:]*:")
        self.tip = self.items(10, r"\d+ bytes:")
        self.same(10, r"^(\d+) bytes:", self.tip.size)
        self.per_node_log = self.number(2, r"of trie nodes: ledger ordinal \* (2\^\d+) \+ location")
        if self.number(8, r"for height h slot (\d+)\(h - 1\) is 1 \+ the location") != 2:
            raise Bad("FORMAT.md: section 8: slots of a height")
        self.leaf_from = int(self.find(12, r"^    leaf .* from ([0-9a-f]{2}) up$")[1], 16)
        self.extension = int(self.find(12, r"^    extension  ([0-9a-f]{2}) \| w-1 ; distance \[w\] ; slot \[32\] ;")[1], 16)
        plain = self.find(12, r"^    branch     ([0-9a-f]{2}) \| w-1 ; mask u16 ; distance \[w\] per child ; slot \[32\]")
        valued = self.find(12, r"^    branch     ([0-9a-f]{2}) \| w-1 ; as above, then the RLP string of its value")
        self.branches = [int(found[1], 16) for found in (plain, valued)]
        self.per_run = self.number(2, r"of a run: ledger ordinal \* (2\^\d+) \+ its first leaf")
        self.run_base = self.number(14, r"each bit of the size that is at least (2\^\d+), of as many leaves")
        self.same(14, r"is no multiple of (2\^\d+), one for the rest", self.run_base)
        self.run_block = self.number(14, r"then blocks of (\d+) bytes, at least one")
        self.run_record = self.items(14, r"A record is \d+ bytes:")
        self.run_records = self.number(14, r"every block but the last holds (\d+):")
        self.run_trailer = Table("run block", self.table(14, r"A run is the file header", self.run_block).rows_plain()[1:])
        self.same(14, r"^\| 0 \| (\d+) \| \d+ records;", self.run_records * self.run_record.size)
        self.fingerprint = self.number(14, r"The fingerprint of a leaf hash is its first (\d+) bytes")
        self.same(14, r"that of an id the first (\d+) bytes of H\(id\)", self.fingerprint)
        self.kept_heights = self.table(12, r"\*\*Kept heights\.\*\*")
        self.kept_nodes = self.table(12, r"\*\*Kept nodes\.\*\*")
        self.tip_kind = self.number(10, r"\(kind (\d+), number 0, offset 0\)")

    def find(self, section, regex):
        found = re.search(regex, self.sections.get(section, ""), re.M)
        if not found:
            raise Bad(f"FORMAT.md: section {section}: cannot find {regex}")
        return found

    def numbers(self, section, regex):
        return tuple(self._value(text) for text in self.find(section, regex).groups())

    def number(self, section, regex):
        return self.numbers(section, regex)[0]

    def same(self, section, regex, want):
        """A number that is said twice, or that the code cannot take from the text."""
        if self.number(section, regex) != want:
            raise Bad(f"FORMAT.md: section {section}: expected {want} at {regex}")

    @staticmethod
    def _value(text):
        power = re.fullmatch(r"2\^(\d+)( - 1)?", text)
        if power:
            return 2 ** int(power[1]) - bool(power[2])
        digits, _, unit = text.replace(",", "").partition(" ")
        return int(digits) * {"": 1, "KiB": 2 ** 10, "MiB": 2 ** 20}[unit]

    def names(self, section, regex):
        """`1 declaration, 2 commit` as {1: "declaration", 2: "commit"}."""
        pairs = re.findall(r"(\d+) ([^,]+)", self.find(section, regex)[1])
        return {int(number): name.strip() for number, name in pairs}

    @staticmethod
    def layout(table, text, got, want):
        if got != str(want):
            raise Bad(f"FORMAT.md: {table}: {text!r} says {got}, the fields before it make {want}")

    def rows(self, section, label):
        """Cells of the table that follows the paragraph with `label`, without its two head lines."""
        lines = self.find(section, label + r"[^\n]*(?:\n[^|\n]+)*\n\n((?:\|.*\|\n?){3,})")[1].splitlines()
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]

    def table(self, section, label, total=None):
        """A layout table; offsets must agree with the sizes. Ends at the first row of unknown size."""
        rows, at = [], 0
        for *offset, size, text in self.rows(section, label):
            if offset and offset[0].isdigit():
                self.layout(label, text, offset[0], at)
            if size == "1 + n":
                length, _, name = text.partition(", ")
                rows += [(length, 1), (name, None)]
            elif size.isdigit():
                rows.append((text, int(size)))
                at += int(size)
            else:
                break
        if not rows or total not in (None, at):
            raise Bad(f"FORMAT.md: section {section}: {label}: fields make {at} bytes, not {total}")
        return Table(label, rows)

    def items(self, section, label):
        """A list such as `a u32, zero u32, name length u8, name, rest` up to the first item of no known size."""
        text = self.find(section, label + r" ((?:[^\n]+\n?)+)")[1].replace("\n", " ")
        text = re.split(r"; |: |\.(?:\s|$)| \|", re.sub(r" ?\([^()]*\)", "", text))[0]
        rows = []
        for item in text.split(", "):
            typed = re.fullmatch(r"(.*?) ?(?:\b(u8|u16|u32|u64)|\[(\d+)\])( .*)?", item)
            if re.fullmatch(r"`\w+`", item):
                rows.append((item, len(item) - 2))
            elif typed and not item.startswith("n "):
                rows.append((typed[1] + (typed[4] or ""), WIDTH.get(typed[2]) or int(typed[3])))
            elif {item + " length", "length of the " + item} & {text for text, _ in rows}:
                rows.append((item, None))
            else:
                break
        if not rows:
            raise Bad(f"FORMAT.md: section {section}: no fields after {label}")
        return Table(label, rows)
