//! How is a pcapng file read: sections of either byte order, interfaces of any link type and clock?
//!
//! Source: draft-ietf-opsawg-pcapng. Read are section headers, interface descriptions, enhanced, simple and obsolete
//! packet blocks; every other block is passed over.

use super::{FrameRef, MAX_PACKET_BYTES, Step};
use crate::limits::SECOND_NS;

pub(super) const MAGIC: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];
const MARK_LITTLE: [u8; 4] = [0x4D, 0x3C, 0x2B, 0x1A];
const MARK_BIG: [u8; 4] = [0x1A, 0x2B, 0x3C, 0x4D];
const MIN_BLOCK_BYTES: usize = 12;
/// Room for the options of a packet block beyond its data.
const BLOCK_SLACK_BYTES: usize = 65_536;
const MAX_INTERFACES: usize = 65_536;
const INTERFACE: u32 = 1;
const OBSOLETE: u32 = 2;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;
const OPT_TSRESOL: u16 = 9;
const OPT_TSOFFSET: u16 = 14;

struct Interface {
    linktype: u32,
    snaplen: usize,
    units_per_s: u128,
    offset_s: i64,
}

/// A pcapng file so far: what the blocks of one section share, and the last time, for blocks without their own.
#[derive(Default)]
pub(super) struct Pcapng {
    big_endian: bool,
    last_ns: i64,
    interfaces: Vec<Interface>,
    /// Bytes of a block that is passed over and reaches beyond the buffer.
    passing: usize,
}

/// Damage inside a block.
type Parsed<T> = Result<T, String>;

impl Pcapng {
    pub(super) fn step(&mut self, bytes: &[u8], at: usize) -> Step {
        if self.passing > 0 {
            return self.pass(bytes, at);
        }
        let Some(head) = bytes.get(at..at + 12) else {
            let need = if bytes.len() - at < 8 { 8 } else { MIN_BLOCK_BYTES };
            return Step::Short(need, "block header");
        };
        let is_section = head[..4] == MAGIC;
        if is_section && let Err(damage) = self.start_section(&head[8..12]) {
            return Step::Damage(damage);
        }
        let kind = self.word(head, 0);
        let length = self.word(head, 4) as usize;
        let Some(padded) = length.checked_next_multiple_of(4).filter(|size| *size >= MIN_BLOCK_BYTES) else {
            return Step::Damage(format!("block claims {length} bytes, less than {MIN_BLOCK_BYTES}"));
        };
        if is_section || !matches!(kind, INTERFACE | OBSOLETE | SIMPLE | ENHANCED) {
            return self.skip(bytes, at, length, padded);
        }
        if padded - MIN_BLOCK_BYTES > MAX_PACKET_BYTES + BLOCK_SLACK_BYTES {
            return Step::Damage(format!("packet block claims {length} bytes, more than {MAX_PACKET_BYTES}"));
        }
        let Some(block) = bytes.get(at..at + padded) else { return Step::Short(padded, "block") };
        self.block(kind, block, at, length).unwrap_or_else(Step::Damage)
    }

    /// Pass over a block; one that is too long to be held goes piece by piece, and its trailing length unread.
    fn skip(&mut self, bytes: &[u8], at: usize, length: usize, padded: usize) -> Step {
        if let Some(block) = bytes.get(at..at + padded) {
            return self.same_length(block, length).map_or_else(Step::Damage, |()| Step::Next(at + padded));
        }
        if padded <= MAX_PACKET_BYTES {
            return Step::Short(padded, "block");
        }
        self.passing = padded;
        self.pass(bytes, at)
    }

    fn pass(&mut self, bytes: &[u8], at: usize) -> Step {
        let have = (bytes.len() - at).min(self.passing);
        if have == 0 {
            return Step::Short(1, "block");
        }
        self.passing -= have;
        Step::Next(at + have)
    }

    fn same_length(&self, block: &[u8], length: usize) -> Parsed<()> {
        let again = self.word(block, block.len() - 4) as usize;
        if again == length {
            Ok(())
        } else {
            Err(format!("block lengths disagree: {length} at its start, {again} at its end"))
        }
    }

    fn start_section(&mut self, mark: &[u8]) -> Parsed<()> {
        self.big_endian = match mark {
            mark if mark == MARK_LITTLE => false,
            mark if mark == MARK_BIG => true,
            _ => return Err("section header without a byte-order mark".to_owned()),
        };
        self.interfaces.clear();
        Ok(())
    }

    fn block(&mut self, kind: u32, block: &[u8], at: usize, length: usize) -> Parsed<Step> {
        self.same_length(block, length)?;
        let body = &block[8..block.len() - 4];
        let frame = match kind {
            INTERFACE => {
                self.interface(body)?;
                return Ok(Step::Next(at + block.len()));
            }
            SIMPLE => self.simple(body)?,
            _ => self.timed(kind, body)?,
        };
        self.last_ns = frame.at_ns;
        Ok(Step::Frame(FrameRef { start: frame.start + at + 8, ..frame }, at + block.len()))
    }

    fn interface(&mut self, body: &[u8]) -> Parsed<()> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(format!("more than {MAX_INTERFACES} interfaces"));
        }
        need(body, 8)?;
        let mut interface = Interface {
            linktype: u32::from(self.half(body, 0)),
            snaplen: self.word(body, 4) as usize,
            units_per_s: 1_000_000,
            offset_s: 0,
        };
        let mut at = 8;
        while at + 4 <= body.len() {
            let (code, size) = (self.half(body, at), usize::from(self.half(body, at + 2)));
            if code == 0 {
                break;
            }
            self.option(&mut interface, code, body.get(at + 4..(at + 4 + size).min(body.len())).unwrap_or_default());
            at += 4 + size.next_multiple_of(4);
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn option(&self, interface: &mut Interface, code: u16, value: &[u8]) {
        match (code, value) {
            (OPT_TSRESOL, [exponent, ..]) => {
                let base: u128 = if exponent & 0x80 == 0 { 10 } else { 2 };
                // A clock finer than 2^-127 or 10^-38 s does not exist: every time is zero then.
                interface.units_per_s = base.checked_pow(u32::from(exponent & 0x7F)).unwrap_or(u128::MAX);
            }
            (OPT_TSOFFSET, _) if value.len() >= 8 => {
                let (a, b) = (u64::from(self.word(value, 0)), u64::from(self.word(value, 4)));
                interface.offset_s = (if self.big_endian { a << 32 | b } else { b << 32 | a }).cast_signed();
            }
            _ => {}
        }
    }

    /// An enhanced or obsolete packet block; they differ in their first eight bytes.
    fn timed(&self, kind: u32, body: &[u8]) -> Parsed<FrameRef> {
        need(body, 20)?;
        let index = if kind == ENHANCED { self.word(body, 0) } else { u32::from(self.half(body, 0)) } as usize;
        let interface = self.interfaces.get(index).ok_or_else(|| undescribed(index))?;
        let units = u64::from(self.word(body, 4)) << 32 | u64::from(self.word(body, 8));
        let len = cut(body, 20, self.word(body, 12) as usize)?;
        let wire_len = (self.word(body, 16) as usize).max(len);
        let at_ns = interface.at_ns(units);
        Ok(FrameRef { at_ns, start: 20, len, wire_len, linktype: interface.linktype })
    }

    fn simple(&self, body: &[u8]) -> Parsed<FrameRef> {
        let interface = self.interfaces.first().ok_or_else(|| undescribed(0))?;
        need(body, 4)?;
        let wire_len = self.word(body, 0) as usize;
        let snaplen = if interface.snaplen == 0 { wire_len } else { interface.snaplen };
        let len = cut(body, 4, wire_len.min(snaplen))?;
        Ok(FrameRef { at_ns: self.last_ns, start: 4, len, wire_len, linktype: interface.linktype })
    }

    fn word(&self, bytes: &[u8], at: usize) -> u32 {
        let raw = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
        if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    }

    fn half(&self, bytes: &[u8], at: usize) -> u16 {
        let raw = bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).unwrap_or_default();
        if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) }
    }
}

impl Interface {
    fn at_ns(&self, units: u64) -> i64 {
        let since = u128::from(units) * u128::from(SECOND_NS.unsigned_abs()) / self.units_per_s;
        let offset = self.offset_s.saturating_mul(SECOND_NS);
        i64::try_from(since).unwrap_or(i64::MAX).saturating_add(offset)
    }
}

fn need(body: &[u8], size: usize) -> Parsed<()> {
    if body.len() < size { Err(format!("block body of {} bytes is too short", body.len())) } else { Ok(()) }
}

fn cut(body: &[u8], at: usize, size: usize) -> Parsed<usize> {
    if at + size > body.len() {
        return Err(format!("packet of {size} bytes in a block body of {}", body.len()));
    }
    Ok(size)
}

fn undescribed(index: usize) -> String {
    format!("packet of interface {index}, of which there is no description")
}
