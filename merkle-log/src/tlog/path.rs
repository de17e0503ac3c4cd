//! Tiles by name: `tile/<level>/<index>[.p/<width>]` and `tile/entries/<index>[.p/<width>]`.
//!
//! Invariants of a [`TilePath`]: its level is at most 63, its width 1 to 256, and each path has one
//! spelling.

use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

use crate::index::{TreeSize, shr};

/// Hashes or entries of a full tile.
pub const TILE_WIDTH: u16 = 256;

const WIDTH: u64 = TILE_WIDTH as u64;
const LEVEL_MAX: u8 = 63;
/// Levels that trees below 2^64 leaves have.
const LEVELS: u8 = 8;

/// A path or tile is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlogTileError {
    /// The level is beyond 63.
    #[error("tile level {level} is above {LEVEL_MAX}")]
    BadLevel {
        /// The level.
        level: u8,
    },
    /// The width is not 1 to 256.
    #[error("a tile of width {width}, it must be 1 to {TILE_WIDTH}")]
    BadWidth {
        /// The width.
        width: u16,
    },
    /// The text is not the path of a tile, or not spelled as it must be.
    #[error("not the path of a tile")]
    NotAPath,
    /// A tile has not the bytes its width calls for.
    #[error("a tile of {expected} bytes has {got}")]
    WrongLength {
        /// Bytes of such a tile.
        expected: usize,
        /// Bytes of this tile.
        got: usize,
    },
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The hashes of tree level 8 * `level`.
    Hashes {
        /// The tile level.
        level: u8,
    },
    /// Entries, as a bundle.
    Entries,
}

/// The name of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    resource: Resource,
    index: u64,
    width: u16,
}

impl TilePath {
    /// The tile at `index` among those of its kind, with `width` hashes or entries.
    ///
    /// # Errors
    /// [`TlogTileError::BadLevel`] or [`TlogTileError::BadWidth`].
    pub const fn new(resource: Resource, index: u64, width: u16) -> Result<Self, TlogTileError> {
        if let Resource::Hashes { level } = resource
            && level > LEVEL_MAX
        {
            return Err(TlogTileError::BadLevel { level });
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TlogTileError::BadWidth { width });
        }
        Ok(Self {
            resource,
            index,
            width,
        })
    }

    /// What the tile holds.
    #[must_use]
    pub const fn resource(&self) -> Resource {
        self.resource
    }

    /// The tile's position among those of its kind, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds: 256 unless it is partial.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource {
            Resource::Hashes { level } => write!(f, "tile/{level}/")?,
            Resource::Entries => f.write_str("tile/entries/")?,
        }
        // Groups of three digits; a u64 has at most seven.
        let groups = self.index.checked_ilog10().unwrap_or(0) / 3;
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000u64.pow(group) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for TilePath {
    type Err = TlogTileError;

    /// Reads a path in the one spelling it has.
    fn from_str(text: &str) -> Result<Self, TlogTileError> {
        let path = parse(text).ok_or(TlogTileError::NotAPath)?;
        // Leading zeros, signs, groups of other lengths: all of that is spelled otherwise.
        if path.to_string() == text {
            Ok(path)
        } else {
            Err(TlogTileError::NotAPath)
        }
    }
}

fn parse(text: &str) -> Option<TilePath> {
    let (resource, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let resource = match resource {
        "entries" => Resource::Entries,
        level => Resource::Hashes {
            level: level.parse().ok()?,
        },
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0u64;
    for group in groups.split('/') {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(digits)?;
    }
    TilePath::new(resource, index, width).ok()
}

/// The tiles that a log of size `after` has and one of size `before` has not, which is what an
/// export adds: of each level the new full tiles, then the partial one. Entry bundles come first.
pub fn tiles_between(before: TreeSize, after: TreeSize) -> impl Iterator<Item = TilePath> {
    let entries = (Resource::Entries, before.0, after.0);
    let hashes = (0..LEVELS).map(move |level| {
        let bottom = 8 * level;
        let resource = Resource::Hashes { level };
        (resource, shr(before.0, bottom), shr(after.0, bottom))
    });
    core::iter::once(entries)
        .chain(hashes)
        .filter(|(_, before, after)| before < after)
        .flat_map(|(resource, before, after)| {
            (before / WIDTH..after.div_ceil(WIDTH)).map(move |index| TilePath {
                resource,
                index,
                width: width_at(index, after),
            })
        })
}

/// The width of a tile of a level that has `count` hashes, more than `index * 256`.
fn width_at(index: u64, count: u64) -> u16 {
    let from_here = count - index * WIDTH;
    u16::try_from(from_here).map_or(TILE_WIDTH, |width| width.min(TILE_WIDTH))
}
