//! Cases 10, 11, 13, 15 to 17 and 20: what a disk makes of bytes that were written well.

use std::sync::Arc;

use hash_store::segment_name;
use hash_store::sim::{Choice, SimStorage};
use ledger::{Store, Verdict};
use ledger_tests::lab::oracle::holds;
use ledger_tests::lab::workload::{Event, Workload, open, options, perform, spec};

use super::{Built, closed, commit, killed, refused, unreadable, verdict, without_power};

const SECTOR: usize = 512;

/// Batches 2 to 5: three commits and one attachment, in segment 0 and 1.
fn several() -> Vec<Event> {
    vec![
        commit(&[100, 20]),
        commit(&[30, 40]),
        Event::Attach(0, 10),
        commit(&[60]),
        // Zeros by content: some of its sectors are nothing else.
        commit(&[1500]),
    ]
}

/// One bit of each byte of a batch that others follow: begin header, frame headers (length, kind,
/// flags, number, checks), payloads, padding, body, zero map, trailer.
#[test]
fn fault_10_a_bit_flipped_in_any_byte_of_a_batch() {
    let built = killed(several());
    let (file, range) = built.batch(2);
    for at in range.clone() {
        let damaged = built.with(&file, |bytes| bytes[at] ^= 1 << (at % 8));
        let error = refused(&damaged);
        let damage = error.damage().unwrap();
        assert_eq!(damage.file, file, "byte {at}");
        let offset = usize::try_from(damage.offset).unwrap();
        assert!(range.contains(&offset), "byte {at}: {error}");
        assert_eq!(damage.batch, 3, "byte {at}: {error}");
        assert_ne!(error.code(), "E-UNSETTLED", "byte {at}");
        // The other commits are read; of this one what still verifies.
        assert!(unreadable(&damaged, &built.model) <= 3, "byte {at}");
        assert_eq!(verdict(&damaged), Verdict::Damaged, "byte {at}");
    }
}

/// What is damaged is not a commit: nothing that was committed is missing, though every derived
/// file is.
#[test]
fn fault_10_damaged_declarations_and_attachments_cost_no_entry() {
    let built = killed(several());
    for file in built.disk.file_names() {
        if file.contains('/') && !file.starts_with("log/") {
            built.disk.put_bytes(&file, None);
        }
    }
    let file = segment_name(0);
    // The declaration is the first batch; the attachment ends where the commit of height 3 starts.
    let attachment = built.batch(2).1.end;
    for (at, what) in [
        (4096, "begin header"),
        (4096 + 130, "payload"),
        (attachment + 130, ""),
    ] {
        let damaged = built.with(&file, |bytes| bytes[at] ^= 1);
        assert_eq!(unreadable(&damaged, &built.model), 0, "{what}");
        let scratch = std::sync::Arc::new(hash_store::MemStorage::new());
        let disk = std::sync::Arc::new(damaged);
        let reader = ledger::Reader::open_in(disk, scratch).unwrap();
        let snapshot = reader.snapshot();
        let view = snapshot.ledger("a").unwrap();
        for index in (0..view.size().0).map(merkle_log::LeafIndex) {
            let leaf = view.tree().leaf(&view.entry(index).unwrap());
            let proof = view.prove_inclusion(index, view.size()).unwrap();
            let _proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
        }
        // An attachment that may be lost is never reported as none.
        if at > attachment {
            assert!(snapshot.attachments(2).is_err());
        }
    }
}

/// The last batch: before a watermark covers it nothing on this disk tells a tear inside a sector
/// from damage, afterwards it is damage; the ledger is never shorter.
#[test]
fn fault_11_a_flip_in_the_last_batch_before_and_after_a_watermark() {
    let before = without_power(several());
    let (file, range) = before.batch(4);
    for at in range.clone() {
        let damaged = before.with(&file, |bytes| bytes[at] ^= 0x10);
        let error = refused(&damaged);
        assert_eq!(error.damage().unwrap().file, file, "byte {at}");
        let in_header = at < range.start + 96;
        assert_eq!(
            error.code() == "E-UNSETTLED",
            !in_header,
            "byte {at}: {error}"
        );
    }
    let mut events = several();
    events.push(Event::Watermark);
    let after = killed(events);
    let (file, range) = after.batch(4);
    for at in range {
        let damaged = after.with(&file, |bytes| bytes[at] ^= 0x10);
        assert_eq!(verdict(&damaged), Verdict::Damaged, "byte {at}");
        match open(&damaged) {
            Err(error) => assert_ne!(error.code(), "E-UNSETTLED"),
            Ok(store) => assert_eq!(store.snapshot().height(), 4),
        }
    }
}

/// Sectors and pages of zeros where others follow are damage, never an end of the log.
#[test]
fn fault_12_zeroed_sectors_before_the_last_batch() {
    let built = without_power(several());
    let (file, range) = built.batch(2);
    for len in [SECTOR, 2 * SECTOR, 8 * SECTOR] {
        for start in range.clone().step_by(SECTOR) {
            let zeroed = built.with(&file, |bytes| {
                let end = (start + len).min(bytes.len());
                bytes[start..end].fill(0);
            });
            let error = refused(&zeroed);
            assert!(error.damage().is_some(), "{len} at {start}: {error}");
            assert_eq!(verdict(&zeroed), Verdict::Damaged, "{len} at {start}");
            assert!(unreadable(&zeroed, &built.model) <= 3, "{len} at {start}");
        }
    }
}

/// The last batches gone without a trace in the log: a derived file that names them tells.
#[test]
fn fault_12_the_last_batches_are_zero() {
    let mut events = several();
    events.extend([commit(&[1]), commit(&[2])]);
    let built = killed(events);
    let (file, first) = built.batch(5);
    let (_, last) = built.batch(6);
    let zeroed = built.with(&file, |bytes| bytes[first.start..last.end].fill(0));
    assert_eq!(refused(&zeroed).code(), "E-LOG-BEHIND");
    assert_eq!(verdict(&zeroed), Verdict::Damaged);
}

#[test]
fn fault_13_the_last_sector_of_the_last_batch_is_zero() {
    let zeroed = |built: &Built| {
        let (file, range) = built.batch(4);
        built.with(&file, |bytes| bytes[range.end - SECTOR..range.end].fill(0))
    };
    // Past the watermark it is a torn write: healed, reported, its bytes kept.
    let built = without_power(several());
    let disk = zeroed(&built);
    let (file, range) = built.batch(4);
    let mut kept = disk.bytes(&file).unwrap()[range.start..range.end - SECTOR].to_vec();
    // Zeros behind the last byte are not kept.
    let used = kept.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    kept.truncate(used.next_multiple_of(SECTOR));
    assert_eq!(verdict(&disk), Verdict::Incomplete);
    let store = open(&disk).unwrap();
    let torn = store.report().torn.clone().unwrap();
    assert_eq!((torn.batch, torn.bytes), (6, kept.len() as u64));
    let saved = disk.file_names();
    let saved = saved.iter().find(|name| name.starts_with(&torn.saved_in));
    assert_eq!(disk.bytes(saved.unwrap()).unwrap(), kept);
    assert_eq!(store.snapshot().height(), 3);
    // At or below it, it is damage.
    let disk = zeroed(&closed(several()));
    assert_eq!(refused(&disk).code(), "E-LOG-BEHIND");
    assert_eq!(verdict(&disk), Verdict::Damaged);
}

/// A bit behind the log, in the tail segment or the one ahead, is no batch and not reported as one.
#[test]
fn fault_13_a_stray_bit_is_not_a_torn_batch() {
    let built = without_power(several());
    let tail = built.places[4].segment();
    let behind = super::at(built.places[4]);
    for (file, at) in [
        (segment_name(tail), behind + 700),
        (segment_name(tail + 1), 4096),
        (segment_name(tail + 1), 5000),
    ] {
        let disk = built.with(&file, |bytes| bytes[at] ^= 4);
        if at != 4096 {
            assert_eq!(verdict(&disk), Verdict::Incomplete);
            let store = open(&disk).unwrap();
            assert_eq!(store.report().torn, None);
            assert_eq!(store.report().stray.as_ref().unwrap().bytes % 512, 0);
            holds(&store.snapshot(), built.whole()).unwrap();
            assert_eq!(disk.bytes(&file).unwrap()[at], 0);
        } else {
            // A begin header would start here: damage, as far as anyone can tell.
            assert!(refused(&disk).damage().is_some());
        }
    }
}

#[test]
fn fault_15_missing_doubled_and_unknown_files() {
    let built = closed(several());
    let last = built.places[4].segment();
    assert!(last >= 1);
    for number in 0..=last {
        let disk = built.without(&segment_name(number));
        let text = refused(&disk).to_string();
        assert!(text.contains(&format!("segment {number}")), "{text}");
        assert_eq!(verdict(&disk), Verdict::Damaged);
    }
    // A gap is named too where all that follows is there.
    let gap = built.copy();
    let first = gap.bytes(&segment_name(0));
    gap.put_bytes(&segment_name(last + 3), first.clone());
    assert!(
        refused(&gap)
            .to_string()
            .contains(&format!("segment {}", last + 2))
    );
    // One segment under the name of another.
    let doubled = built.copy();
    doubled.put_bytes(&segment_name(last), first);
    assert_eq!(refused(&doubled).damage().unwrap().file, segment_name(last));
    // Files that are not the store's are left alone.
    let unknown = built.copy();
    for name in ["notes", "log/readme", "log/7.seg", "a/notes"] {
        unknown.put_bytes(name, Some(b"not ours".to_vec()));
    }
    let store = open(&unknown).unwrap();
    holds(&store.snapshot(), built.whole()).unwrap();
    store.close().unwrap();
    assert_eq!(unknown.bytes("log/7.seg").unwrap(), b"not ours");
}

#[test]
fn fault_16_segments_swapped_foreign_or_from_before() {
    let built = closed(several());
    let names = [segment_name(0), segment_name(1)];
    let swapped = built.copy();
    for (from, to) in [(0, 1), (1, 0)] {
        swapped.put_bytes(&names[to], built.disk.bytes(&names[from]));
    }
    assert!(refused(&swapped).damage().is_some());
    // The same history in a store of another uuid.
    let other = Workload {
        events: several(),
        ..super::tiny()
    };
    let disk = hash_store::sim::SimStorage::new();
    let store = other.create_as(&disk, [8; 16]).unwrap();
    for event in &other.events {
        perform(&store, event).unwrap();
    }
    store.close().unwrap();
    for name in &names {
        let foreign = built.copy();
        foreign.put_bytes(name, disk.bytes(name));
        assert_eq!(refused(&foreign).damage().unwrap().file, *name);
    }
    // The last segment as it was two commits ago.
    let mut events = several();
    let before = closed(events.clone());
    events.extend([commit(&[70]), commit(&[80])]);
    let later = closed(events);
    let tail = segment_name(later.places[6].segment());
    let restored = later.copy();
    restored.put_bytes(&tail, before.disk.bytes(&tail));
    assert_eq!(refused(&restored).code(), "E-LOG-BEHIND");
}

/// A batch that another store wrote to the same place, behind the same history: only the checks, in
/// which the store's uuid is, tell it from one of this store.
#[test]
fn fault_16_the_last_batch_of_another_store() {
    let build = |uuid, last: &[u8]| {
        let disk = SimStorage::new();
        let (storage, network) = (Arc::new(disk.clone()), "lab".parse().unwrap());
        let store = Store::create_in(storage, uuid, network, &[spec("a")], options()).unwrap();
        for entry in [b"same", last] {
            let mut batch = store.batch();
            batch.append("a", entry).unwrap();
            store.commit(batch.seal(0, b"").unwrap()).unwrap();
        }
        let snapshot = store.snapshot();
        let places = (snapshot.commit(2).unwrap().position, snapshot.log_end());
        (disk.here().image(Choice::None), places)
    };
    let (ours, (from, to)) = build([7; 16], b"ours");
    let (other, places) = build([8; 16], b"else");
    assert_eq!((from, to), places);
    let name = segment_name(from.segment());
    let mut bytes = ours.bytes(&name).unwrap();
    let range = super::at(from)..super::at(to);
    let foreign = other.bytes(&name).unwrap();
    bytes[range.clone()].copy_from_slice(&foreign[range]);
    open(&ours.here().killed()).unwrap();
    ours.put_bytes(&name, Some(bytes));
    assert!(refused(&ours).damage().is_some());
    assert_eq!(verdict(&ours), Verdict::Damaged);
}

/// A batch that verifies where it was written, at another place: as the next one, and over one.
#[test]
fn fault_17_a_batch_at_a_wrong_offset() {
    let built = killed(several());
    let (file, range) = built.batch(4);
    let (behind, len) = (range.end, range.len());
    let doubled = built.with(&file, |bytes| bytes.copy_within(range.clone(), behind));
    assert_eq!(
        refused(&doubled).damage().unwrap().offset,
        behind as u64 + 92
    );
    let (file, earlier) = built.batch(2);
    let over = built.with(&file, |bytes| {
        let (from, to) = (earlier.start - SECTOR..earlier.start, earlier.start);
        bytes.copy_within(from, to);
    });
    assert!(refused(&over).damage().is_some());
    assert!(unreadable(&over, &built.model) <= 3);
    assert!(len > 0);
}

#[test]
fn fault_20_superblocks_ahead_of_the_log_and_behind_it() {
    let mut events = several();
    let before = closed(events.clone());
    events.push(commit(&[90, 91]));
    let after = closed(events);
    let supers = ["SUPER.0", "SUPER.1"];
    let (mut ahead, mut behind) = (before.copy(), after.copy());
    for name in supers {
        ahead.put_bytes(name, after.disk.bytes(name));
        behind.put_bytes(name, before.disk.bytes(name));
    }
    ahead = ahead.kill();
    assert_eq!(refused(&ahead).code(), "E-LOG-BEHIND");
    assert_eq!(verdict(&ahead), Verdict::Damaged);
    behind = behind.kill();
    let store = open(&behind).unwrap();
    assert_eq!(
        store.report().replayed,
        if store.report().rebuilt { 7 } else { 1 }
    );
    holds(&store.snapshot(), after.whole()).unwrap();
}
