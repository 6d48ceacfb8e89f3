//! By what is a flow found, so that nobody outside can make flows collide?

use crate::decode::UDP;

/// The name of a flow in the table: 94 bits of a keyed hash over protocol, addresses and ports, the same for both
/// directions, and two bits. Among a million flows two share a name once in 10^16 tables.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, packed(4))]
pub struct Key {
    /// The part that places the flow in the table. Packed, for twelve bytes leave an entry room for the rest.
    high: u64,
    /// The part that tells it from its neighbours; zero only where there is no flow.
    pub low: u32,
}

impl Key {
    const UDP: u32 = 2;

    /// The part that places the flow in the table.
    #[inline]
    #[must_use]
    pub fn high(self) -> u64 {
        self.high
    }

    /// The best mixed bits of it.
    #[inline]
    #[must_use]
    pub fn hash(self) -> u32 {
        (self.high >> 32) as u32
    }

    /// True for a UDP flow.
    #[inline]
    #[must_use]
    pub fn is_udp(self) -> bool {
        self.low & Self::UDP != 0
    }
}

impl PartialEq for Key {
    /// In one comparison: it is made for every packet, and parts that are alike tell nothing.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        (self.high() ^ other.high()) | u64::from(self.low ^ other.low) == 0
    }
}

impl Eq for Key {}

/// The secret of the hash.
#[derive(Clone, Copy, Debug)]
pub struct Seed([u64; 4]);

impl Seed {
    /// A seed from 32 bytes, which should come from the system's random source.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let word = |at: usize| bytes[at..at + 8].iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        Self([word(0), word(8), word(16), word(24)])
    }

    /// The key of IPv4 endpoints, the smaller one first: address, then 16 bits of port.
    #[inline]
    #[must_use]
    pub fn v4(&self, proto: u8, low: u64, high: u64) -> Key {
        self.finish(low << 8 | u64::from(proto), high)
    }

    /// The key of IPv6 endpoints, the smaller one first.
    #[must_use]
    pub fn v6(&self, proto: u8, low: (u128, u16), high: (u128, u16)) -> Key {
        let rest = u64::from(low.1) << 32 | u64::from(high.1) << 16 | u64::from(proto) | 1 << 63;
        let (low, high) = (halves(low.0), halves(high.0));
        let first = mix(low.0 ^ self.0[0], low.1 ^ self.0[1]);
        let second = mix(high.0 ^ self.0[2], high.1 ^ self.0[3] ^ first);
        let third = mix(high.1 ^ self.0[1], high.0.rotate_left(17) ^ self.0[0] ^ first.rotate_left(32));
        let mut key = self.finish(rest, first ^ second.rotate_left(23));
        key.high ^= third;
        key
    }

    /// The key that a flow has in a tenant's address space, by the one that it would have outside of any.
    #[cold]
    #[must_use]
    pub fn in_tenant(&self, key: Key, tenant: u32) -> Key {
        let first = mix(key.high() ^ self.0[1], u64::from(tenant) ^ self.0[2]);
        let high = key.high() ^ first;
        let low = mix(first ^ self.0[3], u64::from(tenant) << 32 ^ self.0[0]);
        let low = key.low ^ (low >> 32) as u32 & !3;
        Key { high, low }
    }

    #[inline]
    fn finish(&self, one: u64, two: u64) -> Key {
        let first = mix(one ^ self.0[0], two ^ self.0[1]);
        let high = mix(first ^ self.0[2], one.rotate_left(32) ^ self.0[3]);
        let low = mix(high ^ self.0[1], first ^ two ^ self.0[0]);
        let udp = if one as u8 == UDP { Key::UDP } else { 0 };
        Key { high, low: (low >> 32) as u32 & !3 | udp | 1 }
    }
}

/// The two halves of the product, folded: every input bit reaches every output bit.
#[inline]
fn mix(one: u64, two: u64) -> u64 {
    let product = u128::from(one) * u128::from(two);
    (product as u64) ^ ((product >> 64) as u64)
}

fn halves(value: u128) -> (u64, u64) {
    ((value >> 64) as u64, value as u64)
}
