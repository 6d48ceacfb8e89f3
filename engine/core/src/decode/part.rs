//! Which part of a fragmented IP packet is this? IPv4 (RFC 791), IPv6 (RFC 8200 §4.5).

use super::{be16, be32, byte, ip};

/// The packet that parts belong to, by what all of them bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    source: [u8; 16],
    target: [u8; 16],
    /// IP protocol number in IPv4; in IPv6, where parts need not agree on it, that of the fragment header.
    proto: u8,
    id: u32,
    /// See [`super::tenant`].
    pub tenant: u32,
}

/// A part, with its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its packet.
    pub name: Name,
    /// True for IPv6.
    pub v6: bool,
    /// IP header, and extension headers before the fragment header.
    pub header: &'a [u8],
    /// Where in the header the number of the protocol stands that comes behind it.
    pub next_at: usize,
    /// That number.
    pub next: u8,
    /// Where its bytes start in the packet, from the header's end.
    pub start: usize,
    /// The bytes; at least one.
    pub data: &'a [u8],
    /// True for the packet's last part.
    pub last: bool,
    /// Length of the part with its header.
    pub ip_bytes: u32,
}

impl Part<'_> {
    /// Where its bytes end in the packet.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.data.len()
    }
}

/// The part in the IP packet at `at`, which is known to be one.
pub(super) fn read(data: &[u8], at: usize, end: usize, tenant: u32) -> Option<Part<'_>> {
    let part = if byte(data, at).ok()? >> 4 == 6 { v6(data, at, end, tenant)? } else { v4(data, at, end, tenant)? };
    (!part.data.is_empty() && (part.last || part.data.len() % 8 == 0)).then_some(part)
}

fn v4(data: &[u8], at: usize, end: usize, tenant: u32) -> Option<Part<'_>> {
    let header = usize::from(byte(data, at).ok()? & 0x0F) << 2;
    let total = usize::from(be16(data, at + 2).ok()?);
    let size = if total == 0 { end.checked_sub(at)? } else { total };
    let place = be16(data, at + 6).ok()?;
    let proto = byte(data, at + 9).ok()?;
    let id = u32::from(be16(data, at + 4).ok()?);
    Some(Part {
        name: Name { source: padded(data, at + 12, 4)?, target: padded(data, at + 16, 4)?, proto, id, tenant },
        v6: false,
        header: data.get(at..at + header)?,
        next_at: 9,
        next: proto,
        start: usize::from(place & 0x1FFF) << 3,
        data: data.get(at + header..at + size)?,
        last: place & 0x2000 == 0,
        ip_bytes: u32::try_from(size).ok()?,
    })
}

fn v6(data: &[u8], at: usize, end: usize, tenant: u32) -> Option<Part<'_>> {
    let length = usize::from(be16(data, at + 4).ok()?);
    let size = if length == 0 { end.checked_sub(at)? } else { length + 40 };
    let (next_at, fragment_at) = ip::fragment_header(data, at)?;
    let place = be16(data, fragment_at + 2).ok()?;
    let id = be32(data, fragment_at + 4).ok()?;
    Some(Part {
        name: Name {
            source: padded(data, at + 8, 16)?,
            target: padded(data, at + 24, 16)?,
            proto: ip::FRAGMENT,
            id,
            tenant,
        },
        v6: true,
        header: data.get(at..fragment_at)?,
        next_at: next_at - at,
        next: byte(data, fragment_at).ok()?,
        start: usize::from(place & 0xFFF8),
        data: data.get(fragment_at + 8..at + size)?,
        last: place & 1 == 0,
        ip_bytes: u32::try_from(size).ok()?,
    })
}

fn padded(data: &[u8], at: usize, size: usize) -> Option<[u8; 16]> {
    let mut address = [0; 16];
    address[..size].copy_from_slice(data.get(at..at + size)?);
    Some(address)
}
