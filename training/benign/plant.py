"""How do machines in plants, shops and server rooms report and take orders? Payments, meters, agents, stores."""

from __future__ import annotations

from training.benign.parts import (
    Tell,
    ask,
    beat,
    both,
    chance,
    down,
    either,
    hanging,
    push,
    size,
    told,
    up,
    used,
    volleys,
)

PLANT: dict[str, Tell] = {
    "short-message-gateway": told(
        ask(either(chance(0.5, 60), volleys(5, 120)), size(70, 240, 0.15), size(17, 40)),
        push(chance(2, 300), size(80, 220, 0.15), size(17, 24)),
        ask(beat(10, 15, 30, 60), size(16), size(16)),
        push(beat(30, 60), size(16), size(16), odds=0.5),
    ),
    "card-payment": told(
        ask(either(chance(3, 200), used(3, 40)), size(180, 420, 0.05), size(90, 320, 0.05), think_s=0.2),
        ask(beat(30, 60, 120, 300), size(60, 120), size(60, 120), think_s=0.02),
    ),
    "bank-link": told(
        ask(chance(1, 60), size(300, 1600, 0.1), size(200, 1200, 0.1), think_s=0.05),
        push(chance(3, 120), size(300, 1600, 0.1), size(80, 400, 0.02), think_s=0.05, odds=0.5),
        ask(beat(15, 30, 60), size(40, 120), size(40, 120)),
    ),
    "radius-over-tls": told(
        ask(either(chance(0.5, 60), volleys(5, 60)), size(120, 420, 0.15), size(20, 260, 0.1), think_s=0.02),
        ask(beat(30, 60), size(38, 60), size(20, 60)),
    ),
    "diameter": told(
        ask(chance(0.5, 60), size(350, 900, 0.1), size(160, 420, 0.1), think_s=0.02),
        ask(beat(6, 15, 30), size(72, 120), size(72, 120)),
        push(beat(6, 15, 30), size(72, 120), size(72, 120), odds=0.6),
    ),
    "directory": told(
        ask(either(chance(1, 60), volleys(5, 120)), size(60, 300, 0.2), size(60, 2500, 0.4)),
        ask(beat(30, 60, 300), size(14, 60), size(14, 60), odds=0.5),
    ),
    "directory-watch": told(
        down(chance(5, 600), size(120, 1500, 0.3)),
        ask(beat(60, 120, 300), size(14, 60), size(14, 60)),
    ),
    "vehicle-tracker": told(
        ask(beat(5, 10, 15, 30, 60, wobble=0.05), size(40, 140, 0.05), size(20, 40)),
        ask(beat(30, 60, 120), size(15, 30), size(20, 30)),
        push(chance(120, 1800), size(20, 140, 0.3), size(20, 60, 0.1), odds=0.6),
    ),
    "grid-telecontrol": told(
        up(either(chance(2, 120), beat(1, 2, 5, 10)), size(16, 250, 0.2)),
        down(either(chance(10, 120), beat(5, 10, 20)), size(6)),
        ask(beat(15, 20, 60), size(6), size(6)),
        push(chance(30, 900), size(16, 60, 0.1), size(16, 60, 0.1)),
    ),
    "meter-reading": told(
        push(beat(5, 10, 15, 30, 60, 300, wobble=0.05), size(24, 120, 0.02), size(40, 400, 0.05), think_s=0.1),
        ask(beat(60, 180, 300), size(12, 60), size(12, 60)),
    ),
    "process-values": told(
        push(beat(0.5, 1, 2, 5, 10), size(90, 900, 0.1), size(70, 140), think_s=0.002),
        ask(beat(10, 30, 60), size(80, 160), size(90, 260), odds=0.6),
    ),
    "network-telemetry": told(
        up(beat(5, 10, 30, 60), (*size(300, 3000, 0.03), *size(300, 3000, 0.03)), odds=0.7),
        up(chance(2, 200), size(150, 1200, 0.3)),
        ask(beat(10, 30, 60, 300), size(17), size(17)),
    ),
    "routing-session": told(
        up(beat(20, 30, 60, wobble=0.1), size(19)),
        down(beat(20, 30, 60, wobble=0.1), size(19)),
        down(volleys(10, 400), size(50, 300, 0.4)),
        up(volleys(30, 900), size(50, 300, 0.4), odds=0.5),
    ),
    "cluster-store": told(
        ask(beat(1, 2, 3, 6, 10, 13), size(12, 40), size(16, 40)),
        ask(chance(2, 200), size(60, 500, 0.2), size(40, 900, 0.2)),
        down(chance(5, 600), size(50, 400, 0.3)),
    ),
    "log-queue-consumer": both(
        hanging((0.5, 1, 5, 30), (2, 300), size(70, 220), size(50, 160), size(300, 9000, 0.6)),
        told(ask(beat(3, 5, 10), size(60, 180), size(16, 60))),
    ),
    "message-bus": told(
        down(either(chance(0.5, 120), beat(1, 5, 10, 30, 60)), size(60, 2500, 0.3)),
        up(either(chance(2, 300), beat(5, 30)), size(60, 1500, 0.3), odds=0.6),
        ask(beat(20, 60, 120), size(6), size(6)),
        push(beat(20, 60, 120), size(6), size(6), odds=0.5),
    ),
    "memory-store-events": told(
        down(either(chance(1, 200), volleys(10, 300)), size(50, 700, 0.3)),
        ask(beat(10, 15, 30, 60), size(14, 40), size(7, 40)),
    ),
    "database-notices": told(
        down(chance(3, 600), size(30, 300, 0.2)),
        ask(beat(10, 30, 60, 300), size(14, 60), size(30, 90)),
    ),
    "database-replica": told(
        down(either(chance(0.5, 30), volleys(5, 120)), size(80, 4000, 0.8)),
        up(beat(1, 5, 10), size(39)),
        push(beat(10, 15, 30), size(23), size(39), odds=0.6),
    ),
    "database-heartbeat": hanging((10, 10, 5), (30, 2000), size(180, 420), size(300, 900), size(300, 900)),
    "database-work": told(
        ask(either(chance(0.7, 30), used(0.5, 10)), size(60, 400, 0.2), size(30, 2500, 0.5), think_s=0.004),
        ask(beat(5, 10, 30, 60), size(14, 50), size(11, 70), odds=0.7),
    ),
    "configuration-agent": told(
        push(chance(30, 900), size(200, 2500, 0.5), size(100, 1500, 0.5), think_s=0.3),
        ask(beat(30, 60, 300), size(20, 400), size(20, 300)),
    ),
    "active-checks": told(
        ask(either(chance(2, 60), beat(1, 5, 10, 30, 60)), size(120, 700, 0.15), size(60, 160, 0.01), think_s=0.01),
        ask(beat(60, 120), size(100, 220), size(200, 4000, 0.02)),
    ),
    "endpoint-guard": told(
        ask(either(chance(2, 120), used(2, 30)), size(200, 2500, 0.6), size(20, 140), think_s=0.02),
        ask(beat(15, 30, 60, 90, 300), size(30, 300), size(20, 300)),
        push(chance(120, 1800), size(60, 900, 0.4), size(40, 400, 0.3), odds=0.6),
    ),
    "build-agent-link": told(
        push(beat(60, 240, 300), size(30, 120), size(30, 120)),
        push(used(0.5, 10, 200, 600), size(120, 2500, 0.7), size(100, 1500, 0.7), think_s=0.05),
        up(used(0.3, 5, 200, 600), size(120, 2500, 0.6)),
    ),
    "inference-worker": told(
        push(chance(3, 300), size(200, 9000, 0.6), size(16, 80)),
        up(chance(3, 300), size(200, 9000, 0.6)),
        ask(beat(5, 10, 15, 30), size(17, 200), size(17, 120)),
    ),
    "batch-cluster-node": told(
        ask(beat(5, 30, 60, 300), size(200, 1800, 0.05), size(16, 120)),
        push(chance(60, 900), size(300, 3000, 0.4), size(60, 300, 0.1)),
        up(chance(20, 900), size(150, 900, 0.2)),
    ),
    "alarm-panel": told(
        ask(beat(10, 20, 30, 60, 90), size(20, 90), size(20, 60)),
        ask(chance(120, 2000), size(60, 150, 0.1), size(20, 60)),
        push(chance(300, 3000), size(30, 150, 0.2), size(20, 60), odds=0.5),
    ),
    "camera-cloud": told(
        ask(beat(5, 10, 15, 25, 30, 60), size(30, 500), size(20, 400)),
        ask(either(chance(30, 900), volleys(60, 900)), size(200, 1500, 0.3), size(60, 300, 0.1)),
        push(chance(120, 2000), size(100, 700, 0.3), size(60, 300, 0.1)),
    ),
    "home-hub": told(
        up(either(chance(2, 120), beat(5, 10, 30, 60, wobble=0.1)), size(60, 500, 0.3)),
        push(chance(30, 900), size(60, 400, 0.2), size(40, 300, 0.2)),
        ask(beat(15, 30, 60), size(2, 60), size(2, 60)),
    ),
    "terminal-till": told(
        ask(used(5, 60), size(200, 1500, 0.4), size(100, 1500, 0.5), think_s=0.05),
        ask(beat(5, 10, 30, 60), size(20, 200), size(20, 200)),
        down(chance(60, 900), size(100, 1500, 0.4), odds=0.5),
    ),
    "office-program": told(
        ask(used(1, 20), size(200, 1200, 0.4), size(200, 5000, 0.7), think_s=0.08),
        ask(beat(30, 60, 120, 300), size(4, 90), size(4, 90)),
    ),
    "token-renewal": told(
        ask(beat(10, 20, 30, 60, wobble=0.2), size(200, 1800), size(200, 2500, 0.01), think_s=0.05),
        ask(chance(10, 300), size(150, 900, 0.1), size(100, 900, 0.2), think_s=0.05, odds=0.5),
    ),
}
