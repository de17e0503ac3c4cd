//! Lists on stdout: a line an item for people, or one JSON document that is written as it grows.
//!
//! Invariant: no more than one item is in memory.

use std::io::{self, BufWriter, StdoutLock, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::human;
use crate::session::{Session, heard, to_json};

/// A list that is being written.
#[derive(Debug)]
pub(crate) struct List {
    output: BufWriter<StdoutLock<'static>>,
    json: bool,
    is_empty: bool,
}

impl List {
    /// Begins a list. In JSON its items are the array `items` after the members of `head`.
    pub(crate) fn begin(
        session: &Session,
        head: &impl Serialize,
        items: &'static str,
    ) -> Result<Self, Failure> {
        let mut list = Self {
            output: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
            json: session.json,
            is_empty: true,
        };
        if list.json {
            let head = to_json(head)?;
            let members = head.strip_suffix('}').unwrap_or(&head);
            list.write(&format!("{members},\"{items}\":["))?;
        }
        Ok(list)
    }

    /// Writes an item; `false` if nobody takes more.
    pub(crate) fn item(
        &mut self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<bool, Failure> {
        if !self.json {
            return self.write(&human::safe(&text()));
        }
        let comma = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        self.write(&format!("{comma}{}", to_json(document)?))
    }

    /// Ends the list. In JSON the members of `tail` come after the items.
    pub(crate) fn end(mut self, tail: &impl Serialize) -> Result<(), Failure> {
        if self.json {
            let tail = to_json(tail)?;
            let members = tail.strip_prefix('{').unwrap_or(&tail);
            let comma = if members == "}" { "" } else { "," };
            self.write(&format!("]{comma}{members}\n"))?;
        }
        heard(self.output.flush())?;
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<bool, Failure> {
        heard(self.output.write_all(text.as_bytes()))
    }
}
