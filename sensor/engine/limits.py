"""What bounds the per-packet path, and what is counted there?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the per-packet path. What a bound cuts is counted in :class:`Counters`."""

    head_bytes: int = 4096
    """First in-order bytes of each direction that are scanned for anchors and names."""
    max_flows: int = 1_000_000
    """Flows in the table; the least recently seen is evicted, flows that are not followed first."""
    idle_timeout_s: float = 900.0
    """A flow without packets for this long is closed."""
    active_timeout_s: float = 3600.0
    """A followed flow that lives longer gives a :class:`FlowUpdated` this often."""
    max_gap_bytes: int = 262_144
    """Out-of-order bytes held per direction before the hole is given up as lost."""
    max_held_bytes: int = 67_108_864
    """Stream heads and out-of-order bytes held over all flows."""
    max_followed: int = 100_000
    """Followed flows; a further candidate is counted and not followed."""
    max_learned: int = 200_000
    """Addresses learned from DNS answers; the one that ends first is forgotten."""
    max_learned_ttl_s: int = 86_400
    """A DNS answer's time to live is cut to this."""
    min_learned_ttl_s: int = 300
    """A DNS answer's time to live is raised to this: clients keep connections and stale caches."""
    max_layers: int = 16
    """Tags, tunnels and network layers unwrapped in one frame; deeper nesting is given up as broken. At least 3."""
    max_partials: int = 4096
    """Fragmented IP packets that are put together at the same time; the oldest is given up for another one."""
    max_partial_spans: int = 128
    """Spans held of one of them with gaps between, where parts came in disorder; with one more it is given up."""
    max_partial_bytes: int = 65_535
    """Bytes, headers included, that one of them may have."""
    max_fragment_bytes: int = 16_777_216
    """Bytes of parts held over all of them, each with 64 bytes for the holding; the oldest packet goes first."""
    fragment_timeout_s: float = 5.0
    """How long the first part waits for the others. They come within milliseconds, while the numbers that tell whose
    parts they are come round within seconds on a fast link (RFC 4963)."""
    max_quic_per_s: int = 20_000
    """Datagrams of QUIC clients looked into in one second of packet time; what is over is counted."""
    max_quic_named_per_s: int = 500
    """Hellos of QUIC clients with a listed name handed on in one second of packet time; what is over is counted. Who
    forges senders can make as many as he likes, and each of them costs as much as hundreds of packets."""
    max_quic_hellos: int = 4096
    """Hellos of QUIC clients of which a part is awaited at the same time; the oldest is given up for another one."""
    max_quic_bytes: int = 16_777_216
    """Bytes of parts held over all of them, 64 more for each part and 256 for each hello. The oldest goes first."""
    quic_timeout_s: float = 10.0
    """How long the first part waits for the others. They come within one round trip; a server that is silent is asked
    again for some seconds."""
    flow_key_vlan: bool = False
    """Packets in different VLANs are in different flows. Off: mirror ports and packet brokers often tag each direction
    of a link with a VLAN of its own, and such flows must stay together."""
    flow_key_tunnel: bool = True
    """Packets in different VXLAN, Geneve or NVGRE networks, or under different GRE keys, are in different flows."""


@dataclass(frozen=True, slots=True)
class BehaviourLimits:
    """Bounds of the records of how long-lived TCP flows behave."""

    max_records: int = 200_000
    """Flows with a record, 128 bytes each; a further flow is counted and goes without."""
    after_s: float = 30.0
    """A flow gets a record with the first payload after this time: what begins and ends sooner costs nothing."""
    interval_s: int = 150
    """How often a flow's behaviour is handed on."""
    min_messages: int = 8
    """A flow that said less is not handed on yet."""


@dataclass(slots=True)
class Counters:
    """What an engine did, and what its bounds cut. All count from the session's start."""

    packets: int = 0
    bytes: int = 0
    undecoded_packets: int = 0
    """Frames of an unknown link type or broken headers; they never stop a run."""
    fragments: int = 0
    """Frames that hold a part of a fragmented IP packet."""
    reassembled_packets: int = 0
    """IP packets put together from their parts."""
    expired_partials: int = 0
    """Fragmented packets given up because a part did not come in time, or before the end."""
    evicted_partials: int = 0
    """Fragmented packets given up because ``max_partials`` or ``max_fragment_bytes`` was reached."""
    overlapped_partials: int = 0
    """Fragmented packets with parts that overlap. In IPv4 the part that came first wins; IPv6 ones are given up."""
    refused_fragments: int = 0
    """Parts that were cut by the snapshot length, out of bounds, one too many, that contradicted others, or whose
    packet was given up already."""
    flows: int = 0
    flows_live: int = 0
    evicted_flows: int = 0
    candidates: int = 0
    unfollowed_candidates: int = 0
    anchors_hit: int = 0
    names_hit: int = 0
    shapes_hit: int = 0
    addresses_hit: int = 0
    quic_initials: int = 0
    """Datagrams looked into because they begin as those of QUIC clients do."""
    shed_quic: int = 0
    """Those that were not, as ``max_quic_per_s`` was reached."""
    shed_quic_names: int = 0
    """Hellos with a listed name that were not handed on, as ``max_quic_named_per_s`` was reached."""
    quic_hellos: int = 0
    """Hellos of QUIC clients that became whole."""
    expired_quic: int = 0
    """Hellos given up because a part did not come in time, was over the bounds of one hello, or did not come at all."""
    evicted_quic: int = 0
    """Hellos given up because ``max_quic_hellos`` or ``max_quic_bytes`` was reached."""
    quic_bytes: int = 0
    """Bytes of parts of hellos held now."""
    lost_bytes: int = 0
    """Stream bytes of followed flows that were never seen or given up."""
    shed_heads: int = 0
    """Flows whose head could not be kept because ``max_held_bytes`` was reached."""
    held_bytes: int = 0
    fragment_bytes: int = 0
    """Bytes of parts of fragmented packets held now."""
    recorded_flows: int = 0
    """Flows that have a record of their behaviour now."""
    unrecorded_flows: int = 0
    """Flows that went without because ``max_records`` was reached."""
    busy_flows: int = 0
    """Flows whose record was given up: they say too much to be of interest."""
    table_bytes: int = 0
    """Memory of the flow table and what belongs to it; 0 where the engine does not know."""
