//! Writes SQLite database files: tables that are filled once, in order of row ids.
//!
//! The file format is that of <https://www.sqlite.org/fileformat2.html>, and has been the same since
//! 2004; writing it needs no database engine in the tool. Rows are streamed: a page of each level of
//! a table's tree is in memory.
//!
//! Invariant: the first page, without which a file is no database, is written last.

use std::io::{self, Seek, SeekFrom, Write};

const PAGE: usize = 4096;
/// A row up to this long stands in its leaf page whole.
const LOCAL_MAX: usize = PAGE - 35;
/// Of a longer one at least this much does.
const LOCAL_MIN: usize = (PAGE - 12) * 32 / 255 - 23;
/// Bytes of a longer row in an overflow page.
const OVERFLOW: usize = PAGE - 4;
/// Children of an interior page: its cells are at most 15 bytes.
const CHILDREN: usize = 256;
const LEAF: u8 = 0x0d;
const INTERIOR: u8 = 0x05;
/// The release of SQLite whose format this is, in its own numbering.
const VERSION: u32 = 3_008_000;

/// A value of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// Of the column that is the row id.
    RowId,
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A database that is being written.
#[derive(Debug)]
pub(crate) struct Database<W> {
    file: W,
    pages: u32,
    /// Name, root page and SQL of each table.
    tables: Vec<(&'static str, u32, &'static str)>,
}

/// A table that is being filled.
#[derive(Debug, Default)]
pub(crate) struct Table {
    cells: Vec<Vec<u8>>,
    used: usize,
    last: i64,
    /// Pages that have no parent yet and their greatest row ids, from the leaves up.
    levels: Vec<Vec<(u32, i64)>>,
}

impl<W: Write + Seek> Database<W> {
    pub(crate) fn new(mut file: W) -> io::Result<Self> {
        file.write_all(&[0; PAGE])?;
        Ok(Self {
            file,
            pages: 1,
            tables: Vec::new(),
        })
    }

    /// Adds a row; row ids must rise.
    pub(crate) fn row(&mut self, table: &mut Table, id: i64, row: &[Value<'_>]) -> io::Result<()> {
        let record = record(row);
        let mut cell = Vec::new();
        put_varint(&mut cell, record.len() as u64);
        put_varint(&mut cell, id.cast_unsigned());
        let local = local_len(record.len());
        let (stays, goes) = record.split_at(local);
        cell.extend_from_slice(stays);
        if !goes.is_empty() {
            cell.extend_from_slice(&(self.pages + 1).to_be_bytes());
            self.overflow(goes)?;
        }
        if 8 + table.used + cell.len() + 2 > PAGE {
            self.end_leaf(table)?;
        }
        table.used += cell.len() + 2;
        table.cells.push(cell);
        table.last = id;
        Ok(())
    }

    fn overflow(&mut self, bytes: &[u8]) -> io::Result<()> {
        let pieces = bytes.chunks(OVERFLOW);
        let last = pieces.len();
        for (i, piece) in (1..).zip(pieces) {
            let next = if i == last { 0 } else { self.pages + 2 };
            let mut page = next.to_be_bytes().to_vec();
            page.extend_from_slice(piece);
            self.page(page)?;
        }
        Ok(())
    }

    fn end_leaf(&mut self, table: &mut Table) -> io::Result<()> {
        let cells = std::mem::take(&mut table.cells);
        table.used = 0;
        let page = self.page(tree_page(LEAF, &cells, None, 0))?;
        self.add_child(table, 0, (page, table.last))
    }

    /// A page is written when two more children than it takes are there, so that none at the end
    /// is left with a single one.
    fn add_child(&mut self, table: &mut Table, level: usize, child: (u32, i64)) -> io::Result<()> {
        if table.levels.len() <= level {
            table.levels.push(Vec::new());
        }
        let Some(children) = table.levels.get_mut(level) else {
            return Ok(());
        };
        children.push(child);
        if children.len() < CHILDREN + 2 {
            return Ok(());
        }
        let full: Vec<_> = children.drain(..CHILDREN).collect();
        let parent = self.interior(&full)?;
        self.add_child(table, level + 1, parent)
    }

    fn interior(&mut self, children: &[(u32, i64)]) -> io::Result<(u32, i64)> {
        let Some(((right, last), rest)) = children.split_last() else {
            return Ok((0, 0));
        };
        let cells = rest.iter().map(|(page, key)| {
            let mut cell = page.to_be_bytes().to_vec();
            put_varint(&mut cell, key.cast_unsigned());
            cell
        });
        let cells: Vec<_> = cells.collect();
        let page = self.page(tree_page(INTERIOR, &cells, Some(*right), 0))?;
        Ok((page, *last))
    }

    /// Ends a table; `sql` is what would have created it.
    pub(crate) fn end_table(
        &mut self,
        mut table: Table,
        name: &'static str,
        sql: &'static str,
    ) -> io::Result<()> {
        if !table.cells.is_empty() || table.levels.is_empty() {
            self.end_leaf(&mut table)?;
        }
        let mut level = 0;
        let root = loop {
            let children = table.levels.get(level).cloned().unwrap_or_default();
            if let ([(page, _)], true) = (&*children, level + 1 == table.levels.len()) {
                break *page;
            }
            let parent = self.interior(&children)?;
            level += 1;
            self.add_child(&mut table, level, parent)?;
        };
        self.tables.push((name, root, sql));
        Ok(())
    }

    /// Writes the first page: from here on the file is a database.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let mut cells = Vec::new();
        for (id, (name, root, sql)) in (1u64..).zip(&self.tables) {
            let record = record(&[
                Value::Text("table"),
                Value::Text(name),
                Value::Text(name),
                Value::Integer(i64::from(*root)),
                Value::Text(sql),
            ]);
            let mut cell = Vec::new();
            put_varint(&mut cell, record.len() as u64);
            put_varint(&mut cell, id);
            cell.extend_from_slice(&record);
            cells.push(cell);
        }
        let mut page = b"SQLite format 3\0".to_vec();
        page.extend_from_slice(&[0x10, 0, 1, 1, 0, 64, 32, 32]);
        for field in [1, self.pages, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0] {
            page.extend_from_slice(&field.to_be_bytes());
        }
        page.resize(92, 0);
        page.extend_from_slice(&1u32.to_be_bytes());
        page.extend_from_slice(&VERSION.to_be_bytes());
        let tree = tree_page(LEAF, &cells, None, 100);
        page.extend_from_slice(tree.get(100..).unwrap_or_default());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&page)?;
        self.file.flush()?;
        Ok(self.file)
    }

    /// Writes a page and answers with its number.
    fn page(&mut self, mut page: Vec<u8>) -> io::Result<u32> {
        page.resize(PAGE, 0);
        self.file.write_all(&page)?;
        self.pages = self
            .pages
            .checked_add(1)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(self.pages)
    }
}

const fn local_len(len: usize) -> usize {
    if len <= LOCAL_MAX {
        return len;
    }
    let some = LOCAL_MIN + (len - LOCAL_MIN) % OVERFLOW;
    if some <= LOCAL_MAX { some } else { LOCAL_MIN }
}

/// A page of a table's tree, its header behind the first `start` bytes.
fn tree_page(kind: u8, cells: &[Vec<u8>], right: Option<u32>, start: usize) -> Vec<u8> {
    let content: usize = cells.iter().map(Vec::len).sum();
    let content_at = PAGE - content;
    let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes();
    let mut page = vec![0; start];
    page.push(kind);
    page.extend_from_slice(&[0, 0]);
    page.extend_from_slice(&short(cells.len()));
    page.extend_from_slice(&short(content_at));
    page.push(0);
    page.extend(right.into_iter().flat_map(u32::to_be_bytes));
    let mut at = content_at;
    for cell in cells {
        page.extend_from_slice(&short(at));
        at += cell.len();
    }
    page.resize(content_at, 0);
    cells.iter().for_each(|cell| page.extend_from_slice(cell));
    page
}

/// A row: the types of its values, then the values.
fn record(row: &[Value<'_>]) -> Vec<u8> {
    let (mut types, mut values) = (Vec::new(), Vec::new());
    for value in row {
        match value {
            Value::RowId => types.push(0),
            Value::Integer(n) => {
                types.push(6);
                values.extend_from_slice(&n.to_be_bytes());
            }
            Value::Text(text) => {
                put_varint(&mut types, 13 + 2 * text.len() as u64);
                values.extend_from_slice(text.as_bytes());
            }
            Value::Blob(bytes) => {
                put_varint(&mut types, 12 + 2 * bytes.len() as u64);
                values.extend_from_slice(bytes);
            }
        }
    }
    let mut record = Vec::with_capacity(types.len() + values.len() + 2);
    // The length counts itself, and rows have few columns: it is one byte.
    put_varint(&mut record, types.len() as u64 + 1);
    record.extend_from_slice(&types);
    record.extend_from_slice(&values);
    record
}

/// Seven bits a byte, the highest first; of nine bytes the last has eight.
fn put_varint(to: &mut Vec<u8>, value: u64) {
    let low = |value: u64| u8::try_from(value & 0x7f).unwrap_or(0);
    if value >> 56 != 0 {
        let high = value >> 8;
        to.extend((0..8).rev().map(|i| low(high >> (7 * i)) | 0x80));
        to.push(u8::try_from(value & 0xff).unwrap_or(0));
        return;
    }
    let groups = (64 - value.leading_zeros()).div_ceil(7).max(1);
    for i in (0..groups).rev() {
        let more = if i == 0 { 0 } else { 0x80 };
        to.push(low(value >> (7 * i)) | more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule and examples of the format's own description.
    #[test]
    fn varints_have_seven_bits_a_byte() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[0x7f]),
            (128, &[0x81, 0]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x81, 0x80, 0]),
            (u64::MAX, &[0xff; 9]),
            (
                1 << 56,
                &[0x80, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
            ),
        ] {
            let mut found = Vec::new();
            put_varint(&mut found, value);
            assert_eq!(found, bytes, "{value}");
        }
    }

    #[test]
    fn long_rows_leave_what_the_rule_says_in_their_page() {
        assert_eq!(local_len(4061), 4061);
        assert_eq!(local_len(4062), 489);
        assert_eq!(local_len(489 + 4092), 489);
        assert_eq!(local_len(489 + 4092 + 100), 589);
    }
}
