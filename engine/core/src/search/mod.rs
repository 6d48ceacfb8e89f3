//! What does the engine look for, and does it find it?

pub mod addresses;
pub mod anchors;
#[cfg(target_arch = "x86_64")]
mod buckets;
pub mod certificate;
pub mod dns;
pub mod hello;
pub mod http;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
pub mod lanes;
pub mod learned;
pub mod names;
pub mod quic;
pub mod screen;
pub mod shapes;

use std::borrow::Cow;
use std::fmt;

pub use addresses::AddressEntry;
use addresses::AddressIndex;
use anchors::Anchors;
use names::NameIndex;
pub use shapes::Shape;
use shapes::Shapes;

use crate::limits::Limits;

/// A compiled program: immutable, as `sensor.engine.api.Program`.
pub struct Program {
    /// Literals.
    pub anchors: Anchors,
    /// Listed names.
    pub names: NameIndex,
    /// Listed networks.
    pub addresses: AddressIndex,
    /// First lengths of both sides, where no literal stands.
    pub shapes: Shapes,
    /// Bounds.
    pub limits: Limits,
}

/// Why a program cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramError(pub String);

impl fmt::Display for ProgramError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for ProgramError {}

impl Program {
    /// Compile a program.
    ///
    /// # Errors
    /// [`ProgramError`] says which part cannot be used, and what to do.
    pub fn new(
        anchors: &[Vec<u8>],
        suffixes: &[String],
        names: &[String],
        addresses: &[AddressEntry],
        limits: Limits,
    ) -> Result<Self, ProgramError> {
        if limits.head_bytes > usize::from(u16::MAX) {
            let message = format!("head_bytes {}: the native engine scans at most 65535; lower it", limits.head_bytes);
            return Err(ProgramError(message));
        }
        Ok(Self {
            anchors: Anchors::new(anchors)?,
            names: NameIndex::new(suffixes, names),
            addresses: AddressIndex::new(addresses)?,
            shapes: Shapes::default(),
            limits,
        })
    }

    /// The same, with first lengths to look for as well.
    #[must_use]
    pub fn with_shapes(mut self, shapes: &[Shape]) -> Self {
        self.shapes = Shapes::new(shapes);
        self
    }
}

/// What a client names in its first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// This host, as it is written there but for final dots.
    Host(Cow<'a, [u8]>),
    /// Nobody: a whole hello of TLS that names no server.
    Nobody,
    /// Nothing yet; more bytes may tell.
    NotYet,
    /// Nothing, whatever follows.
    Never,
}

impl Named<'_> {
    /// The same, of nobody else's bytes.
    #[must_use]
    pub fn into_owned(self) -> Named<'static> {
        match self {
            Self::Host(name) => Named::Host(Cow::Owned(name.into_owned())),
            Self::Nobody => Named::Nobody,
            Self::NotYet => Named::NotYet,
            Self::Never => Named::Never,
        }
    }
}

/// The host that a client names in its first bytes: TLS server name or HTTP Host.
#[must_use]
pub fn server_name(head: &[u8]) -> Named<'_> {
    match head.first() {
        Some(&hello::HANDSHAKE) => hello::server_name(head),
        Some(first) if http::may_start(*first) => http::host(head),
        Some(_) => Named::Never,
        None => Named::NotYet,
    }
}
