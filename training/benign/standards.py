"""What do protocols of published standards say over connections that last? Hospitals, files, plants, radio, chat."""

from __future__ import annotations

from training.benign.line import Kind
from training.benign.parts import ask, beat, chance, down, either, one_of, push, size, told, up, used, volleys

_EVENTS = chance(2, 120)

STANDARDS: tuple[Kind, ...] = (
    # HL7 2.5.1, chapter 2, over MLLP: a message whenever something happens to a patient, an MSA of one form back.
    Kind(
        "hospital-messages",
        told(ask(either(chance(3, 300), used(3, 60)), size(250, 2500, 0.3), size(70, 220, 0.02), think_s=0.05)),
    ),
    # LIS2-A2: frames of up to 247 bytes, each acknowledged by one byte.
    Kind("laboratory-analyser", told(ask(volleys(20, 600, 12), size(60, 240, 0.3), size(1))), is_tls=False),
    # MS-SMB2: echoes, requests of whoever works there, notices of changes that are asked for anew, broken leases.
    Kind(
        "file-share",
        told(
            ask(beat(10, 30, 60, 120), size(72, 124), size(72, 124)),
            ask(used(0.5, 10), size(110, 400, 0.2), size(76, 1500, 0.5)),
            push(chance(20, 900), size(76, 300, 0.2), size(120, 200), odds=0.7),
            push(chance(120, 1800), size(100, 160), size(80, 140), odds=0.4),
        ),
        is_tls=False,
    ),
    # RFC 8881: a SEQUENCE alone renews the lease; delegations are recalled over the same connection.
    Kind(
        "file-system-lease",
        told(
            ask(beat(20, 30, 45, 60), size(100, 180), size(80, 160)),
            ask(either(used(0.5, 20), chance(5, 200)), size(140, 300, 0.1), size(100, 1500, 0.5)),
            push(chance(120, 1800), size(120, 250), size(60, 120), odds=0.5),
        ),
        is_tls=False,
    ),
    # RFC 7143: pings of 48 bytes from either side, commands now and then.
    Kind(
        "block-storage",
        told(
            ask(beat(5, 10, 15, 30), size(48), size(48)),
            push(beat(5, 15, 30, 60), size(48), size(48), odds=0.3),
            ask(volleys(5, 200), size(48), size(560, 4144, 0.4)),
            ask(volleys(5, 200), size(560, 4144, 0.4), size(48), odds=0.7),
        ),
        is_tls=False,
    ),
    # CASTV2 over TLS, port 8009: both sides ask whether the other is there every 5 s; states while something plays.
    Kind(
        "cast-to-screen",
        told(
            ask(beat(5, 10), size(80, 120), size(80, 120)),
            push(beat(5), size(80, 120), size(80, 120), odds=0.7),
            down(used(5, 60, 600, 600), size(300, 1200, 0.2)),
            ask(either(chance(30, 600), beat(10, 60)), size(150, 220), size(400, 1200, 0.1), odds=0.6),
        ),
    ),
    # HJ 212-2017: values in real time and by the minute, answered or not; orders seldom.
    Kind(
        "emission-monitor",
        told(
            ask(beat(30, 60, 120), size(300, 1200, 0.03), size(60, 110, 0.01), think_s=0.05),
            up(beat(60, 600), size(400, 1400, 0.03), odds=0.7),
            ask(beat(60, 120, 300), size(60, 110), size(60, 110), odds=0.4),
            push(chance(600, 3000), size(80, 160, 0.1), size(70, 300, 0.2), odds=0.5),
        ),
        is_tls=False,
    ),
    # ASHRAE 135-2020, annexes AB and H: changes of values are confirmed in a few bytes, a hub hears heartbeats.
    Kind(
        "building-control",
        told(
            ask(either(chance(2, 200), volleys(10, 200)), size(50, 120, 0.05), size(12, 40)),
            down(chance(2, 300), size(30, 120, 0.1)),
            push(beat(5, 30, 60), size(25, 60), size(30, 120, 0.05), odds=0.6),
            ask(beat(30, 60, 300), size(4, 16), size(4, 16)),
        ),
    ),
    # LwM2M 1.1 over RFC 8323: what is observed, pings, updates of the registration, reads by the server.
    Kind(
        "managed-device",
        told(
            up(either(beat(10, 30, 60, 300, wobble=0.1), chance(5, 300)), size(20, 200, 0.1)),
            ask(beat(60, 300, 600), size(20, 60), size(4, 12)),
            ask(beat(30, 60, 120), size(2, 6), size(2, 6), odds=0.6),
            push(chance(60, 1800), size(15, 60, 0.1), size(20, 300, 0.2)),
        ),
    ),
    # LLRP 1.1: the program connects to the reader, which tells of tags as they pass and is alive every few seconds.
    Kind(
        "tag-reader",
        told(
            down(either(used(1, 30), chance(1, 60)), size(60, 400, 0.15)),
            push(beat(5, 10, 30, 60), size(10), size(10)),
            ask(chance(120, 1800), size(20, 300, 0.3), size(18, 30), odds=0.6),
        ),
        is_tls=False,
    ),
    # NTRIP 2.0 with RTCM 10403.3: corrections every second or so, the rover's place in return.
    Kind(
        "position-corrections",
        told(
            down(beat(1, 1, 2, 5), (*size(100, 700, 0.15), *size(25, 300, 0.1))),
            up(beat(5, 10, 30, 60), size(68, 90, 0.01), odds=0.8),
        ),
        is_tls=False,
    ),
    # SEMI E37 and E5: events of a machine, each acknowledged in 17 bytes; tests of the link in 14.
    Kind(
        "factory-machine",
        one_of(
            told(
                ask(_EVENTS, size(60, 500, 0.15), size(17), think_s=0.01),
                ask(beat(10, 30, 60, 120), size(14), size(14), odds=0.8),
                push(beat(1, 5, 10, 60), size(30, 120), size(60, 900, 0.02), odds=0.5),
            ),
            told(
                push(_EVENTS, size(60, 500, 0.15), size(17), think_s=0.01),
                ask(beat(10, 30, 60, 120), size(14), size(14), odds=0.8),
                ask(beat(1, 5, 10, 60), size(30, 120), size(60, 900, 0.02), odds=0.5),
            ),
        ),
        is_tls=False,
    ),
    # IEC 61850-8-1: reports on change and at intervals, reads and writes seldom.
    Kind(
        "substation-reports",
        told(
            down(either(chance(2, 120), beat(1, 5, 10, 60)), size(120, 600, 0.1)),
            ask(beat(5, 10, 30), size(30, 90), size(30, 200), odds=0.6),
            ask(chance(60, 900), size(60, 200, 0.1), size(40, 400, 0.3)),
        ),
        is_tls=False,
    ),
    # Asterisk Manager Interface: events of calls, a ping and its pong.
    Kind(
        "switchboard-events",
        told(
            down(either(used(1, 30), volleys(5, 200)), size(150, 900, 0.3)),
            ask(beat(10, 15, 30, 60), size(20, 60), size(40, 80)),
            ask(chance(60, 900), size(80, 300, 0.2), size(60, 200, 0.1), odds=0.5),
        ),
        is_tls=False,
    ),
    # TR-369: notices of the device, periodic ones that are confirmed, orders of its controller.
    Kind(
        "home-router-service",
        told(
            ask(beat(30, 60, 300), size(200, 900), size(60, 200), think_s=0.05),
            ask(beat(10, 30, 60), size(2, 6), size(2, 6), odds=0.6),
            push(chance(120, 1800), size(150, 900, 0.3), size(200, 3000, 0.5)),
        ),
    ),
    # RFC 2812: lines of those who are there, pings of either side.
    Kind(
        "relay-chat",
        told(
            down(used(1, 30, 300, 300), size(60, 300, 0.4)),
            up(used(5, 120, 200, 600), size(20, 200, 0.5)),
            push(beat(90, 120, 180), size(18, 50), size(18, 50)),
            ask(beat(30, 60, 90), size(18, 50), size(30, 80), odds=0.6),
        ),
    ),
    # LoRa Basics Station, LNS protocol: a message for every frame that the radio heard, orders to send, the time.
    Kind(
        "radio-gateway",
        told(
            up(chance(1, 60), size(380, 560, 0.03)),
            push(chance(30, 900), size(250, 420, 0.05), size(180, 260, 0.02), odds=0.7),
            ask(either(beat(30, 60), chance(20, 200)), size(40, 60), size(60, 90), odds=0.7),
            ask(beat(30, 60), size(2, 6), size(2, 6), odds=0.7),
        ),
    ),
    # RFC 5440: keepalives of path computation, requests and reports of paths.
    Kind(
        "path-computation",
        told(
            up(beat(30, 60, wobble=0.1), size(4)),
            down(beat(30, 60, wobble=0.1), size(4)),
            ask(chance(10, 600), size(60, 300, 0.2), size(60, 600, 0.3)),
            up(volleys(30, 900), size(80, 400, 0.2), odds=0.7),
        ),
        is_tls=False,
    ),
)
