//! Do a TLS hello, an HTTP request and a DNS message of any bytes give a name that is in order, or none?
#![no_main]

use libfuzzer_sys::fuzz_target;
use minewatch_engine::search::names::MAX_NAME_BYTES;
use minewatch_engine::search::{Named, dns, server_name};

fuzz_target!(|data: &[u8]| {
    let whole = server_name(data);
    if let Named::Host(name) = &whole {
        assert!(!name.is_empty() && name.len() <= data.len());
        assert!(!name.ends_with(b"."));
    }
    // What was decided for a beginning is not taken back later.
    if server_name(&data[..data.len() / 2]) == Named::Never {
        assert_eq!(whole, Named::Never);
    }
    if let Some(message) = dns::parse(data) {
        assert!(!message.queries.is_empty());
        assert!(message.names().all(|name| name.len() <= MAX_NAME_BYTES));
    }
});
