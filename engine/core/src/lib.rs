//! How do frames become candidate flows, fast and in bounded memory?
//!
//! The same as the portable engine in `sensor/engine/portable`, which is the reference: decode → flow table → first
//! in-order bytes of each direction → anchors, names, addresses. No Python in here.
#![deny(unsafe_code)]

pub mod aged;
pub mod capture;
pub mod decode;
pub mod event;
pub mod flow;
pub mod limits;
#[allow(unsafe_code)]
pub mod mapping;
#[allow(unsafe_code)]
pub mod memory;
pub mod pace;
pub mod search;
pub mod session;

pub use event::{CloseCause, Direction, Event, FiveTuple, Reason, Traffic};
pub use limits::{Counters, Limits};
pub use search::{AddressEntry, Program, ProgramError};
pub use session::Session;
