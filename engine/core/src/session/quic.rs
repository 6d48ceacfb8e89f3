//! What becomes of a datagram of a QUIC client? Told of once its hello is whole and names a listed host.

use super::State;
use super::packet::View;
use crate::event::Event;
use crate::search::hello;

impl State {
    /// Look into a datagram that begins as a QUIC client's first ones do.
    #[cold]
    #[inline(never)]
    pub(super) fn quic_initial(&mut self, packet: View<'_>) {
        let names = &self.program.names;
        if names.is_empty() {
            return;
        }
        let (five_tuple, at_ns) = (packet.five_tuple(), packet.at_ns);
        let who = (five_tuple.orig, five_tuple.resp, packet.segment.tenant);
        let Some(hello) = self.hellos.hear(who, packet.payload(), at_ns, &mut self.counters) else { return };
        if !hello::name_in(&hello).is_some_and(|name| names.has(name)) {
            return;
        }
        self.counters.names_hit += 1;
        if self.quic_pace.lets_pass(at_ns) {
            self.events.push(Event::Quic { five_tuple, at_ns, hello });
        } else {
            self.counters.shed_quic_names += 1;
        }
    }
}
