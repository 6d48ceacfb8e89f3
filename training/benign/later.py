"""Which benign protocols were told only after the model was made? What it says of them nobody could have tuned.

A kind moves to the table of those that are learned from when the next model is trained; then this one needs others.
"""

from __future__ import annotations

from training.benign.line import Kind
from training.benign.parts import ask, beat, chance, down, either, push, size, told, up, used, volleys

LATER: tuple[Kind, ...] = (
    # RFC 5730 and 5734: commands of a registrar and their results, a hello that keeps the session.
    Kind(
        "name-registrar",
        told(
            ask(either(chance(5, 300), used(1, 30)), size(320, 900, 0.1), size(350, 1500, 0.2), think_s=0.05),
            ask(beat(60, 120, 300, 600), size(100, 140), size(900, 2600)),
        ),
    ),
    # RFC 2355: screens of a host, keys that send them back, a timing mark or nothing at all to stay connected.
    Kind(
        "host-terminal",
        told(
            ask(used(5, 60, 300, 300), size(12, 120, 0.4), size(150, 1900, 0.5), think_s=0.1),
            push(beat(30, 60, 300), size(3), size(3), odds=0.7),
            down(chance(60, 1800), size(30, 300, 0.3), odds=0.5),
        ),
    ),
    # Modbus/TCP Security: registers that are read in turn, one length each.
    Kind(
        "register-polls",
        told(
            ask(beat(1, 2, 5, 10, 30, 60, wobble=0.05), size(12), size(11, 259), think_s=0.01),
            ask(beat(5, 10, 60, 300, wobble=0.05), size(12), size(11, 259), think_s=0.01, odds=0.7),
            ask(chance(60, 1800), size(12, 40), size(12), think_s=0.01, odds=0.5),
        ),
    ),
    # IEEE 1815: an outstation tells of itself what changed and is confirmed in a few bytes, is polled, and asked for.
    Kind(
        "water-works",
        told(
            push(either(chance(2, 300), volleys(20, 600)), size(30, 200, 0.2), size(15), think_s=0.02),
            ask(beat(60, 300, 900), size(20, 30), size(60, 900, 0.05), think_s=0.05, odds=0.8),
            ask(beat(30, 60, 300), size(10), size(10), odds=0.7),
        ),
    ),
    # RELP and Lumberjack: lines of a log, or some at once, and an acknowledgement of one form.
    Kind(
        "acknowledged-logs",
        told(
            ask(either(chance(1, 120), volleys(5, 200), used(1, 20)), size(120, 900, 0.3), size(6, 22), think_s=0.01),
            ask(beat(30, 60), size(6, 20), size(6, 22), odds=0.3),
        ),
    ),
    # AMQP 0-9-1 with publisher confirms: messages as they are written, an ack of 21 bytes, heartbeats of 8.
    Kind(
        "confirmed-publisher",
        told(
            ask(either(chance(2, 200), beat(1, 5, 30)), size(220, 1400, 0.15), size(21), think_s=0.01),
            up(beat(5, 10, 30), size(8)),
            down(beat(5, 10, 30), size(8)),
        ),
    ),
    # Apache Pulsar: a send and its receipt, flow permits, pings of either side by the half minute.
    Kind(
        "topic-producer",
        told(
            ask(either(chance(1, 120), volleys(5, 120)), size(110, 900, 0.1), size(32, 44), think_s=0.005),
            ask(beat(30), size(11), size(11)),
            push(beat(30, 60), size(11), size(11), odds=0.6),
        ),
    ),
    # Worlds of text over telnet: lines that are typed, what happens meanwhile, values out of band.
    Kind(
        "text-world",
        told(
            ask(used(3, 40, 300, 300), size(4, 40, 0.4), size(60, 900, 0.6), think_s=0.05),
            down(either(chance(2, 60), beat(2, 10, 30, wobble=0.05)), size(40, 400, 0.4)),
            ask(beat(30, 60), size(2, 6), size(2, 60), odds=0.4),
        ),
    ),
    # The control channel of Mumble: a ping every five seconds with statistics, states of those who come and go.
    Kind(
        "voice-control",
        told(
            ask(beat(5, 15, 30), size(30, 60, 0.02), size(20, 50, 0.02)),
            down(either(chance(10, 300), volleys(60, 900)), size(14, 120, 0.3)),
            up(used(5, 90), size(10, 60, 0.2)),
        ),
    ),
    # RFC 4644: a peer names articles and is told whether they are wanted, in about as many bytes.
    Kind(
        "article-feed",
        told(
            ask(either(chance(0.7, 60), volleys(5, 120)), size(40, 90, 0.1), size(36, 86, 0.1), think_s=0.005),
            ask(chance(20, 900), size(900, 6000, 0.6), size(36, 86, 0.1), think_s=0.05),
        ),
    ),
    # SeedLink: records of 520 bytes whenever a channel has filled one, a keepalive of the client.
    Kind(
        "earthquake-feed",
        told(
            down(either(beat(1, 2, 5, 10, wobble=0.2), chance(1, 60)), size(520)),
            down(either(beat(5, 10, 30, wobble=0.2), chance(5, 120)), size(520), odds=0.7),
            ask(beat(30, 60, 120, 300), size(6, 12), size(520), odds=0.8),
        ),
    ),
    # APRS-IS: what is heard of stations, a comment of the server every twenty seconds, one's own place.
    Kind(
        "radio-positions",
        told(
            down(either(chance(0.5, 60), used(1, 20)), size(50, 140, 0.2)),
            down(beat(20, wobble=0.02), size(60, 75, 0.01)),
            up(beat(60, 300, 600), size(60, 110, 0.02)),
        ),
        is_tls=False,
    ),
    # Clusters of radio amateurs: spots as lines of one length, and what is typed now and then.
    Kind(
        "radio-spots",
        told(
            down(either(chance(1, 90), used(2, 20)), size(77, 82)),
            ask(chance(60, 1800), size(5, 30, 0.3), size(80, 900, 0.5), odds=0.7),
            push(beat(300, 600), size(20, 70), size(2, 10), odds=0.4),
        ),
        is_tls=False,
    ),
    # RFC 6353: a manager reads the same values on a beat; informs are confirmed.
    Kind(
        "managed-network",
        told(
            ask(beat(10, 30, 60, 300, wobble=0.02), size(80, 400, 0.02), size(90, 1400, 0.04), think_s=0.02),
            push(chance(30, 1800), size(120, 300, 0.1), size(100, 280, 0.1)),
        ),
    ),
    # Cloud controllers of access points over WebSocket: state by the minute, events of stations, orders.
    Kind(
        "wireless-controller",
        told(
            up(beat(60, 120), size(1500, 9000, 0.05)),
            up(either(chance(5, 300), volleys(20, 600)), size(200, 600, 0.15)),
            push(chance(120, 1800), size(120, 900, 0.3), size(100, 900, 0.3), think_s=0.1),
            push(beat(25, 30, 60), size(2, 6), size(2, 6)),
        ),
    ),
    # HomeKit Accessory Protocol: events of an accessory, reads by the home's hub, writes when something is switched.
    Kind(
        "home-accessory",
        told(
            down(either(chance(10, 600), beat(10, 60, 300, wobble=0.1)), size(160, 260, 0.01)),
            ask(either(beat(10, 30, 60, 300), chance(30, 600)), size(90, 160), size(180, 420, 0.01), think_s=0.03),
            ask(chance(120, 1800), size(180, 260, 0.02), size(44, 60), think_s=0.03),
        ),
        is_tls=False,
    ),
    # AirPlay 2 and its like: a sign of life every two seconds or some more, volumes and titles.
    Kind(
        "speaker-control",
        told(
            ask(beat(2, 5, 10, 30), size(90, 240, 0.01), size(60, 120, 0.01)),
            ask(chance(60, 900), size(200, 1200, 0.3), size(60, 200, 0.1)),
            push(chance(60, 900), size(120, 500, 0.2), size(60, 120), odds=0.5),
        ),
        is_tls=False,
    ),
    # NTCP2 of I2P: frames of any length, padded at random, whenever there is something to pass on.
    Kind(
        "garlic-router",
        told(
            up(either(chance(1, 60), volleys(5, 200)), size(60, 1200, 0.6)),
            down(either(chance(1, 60), volleys(5, 200)), size(60, 1200, 0.6)),
            ask(chance(60, 900), size(40, 200, 0.4), size(40, 200, 0.4), odds=0.6),
        ),
        is_tls=False,
    ),
    # Assistants that answer word by word over WebSocket, and the pings in between.
    Kind(
        "chat-assistant",
        told(
            ask(used(20, 120, 300, 300), size(120, 2500, 0.6), size(60, 300, 0.2), think_s=0.3),
            down(used(0.2, 1, 20, 200), size(60, 260, 0.1)),
            ask(beat(15, 20, 30), size(2, 60), size(2, 60)),
        ),
    ),
    # Editors whose other half runs elsewhere: keys and what they bring about, diagnostics, acknowledgements.
    Kind(
        "remote-editor",
        told(
            ask(used(0.5, 6, 200, 300), size(60, 700, 0.5), size(60, 1500, 0.6), think_s=0.02),
            down(chance(10, 300), size(60, 1500, 0.5)),
            ask(beat(5, 20, 30), size(13, 40), size(13, 40)),
        ),
    ),
    # Kernels of notebooks over WebSocket: cells as somebody runs them, outputs, pings.
    Kind(
        "notebook-kernel",
        told(
            ask(used(15, 120, 300, 300), size(500, 2500, 0.3), (*size(400, 800), *size(500, 3000, 0.5))),
            down(used(0.5, 10, 60, 300), size(350, 1500, 0.3)),
            push(beat(30), size(2), size(2)),
        ),
    ),
)
