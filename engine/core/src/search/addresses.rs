//! Is this endpoint in a listed network?

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use crate::event::Endpoint;
use crate::search::ProgramError;

/// A listed network, as the program writes it, and the ports it holds for (empty: every port).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressEntry {
    /// CIDR form.
    pub network: String,
    /// Ports.
    pub ports: Vec<u16>,
}

/// Networks by prefix length, and bit maps that answer "no" for most addresses from the cache.
pub struct AddressIndex {
    rows: Vec<Row>,
    four: Family<u32>,
    six: Family<u128>,
    /// One bit for each /16 and each /24 that meets a listed IPv4 network.
    by_16: Vec<u64>,
    by_24: Vec<u64>,
}

struct Row {
    network: Box<str>,
    ports: Option<Arc<[u16]>>,
    /// The next row of the same network.
    next: u32,
}

/// Per prefix length, longest first: the first row of each network.
type Family<T> = Vec<(u32, HashMap<T, u32>)>;

const NONE: u32 = u32::MAX;

impl AddressIndex {
    /// An index of networks.
    ///
    /// # Errors
    /// [`ProgramError`] for a network that is not written as CIDR without host bits.
    pub fn new(entries: &[AddressEntry]) -> Result<Self, ProgramError> {
        let mut index = Self { rows: Vec::new(), four: Vec::new(), six: Vec::new(), by_16: vec![], by_24: vec![] };
        let (mut four, mut six) = (BTreeMap::new(), BTreeMap::new());
        if !entries.is_empty() {
            index.by_16 = vec![0; 1 << 10];
            index.by_24 = vec![0; 1 << 18];
        }
        for entry in entries {
            match parse(&entry.network).ok_or_else(|| refuse(&entry.network))? {
                (IpAddr::V4(address), length) => {
                    let bits = u32::from(address);
                    index.mark(bits, length);
                    let table: &mut HashMap<u32, u32> = four.entry(32 - length).or_default();
                    index.add(table, shifted4(bits, 32 - length), entry);
                }
                (IpAddr::V6(address), length) => {
                    let table: &mut HashMap<u128, u32> = six.entry(128 - length).or_default();
                    index.add(table, shifted6(u128::from(address), 128 - length), entry);
                }
            }
        }
        index.four = four.into_iter().collect();
        index.six = six.into_iter().collect();
        Ok(index)
    }

    /// True when nothing is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// False when an IPv4 address is surely in no listed network.
    #[inline]
    #[must_use]
    pub fn may_have_v4(&self, address: u32) -> bool {
        let bit = |map: &[u64], at: u32| map.get(at as usize >> 6).is_some_and(|word| word >> (at & 63) & 1 == 1);
        bit(&self.by_16, address >> 16) && bit(&self.by_24, address >> 8)
    }

    /// The narrowest listed network that holds the endpoint.
    #[must_use]
    pub fn find(&self, endpoint: Endpoint) -> Option<&str> {
        let (ip, port) = endpoint;
        match ip {
            IpAddr::V4(address) => {
                let bits = u32::from(address);
                if !self.may_have_v4(bits) {
                    return None;
                }
                self.four.iter().find_map(|(shift, table)| self.row(*table.get(&shifted4(bits, *shift))?, port))
            }
            IpAddr::V6(address) => {
                let bits = u128::from(address);
                self.six.iter().find_map(|(shift, table)| self.row(*table.get(&shifted6(bits, *shift))?, port))
            }
        }
    }

    fn row(&self, first: u32, port: u16) -> Option<&str> {
        let mut at = first;
        while let Some(row) = self.rows.get(at as usize) {
            if row.ports.as_ref().is_none_or(|ports| ports.contains(&port)) {
                return Some(&row.network);
            }
            at = row.next;
        }
        None
    }

    fn add<T: std::hash::Hash + Eq>(&mut self, table: &mut HashMap<T, u32>, key: T, entry: &AddressEntry) {
        let fresh = self.rows.len() as u32;
        let ports = (!entry.ports.is_empty()).then(|| Arc::from(entry.ports.as_slice()));
        self.rows.push(Row { network: entry.network.as_str().into(), ports, next: NONE });
        match table.entry(key) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(fresh);
            }
            std::collections::hash_map::Entry::Occupied(taken) => {
                let mut last = *taken.get();
                while self.rows[last as usize].next != NONE {
                    last = self.rows[last as usize].next;
                }
                self.rows[last as usize].next = fresh;
            }
        }
    }

    fn mark(&mut self, bits: u32, length: u32) {
        let last = bits | u32::MAX.checked_shr(length).unwrap_or(0);
        for at in bits >> 16..=last >> 16 {
            self.by_16[at as usize >> 6] |= 1 << (at & 63);
        }
        for at in bits >> 8..=last >> 8 {
            self.by_24[at as usize >> 6] |= 1 << (at & 63);
        }
    }
}

fn shifted4(bits: u32, shift: u32) -> u32 {
    bits.checked_shr(shift).unwrap_or(0)
}

fn shifted6(bits: u128, shift: u32) -> u128 {
    bits.checked_shr(shift).unwrap_or(0)
}

fn parse(network: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = network.split_once('/').map_or((network, None), |(a, length)| (a, Some(length)));
    let address: IpAddr = address.parse().ok()?;
    let size = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(size), |text| text.parse().ok()).filter(|length| *length <= size)?;
    let host_bits_clear = match address {
        IpAddr::V4(four) => u32::from(four) & u32::MAX.checked_shr(length).unwrap_or(0) == 0,
        IpAddr::V6(six) => u128::from(six) & u128::MAX.checked_shr(length).unwrap_or(0) == 0,
    };
    host_bits_clear.then_some((address, length))
}

fn refuse(network: &str) -> ProgramError {
    ProgramError(format!("program address {network:?}: not a network; write it as a network in CIDR form"))
}
