//! Cases 36 to 39: what is left of a log with holes, copies beside a writer, damage that the cache
//! hides, values that lie about their lengths.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{
    Access, FileKind, FileStorage, Found, FrameKind, MemStorage, Position, Scan, Seed, Segments,
    Storage, first_chain,
};
use ledger::mend::{Salvaged, salvage};
use ledger::{
    LedgerSpec, Level, Options, ProofBundle, Reader, Resume, StateSuite, Store, TreeType, Verdict,
    VerifyOptions, verify, verify_with,
};
use ledger_tests::store::{create, damage_behind_the_cache, entry, fill, options};

const HOLE: usize = 4096;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end
    }
}

/// A frame of entries of the first ledger: its segment and bytes there, and its entries.
type FrameOfEntries = (u64, Range<usize>, Range<u64>);

/// Every frame of entries of the first ledger.
fn frames_of(disk: &SimStorage, uuid: [u8; 16]) -> Vec<FrameOfEntries> {
    let segments = Segments::open(Arc::new(disk.clone()), uuid, Access::Read).unwrap();
    let chain = first_chain("test-net");
    let mut scan = Scan::new(Arc::new(segments), Position::new(0, 4096), 1, Some(chain));
    let mut frames = Vec::new();
    while let Some(Found::Batch { at, batch }) = scan.next().unwrap() {
        for frame in &batch.frames {
            let word =
                |at: usize| u32::from_le_bytes(frame.payload[at..at + 4].try_into().unwrap());
            if frame.kind == FrameKind::Entries && word(0) == 0 {
                let first = u64::from(word(8));
                let begin = usize::try_from(frame.offset).unwrap();
                let end = begin + 24 + frame.payload.len();
                frames.push((at.segment(), begin..end, first..first + u64::from(word(4))));
            }
        }
    }
    frames
}

/// Ten holes of 4 KiB anywhere in the log: every entry whose frame no hole touches is given out, and
/// the gaps are exactly the others.
#[test]
fn fault_36_entries_around_ten_holes_are_salvaged() {
    let names = ["a", "b"];
    let disk = SimStorage::new();
    let specs = ledger_tests::store::specs(&names);
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [7; 16], network, &specs, options()).unwrap();
    fill(
        &store,
        &names,
        &[40, 3, 90, 25, 7, 120, 60, 33, 150, 80, 20, 110],
    );
    let size = store.snapshot().ledger("a").unwrap().size().0;
    store.close().unwrap();
    let frames = frames_of(&disk, [7; 16]);
    assert_eq!(frames.last().unwrap().2.end, size);
    let files: Vec<(u64, String)> = (0..)
        .zip(
            disk.file_names()
                .into_iter()
                .filter(|n| n.ends_with(".seg")),
        )
        .collect();
    let mut random = Random(88_172_645_463_325_252);
    let (mut runs, mut lost_in_all, mut kept_in_all) = (0, 0, 0);
    for round in 0..60 {
        let holed = disk.here().killed();
        for _ in 0..10 {
            let (_, file) = &files[random.below(files.len() - 1)];
            let mut bytes = holed.bytes(file).unwrap();
            let at = random.below(bytes.len() - HOLE);
            let byte = if round % 2 == 0 { 0 } else { 0xa5 };
            bytes[at..at + HOLE].fill(byte);
            holed.put_bytes(file, Some(bytes));
        }
        let is_whole = |segment: u64, range: &Range<usize>| {
            let name = &files[usize::try_from(segment).unwrap()].1;
            disk.bytes(name).unwrap()[range.clone()] == holed.bytes(name).unwrap()[range.clone()]
        };
        let whole = frames
            .iter()
            .filter(|(segment, range, _)| is_whole(*segment, range));
        let expected: Vec<u64> = whole.flat_map(|(.., entries)| entries.clone()).collect();
        let (mut got, mut lost, mut next) = (Vec::new(), 0, 0);
        let storage: Arc<dyn Storage> = Arc::new(holed.clone());
        let found = salvage(&storage, "a", &mut |found| {
            match found {
                Salvaged::Entry { index, bytes, .. } => {
                    assert_eq!(index, next);
                    assert_eq!(bytes, entry("a", index));
                    got.push(index);
                    next += 1;
                }
                Salvaged::Lost(range) => {
                    assert_eq!(range.start, next);
                    lost += range.end - range.start;
                    next = range.end;
                }
            }
            true
        })
        .unwrap();
        assert_eq!(got, expected, "round {round}");
        assert_eq!((found.entries, found.lost), (got.len() as u64, lost));
        if !found.is_cut {
            assert_eq!(next, size, "round {round}");
        }
        runs += u32::from(!found.is_cut);
        lost_in_all += lost;
        kept_in_all += found.entries;
    }
    println!(
        "60 logs with 10 holes: {kept_in_all} entries, {lost_in_all} lost, the end known of {runs}"
    );
    assert!(runs > 40 && lost_in_all > 3000 && kept_in_all > 9000);
}

/// Without damage nothing is lost; a torn end that nobody was told of is no entry and no damage.
#[test]
fn fault_36_what_was_not_acknowledged_is_not_salvaged() {
    let names = ["a", "b"];
    let disk = SimStorage::new();
    let specs = ledger_tests::store::specs(&names);
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [7; 16], network, &specs, options()).unwrap();
    fill(&store, &names, &[40, 3, 90]);
    let acknowledged = store.snapshot().ledger("a").unwrap().size().0;
    let end = store.snapshot().log_end();
    store.close().unwrap();
    let store = Store::open_in(Arc::new(disk.clone()), options()).unwrap();
    fill(&store, &names, &[30]);
    let torn = disk.here().killed();
    drop(store);
    // The last batch in part, and a tip that knows nothing of it.
    let file = hash_store::segment_name(end.segment());
    let mut bytes = torn.bytes(&file).unwrap();
    let cut = usize::try_from(end.offset()).unwrap() + 4096;
    bytes[cut..cut + 1024].fill(0);
    torn.put_bytes(&file, Some(bytes));
    torn.put_bytes("tip", None);
    let mut entries = 0;
    let storage: Arc<dyn Storage> = Arc::new(torn);
    let found = salvage(&storage, "a", &mut |found| {
        assert!(matches!(found, Salvaged::Entry { .. }), "{found:?}");
        entries += 1;
        true
    });
    let found = found.unwrap();
    assert_eq!((entries, found.lost), (acknowledged, 0));
    assert!(found.damage.is_empty() && !found.is_cut, "{found:?}");
    assert!(salvage(&storage, "c", &mut |_| true).is_err());
}

/// Copies made while commits go on, into another storage: each is a committed prefix, a restored one
/// too. A full disk at any operation leaves no copy that passes for one.
#[test]
fn fault_37_copies_beside_a_writer_elsewhere_and_onto_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("s"), &["a"]);
    fill(&store, &["a"], &[5; 4]);
    let to: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let is_done = AtomicBool::new(false);
    let mut copies = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                fill(&store, &["a"], &[5]);
            }
        });
        for _ in 0..12 {
            let before = store.snapshot().height();
            let copied = store.backup(&to).unwrap();
            assert!(copied.height >= before);
            let audit = store
                .snapshot()
                .audit()
                .root_at(merkle_log::TreeSize(copied.height));
            assert_eq!(audit.unwrap(), copied.audit_root);
            copies += 1;
        }
        is_done.store(true, Ordering::Relaxed);
    });
    let reader = Reader::open_in(Arc::clone(&to), Arc::new(MemStorage::new())).unwrap();
    let again: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let report = reader
        .restore(&again, None, options(), &mut |_| true)
        .unwrap();
    assert_eq!(report.verdict, Verdict::Verified);
    let height = reader.snapshot().height();
    let audit = store
        .snapshot()
        .audit()
        .root_at(merkle_log::TreeSize(height))
        .unwrap();
    assert_eq!(report.audit_root, audit);

    let whole = SimStorage::new();
    let target: Arc<dyn Storage> = Arc::new(whole.clone());
    store.backup(&target).unwrap();
    let operations = whole.ops();
    let mut full = 0;
    for op in 0..operations {
        let disk = SimStorage::new();
        disk.inject(Fault {
            op,
            sticky: true,
            kind: FaultKind::Full,
        });
        let target: Arc<dyn Storage> = Arc::new(disk.clone());
        if let Err(error) = store.backup(&target) {
            assert!(
                ["E-STORE-FULL", "E-IO"].contains(&error.code()),
                "{op}: {error}"
            );
            full += 1;
            // What is left is no store, or one that lacks at most a superblock; with room the next
            // one completes it.
            let _ = disk.heal();
            let left = verify(Arc::clone(&target), Level::Full, &mut |_| true);
            let is_damaged = left.is_ok_and(|left| left.verdict == Verdict::Damaged);
            assert!(!is_damaged, "{op}");
            store.backup(&target).unwrap();
        }
        let done = verify(target, Level::Full, &mut |_| true).unwrap();
        assert_eq!(done.verdict, Verdict::Verified, "{op}: {:?}", done.findings);
    }
    println!("{copies} copies beside a writer, {full} of {operations} operations without room");
    assert!(copies == 12 && full > 10, "{full}");
}

fn report_of(storage: &Arc<dyn Storage>, direct: bool) -> ledger::VerifyReport {
    let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let mut options = VerifyOptions::new(Level::Full);
    options.direct = direct;
    verify_with(storage, &scratch, &options, &|_| true).unwrap()
}

/// Runs a program; answers with what it printed.
fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let ran = Command::new(program).args(arguments).output();
    let ran = ran.map_err(|error| format!("{program}: {error}"))?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
        return Err(format!("{program}: {said}"));
    }
    Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// A file system in a file, on a loop device.
struct Mounted {
    device: String,
    dir: String,
}

impl Mounted {
    fn make(image: &str, dir: &str) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("this is not root".to_owned());
        }
        let made = fs::File::create(image).and_then(|file| file.set_len(16 << 20));
        made.map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q", "-F", image])?;
        let device = run("losetup", &["--direct-io=on", "--show", "-f", image])?;
        let dir = dir.to_owned();
        let this = Self { device, dir };
        run("mount", &[&this.device, &this.dir])?;
        Ok(this)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // What is not mounted says so, and that is all.
        let _ = run("umount", &[&self.dir]);
        let _ = run("losetup", &["-d", &self.device]);
    }
}

/// The disk changes behind the cache: reading through the cache sees nothing, reading past it does.
/// On a real file system where there are loop devices; simulated everywhere (tests/verify too).
#[test]
fn fault_38_damage_that_the_cache_hides_is_found_past_it() {
    let disk = SimStorage::new();
    let specs = ledger_tests::store::specs(&["a"]);
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [7; 16], network, &specs, options()).unwrap();
    fill(&store, &["a"], &[9, 9]);
    store.close().unwrap();
    let damaged = disk.here().killed();
    let file = hash_store::segment_name(0);
    damage_behind_the_cache(&damaged, &file, 4096 + 700);
    let disk: Arc<dyn Storage> = Arc::new(damaged.clone());
    let of = |direct| report_of(&disk, direct).verdict;
    assert_eq!((of(false), of(true)), (Verdict::Verified, Verdict::Damaged));

    let dir = tempfile::tempdir().unwrap();
    let (image, place) = (dir.path().join("image"), dir.path().join("mounted"));
    fs::create_dir(&place).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mounted = match Mounted::make(&text(&image), &text(&place)) {
        Ok(mounted) => mounted,
        Err(why) => return println!("no real file system: {why}"),
    };
    let store = create(&place.join("s"), &["a"]);
    fill(&store, &["a"], &[30; 6]);
    store.close().unwrap();
    run("sync", &[]).unwrap();
    let storage = || -> Arc<dyn Storage> { Arc::new(FileStorage::new(place.join("s"))) };
    assert_eq!(report_of(&storage(), true).verdict, Verdict::Verified);
    // Fills the cache.
    assert_eq!(report_of(&storage(), false).verdict, Verdict::Verified);
    let mut bytes = fs::read(&image).unwrap();
    let needle = entry("a", 100);
    let at = bytes
        .windows(needle.len())
        .position(|window| window == needle);
    bytes[at.unwrap() + 3] ^= 0x20;
    let changed = &bytes[at.unwrap()..at.unwrap() + 8];
    let behind = fs::OpenOptions::new().write(true).open(&image).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&behind, changed, at.unwrap() as u64).unwrap();
    behind.sync_all().unwrap();
    assert_eq!(report_of(&storage(), false).verdict, Verdict::Verified);
    let report = report_of(&storage(), true);
    assert_eq!(report.verdict, Verdict::Damaged);
    assert_eq!(report.findings[0].code, "E-FRAME-CRC");
    println!("found on {}, an ext4 of its own", mounted.device);
}

/// A store whose last commit writes to a state, and where that batch is.
fn with_state() -> (SimStorage, usize, usize) {
    let disk = SimStorage::new();
    let (name, suite) = ("a".parse().unwrap(), StateSuite::Blake3);
    let specs = [LedgerSpec::with_state(name, TreeType::Sha256, suite)];
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let options = Options {
        background: false,
        ..Options::default()
    };
    let store = Store::create_in(storage, [7; 16], network, &specs, options).unwrap();
    let begin = usize::try_from(store.snapshot().log_end().offset()).unwrap();
    let mut batch = store.batch();
    for key in 0..5 {
        batch
            .put("a", format!("key {key}"), format!("value {key}"))
            .unwrap();
    }
    store.commit(batch.seal(1, b"").unwrap()).unwrap();
    let end = usize::try_from(store.snapshot().log_end().offset()).unwrap();
    let killed = disk.here().killed();
    (killed, begin, end)
}

/// Puts every check of a batch right, its chain too (FORMAT.md sections 1 and 4).
fn reseal(bytes: &mut [u8], begin: usize, end: usize) {
    let seed = Seed {
        uuid: [7; 16],
        kind: FileKind::Segment,
        number: 0,
    };
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let frames = usize::try_from(word(bytes, begin + 32)).unwrap();
    let mut chained = bytes[begin + 48..begin + 80].to_vec();
    let mut at = begin + 96;
    while at < begin + 96 + frames {
        let len = usize::try_from(word(bytes, at)).unwrap();
        let header = seed.check(at as u64, &[&bytes[at..at + 16]]);
        bytes[at + 16..at + 20].copy_from_slice(&header.to_le_bytes());
        let mut hasher = crc32fast::Hasher::new_with_initial(header);
        let payload = &bytes[at + 24..at + 24 + len];
        hasher.update(payload);
        let kind = word(bytes, at + 4);
        if [2, 3, 4, 7].contains(&kind) {
            chained.extend(kind.to_le_bytes());
            chained.extend(word(bytes, at).to_le_bytes());
            chained.extend(payload);
        }
        bytes[at + 20..at + 24].copy_from_slice(&hasher.finalize().to_le_bytes());
        at += 24 + len.next_multiple_of(8);
    }
    let trailer = end - 64;
    bytes[trailer + 24..trailer + 56].copy_from_slice(blake3::hash(&chained).as_bytes());
    let check = seed.check(trailer as u64, &[&bytes[trailer..trailer + 60]]);
    bytes[trailer + 60..end].copy_from_slice(&check.to_le_bytes());
}

/// Lengths and counts in bincode values, under checks that are all right: refused as what they are,
/// with no more memory and time than the value has bytes. Integers are of fixed length, so that no
/// value has two forms.
#[test]
fn fault_39_bincode_values_that_lie_about_their_lengths() {
    let (disk, begin, end) = with_state();
    let file = hash_store::segment_name(0);
    let bytes = disk.bytes(&file).unwrap();
    // The delta frame comes first: ordinal, zero, number of writes, then length and key.
    let payload = begin + 96 + 24;
    assert_eq!(bytes[begin + 100..begin + 102], [3, 0], "a delta frame");
    assert_eq!(bytes[payload + 8..payload + 16], 5u64.to_le_bytes());
    let unchanged = {
        let mut same = bytes.clone();
        reseal(&mut same, begin, end);
        same == bytes
    };
    assert!(unchanged, "the checks are made as the store makes them");
    let mut cases: Vec<(usize, Vec<u8>)> = Vec::new();
    for number in [u64::MAX, 1 << 62, 1 << 40, 1 << 20, 6, 4, 0] {
        cases.push((payload + 8, number.to_le_bytes().to_vec()));
    }
    for len in [u64::MAX, u64::MAX - 7, 1 << 40, 1 << 29, 4000, 4, 0] {
        // Of the first key, and of its value behind key and tag.
        cases.push((payload + 16, len.to_le_bytes().to_vec()));
        cases.push((payload + 16 + 8 + 5 + 1, len.to_le_bytes().to_vec()));
    }
    cases.extend([2, 3, 255].map(|tag| (payload + 16 + 8 + 5, vec![tag])));
    for (at, value) in &cases {
        let mut lying = bytes.clone();
        lying[*at..*at + value.len()].copy_from_slice(value);
        reseal(&mut lying, begin, end);
        let changed = disk.here().killed();
        changed.put_bytes(&file, Some(lying));
        let started = Instant::now();
        let refused = super::refused(&changed);
        assert_eq!(refused.code(), "E-PAYLOAD", "{at} {value:?}: {refused}");
        let report = verify(Arc::new(changed), Level::Deep, &mut |_| true).unwrap();
        let codes: Vec<_> = report.findings.iter().map(|found| found.code).collect();
        assert!(codes.contains(&"E-PAYLOAD"), "{at} {value:?}: {codes:?}");
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{at} {value:?}"
        );
    }
    let mut forms = 0;
    for len in [u64::MAX, 1 << 40, 1 << 26, 100, 1] {
        for rest in [0, 1, 60] {
            let fields = [&len.to_le_bytes()[..], &vec![0x61; rest]].concat();
            let mut bundle = b"LPB1".to_vec();
            bundle.extend(u32::try_from(fields.len()).unwrap().to_le_bytes());
            bundle.extend(&fields);
            bundle.extend(crc32fast::hash(&bundle).to_le_bytes());
            assert!(ProofBundle::from_compact(&bundle).is_err(), "{len} {rest}");
            let mut stop = b"LVRS\x01\0\0\0".to_vec();
            stop.extend(len.to_le_bytes());
            stop.extend(&fields);
            assert!(Resume::from_bytes(&stop).is_err(), "{len} {rest}");
            forms += 2;
        }
    }
    println!("{} deltas and {forms} other values that lie", cases.len());
    assert_eq!((cases.len(), forms), (24, 30));
}
