//! Doing what was planned.
//!
//! 1. What is going to change is kept in `lost+found`.
//! 2. Segments take the places of damaged ones, each whole and durable before it has the name.
//! 3. Superblocks, if both were lost; else one that says that no derived file is believed, if some
//!    do not verify.
//! 4. An open for writing settles the rest: the torn tail, footers, derived files. What became
//!    padding is attached anew.

use std::sync::Arc;

use hash_store::{
    Access, Segments, Storage, StorageFile, Superblock, Superblocks, keep_files, replace_segment,
    save_and_clear,
};

use super::plan::{Plan, remade_files};
use super::{Repair, RepairOptions, Step};
use crate::error::Result;
use crate::store::Store;
use crate::verify::{Level, verify};

pub(super) fn apply(
    storage: &Arc<dyn Storage>,
    plan: Plan,
    options: &RepairOptions,
    lock: Option<Arc<dyn StorageFile>>,
) -> Result<Repair> {
    let mut kept_in = keep(&**storage, &plan)?;
    for step in &plan.steps {
        if let Step::Stray { file } = step {
            remove(&**storage, file)?;
            sync_dir(&**storage, "log")?;
        }
    }
    for number in plan.work.remade.keys() {
        replace_segment(&*plan.work.upper, &**storage, *number)?;
    }
    if let Some(superblock) = &plan.superblocks {
        Superblocks::found(&**storage, superblock)?;
    }
    drop(lock);
    if !plan.unrepaired.is_empty() {
        return Ok(Repair {
            kept_in,
            ..plan.into_repair()
        });
    }
    if plan.forget_derived || plan.drop.is_some() {
        let (mut superblocks, state) = Superblocks::open(&**storage)?;
        if let Some(stop) = &plan.drop {
            let uuid = state.current.uuid;
            let segments = Segments::open(Arc::clone(storage), uuid, Access::Write)?;
            let saved = save_and_clear(&segments, stop)?;
            kept_in.get_or_insert(saved.saved_in);
        }
        if plan.forget_derived {
            let current = superblocks.current().clone();
            superblocks.write(Superblock {
                clean: false,
                watermarks: Vec::new(),
                ..current
            })?;
            for file in &plan.kept {
                remove(&**storage, file)?;
                let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
                sync_dir(&**storage, dir)?;
            }
        }
    }
    let store = Store::open_in(Arc::clone(storage), options.open)?;
    let saved = store.report().torn.iter().chain(&store.report().stray);
    for saved in saved {
        kept_in.get_or_insert_with(|| saved.saved_in.clone());
    }
    for (height, attachment) in &plan.attach {
        store.attach(*height, attachment.kind, &attachment.bytes)?;
    }
    store.close()?;
    let report = verify(Arc::clone(storage), Level::Full, &mut |_| true)?;
    Ok(Repair {
        kept_in,
        report: Some(report),
        ..plan.into_repair()
    })
}

/// Keeps what is going to change.
fn keep(storage: &dyn Storage, plan: &Plan) -> Result<Option<String>> {
    let mut linked = remade_files(&plan.work);
    linked.extend(plan.wrong.iter().chain(&plan.kept).cloned());
    let mut copied = Vec::new();
    for step in &plan.steps {
        match step {
            Step::Stray { file } => linked.push(file.clone()),
            Step::Superblocks | Step::Superblock { .. } => {
                copied.extend(["SUPER.0".to_owned(), "SUPER.1".to_owned()]);
            }
            _ => {}
        }
    }
    linked.sort_unstable();
    linked.dedup();
    copied.dedup();
    if linked.is_empty() && copied.is_empty() {
        return Ok(None);
    }
    Ok(Some(keep_files(storage, &linked, &copied)?))
}

fn remove(storage: &dyn Storage, file: &str) -> Result<()> {
    match storage.remove(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            let file = file.to_owned();
            let op = "remove";
            Err(hash_store::Error::Io { op, file, source }.into())
        }
        _ => Ok(()),
    }
}

fn sync_dir(storage: &dyn Storage, dir: &str) -> Result<()> {
    storage.sync_dir(dir).map_err(|source| {
        let file = dir.to_owned();
        hash_store::Error::Io {
            op: "sync",
            file,
            source,
        }
        .into()
    })
}
