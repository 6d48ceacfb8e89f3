//! Whose address space is a packet in, so that two networks with the same private addresses do not share a flow?
//!
//! Only numbers that both directions of a link bear tell tenants apart: VLAN, VXLAN and Geneve network, the GRE key and
//! the virtual subnet in it (RFC 7637). Left out, because each end gives the other a number of its own: GTP-U tunnel
//! endpoints, MPLS labels, L2TP sessions, PPTP calls. ERSPAN sessions say who mirrored, not whose packet it is.

/// Which kinds of labels count.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// VLAN tags.
    pub vlan: bool,
    /// Networks and keys of tunnels.
    pub tunnel: bool,
}

/// What a layer says about the one inside it: nothing, or a kind and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Nothing.
    None,
    /// IEEE 802.1Q.
    Vlan(u16),
    /// VXLAN, Geneve or NVGRE network (24 bits), or GRE key.
    Tunnel(u32),
}

impl Label {
    /// The label of a tunnel that may have a number.
    pub(super) fn tunnel(number: Option<u32>) -> Self {
        number.map_or(Self::None, Self::Tunnel)
    }
}

impl Kinds {
    /// The tenant inside a label that is inside a tenant; 0 is a packet without labels.
    #[inline]
    pub(super) fn narrow(self, tenant: u32, label: Label) -> u32 {
        match label {
            // A priority tag names no VLAN, and only one direction may bear it.
            Label::Vlan(number) if self.vlan && number & 0x0FFF != 0 => fold(tenant, 1, u32::from(number & 0x0FFF)),
            Label::Tunnel(number) if self.tunnel => fold(tenant, 2, number),
            _ => tenant,
        }
    }
}

/// The upper half of a bijection of tenant and number (2^64 divided by the golden ratio, Knuth 6.4).
fn fold(tenant: u32, kind: u64, number: u32) -> u32 {
    let both = u64::from(tenant) << 32 | u64::from(number);
    ((both.wrapping_add(kind << 62)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}
