//! Which flow does a packet belong to, and does an endpoint make a new one a candidate?

use super::packet::View;
use super::{Hit, State};
use crate::decode::flag;
use crate::event::{CloseCause, Reason};
use crate::flow::entry::{Entry, bit, tick};
use crate::flow::history::NONE;

impl State {
    /// The flow of a TCP segment; a new one where there is none, or where a SYN takes the endpoints over.
    #[inline(always)]
    pub(super) fn flow_of(&mut self, packet: View<'_>) -> Option<usize> {
        let mut slot = self.current(packet);
        if let Some(found) = slot
            && packet.has(flag::SYN)
            && self.is_reuse(found, packet)
        {
            self.close(found, CloseCause::Reused);
            slot = None;
        }
        if slot.is_none() && !packet.has(flag::RST) {
            slot = Some(self.add(packet));
            if let Some(hit) = self.listed(packet) {
                slot = self.follow_listed(packet, hit);
            }
        }
        slot
    }

    /// Whether an endpoint is listed or learned, the receiver first.
    #[inline]
    pub(super) fn listed(&self, packet: View<'_>) -> Option<Hit> {
        let is_worth_it = match packet.v4_addresses() {
            Some((sender, receiver)) => self.may_be_listed(sender) || self.may_be_listed(receiver),
            None => !self.program.addresses.is_empty() || !self.learned.is_empty(),
        };
        if is_worth_it { self.look_up(packet) } else { None }
    }

    pub(super) fn add(&mut self, packet: View<'_>) -> usize {
        while self.table.is_full() && self.make_room() {}
        self.counters.flows += 1;
        if packet.key.is_udp() {
            self.udp_flows += 1;
        }
        let flags = if packet.sender_is_low { bit::ORIG_IS_LOW } else { 0 };
        let entry = Entry {
            key: packet.key,
            first_ns: packet.at_ns,
            last: tick(packet.at_ns),
            link: NONE,
            flags,
            ..Entry::default()
        };
        self.table.insert(entry)
    }

    fn follow_listed(&mut self, packet: View<'_>, hit: Hit) -> Option<usize> {
        let slot = self.table.find(packet.key)?;
        if packet.is_opening() {
            self.table.at(slot).set(bit::HANDSHAKE);
        }
        let direction = self.table.at(slot).direction(packet.sender_is_low);
        let place = self.make_record(slot, packet, direction);
        self.candidate(place, hit, packet.at_ns);
        self.settle(place);
        self.table.find(packet.key)
    }

    #[inline]
    pub(super) fn may_be_listed(&self, address: u32) -> bool {
        self.program.addresses.may_have_v4(address) || self.learned.may_have_v4(address)
    }

    fn look_up(&self, packet: View<'_>) -> Option<Hit> {
        let (sender, receiver) = packet.endpoints();
        let addresses = &self.program.addresses;
        if let Some(network) = addresses.find(receiver).or_else(|| addresses.find(sender)) {
            return Some(Hit { reason: Reason::Address, detail: network.as_bytes().to_vec() });
        }
        let (learned, now_ns) = (&self.learned, packet.at_ns);
        let name = learned.find(receiver.0, now_ns).or_else(|| learned.find(sender.0, now_ns))?;
        Some(Hit { reason: Reason::Learned, detail: name.to_vec() })
    }
}
