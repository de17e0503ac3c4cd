//! Reading and writing canonical bytes: little-endian integers, texts behind one length byte, byte
//! strings behind four.
//!
//! Invariant: nothing is allocated from a length before that many bytes are known to be there.

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The bytes end too early.
    #[error("the {what} ends after {len} bytes")]
    Short {
        /// What was read.
        what: &'static str,
        /// How many bytes there are.
        len: usize,
    },
    /// Bytes follow the end.
    #[error("{extra} bytes follow the {what}")]
    Trailing {
        /// What was read.
        what: &'static str,
        /// How many.
        extra: usize,
    },
    /// A field has a value that it cannot have.
    #[error("the {what} has an impossible {field} at byte {at}")]
    Field {
        /// What was read.
        what: &'static str,
        /// Which field.
        field: &'static str,
        /// Where it starts.
        at: usize,
    },
}

/// Reads canonical bytes from their start.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    what: &'static str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// Reads `what`, which must begin with `magic`.
    pub(crate) fn new(
        what: &'static str,
        magic: &[u8],
        bytes: &'a [u8],
    ) -> Result<Self, FormError> {
        let mut input = Self { what, bytes, at: 0 };
        if input.take(magic.len())? != magic {
            return Err(input.field("magic", 0));
        }
        Ok(input)
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], FormError> {
        let end = self.at.checked_add(len);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(FormError::Short {
            what: self.what,
            len: self.bytes.len(),
        })?;
        self.at += len;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A text behind one length byte, as something that a text can be.
    pub(crate) fn text<T: std::str::FromStr>(
        &mut self,
        field: &'static str,
    ) -> Result<T, FormError> {
        let at = self.at;
        let len = usize::from(self.u8()?);
        let text = std::str::from_utf8(self.take(len)?).ok();
        let text = text.and_then(|text| text.parse().ok());
        text.ok_or_else(|| self.field(field, at))
    }

    /// A byte string behind four length bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], FormError> {
        let len = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        self.take(len)
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    pub(crate) const fn finish(self) -> Result<(), FormError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            extra => Err(FormError::Trailing {
                what: self.what,
                extra,
            }),
        }
    }

    pub(crate) const fn field(&self, field: &'static str, at: usize) -> FormError {
        FormError::Field {
            what: self.what,
            field,
            at,
        }
    }
}

/// Appends a text of at most 255 bytes behind its length.
pub(crate) fn put_text(to: &mut Vec<u8>, text: &str) {
    debug_assert!(text.len() <= 255, "names are at most 64 bytes");
    to.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    to.extend_from_slice(text.as_bytes());
}

/// Appends a byte string of less than 4 GiB behind its length.
pub(crate) fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    debug_assert!(u32::try_from(bytes.len()).is_ok(), "limits are far below");
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&len.to_le_bytes());
    to.extend_from_slice(bytes);
}
