//! Are anchors, names and networks found, and nothing else?
#![allow(missing_docs, clippy::unwrap_used)]

use minewatch_engine::search::addresses::{AddressEntry, AddressIndex};
use minewatch_engine::search::anchors::Anchors;
use minewatch_engine::search::dns;
#[cfg(target_arch = "x86_64")]
use minewatch_engine::search::lanes::Lanes;
use minewatch_engine::search::names::{NameIndex, without_dots};
use minewatch_engine::search::screen::Screen;
use minewatch_engine::search::{Named, server_name};
use proptest::prelude::*;

fn anchors(literals: &[&str]) -> Anchors {
    Anchors::new(&literals.iter().map(|one| one.as_bytes().to_vec()).collect::<Vec<_>>()).unwrap()
}

fn naive(literals: &[&str], data: &[u8]) -> bool {
    literals.iter().any(|one| data.windows(one.len()).any(|window| window == one.as_bytes()))
}

proptest! {
    #[test]
    fn pieces_are_searched_as_the_whole(text in "[ab\"c]{0,200}", cuts in prop::collection::vec(1..40usize, 1..12)) {
        let literals = ["ab\"a", "\"\"cb", "ccccab", "b\"c\"ba"];
        let all = anchors(&literals);
        let (mut rest, mut before, mut found) = (text.as_bytes(), 0, false);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() || found {
                break;
            }
            let (piece, after) = rest.split_at(rest.len().min(*cut));
            match all.search(before, piece, rest) {
                Some(next) => before = next,
                None => found = true,
            }
            rest = after;
        }
        prop_assert_eq!(found, naive(&literals, text.as_bytes()));
    }
}

proptest! {
    #[test]
    fn a_name_is_listed_as_its_labels_say(name in "[ab.]{0,12}") {
        let index = NameIndex::new(&["a.b".to_owned(), "b".to_owned()], &["ab.a".to_owned()]);
        let below = |suffix: &str| name == suffix || name.ends_with(&format!(".{suffix}"));
        prop_assert_eq!(index.has(name.as_bytes()), name == "ab.a" || below("a.b") || below("b"));
    }

    #[test]
    fn a_message_with_a_listed_name_is_read_as_a_whole(
        counts in (1..4u8, 0..4u8),
        body in prop::collection::vec(prop::sample::select(vec![0, 0, 1, 1, 2, 5, 12, 14, 0xC0, b'A', b'b', b'.', 0xFF]), 0..60),
    ) {
        let names = NameIndex::new(&["a".to_owned()], &["b".to_owned(), "b.a".to_owned()]);
        let message = [&[0, 1, 0x80, 0, 0, counts.0, 0, counts.1, 0, 0, 0, 0][..], &body].concat();
        let bears = dns::parse(&message).is_some_and(|read| read.names().any(|name| names.has(name)));
        prop_assert!(!bears || dns::may_bear(&message, &names));
    }
}

#[test]
fn a_literal_is_seen_at_every_place_of_every_length_and_nowhere_else() {
    let literals = ["\"mining.", "job_", "\0\0\x02\0\x02"];
    let screen = Screen::new(&literals.map(|one| one.as_bytes().to_vec())).unwrap();
    let filler = b"\"minin job-\0\0\x02\0".repeat(12);
    for size in 0..filler.len() - 8 {
        for literal in literals {
            for place in 0..=size {
                let mut bytes = filler.clone();
                bytes[place..place + literal.len()].copy_from_slice(literal.as_bytes());
                let (data, is_whole) = (&bytes[..size], place + literal.len() <= size);
                for around in [data, &bytes] {
                    assert_eq!(screen.has(data, around), is_whole, "{literal:?} at {place} of {size}");
                }
                assert_eq!(screen.has_one_by_one(data), is_whole, "{literal:?} at {place} of {size}");
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn every_width_of_a_look_sees_a_window_at_every_place() {
    let window = *b"job_";
    let windows = [window, *b"\"min"].map(u32::from_le_bytes).into();
    for (width, lanes) in Lanes::each(&windows).iter().enumerate() {
        for (size, place) in (0..200).flat_map(|size| (0..=size).map(move |place| (size, place))) {
            let mut bytes = b"job \"mi_".repeat(26);
            bytes[place..place + window.len()].copy_from_slice(&window);
            let (data, is_whole) = (&bytes[..size], place + window.len() <= size);
            let is_it = |at| data.get(at..at + window.len()) == Some(&window);
            for around in [data, &bytes] {
                assert_eq!(lanes.any(data, around, is_it), is_whole, "width {width}: {place} of {size}");
            }
        }
    }
}

#[test]
fn hundreds_of_anchors_are_all_found() {
    let literals: Vec<String> = (0..300).map(|number| format!("<{number:04}>")).collect();
    let all = anchors(&literals.iter().map(String::as_str).collect::<Vec<_>>());
    for literal in &literals {
        let text = format!("{}{literal}{}", "x".repeat(70), "y".repeat(9));
        assert_eq!(all.find(text.as_bytes()), Some(literal.as_bytes()));
    }
}

#[test]
fn a_suffix_holds_on_a_label_boundary() {
    let index = NameIndex::new(&["pool.example.org".to_owned()], &["exact.example.net".to_owned()]);
    for (name, listed) in [
        ("pool.example.org", true),
        ("EU.Pool.example.org.", true),
        ("carpool.example.org", false),
        ("exact.example.net", true),
        ("www.exact.example.net", false),
        ("", false),
    ] {
        assert_eq!(index.has(without_dots(name.as_bytes())), listed, "{name}");
    }
}

#[test]
fn the_narrowest_network_whose_port_fits_wins() {
    let entry = |network: &str, ports: &[u16]| AddressEntry { network: network.to_owned(), ports: ports.to_vec() };
    let rows = [
        entry("192.0.2.0/24", &[]),
        entry("192.0.2.8/30", &[3333]),
        entry("198.51.0.0/16", &[443]),
        entry("2001:db8::/32", &[]),
        entry("0.0.0.0/0", &[9]),
    ];
    let index = AddressIndex::new(&rows).unwrap();
    for (ip, port, network) in [
        ("192.0.2.9", 3333, Some("192.0.2.8/30")),
        ("192.0.2.9", 80, Some("192.0.2.0/24")),
        ("198.51.7.7", 443, Some("198.51.0.0/16")),
        ("198.51.7.7", 80, None),
        ("203.0.113.1", 9, Some("0.0.0.0/0")),
        ("2001:db8:1::1", 1, Some("2001:db8::/32")),
        ("2001:db9::1", 1, None),
    ] {
        assert_eq!(index.find((ip.parse().unwrap(), port)), network, "{ip}:{port}");
    }
    assert!(AddressIndex::new(&[entry("192.0.2.1/24", &[])]).is_err());
}

#[test]
fn hosts_of_requests_and_answers() {
    let host = |name: &'static str| Named::Host(name.as_bytes().into());
    for (head, named) in [
        (&b"GET / HTTP/1.1\r\nHost: Pool.Example.org:3333\r\n\r\n"[..], host("Pool.Example.org")),
        (b"POST / HTTP/1.1\nAccept: */*\nhost:a.example\n\n", host("a.example")),
        (b"GET / HTTP/1.1\r\nHost: a.example\r\n", Named::NotYet),
        (b"GE", Named::NotYet),
        (b"HTTP/1.1 200 OK\r\n\r\n", Named::Never),
        (b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", Named::Never),
        (b"\x16\x03\x01\x00\x45\x01", Named::NotYet),
        (b"", Named::NotYet),
    ] {
        assert_eq!(server_name(head), named, "{head:?}");
    }
}
