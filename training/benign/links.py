"""What do devices, apps, terminals, switches and routers say over the links they keep to whoever runs them?"""

from __future__ import annotations

from training.benign.line import Kind
from training.benign.parts import ask, beat, chance, down, either, one_of, push, size, told, up, used, volleys

_HEARD = either(chance(1, 60), volleys(5, 200))

LINKS: tuple[Kind, ...] = (
    # AMQP 1.0, parts 2.4.5 and 2.6: what a device tells is settled by a disposition of one form; empty frames of 8.
    Kind(
        "device-hub",
        told(
            ask(either(chance(3, 300), beat(5, 10, 30, 60, 300)), size(120, 900, 0.05), size(30, 70, 0.02)),
            up(beat(15, 30, 60, 120), size(8)),
            down(beat(15, 30, 60, 120), size(8)),
            push(chance(120, 1800), size(150, 700, 0.2), size(30, 70), odds=0.6),
            down(chance(60, 600), size(35, 60), odds=0.4),
        ),
    ),
    # Apps of drivers and couriers over a long link (as of github.com/Tencent/mars): places, offers, a noop.
    Kind(
        "driver-app",
        told(
            ask(beat(2, 3, 5, 10, 15, 30, wobble=0.1), size(60, 280, 0.04), size(18, 70), think_s=0.02),
            push(chance(30, 900), size(200, 1500, 0.2), size(20, 90)),
            ask(used(5, 90), size(80, 400, 0.2), size(60, 2000, 0.5), think_s=0.05),
            ask(beat(30, 60, 180, 270), size(16, 40), size(16, 40), odds=0.7),
        ),
    ),
    # GB/T 28181-2016 over TCP: a device is alive every minute, its lists and alarms, orders of the platform.
    Kind(
        "video-platform",
        told(
            ask(beat(20, 30, 60), size(420, 720, 0.01), size(280, 460, 0.01), think_s=0.01),
            push(either(chance(60, 1200), volleys(120, 1500)), size(450, 900, 0.05), size(280, 460, 0.02)),
            ask(either(chance(20, 900), volleys(60, 900)), size(500, 1400, 0.1), size(280, 460, 0.02), think_s=0.01),
        ),
        is_tls=False,
    ),
    # DL/T 698.45: a terminal's heartbeats on the link, reads by the head end, events that are confirmed.
    Kind(
        "power-terminal",
        told(
            ask(beat(30, 60, 120, 300), size(28, 36), size(28, 44)),
            push(either(beat(30, 60, 300), volleys(60, 900), chance(10, 300)), size(30, 80, 0.05), size(40, 500, 0.2)),
            ask(chance(60, 1800), size(60, 400, 0.2), size(30, 50), odds=0.7),
        ),
        is_tls=False,
    ),
    # Agents of remote management over WebSocket (as of github.com/Ylianst/MeshCentral): pings, orders, reports.
    Kind(
        "managed-desktop",
        told(
            push(beat(20, 30, 60, 120), size(4, 60), size(4, 60)),
            push(either(chance(30, 900), used(1, 20)), size(60, 600, 0.4), size(80, 1500, 0.5), think_s=0.05),
            up(either(chance(20, 600), beat(60, 120, 300)), size(120, 900, 0.2)),
        ),
    ),
    # The protocol of Apache Guacamole: every frame ends with a sync that is answered in as many bytes; nops.
    Kind(
        "screen-in-browser",
        told(
            push(either(beat(1, 5, wobble=0.05), chance(1, 30)), size(20, 24), size(20, 24), think_s=0.03),
            down(used(0.3, 5), size(100, 4000, 0.9)),
            up(used(0.3, 5), size(16, 40, 0.15)),
            ask(beat(5), size(4, 8), size(4, 8), odds=0.6),
        ),
    ),
    # RFC 7854: what a router hears, and its statistics; nothing comes back. Router or station opens the connection.
    Kind(
        "route-monitor",
        one_of(
            told(up(_HEARD, size(110, 300, 0.15)), up(beat(15, 30, 60), size(120, 260))),
            told(down(_HEARD, size(110, 300, 0.15)), down(beat(15, 30, 60), size(120, 260))),
        ),
        is_tls=False,
    ),
    # RFC 8210: notices of 12 bytes draw queries of 12 bytes, which bring as many prefixes as changed.
    Kind(
        "route-origins",
        told(
            push(chance(20, 900), size(12), size(12), think_s=0.01),
            down(volleys(20, 900), size(52, 600, 0.4)),
            ask(beat(120, 600), size(12), (*size(8), *size(24)), odds=0.6),
        ),
    ),
    # SoupBinTCP 4.0 with OUCH 4.2: heartbeats of 3 bytes by the second, orders and what becomes of them, one length.
    Kind(
        "exchange-session",
        told(
            up(beat(1, wobble=0.02), size(3), odds=0.6),
            down(beat(1, wobble=0.02), size(3), odds=0.6),
            ask(either(chance(1, 120), used(0.5, 20)), size(52), size(69), think_s=0.001),
            down(either(chance(3, 300), volleys(10, 200)), size(43)),
            ask(chance(5, 200), size(22), size(31), odds=0.7),
        ),
        is_tls=False,
    ),
    # The Block Exchange Protocol: pings of either side, updates of the index, blocks that are asked for.
    Kind(
        "folder-sync",
        told(
            up(beat(90), size(6)),
            down(beat(90), size(6)),
            down(either(chance(20, 600), volleys(30, 600)), size(150, 900, 0.4)),
            up(either(chance(20, 900), volleys(60, 900)), size(150, 900, 0.4)),
            ask(volleys(60, 900, 12), size(90, 160, 0.05), (*size(8192, 16000), *size(4000, 16000))),
        ),
    ),
    # STOMP 1.2: heart-beats of one byte, messages that are acknowledged, receipts of what is sent.
    Kind(
        "warehouse-events",
        told(
            up(beat(5, 10, 20, 30), size(1)),
            down(beat(5, 10, 20, 30), size(1)),
            push(either(chance(2, 200), volleys(10, 300)), size(220, 1200, 0.15), size(50, 110, 0.02), odds=0.8),
            ask(either(chance(5, 300), used(2, 60)), size(200, 900, 0.15), size(30, 60, 0.02), odds=0.6),
        ),
    ),
    # Alexa Voice Service over HTTP/2: a ping every five minutes, directives, what was done of them.
    Kind(
        "voice-assistant",
        told(
            ask(beat(60, 280, 300), size(17), size(17)),
            down(chance(60, 1800), (*size(60, 120), *size(300, 1500, 0.3))),
            ask(
                either(chance(30, 900), used(10, 60)),
                (*size(60, 140), *size(500, 2500, 0.3)),
                size(30, 120),
                think_s=0.05,
            ),
        ),
    ),
    # The bridge channel of Jitsi: who speaks, which pictures are sent, statistics of either side.
    Kind(
        "meeting-channel",
        told(
            down(either(chance(2, 30), used(1, 10)), size(90, 260, 0.15)),
            up(beat(5, 10, wobble=0.05), size(200, 700, 0.05)),
            down(beat(5, 10, wobble=0.05), size(200, 2000, 0.1), odds=0.7),
            ask(beat(10, 15), size(2, 50), size(2, 50)),
        ),
    ),
    # OpenFlow 1.3.5: echoes of 8 bytes, packets that the controller is asked about, reads of counters.
    Kind(
        "switch-controller",
        told(
            ask(beat(5, 15, 30), size(8), size(8)),
            ask(either(chance(0.5, 60), volleys(5, 200)), size(100, 220, 0.1), size(80, 190, 0.05), think_s=0.002),
            push(beat(5, 10, 30), size(24, 60), size(200, 2500, 0.02), odds=0.6),
            down(volleys(30, 900), size(88, 160, 0.05)),
        ),
    ),
    # RFC 7047: echoes of either side, changes as they come, transactions and their results.
    Kind(
        "switch-database",
        told(
            push(beat(5, 30, 60), size(46, 54), size(46, 54)),
            down(either(beat(5), chance(5, 300)), size(150, 900, 0.1)),
            ask(either(chance(5, 600), beat(5)), size(200, 900, 0.15), size(60, 300, 0.1)),
        ),
    ),
    # The control connection of frp: pings and pongs of one length, calls for another connection.
    Kind(
        "reverse-tunnel",
        told(
            ask(beat(10, 30, 60), size(24, 90), size(24, 60)),
            down(either(chance(5, 300), volleys(5, 300)), size(10, 60)),
        ),
    ),
    # xDS, as Envoy asks for it over one gRPC stream: every answer is told to be taken, in much fewer bytes.
    Kind(
        "mesh-configuration",
        told(
            push(
                either(chance(5, 600), volleys(20, 600), beat(10, 30, 60)),
                size(200, 9000, 0.3),
                size(80, 320, 0.02),
                think_s=0.02,
            ),
            push(beat(30, 60, 300), size(17), size(17), odds=0.6),
        ),
    ),
    # NMEA 0183 with AIS sentences (ITU-R M.1371): ships as they are heard, a login and nothing after it.
    Kind(
        "ship-positions",
        told(
            down(either(chance(0.3, 20), volleys(2, 60)), size(47, 84, 0.05)), up(beat(30, 60), size(2, 12), odds=0.4)
        ),
        is_tls=False,
    ),
    # Terminals of lotteries and ticket counters: sales of one form and their receipts, results, a test of the link.
    Kind(
        "lottery-terminal",
        told(
            ask(either(chance(5, 300), used(4, 40)), size(90, 320, 0.04), size(80, 400, 0.03), think_s=0.08),
            push(beat(60, 240, 300, 600, wobble=0.02), size(100, 500, 0.05), size(30, 60), odds=0.7),
            ask(beat(20, 30, 60, 120), size(20, 60), size(20, 60)),
        ),
    ),
    # NIP-01 of Nostr: events as people write them, one's own and their confirmation, pings.
    Kind(
        "note-relay",
        told(
            down(either(chance(1, 60), used(1, 20)), size(420, 900, 0.25)),
            ask(chance(20, 900), size(420, 900, 0.2), size(90, 130, 0.02), think_s=0.02),
            ask(beat(20, 30, 60), size(2, 6), size(2, 6), odds=0.7),
        ),
    ),
    # A client of Steam at its connection manager: heartbeats that nobody answers, states of friends, small calls.
    Kind(
        "game-store",
        told(
            up(beat(9, 30), size(24, 50)),
            down(either(chance(5, 120), used(2, 60)), size(60, 500, 0.4)),
            ask(chance(30, 900), size(40, 200, 0.2), size(40, 900, 0.5), think_s=0.03),
        ),
    ),
    # The streams of DingTalk's and Feishu's bots: JSON pings, and callbacks that are answered with one form.
    Kind(
        "bot-stream",
        told(
            push(beat(30, 60, 120), size(100, 180, 0.01), size(90, 160, 0.01), think_s=0.01),
            push(either(chance(5, 600), used(3, 60)), size(350, 1800, 0.2), size(110, 180, 0.02), think_s=0.1),
            ask(beat(20, 30, 120), size(2, 20), size(2, 20), odds=0.6),
        ),
    ),
    # KNXnet/IP tunnelling over TCP (ISO 22510): telegrams of the house, each in a few bytes; states of the connection.
    Kind(
        "house-bus",
        told(
            down(either(chance(1, 60), volleys(5, 200)), size(27, 34)),
            ask(either(chance(10, 600), volleys(60, 900)), size(27, 34), size(27, 34)),
            ask(beat(60), size(16), size(16)),
        ),
        is_tls=False,
    ),
)
