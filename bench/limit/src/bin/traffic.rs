//! What traffic is the engine measured on? Seeded captures: the same seed gives the same bytes everywhere.
//!
//! `traffic KIND OUT PACKETS SEED`, KIND one of `mix` (many short flows), `mixlong` (fewer, longer ones), `small`
//! (64 to 128 bytes), `syn` (a flow for every packet) and `brace` (payloads that begin as JSON does). Each holds eleven
//! planted Stratum sessions 10.250.1.N → 203.0.113.N:3333. Addresses are documentation and private ranges.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

const PLANTED: u32 = 11;
const ACTIVE_FLOWS: usize = 50_000;
const PACKETS_PER_S: u64 = 2_000_000;
const START_S: u64 = 1_700_000_000;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const PUSH_ACK: u8 = 0x18;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, out, packets, seed] = arguments.as_slice() else {
        return Err("usage: traffic mix|mixlong|small|syn|brace OUT PACKETS SEED".into());
    };
    let kind = Kind::of(kind).ok_or("KIND is one of mix, mixlong, small, syn, brace")?;
    let (packets, seed) = (packets.parse()?, seed.parse()?);
    let mut capture = Capture::new(File::create(out)?)?;
    write(kind, packets, seed, &mut capture)?;
    Ok(capture.out.flush()?)
}

/// A whole TLS `ClientHello` that asks for www.example.org.
const HELLO: &[u8] = b"\x16\x03\x01\x00\x47\x01\x00\x00\x43\x03\x03\
    0123456789abcdef0123456789abcdef\x00\x00\x02\x13\x01\x01\x00\x00\x18\
    \x00\x00\x00\x14\x00\x12\x00\x00\x0fwww.example.org";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mix,
    MixLong,
    Small,
    Syn,
    Brace,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "mix" => Self::Mix,
            "mixlong" => Self::MixLong,
            "small" => Self::Small,
            "syn" => Self::Syn,
            "brace" => Self::Brace,
            _ => return None,
        })
    }
}

fn write(kind: Kind, packets: u64, seed: u64, capture: &mut Capture) -> std::io::Result<()> {
    let mut random = Random(seed);
    let noise: Vec<u8> = (0..1 << 16).map(|_| random.next() as u8).collect();
    let mut planted = planted_sessions();
    let every = (packets / planted.len().max(1) as u64).max(1);
    let mut flows: Vec<Flow> = Vec::new();
    for number in 0..packets {
        if number % every == every / 2
            && let Some(frame) = planted.pop()
        {
            capture.frame(number, &frame)?;
        }
        let at = random.below(if kind == Kind::Syn {
            1
        } else {
            ACTIVE_FLOWS as u64
        }) as usize;
        if at >= flows.len() {
            flows.push(Flow::new(kind, &mut random));
        }
        let at = at.min(flows.len() - 1);
        let frame = flows[at].next_frame(kind, &mut random, &noise);
        if flows[at].left == 0 {
            flows[at] = Flow::new(kind, &mut random);
        }
        capture.frame(number, &frame)?;
    }
    Ok(())
}

/// What a flow says first, and with which protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Talk {
    Tls,
    Http,
    Quic,
    Dns,
    Noise,
    Brace,
}

struct Flow {
    client: (u32, u16),
    server: (u32, u16),
    talk: Talk,
    seq: [u32; 2],
    sent: u64,
    left: u64,
}

impl Flow {
    fn new(kind: Kind, random: &mut Random) -> Self {
        let (talk, left) = match kind {
            Kind::Mix => (Talk::of(random), 4 + random.below(8)),
            Kind::MixLong => (Talk::of(random), 16 + random.below(45)),
            Kind::Small => (
                if random.below(10) < 7 {
                    Talk::Noise
                } else {
                    Talk::Quic
                },
                6 + random.below(9),
            ),
            Kind::Syn => (Talk::Noise, 1),
            Kind::Brace => (Talk::Brace, 10),
        };
        let port = match talk {
            Talk::Dns => 53,
            Talk::Http => 80,
            Talk::Brace => 8080,
            _ => 443,
        };
        let client = (
            0x0A00_0000 | random.below(240 << 16) as u32,
            1024 + random.below(64_000) as u16,
        );
        let server = (0xC633_6400 | random.below(256) as u32, port);
        Self {
            client,
            server,
            talk,
            seq: [random.next() as u32, random.next() as u32],
            sent: 0,
            left,
        }
    }

    fn next_frame(&mut self, kind: Kind, random: &mut Random, noise: &[u8]) -> Vec<u8> {
        let is_udp = matches!(self.talk, Talk::Quic | Talk::Dns);
        let down = if is_udp || self.sent > 3 {
            !self.sent.is_multiple_of(3)
        } else {
            self.sent == 1
        };
        let flags = match self.sent {
            _ if is_udp => 0,
            0 => SYN,
            1 => SYN | ACK,
            2 => ACK,
            _ => PUSH_ACK,
        };
        let payload = if is_udp || self.sent > 2 {
            self.payload(kind, down, random, noise)
        } else {
            Vec::new()
        };
        let (from, to) = if down {
            (self.server, self.client)
        } else {
            (self.client, self.server)
        };
        let side = usize::from(down);
        let frame = if is_udp {
            udp(from, to, &payload)
        } else {
            tcp(
                from,
                to,
                (self.seq[side], self.seq[1 - side]),
                flags,
                &payload,
            )
        };
        self.seq[side] =
            self.seq[side].wrapping_add(payload.len() as u32 + u32::from(flags & SYN != 0));
        self.sent += 1;
        self.left -= 1;
        frame
    }

    fn payload(&self, kind: Kind, down: bool, random: &mut Random, noise: &[u8]) -> Vec<u8> {
        let size = match (kind, down) {
            (Kind::Small, _) => 10 + random.below(65),
            (Kind::Brace, _) => 60 + random.below(400),
            (_, true) => 900 + random.below(549),
            (_, false) => 80 + random.below(700),
        } as usize;
        let start: &[u8] = match (self.talk, self.sent) {
            (Talk::Tls, 3) => HELLO,
            (Talk::Tls, _) => b"\x17\x03\x03\x05\xa0",
            (Talk::Http, 3) => b"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nAccept: */*\r\n\r\n",
            (Talk::Http, 4) => b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n",
            (Talk::Dns, _) => b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03org\x00\x00\x01\x00\x01",
            (Talk::Brace, _) => b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"textDocument/hover\",\"params\":{\"line\":",
            _ => b"",
        };
        let size = if self.talk == Talk::Dns {
            start.len()
        } else {
            size.max(start.len())
        };
        let mut payload = start.to_vec();
        let from = random.below(noise.len() as u64 - 2048) as usize;
        payload.extend(&noise[from..from + size - start.len()]);
        if self.talk == Talk::Brace {
            payload[start.len()..]
                .iter_mut()
                .for_each(|byte| *byte = b' ' + *byte % 90);
        }
        payload
    }
}

impl Talk {
    fn of(random: &mut Random) -> Self {
        match random.below(20) {
            0..=8 => Self::Tls,
            9..=11 => Self::Http,
            12..=16 => Self::Quic,
            17 => Self::Dns,
            _ => Self::Noise,
        }
    }
}

/// Frames of the planted sessions, last one first.
fn planted_sessions() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for number in 1..=PLANTED {
        let (client, server) = (
            (0x0AFA_0100 | number, 40_000 + number as u16),
            (0xCB00_7100 | number, 3333),
        );
        let up: [&[u8]; 3] = [
            b"{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cgminer/4.11.1\"]}\n",
            b"{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"example.worker1\", \"x\"]}\n",
            b"{\"id\": 4, \"method\": \"mining.submit\", \"params\": [\"example.worker1\", \"bf\", \"00000001\", \"504e86ed\", \"b2957c02\"]}\n",
        ];
        let down: [&[u8]; 3] = [
            b"{\"id\":1,\"result\":[[[\"mining.set_difficulty\",\"1\"],[\"mining.notify\",\"ae68\"]],\"08000002\",4],\"error\":null}\n",
            b"{\"id\":2,\"result\":true,\"error\":null}\n",
            b"{\"id\":4,\"result\":true,\"error\":null}\n",
        ];
        let mut seq = [1000_u32, 9000];
        frames.push(tcp(client, server, (999, 0), SYN, b""));
        frames.push(tcp(server, client, (8999, 1000), SYN | ACK, b""));
        for (asked, answered) in up.iter().zip(down) {
            frames.push(tcp(client, server, (seq[0], seq[1]), PUSH_ACK, asked));
            seq[0] += asked.len() as u32;
            frames.push(tcp(server, client, (seq[1], seq[0]), PUSH_ACK, answered));
            seq[1] += answered.len() as u32;
        }
    }
    frames.reverse();
    frames
}

fn tcp(
    from: (u32, u16),
    to: (u32, u16),
    (seq, ack): (u32, u32),
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let mut segment = Vec::with_capacity(20 + payload.len());
    segment.extend(from.1.to_be_bytes());
    segment.extend(to.1.to_be_bytes());
    segment.extend(seq.to_be_bytes());
    segment.extend(ack.to_be_bytes());
    segment.extend([0x50, flags, 0xFA, 0xF0, 0, 0, 0, 0]);
    segment.extend(payload);
    frame(from.0, to.0, 6, &segment)
}

fn udp(from: (u32, u16), to: (u32, u16), payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(8 + payload.len());
    datagram.extend(from.1.to_be_bytes());
    datagram.extend(to.1.to_be_bytes());
    datagram.extend((8 + payload.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    frame(from.0, to.0, 17, &datagram)
}

/// An Ethernet frame, at least 60 bytes long; checksums are left out, as offload leaves them out.
fn frame(source: u32, target: u32, proto: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(60.max(34 + body.len()));
    frame.extend([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0]);
    frame.extend((20 + body.len() as u16).to_be_bytes());
    frame.extend([0, 0, 0x40, 0, 64, proto, 0, 0]);
    frame.extend(source.to_be_bytes());
    frame.extend(target.to_be_bytes());
    frame.extend(body);
    frame.resize(frame.len().max(60), 0);
    frame
}

struct Capture {
    out: BufWriter<File>,
}

impl Capture {
    fn new(file: File) -> std::io::Result<Self> {
        // In pieces this big the page cache holds the file in big pages, as it does one that was read from a disk.
        let mut out = BufWriter::with_capacity(16 << 20, file);
        out.write_all(b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0")?;
        Ok(Self { out })
    }

    fn frame(&mut self, number: u64, frame: &[u8]) -> std::io::Result<()> {
        let (seconds, rest) = (START_S + number / PACKETS_PER_S, number % PACKETS_PER_S);
        let micros = rest * 1_000_000 / PACKETS_PER_S;
        let size = (frame.len() as u32).to_le_bytes();
        self.out.write_all(&(seconds as u32).to_le_bytes())?;
        self.out.write_all(&(micros as u32).to_le_bytes())?;
        self.out.write_all(&size)?;
        self.out.write_all(&size)?;
        self.out.write_all(frame)
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}
