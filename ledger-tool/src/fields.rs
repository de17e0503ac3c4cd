//! Structures on the disk, field by field, for `inspect`: hex with the bad bytes marked.

use std::fmt::Write;

use hash_store::inspect::{Field, FieldFlaw};
use serde::Serialize;

use crate::human;
use crate::session::{BAD, FAINT};

/// Rows of 16 bytes that are shown of a field, unless all are asked for.
const ROWS: usize = 2;

/// Some structure: what it is and its fields.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) title: String,
    pub(crate) file: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Serialize)]
pub(crate) struct PartDoc {
    title: String,
    file: String,
    fields: Vec<FieldDoc>,
}

#[derive(Serialize)]
struct FieldDoc {
    offset: u64,
    length: u64,
    name: String,
    value: String,
    /// The first 4096 bytes; null where they are somebody's data and were not to be told.
    hex: Option<String>,
    flaw: Option<FlawDoc>,
}

#[derive(Serialize)]
struct FlawDoc {
    code: &'static str,
    message: String,
    /// The bytes that are wrong, or give it away.
    offset: u64,
    length: u64,
}

impl Part {
    pub(crate) fn is_sound(&self) -> bool {
        self.fields.iter().all(|field| field.flaw.is_none())
    }

    pub(crate) fn document(&self) -> PartDoc {
        let fields = self.fields.iter().map(|field| FieldDoc {
            offset: field.offset,
            length: field.len,
            name: field.name.clone(),
            value: field.value.clone(),
            hex: Some(human::hex(&field.bytes)),
            flaw: field.flaw.as_ref().map(flaw_document),
        });
        PartDoc {
            title: self.title.clone(),
            file: self.file.clone(),
            fields: fields.collect(),
        }
    }

    /// The fields for people; of long fields only the start, unless `all`. With `only_flawed`,
    /// fields that are as they should be are left out.
    pub(crate) fn text(&self, all: bool, only_flawed: bool) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}  {}", self.file, self.title);
        for field in &self.fields {
            if !only_flawed || field.flaw.is_some() {
                put_field(&mut text, field, all);
            }
        }
        text
    }
}

fn flaw_document(flaw: &FieldFlaw) -> FlawDoc {
    FlawDoc {
        code: flaw.code,
        message: flaw.message.clone(),
        offset: flaw.bytes.0,
        length: flaw.bytes.1,
    }
}

fn put_field(text: &mut String, field: &Field, all: bool) {
    let meaning = match field.value.as_str() {
        "" => human::safe(&field.name),
        value => human::safe(&format!("{}: {value}", field.name)),
    };
    let rows = if all { usize::MAX } else { ROWS };
    let mut label = meaning.as_str();
    if field.bytes.is_empty() {
        let _ = writeln!(text, "{:08x}  {:47}  {label}", field.offset, "");
    }
    let shown = field.bytes.chunks(16).take(rows);
    for (i, row) in (0u64..).zip(shown) {
        let digits: Vec<String> = row.iter().map(|byte| human::hex(&[*byte])).collect();
        let line = format!(
            "{:08x}  {:47}  {label}",
            field.offset + 16 * i,
            digits.join(" ")
        );
        let _ = writeln!(text, "{}", line.trim_end());
        label = "";
    }
    let shown = (field.bytes.len() as u64).min(16 * ROWS as u64);
    let shown = if all { field.bytes.len() as u64 } else { shown };
    if field.len > shown {
        let more = human::counted(field.len - shown, "more byte", "more bytes");
        let _ = writeln!(text, "{:8}  {FAINT}{more}{FAINT:#}", "");
    }
    if let Some(flaw) = &field.flaw {
        let message = human::safe(&flaw.message);
        let _ = writeln!(text, "{BAD}{}{BAD:#}  {message}", flaw.code);
    }
}

/// The bytes around each flaw, marked. `bytes` stand at `base` of the file.
pub(crate) fn marked(parts: &[Part], bytes: &[u8], base: u64) -> String {
    let mut text = String::new();
    for flaw in parts
        .iter()
        .flat_map(|part| &part.fields)
        .filter_map(|f| f.flaw.as_ref())
    {
        let (start, len) = flaw.bytes;
        let Some(at) = start
            .checked_sub(base)
            .filter(|at| *at < bytes.len() as u64)
        else {
            continue;
        };
        let first = at / 16;
        let last = (at + len.max(1) - 1) / 16;
        let _ = writeln!(text, "{BAD}{}{BAD:#} at {start}", flaw.code);
        // What is long is damaged as a whole: its first rows say as much.
        for row in first..=last.min(first + 3) {
            put_marked_row(&mut text, bytes, base, row, (at, at + len));
        }
    }
    text
}

fn put_marked_row(text: &mut String, bytes: &[u8], base: u64, row: u64, (from, to): (u64, u64)) {
    let start = row * 16;
    let at = usize::try_from(start).unwrap_or(usize::MAX);
    let row_bytes = bytes.get(at..).unwrap_or_default();
    let row_bytes = row_bytes.get(..row_bytes.len().min(16)).unwrap_or_default();
    let digits: Vec<String> = row_bytes.iter().map(|byte| human::hex(&[*byte])).collect();
    let _ = writeln!(text, "{:08x}  {}", base + start, digits.join(" "));
    let marks = (start..start + row_bytes.len() as u64).map(|i| {
        let is_bad = (from..to).contains(&i);
        let joined = is_bad && (from..to).contains(&(i + 1));
        match (is_bad, joined) {
            (true, true) => "^^^",
            (true, false) => "^^ ",
            _ => "   ",
        }
    });
    let marks: String = marks.collect();
    let marks = marks.trim_end();
    let blank = marks.len() - marks.trim_start().len();
    let (blank, marks) = marks.split_at(blank);
    let _ = writeln!(text, "{:8}  {blank}{BAD}{marks}{BAD:#}", "");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bytes_stand_above_their_marks() {
        let field = Field {
            offset: 4096 + 14,
            len: 4,
            bytes: vec![1, 2, 3, 4],
            name: "check".to_owned(),
            value: "04030201".to_owned(),
            flaw: Some(FieldFlaw {
                code: "E-FRAME-CRC",
                message: "differs".to_owned(),
                bytes: (4096 + 14, 4),
            }),
        };
        let part = Part {
            title: "a frame".to_owned(),
            file: "f".to_owned(),
            fields: vec![field],
        };
        assert!(!part.is_sound());
        let bytes: Vec<u8> = (0..40).collect();
        let text = marked(std::slice::from_ref(&part), &bytes, 4096);
        let lines: Vec<String> = text
            .lines()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect();
        assert_eq!(
            lines[1],
            "00001000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"
        );
        assert_eq!(lines[2].find("^^^^^"), lines[1].find("0e 0f"));
        assert_eq!(lines[4].find("^^^^^"), lines[3].find("10 11"));
        assert_eq!(lines[4].trim(), "^^^^^");
    }
}
