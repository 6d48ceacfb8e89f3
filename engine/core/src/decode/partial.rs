//! How is one fragmented IP packet put together from its parts?
//!
//! The twin of `sensor/engine/portable/partials.py`.

use super::part::Part;

/// What a held span costs besides its bytes.
const SPAN_BYTES: usize = 64;

/// A packet put together: without fragment fields, and with its whole length.
#[derive(Debug)]
pub struct Whole {
    /// The IP packet.
    pub bytes: Vec<u8>,
    /// Parts it came in, with their copies.
    pub frames: u32,
    /// Bytes of these parts with their headers.
    pub ip_bytes: u32,
    /// See [`super::tenant`].
    pub tenant: u32,
}

/// What became of a part.
pub(super) enum Put {
    /// It is held, or was there already.
    Taken,
    /// It overlaps others, as the first of its packet.
    Overlaps,
    /// It contradicts others, is one too many, or its packet is given up.
    Refused,
}

/// A packet of which parts are missing.
pub(super) struct Partial {
    pub first_ns: i64,
    /// Where held bytes start in the packet, and the bytes; in order, with gaps between them.
    spans: Vec<(usize, Vec<u8>)>,
    /// Header, and where in it which protocol number has to stand; it came with the first part of the packet.
    header: Option<(Vec<u8>, usize, u8)>,
    /// Where the packet ends, once its last part is there.
    total: Option<usize>,
    data_bytes: usize,
    frames: u32,
    ip_bytes: u32,
    overlaps: bool,
    given_up: bool,
}

impl Partial {
    pub fn new(first_ns: i64) -> Self {
        Self {
            first_ns,
            spans: Vec::new(),
            header: None,
            total: None,
            data_bytes: 0,
            frames: 0,
            ip_bytes: 0,
            overlaps: false,
            given_up: false,
        }
    }

    /// What is held, with what holding it costs.
    pub fn held_bytes(&self) -> usize {
        let header = self.header.as_ref().map_or(0, |(header, ..)| header.len());
        self.data_bytes + SPAN_BYTES * self.spans.len() + header
    }

    pub fn is_whole(&self) -> bool {
        self.total == Some(self.data_bytes)
    }

    pub fn put(&mut self, part: &Part<'_>, max_spans: usize) -> Put {
        if self.given_up || self.contradicts(part) {
            return Put::Refused;
        }
        let News { gaps, is_apart, differs } = self.news(part);
        self.frames = self.frames.saturating_add(1);
        self.ip_bytes = self.ip_bytes.saturating_add(part.ip_bytes);
        if gaps.is_empty() && !differs {
            return Put::Taken;
        }
        if !is_apart && part.v6 {
            self.give_up();
            return Put::Overlaps;
        }
        gaps.iter().for_each(|(from, to)| self.hold(part, *from, *to));
        if self.spans.len() > max_spans {
            self.give_up();
            return Put::Refused;
        }
        if part.last {
            self.total = Some(part.end());
        }
        let is_first_overlap = !is_apart && !self.overlaps;
        self.overlaps |= !is_apart;
        if is_first_overlap { Put::Overlaps } else { Put::Taken }
    }

    /// True when a part lies beyond the packet's end, or says that it ends elsewhere.
    fn contradicts(&self, part: &Part<'_>) -> bool {
        let furthest = self.spans.last().map_or(0, |(start, data)| start + data.len());
        match self.total {
            Some(total) if part.last => part.end() != total,
            Some(total) => part.end() >= total,
            None => part.last && furthest > part.end(),
        }
    }

    /// What of a part is not held yet, and how it lies to what is.
    fn news(&self, part: &Part<'_>) -> News {
        let mut news = News { gaps: Vec::new(), is_apart: true, differs: false };
        let mut at = part.start;
        for (start, held) in &self.spans {
            let (from, to) = ((*start).max(part.start), (start + held.len()).min(part.end()));
            if from >= to {
                continue;
            }
            if from > at {
                news.gaps.push((at, from));
            }
            news.is_apart = false;
            news.differs |= held[from - start..to - start] != part.data[from - part.start..to - part.start];
            at = to;
        }
        if at < part.end() {
            news.gaps.push((at, part.end()));
        }
        news
    }

    fn hold(&mut self, part: &Part<'_>, from: usize, to: usize) {
        let data = part.data[from - part.start..to - part.start].to_vec();
        if from == 0 && self.header.is_none() {
            self.header = Some((part.header.to_vec(), part.next_at, part.next));
        }
        self.data_bytes += data.len();
        let place = self.spans.partition_point(|(start, _)| *start < from);
        self.spans.insert(place, (from, data));
        self.join_at(place + 1);
        self.join_at(place);
    }

    /// Make one span of this and the one before it, where they touch.
    fn join_at(&mut self, place: usize) {
        let Some([(start, data), (next, _)]) = place.checked_sub(1).and_then(|before| self.spans.get(before..=place))
        else {
            return;
        };
        if start + data.len() == *next {
            let (_, more) = self.spans.remove(place);
            self.spans[place - 1].1.extend_from_slice(&more);
        }
    }

    /// Free what is held; parts that come later are known and refused.
    fn give_up(&mut self) {
        *self = Self { given_up: true, ..Self::new(self.first_ns) };
    }

    /// The packet. None where it is longer than an IP packet may be. `part` is any of its parts.
    pub fn join(self, part: &Part<'_>, max_packet_bytes: usize) -> Option<Whole> {
        let (mut bytes, next_at, next) = self.header?;
        let before = if part.v6 { 40 } else { 0 };
        let size = bytes.len() + self.data_bytes;
        let length = u16::try_from(size - before).ok().filter(|_| size <= max_packet_bytes)?.to_be_bytes();
        *bytes.get_mut(next_at)? = next;
        bytes.get_mut(if part.v6 { 4..6 } else { 2..4 })?.copy_from_slice(&length);
        if !part.v6 {
            bytes.get_mut(6..8)?.fill(0);
        }
        bytes.reserve_exact(self.data_bytes);
        self.spans.iter().for_each(|(_, data)| bytes.extend_from_slice(data));
        Some(Whole { bytes, frames: self.frames, ip_bytes: self.ip_bytes, tenant: part.name.tenant })
    }
}

struct News {
    /// Spans of the packet that nothing held covers.
    gaps: Vec<(usize, usize)>,
    /// True when no byte of it is held.
    is_apart: bool,
    /// True when a byte of it is held with another value.
    differs: bool,
}
