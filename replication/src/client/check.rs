//! Judges what nodes say, against the genesis, and the handovers that lead on from it.
//!
//! Invariants:
//!
//! - nothing is returned here that a quorum's certificate does not vouch for;
//! - a handover is taken only from those who are trusted already.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ledger::ProofBundle;
use ledger::bundle::{
    BundleError, BundleFormError, BundleTrust, BundleVerdict, CertificateError,
    CertificateVerifier, CertifiedRoot, Doubt, Evidence, Fact, Proven,
};
use serde_json::Value;

use crate::api::HeaderReply;
use crate::certificate::GenesisVerifier;
use crate::committee::Committee;
use crate::genesis::Genesis;
use crate::handover::{CertificateChain, Handover, HandoverError};
use crate::header::Header;
use crate::hex::from_hex;
use crate::names::RequestId;
use crate::transaction::Transaction;
use crate::wire::FormError;

/// Headers that were found final lately.
const REMEMBERED_MAX: usize = 64;

/// Judges proofs of one network.
#[derive(Debug)]
pub struct Verifier {
    genesis: Genesis,
    certificates: Remembering,
}

/// A transaction that stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The transaction.
    pub transaction: Transaction,
    /// Height of the commit that it was proven to be in or below.
    pub height: u64,
    /// Time of that commit, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Its ledger.
    pub ledger: String,
    /// Its entry there, from 0.
    pub index: u64,
    /// The proof.
    pub bundle: ProofBundle,
}

/// What stands at a key of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The value; `None` where the key is proven to be absent.
    pub value: Option<Vec<u8>>,
    /// Height of the state.
    pub height: u64,
    /// Its time, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The proof.
    pub bundle: ProofBundle,
}

/// The nodes of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSet {
    /// Who votes from the next epoch on, if nothing changes until then.
    pub next: Committee,
    /// Who votes now, if that is somebody else.
    pub before: Option<Committee>,
    /// Where `next` stands.
    pub found: Found,
}

/// An answer does not prove what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no proof in it.
    #[error("the answer brings no proof")]
    NoProof,
    /// The proof does not decode.
    #[error("the proof does not decode: {0}")]
    Form(#[from] BundleFormError),
    /// The proof does not hold.
    #[error("the proof does not hold: {0}")]
    Invalid(#[from] BundleError),
    /// The certificate does not hold.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// A handover carries no trust.
    #[error("the handover after epoch {epoch}: {source}")]
    Handover {
        /// The epoch that it ends.
        epoch: u64,
        /// Why.
        #[source]
        source: HandoverError,
    },
    /// The header or certificate does not decode.
    #[error("{0}")]
    Header(#[from] FormError),
    /// Nothing vouches for it.
    #[error("nothing vouches for the proof")]
    Unvouched,
    /// It is older than the client takes.
    #[error("the newest header is {age_ms} ms old, at most {age_ms_max} are taken")]
    Stale {
        /// Its age.
        age_ms: u64,
        /// How old it may be.
        age_ms_max: u64,
    },
    /// It proves something, which was not asked for.
    #[error("the proof is of another {0}")]
    OfAnother(&'static str),
}

impl Verifier {
    /// The verifier of the network that begins with this genesis.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        let certificates = Remembering {
            trust: Mutex::new(Trust {
                verifier: GenesisVerifier::new(&genesis),
                handovers: Vec::new(),
            }),
            lately: Mutex::default(),
        };
        Self {
            genesis,
            certificates,
        }
    }

    /// The genesis.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Takes handovers, in their order: those that were taken before change nothing. Tells whether any
    /// was new.
    ///
    /// # Errors
    /// [`CheckError::Handover`]: the first that carries no trust; those before it were taken.
    pub fn take(&self, handovers: &[Handover]) -> Result<bool, CheckError> {
        self.certificates.take(handovers)
    }

    /// The epoch that a handover which is yet to be taken ends, at least.
    #[must_use]
    pub fn known_from(&self) -> u64 {
        lock(&self.certificates.trust).verifier.known_from()
    }

    /// The last committee that is known.
    #[must_use]
    pub fn committee(&self) -> Committee {
        let trust = lock(&self.certificates.trust);
        trust.verifier.committee(u64::MAX).clone()
    }

    /// What checks certificates, by all handovers that were taken.
    #[cfg(all(feature = "daemon", not(test)))]
    pub(crate) fn certificates(&self) -> GenesisVerifier {
        lock(&self.certificates.trust).verifier.clone()
    }

    /// The handovers that were taken, in order.
    #[cfg(all(feature = "daemon", not(test)))]
    pub(crate) fn handovers(&self) -> Vec<Handover> {
        lock(&self.certificates.trust).handovers.clone()
    }

    /// The transaction of a request, if the proof shows that it is in the log.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn entry(&self, id: &RequestId, proof: Option<&Value>) -> Result<Entry, CheckError> {
        let bundle = decode(proof)?;
        let proven = self.proven(&bundle)?;
        let Fact::Entry { leaf_index, entry } = proven.fact() else {
            return Err(CheckError::OfAnother("kind"));
        };
        let transaction = Transaction::decode(entry)?;
        if transaction.signed.request.id() != *id {
            return Err(CheckError::OfAnother("request"));
        }
        Ok(Entry {
            transaction,
            height: proven.height(),
            time_ms: proven.time_ms(),
            ledger: proven.ledger().to_string(),
            index: leaf_index.0,
            bundle: self.complete(bundle.clone()),
        })
    }

    /// What stands at a key of a ledger's state, if the proof shows it at a time not too long ago.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn state(
        &self,
        (ledger, key): (&str, &[u8]),
        proof: Option<&Value>,
        (now_ms, age_ms_max): (u64, u64),
    ) -> Result<Found, CheckError> {
        let bundle = decode(proof)?;
        let proven = self.proven(&bundle)?;
        let (at, value) = match proven.fact() {
            Fact::Present { key, value } => (key, Some(value.to_vec())),
            Fact::Absent { key } => (key, None),
            Fact::Entry { .. } => return Err(CheckError::OfAnother("kind")),
        };
        if proven.ledger().as_str() != ledger {
            return Err(CheckError::OfAnother("ledger"));
        }
        if at != key {
            return Err(CheckError::OfAnother("key"));
        }
        let age_ms = now_ms.saturating_sub(proven.time_ms());
        if age_ms > age_ms_max {
            return Err(CheckError::Stale { age_ms, age_ms_max });
        }
        Ok(Found {
            value,
            height: proven.height(),
            time_ms: proven.time_ms(),
            bundle: self.complete(bundle.clone()),
        })
    }

    /// A header, if its certificate shows that it is final; none if the answer has no certificate.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn header(&self, reply: &HeaderReply) -> Result<Option<Header>, CheckError> {
        let Some(certificate) = &reply.certificate else {
            return Ok(None);
        };
        let bytes = |hex: &str| from_hex(hex).ok_or(CheckError::OfAnother("form"));
        let (header, certificate) = (bytes(&reply.header)?, bytes(certificate)?);
        let certified = self.certificates.verify(&header, &certificate)?;
        if certified.height != reply.height {
            return Err(CheckError::OfAnother("height"));
        }
        Ok(Some(Header::decode(&header)?))
    }

    /// A bundle that was proven here, with the handovers that a stranger needs.
    fn complete(&self, mut bundle: ProofBundle) -> ProofBundle {
        if let Evidence::Finality { certificate, .. } = &mut bundle.evidence {
            *certificate = self.certificates.chain(std::mem::take(certificate));
        }
        bundle
    }

    fn proven<'a>(&self, bundle: &'a ProofBundle) -> Result<Proven<'a>, CheckError> {
        let trust = BundleTrust {
            network: Some(self.genesis.network().id()),
            certificates: Some(&self.certificates),
            ..BundleTrust::default()
        };
        match bundle.verify(&trust) {
            BundleVerdict::Valid(proven) => Ok(proven),
            BundleVerdict::Consistent(_, Doubt::NothingTrusted | Doubt::Stale { .. }) => {
                Err(CheckError::Unvouched)
            }
            BundleVerdict::Invalid(error) => Err(error.into()),
        }
    }
}

fn decode(proof: Option<&Value>) -> Result<ProofBundle, CheckError> {
    let proof = proof.ok_or(CheckError::NoProof)?;
    Ok(ProofBundle::from_json(proof.to_string().as_bytes())?)
}

/// A header that was found final: its bytes, those of its certificate, and what it fixes.
type Final = (Vec<u8>, Vec<u8>, CertifiedRoot);

/// Checks certificates, and remembers a few: many proofs rest on one header.
#[derive(Debug)]
struct Remembering {
    trust: Mutex<Trust>,
    lately: Mutex<Vec<Final>>,
}

/// Who is trusted when, and why.
#[derive(Debug)]
struct Trust {
    verifier: GenesisVerifier,
    /// Those that were taken, in order.
    handovers: Vec<Handover>,
}

impl Remembering {
    /// Takes those handovers that are new.
    fn take(&self, handovers: &[Handover]) -> Result<bool, CheckError> {
        let mut trust = lock(&self.trust);
        let before = trust.verifier.known_from();
        for handover in handovers {
            let known = trust.verifier.known_from();
            let epoch = handover.header.epoch;
            let taken = trust.verifier.take(handover);
            taken.map_err(|source| CheckError::Handover { epoch, source })?;
            if trust.verifier.known_from() > known {
                trust.handovers.push(handover.clone());
            }
        }
        let news = trust.verifier.known_from() > before;
        drop(trust);
        if news {
            // What was found final by those who had left by then is so no more.
            lock(&self.lately).clear();
        }
        Ok(news)
    }

    /// A certificate, with the handovers that lead to its signers: what a stranger needs.
    fn chain(&self, certificate: Vec<u8>) -> Vec<u8> {
        let Ok(chain) = CertificateChain::decode(&certificate) else {
            return certificate;
        };
        if !chain.handovers.is_empty() {
            return certificate;
        }
        let epoch = chain.certificate.epoch;
        let trust = lock(&self.trust);
        let handovers = trust.handovers.iter();
        let handovers = handovers.filter(|handover| handover.header.epoch < epoch);
        CertificateChain {
            handovers: handovers.cloned().collect(),
            ..chain
        }
        .encode()
    }
}

impl CertificateVerifier for Remembering {
    fn verify(&self, header: &[u8], certificate: &[u8]) -> Result<CertifiedRoot, CertificateError> {
        let same = |(h, c, _): &&Final| h == header && c == certificate;
        if let Some((_, _, root)) = lock(&self.lately).iter().find(same) {
            return Ok(root.clone());
        }
        let verifier = lock(&self.trust).verifier.clone();
        let root = verifier.verify(header, certificate)?;
        let mut lately = lock(&self.lately);
        if lately.len() == REMEMBERED_MAX {
            lately.remove(0);
        }
        lately.push((header.to_vec(), certificate.to_vec(), root.clone()));
        Ok(root)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
