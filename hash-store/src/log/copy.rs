//! Copying a log up to a batch's end, zeros behind it: to another storage, or in place of itself.
//!
//! Invariants:
//!
//! - the source is only read, and may be written on meanwhile: what lies behind `end` is not copied;
//! - a segment that is full gets its name only when all of it is copied and synced;
//! - a file is never shortened, and no byte of a file that a reader may have open is changed;
//! - nothing is judged here: the caller scans the copy.

use super::segments::{
    LOG_DIR, Segment, Segments, UNFINISHED, create_unfinished, reserve, segment_name,
};
use super::tail::{LOST_AND_FOUND, new_folder};
use crate::error::{Error, Result};
use crate::layout::header::HEADER_LEN;
use crate::position::Position;
use crate::storage::{Access, Storage, copy_bytes};

/// What bringing a copy up to date took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopiedLog {
    /// Bytes that were copied.
    pub bytes: u64,
    /// Sealed segments that the copy shares with the log.
    pub linked: u64,
}

/// Brings a copy of a log from `begin`, where it was left, to `end`. With `links` sealed segments
/// are not copied where the two can share them: their bytes never change, and damage to one copy is
/// damage to both.
///
/// Where `begin` is the start of segment 0 there need be no copy yet.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`], and what opening a segment gives. The copy is complete up to
/// `begin` still.
pub fn copy_log(
    from: &Segments,
    to: &dyn Storage,
    (begin, end): (Position, Position),
    links: bool,
) -> Result<CopiedLog> {
    let io = |op: &'static str| move |e| Error::io(op, LOG_DIR, e);
    to.create_dir(LOG_DIR).map_err(io("create"))?;
    let is_new = begin.offset() == HEADER_LEN;
    let mut copied = CopiedLog::default();
    for number in begin.segment()..=end.segment() {
        let segment = from.get(number)?;
        let is_full = number < end.segment();
        let limit = if is_full { segment.len() } else { end.offset() };
        let name = segment_name(number);
        let io = |op: &'static str| {
            let name = &name;
            move |e| Error::io(op, name, e)
        };
        // A segment that an earlier try had sealed already is copied anew.
        let standing = if number == begin.segment() && !is_new {
            match to.open(&name, Access::Write) {
                Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => None,
                answer => Some(answer.map_err(io("open"))?),
            }
        } else {
            None
        };
        let continues = standing.is_some();
        let is_sealed = is_full && segment.footer()?.is_some();
        if links && is_sealed && !continues && link(&segment, to, &name)? {
            copied.linked += 1;
            continue;
        }
        let at = if continues { begin.offset() } else { 0 };
        let file = standing.map_or_else(|| create_unfinished(to), Ok)?;
        let len = limit.saturating_sub(at);
        copy_bytes(segment.file(), &*file, at, len).map_err(io("copy"))?;
        if !continues && !is_full {
            reserve(&*file, limit, segment.len()).map_err(io("reserve"))?;
        }
        file.sync_data().map_err(io("sync"))?;
        if is_full {
            file.set_read_only().map_err(io("seal"))?;
        }
        if !continues {
            to.rename(UNFINISHED, &name).map_err(io("rename"))?;
        }
        copied.bytes += len;
    }
    for dir in [LOG_DIR, ""] {
        to.sync_dir(dir).map_err(|e| Error::io("sync", dir, e))?;
    }
    Ok(copied)
}

/// Shares a segment, in the place of what an earlier try left.
fn link(segment: &Segment, to: &dyn Storage, name: &str) -> Result<bool> {
    let io = |op: &'static str| move |e| Error::io(op, name, e);
    // Nothing is synced after a commit but what a reader of the copy would read now.
    segment.sync()?;
    let linked = match to.link_file(segment.file(), name) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            to.remove(name).map_err(io("remove"))?;
            to.link_file(segment.file(), name)
        }
        answer => answer,
    };
    linked.map_err(io("link"))
}

/// Gives every segment that holds something behind `end` a second name in a new folder of
/// `lost+found`, durably; answers with the folder.
///
/// # Errors
/// [`Error::Io`].
pub fn keep_log_after(segments: &Segments, end: Position) -> Result<String> {
    let storage = &**segments.storage();
    let folder = new_folder(storage)?;
    for number in end.segment()..segments.count() {
        let name = segment_name(number);
        let kept = format!("{folder}/{}", name.trim_start_matches("log/"));
        storage
            .link(&name, &kept)
            .map_err(|e| Error::io("link", &kept, e))?;
    }
    for dir in [&folder, LOST_AND_FOUND, ""] {
        storage
            .sync_dir(dir)
            .map_err(|e| Error::io("sync", dir, e))?;
    }
    Ok(folder)
}

/// Ends the log at `end`, where a batch ends: later segments are removed, and the one that `end`
/// lies in is replaced by one with zeros behind it. Done twice it changes nothing.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`], and what opening a segment gives.
pub fn end_log(segments: &Segments, end: Position) -> Result<()> {
    let storage = &**segments.storage();
    let sync = || {
        let synced = storage.sync_dir(LOG_DIR);
        synced.map_err(|e| Error::io("sync", LOG_DIR, e))
    };
    // From the last on, each durably, so that segments are without gaps wherever this is cut short.
    for number in (end.segment() + 1..segments.count()).rev() {
        let name = segment_name(number);
        match storage.remove(&name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &name, e));
            }
            _ => sync()?,
        }
    }
    let segment = segments.get(end.segment())?;
    let io = |op: &'static str| {
        let segment = &segment;
        move |e| Error::io(op, segment.name(), e)
    };
    let file = create_unfinished(storage)?;
    copy_bytes(segment.file(), &*file, 0, end.offset()).map_err(io("copy"))?;
    reserve(&*file, end.offset(), segment.len()).map_err(io("reserve"))?;
    file.sync_data().map_err(io("sync"))?;
    storage
        .rename(UNFINISHED, segment.name())
        .map_err(io("rename"))?;
    sync()?;
    segments.forget_from(end.segment());
    segments.refresh()
}
