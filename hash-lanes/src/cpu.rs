//! What the CPU has.

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_avx512, "avx512f", "avx512bw");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_avx2, "avx2");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_shani, "sha", "sse4.1", "ssse3");

/// Vectors to hash many messages with.
///
/// Invariant: those named are there, for values come from this module only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    None,
}

impl Wide {
    /// The widest.
    #[inline]
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if has_avx512::get() {
                return Self::Avx512;
            }
            if has_avx2::get() {
                return Self::Avx2;
            }
        }
        Self::None
    }

    /// All of them, from the widest to none.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            has_avx512::get().then_some(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            has_avx2::get().then_some(Self::Avx2),
            Some(Self::None),
        ]
        .into_iter()
        .flatten()
    }
}

/// What hashes one message, or a few.
///
/// Invariant: as for [`Wide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Narrow {
    #[cfg(target_arch = "x86_64")]
    ShaNi,
    Portable,
}

impl Narrow {
    /// The fastest.
    #[inline]
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if has_shani::get() {
            return Self::ShaNi;
        }
        Self::Portable
    }

    /// All of them, the portable one last.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            has_shani::get().then_some(Self::ShaNi),
            Some(Self::Portable),
        ]
        .into_iter()
        .flatten()
    }
}
