//! Does the flow table know of each flow what a plain map knows, however many come and go?
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::HashMap;

use minewatch_engine::flow::entry::{Entry, bit};
use minewatch_engine::flow::key::{Key, Seed};
use minewatch_engine::flow::table::{Fate, Table};

/// So many that some share the first part of their hash, by which marks are told apart.
const FLOWS: u64 = 300_000;

fn key(number: u64) -> Key {
    Seed::new(&[7; 32]).v4(6, number, u64::MAX >> 16)
}

fn entry(number: u64) -> Entry {
    Entry { key: key(number), first_ns: number as i64, ..Entry::default() }
}

#[test]
fn flows_share_the_first_part_of_a_hash_now_and_then() {
    let mut hashes: Vec<u32> = (0..FLOWS).map(|number| key(number).hash()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert!((hashes.len() as u64) < FLOWS);
}

#[test]
fn every_flow_is_found_until_it_leaves_and_keeps_its_slot() {
    let mut table = Table::new(FLOWS as usize);
    let mut known = HashMap::new();
    for number in 0..FLOWS {
        known.insert(number, table.insert(entry(number)));
        if number % 3 == 2 {
            let leaves = number / 2;
            let was_known = known.remove(&leaves).is_some();
            table.remove(key(leaves));
            assert_eq!(table.find(key(leaves)), None, "{leaves}, known before: {was_known}");
        }
    }
    assert_eq!(table.len(), known.len());
    for number in 0..FLOWS {
        let slot = known.get(&number).copied();
        assert_eq!(table.find(key(number)), slot, "{number}");
        if let Some(slot) = slot {
            assert!(table.is_at(slot, key(number)));
            assert_eq!(table.at(slot).first_ns, number as i64);
        }
    }
    assert!(table.slots() < FLOWS as usize, "slots of flows that left are used again");
}

#[test]
fn what_is_likely_is_so_but_for_flows_that_share_a_hash() {
    let mut table = Table::new(FLOWS as usize);
    for number in (0..FLOWS).step_by(2) {
        table.insert(entry(number));
    }
    let known = (0..FLOWS).step_by(2).filter(|number| {
        let slot = table.likely(key(*number));
        slot.is_some() && slot == table.find(key(*number))
    });
    let unknown = (1..FLOWS).step_by(2).filter(|number| table.likely(key(*number)).is_none());
    assert!(known.count() as u64 > FLOWS / 2 - 100);
    assert!(unknown.count() as u64 > FLOWS / 2 - 100);
}

#[test]
fn a_full_table_lets_those_go_first_that_were_not_seen_again() {
    let mut table = Table::new(100);
    for number in 0..100 {
        let slot = table.insert(entry(number));
        if number % 2 == 0 {
            table.at(slot).set(bit::RECENT);
        }
    }
    assert!(table.is_full());
    let mut gone = Vec::new();
    for number in 100..150 {
        let slot = table.surplus(|_| Fate::MayGo).unwrap();
        gone.push(table.at(slot).first_ns);
        table.remove_at(slot);
        table.insert(entry(number));
    }
    assert_eq!(gone, (0..100).filter(|number| number % 2 == 1).collect::<Vec<_>>());
    assert_eq!(table.slots(), 100);
}

#[test]
fn of_flows_that_stay_none_is_surplus() {
    let mut table = Table::new(10);
    assert_eq!(table.surplus(|_| Fate::MayGo), None);
    for number in 0..10 {
        table.insert(entry(number));
    }
    assert_eq!(table.surplus(|_| Fate::Stays), None);
    let over = table.surplus(|entry| if entry.first_ns == 7 { Fate::Over } else { Fate::Stays }).unwrap();
    assert_eq!(table.at(over).first_ns, 7);
}

#[test]
fn a_sweep_passes_every_flow_once_a_turn() {
    let mut table = Table::new(1000);
    for number in 0..1000 {
        table.insert(entry(number));
    }
    let is_odd = |entry: &Entry| entry.first_ns % 2 == 1;
    let mut found: Vec<Key> = Vec::new();
    for _ in 0..4 {
        found.extend(table.sweep(250, is_odd));
    }
    assert_eq!(found, (0..1000).filter(|number| number % 2 == 1).map(key).collect::<Vec<_>>());
    assert_eq!(table.sweep(5000, is_odd).len(), 500);
}
