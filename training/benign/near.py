"""What comes near mining and is none? Wallets, nodes, trading, screens, games, tunnels, relays, lent machines."""

from __future__ import annotations

from training.benign.parts import (
    Tell,
    ask,
    beat,
    between,
    both,
    chance,
    down,
    either,
    hanging,
    one_of,
    push,
    size,
    told,
    up,
    used,
    volleys,
)

_BLOCKS = either(beat(1, 2, 3, 5, 12, wobble=0.05), chance(1, 30), chance(30, 600))

NEAR: dict[str, Tell] = {
    "new-heads": told(
        down(_BLOCKS, size(250, 2200, 0.02)),
        ask(chance(1, 120), size(90, 500, 0.1), size(60, 2500, 0.3), think_s=0.02, odds=0.7),
        ask(beat(10, 15, 30, 60), size(2, 120), size(2, 120), odds=0.5),
    ),
    "new-heads-followed-up": told(
        push(_BLOCKS, size(250, 2200, 0.02), size(90, 400, 0.05), think_s=0.01),
        ask(chance(5, 300), size(90, 500, 0.1), size(60, 2500, 0.3), think_s=0.02),
    ),
    "pending-payments": told(
        down(either(chance(0.5, 10), volleys(2, 30)), size(130, 280, 0.02)),
        ask(chance(5, 200), size(90, 200, 0.05), size(200, 900, 0.2), think_s=0.02),
    ),
    "validator": told(
        ask(beat(4, 6, 12, wobble=0.02), size(120, 400, 0.05), size(90, 900, 0.1), think_s=0.02),
        ask(beat(12, 24, 384, wobble=0.02), size(200, 900, 0.1), size(60, 300, 0.1), think_s=0.02),
        down(beat(6, 12, wobble=0.05), size(200, 700, 0.02), odds=0.6),
    ),
    "price-oracle": told(
        down(_BLOCKS, size(250, 1600, 0.02)),
        ask(beat(5, 10, 30, 60, wobble=0.1), size(150, 400, 0.02), size(100, 300, 0.05), think_s=0.02),
        ask(chance(60, 900), size(300, 700, 0.05), size(90, 160, 0.02), think_s=0.05),
    ),
    "wallet-server": told(
        down(either(chance(60, 900), chance(10, 120)), size(230, 300, 0.01)),
        ask(either(beat(30, 60, 60, 120, 300, wobble=0.1), between(1, 300)), size(40, 90, 0.01), size(30, 70, 0.01)),
        push(chance(60, 2000), size(120, 220, 0.02), size(90, 180, 0.05), odds=0.6),
        ask(volleys(120, 1500), size(90, 180, 0.1), size(100, 2500, 0.8)),
    ),
    "wallet-refresh": told(
        ask(beat(5, 10, 15, 30, 60, wobble=0.05), size(150, 350, 0.01), size(150, 900, 0.02), think_s=0.02),
        ask(chance(30, 600), size(200, 900, 0.2), size(200, 9000, 0.8), think_s=0.05),
    ),
    "wallet-pairing": told(
        push(chance(10, 600), size(200, 900, 0.3), size(60, 140, 0.02)),
        ask(chance(10, 600), size(200, 900, 0.3), size(60, 140, 0.02)),
        ask(beat(15, 30, 60), size(2, 60), size(2, 60)),
    ),
    "payment-channel-peer": told(
        ask(beat(15, 30, 60, wobble=0.2), size(36, 60, 0.2), size(36, 60, 0.2)),
        down(either(chance(2, 60), volleys(10, 120)), size(130, 470, 0.3)),
        up(volleys(10, 200), size(130, 470, 0.3)),
    ),
    "chain-peer": told(
        down(chance(0.7, 30), size(60, 700, 0.8)),
        up(chance(0.7, 60), size(60, 700, 0.8)),
        ask(beat(15, 30, 60, 120), size(16, 40), size(16, 40)),
        down(chance(12, 600), size(2000, 16000, 0.5)),
    ),
    "swarm-peer": told(
        down(chance(2, 60), size(9, 17)),
        up(beat(60, 100, 120), size(4, 60)),
        ask(used(0.5, 10), size(17, 60), size(4000, 16000, 0.1)),
        up(chance(5, 300), size(9, 17)),
    ),
    "peer-store": told(
        ask(beat(10, 15, 30), size(32, 60), size(32, 60)),
        ask(either(chance(2, 60), volleys(5, 120)), size(60, 400, 0.4), size(60, 900, 0.6)),
        push(volleys(5, 200), size(60, 400, 0.4), size(60, 900, 0.6)),
    ),
    "onion-relay": told(
        ask(used(1, 20), size(514), size(514), think_s=0.2),
        down(used(1, 20), (*size(514), *size(514))),
        up(either(chance(3, 9), beat(2, 5, 9, wobble=0.6)), size(514)),
        down(either(chance(3, 9), beat(2, 5, 9, wobble=0.6)), size(514)),
    ),
    "order-entry": told(
        ask(either(chance(1, 200), used(1, 30)), size(120, 320, 0.03), size(180, 420, 0.04), think_s=0.005),
        down(chance(5, 300), size(200, 420, 0.04)),
        up(beat(10, 20, 30, 60), size(60, 100, 0.01)),
        down(beat(10, 20, 30, 60), size(60, 100, 0.01)),
    ),
    "order-entry-web": told(
        ask(either(chance(1, 200), used(1, 30)), size(200, 450, 0.02), size(100, 400, 0.02), think_s=0.01),
        down(either(chance(2, 200), volleys(5, 300)), size(180, 700, 0.03)),
        push(beat(15, 20, 30, 180), size(2, 40), size(6, 40)),
    ),
    "quotes-terminal": told(
        down(either(beat(0.5, 1, 3, 5, 6), chance(0.5, 10)), size(80, 1500, 0.2)),
        ask(beat(10, 15, 30, 60), size(20, 90), size(20, 90)),
        ask(used(5, 60), size(60, 300, 0.2), size(300, 9000, 0.6)),
    ),
    "futures-front": told(
        down(beat(0.5, 1, 2, 5, wobble=0.2), size(200, 500, 0.05)),
        up(beat(10, 15, 30), size(2, 30)),
        down(beat(10, 15, 30), size(2, 30)),
        ask(used(5, 90), size(150, 350, 0.02), size(150, 450, 0.05)),
    ),
    "screen-idle": told(
        ask(beat(1, 5, 10, 30, 60, wobble=0.02), size(10, 120), size(10, 120)),
        down(either(beat(1, 10, 30, 60, wobble=0.05), chance(10, 300)), size(40, 1500, 0.4)),
        up(used(0.3, 3, 40, 400), size(20, 90, 0.2)),
        down(used(0.3, 3, 40, 400), size(100, 2500, 1.0)),
    ),
    "screen-asked": told(
        ask(
            either(chance(0.5, 30), used(0.3, 5), beat(1, 2, 5, wobble=0.3)),
            size(10, 40),
            size(20, 2500, 1.0),
            think_s=0.05,
        ),
        up(used(0.5, 5), size(6, 40, 0.2)),
    ),
    "screen-help": told(
        push(beat(5, 10, 15, 20, 30, 60, wobble=0.02), size(20, 180), size(20, 180)),
        ask(beat(10, 20, 30, 60, wobble=0.02), size(20, 300), size(20, 300), odds=0.6),
        push(chance(60, 900), size(100, 900, 0.4), size(60, 400, 0.3)),
        down(used(0.3, 3, 40, 600), size(100, 2500, 1.0), odds=0.5),
    ),
    "screen-clicks": told(
        ask(used(0.5, 10, 60, 300), size(20, 60, 0.1), size(60, 2500, 1.0), think_s=0.02),
        up(used(0.3, 4, 60, 300), size(16, 60, 0.2)),
        ask(beat(2, 5, 10, 30), size(12, 80), size(12, 80)),
    ),
    "game-table": told(
        down(either(chance(2, 40), volleys(5, 60)), size(20, 240, 0.5)),
        ask(used(4, 40, 300, 300), size(12, 120, 0.3), size(12, 160, 0.3)),
        ask(beat(1, 3, 5, 10, 15, 30), size(4, 60), size(4, 60)),
    ),
    "game-idle": told(
        ask(beat(1, 2, 3, 5, 10, 20, 30, 60, wobble=0.05), size(8, 120, 0.02), size(8, 160, 0.05)),
        down(either(chance(2, 120), beat(1, 5, 10, 30)), size(20, 500, 0.3)),
        ask(chance(20, 400), size(20, 300, 0.2), size(20, 900, 0.4)),
    ),
    "game-lobby": told(
        down(either(chance(1, 60), volleys(5, 200)), size(30, 700, 0.6)),
        ask(beat(5, 15, 30, 60), size(2, 80), size(2, 80)),
        ask(used(3, 60), size(40, 500, 0.4), size(40, 900, 0.6)),
    ),
    "tunnel-idle": told(
        up(beat(5, 10, 15, 25, 60, wobble=0.02), size(16, 110)),
        down(beat(5, 10, 15, 25, 60, wobble=0.02), size(16, 110)),
        ask(either(chance(5, 200), beat(10, 30, 60)), size(60, 180, 0.15), size(60, 400, 0.3), think_s=0.02),
        push(chance(30, 900), size(60, 400, 0.4), size(50, 120, 0.1)),
    ),
    "tunnel-to-a-shell": told(
        ask(used(0.3, 2, 60, 400), size(60, 130, 0.05), size(60, 130, 0.1), think_s=0.01),
        down(used(2, 20, 60, 400), size(100, 1400, 0.7)),
        up(beat(15, 25, 30, 60), size(48, 120)),
    ),
    "web-through-relay": told(
        ask(volleys(5, 200), size(60, 1200, 0.5), (*size(200, 1800, 0.3), *size(500, 9000, 0.8)), think_s=0.08),
        ask(beat(10, 15, 30, 60), size(16, 60), size(16, 60), odds=0.5),
    ),
    "shell-watch": told(
        down(beat(1, 2, 5, 10, wobble=0.02), size(60, 1500, 0.15)),
        ask(beat(15, 30, 60, 120), size(36, 90), size(28, 90), odds=0.7),
        ask(used(0.5, 5, 30, 600), size(36, 44), size(36, 120, 0.3), odds=0.5),
    ),
    "science-worker": told(
        ask(chance(20, 600), size(300, 4000, 0.3), size(60, 400, 0.05), think_s=0.1),
        ask(chance(20, 600), size(200, 900, 0.1), size(2000, 16000, 0.5), think_s=0.2),
        ask(beat(60, 120, 300, 600), size(200, 2500, 0.02), size(60, 700, 0.05), think_s=0.05),
    ),
    "captcha-and-crawl-worker": told(
        push(chance(2, 120), size(150, 1500, 0.2), size(200, 4000, 0.7), think_s=2.0),
        ask(beat(10, 15, 30, 60), size(2, 120), size(2, 120)),
    ),
    "render-node": both(
        hanging((10, 30, 60), (60, 900), size(200, 900), size(60, 300), size(500, 5000, 0.4)),
        told(ask(beat(2, 5, 10, 30), size(150, 700, 0.02), size(40, 300), think_s=0.02)),
    ),
    "push-to-talk": one_of(
        told(
            ask(beat(10, 20, 30, 60), size(12, 120), size(12, 120)),
            push(chance(20, 600), size(60, 300, 0.1), size(20, 90)),
            down(used(0.05, 0.3, 10, 300), size(80, 200, 0.05)),
        ),
        told(
            ask(beat(15, 30), size(4, 60), size(4, 60)),
            down(chance(5, 200), size(60, 300, 0.05)),
            up(chance(10, 400), size(60, 300, 0.05)),
        ),
    ),
}
