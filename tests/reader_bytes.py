"""A store's files as bytes that know their place, for reader.py.

Invariants: a Cursor never passes its end and names file and offset in every complaint; a value
of a table is handed out after the check in it was verified; nothing is written.
"""
import os
import zlib

from reader_format import WIDTH, Bad, Record


class File:
    """A file's bytes, and what seeds its checks (section 1)."""

    def __init__(self, fmt, root, name, kind, number, uuid):
        self.fmt, self.name, self.kind, self.number, self.uuid = fmt, name, kind, number, uuid
        with open(os.path.join(root, *name.split("/")), "rb") as file:
            self.data = file.read()
        self.trace = {}

    def bad(self, offset, why):
        raise Bad(f"{self.name}: offset {offset}: {why}")

    def expect(self, offset, what, got, want):
        if got != want:
            got, want = (x.hex() if isinstance(x, bytes) else x for x in (got, want))
            self.bad(offset, f"{what} is {got}, expected {want}")

    def check(self, data, offset):
        """Check of `data` in the structure at `offset` (section 1)."""
        parts = {"store uuid": self.uuid, "kind": self.kind, "number": self.number, "offset": offset}
        seed = b"".join(parts[name].to_bytes(width, "little") if width else parts[name]
                        for name, width in self.fmt.seed)
        return zlib.crc32(data, zlib.crc32(seed))

    def zero(self, start, end, what):
        part = self.data[start:end]
        if part.strip(b"\0"):
            self.bad(start + len(part) - len(part.lstrip(b"\0")), f"{what} is not zero")

    def header(self, length):
        """File header (section 2)."""
        head = Cursor(self).read(self.fmt.header)
        self.expect_header(head)
        self.expect(0, "length in the header", head["of a segment its length"], length)

    def expect_header(self, head, features=0):
        self.expect(0, "kind of the file", head["kind:"], self.kind)
        self.expect(0, "format version", head["format version"], self.fmt.version)
        self.expect(0, "incompatible features", head["incompatible features"], features)
        self.expect(0, "store uuid", head["store uuid"], self.uuid)
        self.expect(0, "number of the file", head["number:"], self.number)


class Cursor:
    """Reads a file's bytes from `pos`, never past `end`; notes in the file's trace what was read."""

    def __init__(self, file, pos=0, end=None):
        self.file, self.pos, self.end = file, pos, len(file.data) if end is None else end

    def take(self, size, name):
        if size > self.end - self.pos:
            self.file.bad(self.pos, f"{name} of {size} bytes passes the end at {self.end}")
        if size:
            self.file.trace[self.pos] = (size, name, None)
        self.pos += size
        return self.file.data[self.pos - size:self.pos]

    def int(self, size, name):
        at, value = self.pos, int.from_bytes(self.take(size, name), "little")
        self.file.trace[at] = (size, name, value)
        return value

    def read(self, table):
        """The fields of a table; zeros, magics and checks of stated bytes are verified here."""
        start, record, checks = self.pos, Record(), []
        for text, size, must, check in table.rows:
            at = self.pos
            if size is None:
                record[text] = self.take(record.get(text + " length", record.get("length of the " + text)), text)
                continue
            if text.startswith("zero"):
                self.zeros(size, text)
                continue
            if must is not None:
                self.file.expect(at, text, self.take(size, text), must)
                continue
            record[text] = self.int(size, text) if size in WIDTH.values() else self.take(size, text)
            if check:
                checks.append((at, text, record[text], [int(x) for x in check.groups(start)]))
        for at, text, got, (first, last, offset) in checks:
            if not first <= last <= len(self.file.data) - start:
                raise Bad(f"FORMAT.md: {table.name}: {text} in {self.file.name}, which ends before")
            self.file.expect(at, text, got, self.file.check(self.file.data[start + first:start + last], offset))
        return record

    def zeros(self, size, name):
        at = self.pos
        self.take(size, name)
        self.file.zero(at, self.pos, name)

    def done(self, name):
        self.file.expect(self.pos, f"end of the {name}", self.pos, self.end)
