//! What bounds the per-packet path, and what is counted there?

/// Nanoseconds of one second.
pub const SECOND_NS: i64 = 1_000_000_000;

/// Every bound of the per-packet path; the fields of `sensor.engine.limits.Limits`, times in nanoseconds.
#[derive(Clone, Debug)]
pub struct Limits {
    /// First in-order bytes of each direction that are scanned; at most 65 535.
    pub head_bytes: usize,
    /// Flows in the table.
    pub max_flows: usize,
    /// A flow without packets for this long is closed.
    pub idle_timeout_ns: i64,
    /// A followed flow that lives longer gives an update this often.
    pub active_timeout_ns: i64,
    /// Out-of-order bytes held per direction.
    pub max_gap_bytes: usize,
    /// Stream heads and out-of-order bytes held over all flows.
    pub max_held_bytes: usize,
    /// Followed flows.
    pub max_followed: usize,
    /// Addresses learned from DNS answers.
    pub max_learned: usize,
    /// A DNS answer's time to live is cut to this.
    pub max_learned_ttl_s: i64,
    /// A DNS answer's time to live is raised to this.
    pub min_learned_ttl_s: i64,
    /// Tags, tunnels and network layers unwrapped in one frame.
    pub max_layers: usize,
    /// Fragmented IP packets that are put together at the same time.
    pub max_partials: usize,
    /// Spans held of one of them with gaps between.
    pub max_partial_spans: usize,
    /// Bytes that one of them may have.
    pub max_partial_bytes: usize,
    /// Bytes of parts held over all of them.
    pub max_fragment_bytes: usize,
    /// A part waits for the others this long.
    pub fragment_timeout_ns: i64,
    /// Packets in different VLANs are in different flows.
    pub flow_key_vlan: bool,
    /// Datagrams of QUIC clients looked into in one second.
    pub max_quic_per_s: usize,
    /// Hellos of QUIC clients with a listed name handed on in one second.
    pub max_quic_named_per_s: usize,
    /// Hellos of QUIC clients of which a part is awaited at the same time.
    pub max_quic_hellos: usize,
    /// Bytes of parts held over all of them.
    pub max_quic_bytes: usize,
    /// The first part of a hello waits for the others this long.
    pub quic_timeout_ns: i64,
    /// Packets in tunnels with different networks or keys are in different flows.
    pub flow_key_tunnel: bool,
    /// Bounds of the records of behaviour; None: there are none.
    pub behaviour: Option<BehaviourLimits>,
}

/// Bounds of the records of how long-lived TCP flows behave; the fields of `sensor.engine.limits.BehaviourLimits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BehaviourLimits {
    /// Flows with a record.
    pub max_records: usize,
    /// A flow gets a record with the first payload after this time.
    pub after_ns: i64,
    /// How often a record is handed on.
    pub interval_s: i64,
    /// A flow that said less is not handed on yet.
    pub min_messages: u64,
}

impl Default for BehaviourLimits {
    fn default() -> Self {
        Self { max_records: 200_000, after_ns: 30 * SECOND_NS, interval_s: 150, min_messages: 8 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 4096,
            max_flows: 1_000_000,
            idle_timeout_ns: 900 * SECOND_NS,
            active_timeout_ns: 3600 * SECOND_NS,
            max_gap_bytes: 262_144,
            max_held_bytes: 67_108_864,
            max_followed: 100_000,
            max_learned: 200_000,
            max_learned_ttl_s: 86_400,
            min_learned_ttl_s: 300,
            max_layers: 16,
            max_partials: 4096,
            max_partial_spans: 128,
            max_partial_bytes: 65_535,
            max_fragment_bytes: 16_777_216,
            fragment_timeout_ns: 5 * SECOND_NS,
            max_quic_per_s: 20_000,
            max_quic_named_per_s: 500,
            max_quic_hellos: 4096,
            max_quic_bytes: 16_777_216,
            quic_timeout_ns: 10 * SECOND_NS,
            flow_key_vlan: false,
            flow_key_tunnel: true,
            behaviour: None,
        }
    }
}

/// What the engine did, and what its bounds cut; the fields of `sensor.engine.limits.Counters`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames read.
    pub packets: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Frames of an unknown link type or with broken headers.
    pub undecoded_packets: u64,
    /// Parts of fragmented IP packets.
    pub fragments: u64,
    /// IP packets put together from their parts.
    pub reassembled_packets: u64,
    /// Fragmented packets given up because a part did not come in time.
    pub expired_partials: u64,
    /// Fragmented packets given up for want of room.
    pub evicted_partials: u64,
    /// Fragmented packets with parts that overlap.
    pub overlapped_partials: u64,
    /// Parts that were cut, out of bounds, one too many, or contradicted others.
    pub refused_fragments: u64,
    /// Flows begun.
    pub flows: u64,
    /// Flows in the table now.
    pub flows_live: u64,
    /// Flows that left for want of room.
    pub evicted_flows: u64,
    /// Flows found worth a closer look.
    pub candidates: u64,
    /// Candidates that could not be followed.
    pub unfollowed_candidates: u64,
    /// Candidates by anchor.
    pub anchors_hit: u64,
    /// Candidates by name, and DNS messages and hellos of QUIC clients with a listed name.
    pub names_hit: u64,
    /// Candidates by the first lengths of both sides.
    pub shapes_hit: u64,
    /// Candidates by listed or learned address.
    pub addresses_hit: u64,
    /// Datagrams of QUIC clients looked into.
    pub quic_initials: u64,
    /// Those that were not, as `max_quic_per_s` was reached.
    pub shed_quic: u64,
    /// Hellos with a listed name that were not handed on, as `max_quic_named_per_s` was reached.
    pub shed_quic_names: u64,
    /// Hellos of QUIC clients that became whole.
    pub quic_hellos: u64,
    /// Hellos given up because a part did not come in time.
    pub expired_quic: u64,
    /// Hellos given up for want of room.
    pub evicted_quic: u64,
    /// Bytes of parts of hellos held now.
    pub quic_bytes: u64,
    /// Stream bytes of followed flows that were never seen or given up.
    pub lost_bytes: u64,
    /// Flows whose head could not be kept.
    pub shed_heads: u64,
    /// Head and out-of-order bytes held now.
    pub held_bytes: u64,
    /// Bytes of parts of fragmented packets held now.
    pub fragment_bytes: u64,
    /// Flows with a record of their behaviour now.
    pub recorded_flows: u64,
    /// Flows that went without for want of room.
    pub unrecorded_flows: u64,
    /// Flows whose record was given up as they say too much.
    pub busy_flows: u64,
    /// Bytes of the flow table, its history and side records as allocated.
    pub table_bytes: u64,
}
