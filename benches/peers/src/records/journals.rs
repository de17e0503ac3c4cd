//! commonware-storage's journals without trees: of items of one length, and of any.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::time::Instant;

use commonware_runtime::buffer::paged::{CacheRef, page_size};
use commonware_runtime::{BLOB_PAGE_SIZE, Runner as _, Supervisor as _, tokio};
use commonware_storage::journal::contiguous::{Contiguous as _, Many, fixed, variable};
use commonware_utils::sequence::FixedBytes;

use super::{Engine, LEN, Record};
use crate::timing::nanos;

const BUFFER: NonZeroUsize = NonZeroUsize::new(1 << 20).unwrap();
const ITEMS_PER_BLOB: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();
/// 400 MB of pages: all that is measured stays cached.
const PAGES: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

type Item = FixedBytes<LEN>;

fn runner(dir: &Path) -> tokio::Runner {
    tokio::Runner::new(tokio::Config::new().with_storage_directory(dir))
}

fn pages() -> CacheRef {
    CacheRef::new(page_size(BLOB_PAGE_SIZE), PAGES)
}

fn items(records: &[Record]) -> Vec<Item> {
    records.iter().map(|r| FixedBytes::new(*r)).collect()
}

/// Either journal gives itself back from each step.
macro_rules! journal {
    ($name:ident, $journal:ty, $config:expr, $peer:literal) => {
        pub struct $name(Option<$journal>);

        impl Engine for $name {
            const PEER: &'static str = $peer;
            const SETTINGS: &'static str = "append_many and commit, 1 MiB buffers, 400 MB of pages";

            fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
                runner(dir).start(|context| async move {
                    let config = $config;
                    let start = Instant::now();
                    let journal = <$journal>::init(context.child("journal"), config).await;
                    let millis = nanos(start.elapsed()) / 1e6;
                    work(Self(Some(journal.unwrap())), millis).await
                })
            }

            async fn commit(&mut self, _first: u64, records: &[Record]) {
                let journal = self.0.take().unwrap();
                let appended = journal.append_many(Many::Flat(&items(records))).await;
                self.0 = Some(appended.unwrap().0.commit().await.unwrap());
            }

            async fn count(&mut self) -> u64 {
                self.0.as_ref().unwrap().size()
            }

            async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
                let (journal, reader) = self.0.take().unwrap().snapshot().await.unwrap();
                self.0 = Some(journal);
                for number in numbers {
                    // What is in its cache needs no task.
                    let item = match reader.try_read_sync(*number) {
                        Some(item) => item,
                        None => reader.read(*number).await.unwrap(),
                    };
                    see(*number, item.as_ref());
                }
            }
        }
    };
}

journal!(
    Fixed,
    fixed::Journal<tokio::Context, Item>,
    fixed::Config {
        partition: "items".to_owned(),
        items_per_blob: ITEMS_PER_BLOB,
        write_buffer: BUFFER,
        replay_buffer: BUFFER,
        page_cache: pages(),
    },
    "commonware 2026.10, fixed journal"
);

journal!(
    Variable,
    variable::Journal<tokio::Context, Item>,
    variable::Config {
        partition: "items".to_owned(),
        items_per_section: ITEMS_PER_BLOB,
        compression: None,
        codec_config: (),
        page_cache: pages(),
        write_buffer: BUFFER,
        replay_buffer: BUFFER,
    },
    "commonware 2026.10, variable journal"
);
