//! What becomes of a UDP datagram? Nothing, where no endpoint of it is listed, and no name of DNS or QUIC is.

use super::State;
use super::packet::{View, is_dns_port};
use crate::decode::Segment;
use crate::event::{Direction, Event, FiveTuple};
use crate::flow::entry::bit;
use crate::search::dns;
use crate::search::quic::is_client_initial;

impl State {
    /// True when there is surely nothing to see in a datagram: no endpoint is listed or learned, nor is it DNS or the
    /// first of QUIC. `frame` is what it is in.
    #[inline(always)]
    pub(super) fn is_dull(&self, segment: &Segment, frame: &[u8]) -> bool {
        let Some([a, b, c, d, e, f, g, h]) = frame.get(segment.addresses_at as usize..).and_then(<[u8]>::first_chunk)
        else {
            return false;
        };
        let (source, target) = (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]));
        let (from, to) = segment.ports(frame);
        !segment.v6
            && !self.may_be_listed(source)
            && !self.may_be_listed(target)
            && !is_dns_port(from)
            && !is_dns_port(to)
            && !is_client_initial(segment.payload(frame))
    }

    #[inline(always)]
    pub(super) fn udp(&mut self, packet: View<'_>) {
        if self.udp_flows == 0 || !self.known_datagram(packet) {
            self.new_udp_flow(packet);
        }
        if packet.is_dns() {
            self.dns_message(packet.five_tuple(), packet.at_ns, packet.payload());
        } else if is_client_initial(packet.payload()) {
            self.quic_initial(packet);
        }
    }

    /// Look at a UDP payload, or one message of a TCP stream: names and addresses, if it is DNS.
    pub(super) fn dns_message(&mut self, five_tuple: FiveTuple, at_ns: i64, payload: &[u8]) {
        if self.program.names.is_empty() || !dns::may_bear(payload, &self.program.names) {
            return;
        }
        let Some(message) = dns::parse(payload) else { return };
        if self.learned.learn(&message, &self.program.names, at_ns) {
            self.counters.names_hit += 1;
            self.events.push(Event::Dns { five_tuple, at_ns, payload: payload.to_vec() });
        }
    }

    /// Count a datagram of a flow in the table; false where there is none.
    fn known_datagram(&mut self, packet: View<'_>) -> bool {
        let named = packet.with_key(&self.seed);
        let packet = View::new(&named, packet.held);
        let slot = self.current(packet);
        if let Some(slot) = slot {
            self.count_datagram(slot, packet);
        }
        slot.is_some()
    }

    /// A UDP flow is kept only when an endpoint of it is listed.
    #[inline]
    fn new_udp_flow(&mut self, packet: View<'_>) {
        let Some(hit) = self.listed(packet) else { return };
        let named = packet.with_key(&self.seed);
        let keyed = View::new(&named, packet.held);
        let slot = self.add(keyed);
        let place = self.make_record(slot, keyed, Direction::Orig);
        self.candidate(place, hit, packet.at_ns);
        self.settle(place);
        if let Some(slot) = self.table.find(keyed.key) {
            self.count_datagram(slot, keyed);
        }
    }

    fn count_datagram(&mut self, slot: usize, packet: View<'_>) {
        let entry = self.table.at(slot);
        let direction = entry.direction(packet.sender_is_low);
        if entry.has(bit::RECORDED) {
            let place = entry.link;
            self.count(place, packet, direction);
        } else {
            entry.seen(packet.at_ns, direction);
        }
    }
}
