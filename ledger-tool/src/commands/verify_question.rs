//! What `verify` is asked: which roots are known, how fast, for how long, and where to go on.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hash_store::{Storage, Superblocks};
use ledger::{AuditRoot, Level, Resume, VerifyOptions, Watch};

use crate::cli::{VerifyArgs, VerifyLevel};
use crate::failure::Failure;
use crate::human;
use crate::progress::Progress;
use crate::proof::Anchor;
use crate::signed::{self, SignedError};
use crate::stop::Stop;

/// Longer files are none of a stopped verification.
const RESUME_LEN_MAX: u64 = 1 << 30;
/// A verification that is held back looks so often whether it is to stop.
const NAP: Duration = Duration::from_millis(50);

/// The question, and where its file lies.
pub(super) struct Question {
    pub(super) options: VerifyOptions,
    file: Option<PathBuf>,
    time: Option<Duration>,
    /// Bytes a second.
    rate: Option<u64>,
}

impl Question {
    pub(super) fn of(args: &VerifyArgs, storage: &dyn Storage) -> Result<Self, Failure> {
        let usage = |text: &str| Failure::Usage(text.to_owned());
        let mut options = VerifyOptions::new(match args.level {
            VerifyLevel::Quick => Level::Quick,
            VerifyLevel::Full => Level::Full,
            VerifyLevel::Deep => Level::Deep,
        });
        let is_full = args.level == VerifyLevel::Full;
        if !is_full && (args.since.is_some() || args.resume.is_some()) {
            return Err(usage("--since and --resume are for --level full"));
        }
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        options.threads = args.threads.map_or(processors.min(16), usize::from);
        options.direct = args.direct;
        options.since = args
            .since
            .as_deref()
            .map(|file| since(args, file, storage))
            .transpose()?;
        options.trust = args.trust.as_deref().map(trusted).transpose()?;
        options.resume = args.resume.as_deref().map(read).transpose()?.flatten();
        let time = args.max_duration.as_deref().map(|text| {
            human::parse_duration(text).ok_or_else(|| {
                usage(&format!(
                    "--max-duration {text}: a number and one of s, m, h, d, w"
                ))
            })
        });
        let rate = args.rate_limit.as_deref().map(|text| {
            let rate = human::parse_bytes(text).filter(|rate| *rate > 0);
            rate.ok_or_else(|| usage(&format!("--rate-limit {text}: as 200MiB/s")))
        });
        Ok(Self {
            options,
            file: args.resume.clone(),
            time: time.transpose()?.map(Duration::from_millis),
            rate: rate.transpose()?,
        })
    }

    pub(super) fn pace(&self, progress: Progress, stop: Stop) -> Pace {
        Pace {
            progress: Mutex::new(progress),
            stop,
            started: Instant::now(),
            time: self.time,
            rate: self.rate,
            first: OnceLock::new(),
        }
    }

    /// Writes where to go on, or removes the file of work that is done; answers with the file.
    pub(super) fn keep(&self, resume: Option<&Resume>) -> Result<Option<PathBuf>, Failure> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let name = file.display().to_string();
        let Some(resume) = resume else {
            return match fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(Failure::io("remove", name)(error))
                }
                _ => Ok(None),
            };
        };
        // In whole or not at all.
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
        let written = tempfile::NamedTempFile::new_in(dir.unwrap_or_else(|| Path::new(".")));
        let written = written.and_then(|mut written| {
            written.write_all(&resume.to_bytes())?;
            written.as_file().sync_all()?;
            written.persist(file).map_err(|error| error.error)?;
            Ok(())
        });
        written.map_err(Failure::io("write", name))?;
        Ok(Some(file.clone()))
    }
}

/// The root that a checkpoint of this store's audit tree states.
fn since(args: &VerifyArgs, file: &Path, storage: &dyn Storage) -> Result<AuditRoot, Failure> {
    let (note, stated) = signed::read_checkpoint(file)?;
    let name = || file.display().to_string();
    let checkpoint = match &args.keys {
        None => stated,
        Some(keys) => {
            let trust = signed::read_trust(keys, args.quorum)?;
            let verified = trust.verify_checkpoint(&note);
            let verified = verified.map_err(|source| SignedError::Note {
                file: name(),
                source,
            })?;
            verified.checkpoint().clone()
        }
    };
    let state = Superblocks::read(storage).map_err(ledger::Error::from)?;
    let origin = format!("{}/audit", state.current.network);
    if checkpoint.origin() != origin {
        let found = checkpoint.origin();
        let text = format!("--since {}: it is of {found}, not of {origin}", name());
        return Err(Failure::Usage(text));
    }
    Ok(AuditRoot {
        height: checkpoint.size().0,
        root: *checkpoint.root(),
    })
}

fn trusted(text: &str) -> Result<AuditRoot, Failure> {
    let anchor = Anchor::parse(text).map_err(|why| Failure::Usage(format!("--trust: {why}")))?;
    if anchor.range.begin != 0 {
        let text = "--trust: a root of the whole audit tree, as HEX@SIZE";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(AuditRoot {
        height: anchor.range.end,
        root: anchor.root,
    })
}

/// Where an earlier verification was stopped, if there is such a file.
fn read(file: &Path) -> Result<Option<Resume>, Failure> {
    match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let bytes = signed::read_short(file, RESUME_LEN_MAX)?;
    Ok(Some(Resume::from_bytes(&bytes)?))
}

/// Shows how far a verification is, holds it back and stops it.
pub(super) struct Pace {
    progress: Mutex<Progress>,
    stop: Stop,
    started: Instant,
    time: Option<Duration>,
    rate: Option<u64>,
    /// Bytes that were done when it was told first.
    first: OnceLock<u64>,
}

impl Pace {
    pub(super) fn into_elapsed(self) -> Duration {
        let progress = self.progress.into_inner();
        progress.unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn is_over(&self) -> bool {
        self.stop.asked() || self.time.is_some_and(|time| self.started.elapsed() >= time)
    }
}

impl Watch for Pace {
    fn watch(&self, at: ledger::Progress) -> bool {
        if let Ok(mut progress) = self.progress.try_lock() {
            progress.update(at.bytes_done, Some(at.bytes_total));
        }
        let first = *self.first.get_or_init(|| at.bytes_done);
        if let Some(rate) = self.rate {
            let bytes = at.bytes_done.saturating_sub(first);
            let due = Duration::from_secs_f64(bytes as f64 / rate as f64);
            while !self.is_over() && self.started.elapsed() < due {
                sleep(NAP.min(due.saturating_sub(self.started.elapsed())));
            }
        }
        !self.is_over()
    }
}
