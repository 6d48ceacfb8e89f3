//! Which flows are alive, and what is known of each?
//!
//! Most flows live and die in one 64-byte [`entry::Entry`]. A flow that matters, or whose segments came out of order,
//! has a [`record::Record`] beside it, which holds what the portable engine holds for every flow.

pub mod behaviour;
pub mod behaviours;
pub mod entry;
pub mod half;
pub mod history;
pub mod key;
pub mod record;
pub mod records;
pub mod table;
