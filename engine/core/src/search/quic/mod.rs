//! Which server does a QUIC client ask for? Initial packets, opened (RFC 9000 §17.2.2, RFC 9001 §5, RFC 9369).
//!
//! Their keys follow from the connection id in clear, so that anybody on the way can read them. What comes after cannot
//! be read. Drafts and Google's older versions are left alone. The twin of `sensor/dissect/quic.py`, `quic_hello.py` and
//! `sensor/engine/portable/hellos.py`.

pub mod frames;
pub mod handshake;
pub mod hellos;
pub mod packet;
pub mod protection;

pub use packet::is_client_initial;
