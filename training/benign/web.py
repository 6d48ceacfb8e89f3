"""How do pages and apps keep in touch with servers? Pushes, chats, polls, names asked over TLS, calls, streams."""

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
    one_of,
    push,
    size,
    told,
    up,
    used,
    volleys,
)

WEB: dict[str, Tell] = {
    "team-chat": told(
        down(either(chance(3, 200), volleys(20, 400)), size(150, 1200, 0.6)),
        ask(used(5, 60), size(120, 500, 0.4), size(60, 300, 0.1)),
        ask(beat(10, 15, 20, 30, 60), size(6, 60), size(6, 60)),
        push(chance(60, 600), size(60, 200, 0.2), size(20, 60), odds=0.3),
    ),
    "video-chat-comments": told(
        down(either(chance(0.5, 20), volleys(2, 30)), size(150, 900, 0.6)),
        ask(beat(15, 20, 30, 30, 60), size(16, 80), size(16, 80)),
    ),
    "order-book": told(
        down(either(chance(0.4, 8), beat(0.5, 1, 3, 6, wobble=0.05)), size(90, 1500, 0.5)),
        push(beat(20, 60, 180), size(4, 30), size(8, 40)),
        ask(used(10, 90), size(150, 350, 0.1), size(120, 500, 0.1), odds=0.4),
    ),
    "live-dashboard": told(
        down(beat(1, 2, 5, 10, 15, 30, 60, wobble=0.05), size(120, 6000, 0.1)),
        down(beat(5, 10, 30, 60, wobble=0.05), size(120, 2500, 0.05), odds=0.5),
        ask(beat(15, 25, 30, 54), size(2, 30), size(2, 30)),
    ),
    "shared-document": told(
        ask(used(0.4, 5, 90, 400), size(90, 400, 0.4), size(30, 120, 0.1)),
        down(used(0.8, 20, 90, 400), size(100, 500, 0.5)),
        ask(beat(10, 15, 25, 30, 60), size(4, 60), size(4, 60)),
    ),
    "data-subscription": told(
        down(beat(5, 10, 12, 15, 20, 30), size(12, 30)),
        down(either(chance(4, 400), volleys(20, 600)), size(120, 3000, 0.4)),
        ask(chance(60, 1200), size(200, 900, 0.1), size(120, 3000, 0.4), odds=0.4),
    ),
    "hub-connection": told(
        ask(beat(10, 15, 15, 20), size(11, 16), size(11, 16), replied=0.2),
        down(beat(10, 15, 15, 20), size(11, 16)),
        down(either(chance(2, 300), beat(1, 5, 30)), size(80, 1500, 0.3)),
        ask(used(5, 60), size(80, 400, 0.2), size(40, 400, 0.2), odds=0.6),
    ),
    "page-poll": told(
        ask(
            beat(1, 2, 3, 5, 10, 15, 30, 60, wobble=0.05),
            size(40, 900),
            size(60, 2500, 0.03),
            think_s=0.03,
        ),
        ask(beat(30, 60, 300, wobble=0.05), size(40, 900), size(300, 9000, 0.2), odds=0.5, think_s=0.05),
    ),
    "page-poll-two-records": told(
        ask(
            beat(1, 3, 5, 10, 20, 60, wobble=0.1),
            (*size(40, 600), *size(20, 400, 0.05)),
            (*size(60, 250), *size(10, 1500, 0.1)),
            think_s=0.03,
        ),
    ),
    "usage-report": told(
        ask(either(used(2, 30), chance(5, 200)), size(300, 4000, 0.5), size(40, 400, 0.02), think_s=0.02),
        ask(beat(10, 15, 30, 60, wobble=0.05), size(200, 900, 0.02), size(40, 400), odds=0.5),
    ),
    "names-over-https": told(
        ask(
            either(chance(1, 40), volleys(5, 120)),
            (*size(30, 60), *size(128)),
            (*size(50, 130, 0.02), *size(468)),
            think_s=0.02,
        ),
        ask(beat(45, 60), size(17), size(17), odds=0.4),
    ),
    "names-over-tls": told(
        ask(either(chance(1, 60), volleys(5, 120)), size(130), size(470), think_s=0.02),
    ),
    "names-unpadded": told(
        ask(either(chance(1, 60), volleys(5, 120)), size(32, 44, 0.15), size(70, 160, 0.4), think_s=0.02),
    ),
    "call-signalling": told(
        ask(beat(5, 10, 15, 25, 30), size(4, 180), size(4, 180)),
        down(either(chance(5, 120), volleys(20, 200)), size(150, 1800, 0.6)),
        ask(volleys(30, 600), size(200, 1500, 0.5), size(60, 300, 0.1)),
    ),
    "call-statistics": told(
        ask(beat(1, 2, 5, 10, 15, 60, wobble=0.03), size(250, 2500, 0.05), size(30, 200)),
        push(chance(10, 200), size(100, 900, 0.4), size(20, 90, 0.1)),
        ask(beat(10, 25, 30), size(4, 30), size(4, 30)),
    ),
    "mail-sync": both(
        hanging((300, 480, 900), (60, 2000), size(120, 700), size(60, 300), size(200, 900, 0.3)),
        told(
            ask(volleys(200, 1500), size(300, 1200, 0.2), size(400, 9000, 0.8), think_s=0.05),
            down(beat(30, 45, 60), size(90, 350), odds=0.3),
        ),
    ),
    "messenger-poll": hanging((10, 25, 30, 50), (3, 400), size(180, 900, 0.01), size(60, 400), size(200, 1800, 0.6)),
    "messenger-padded": told(
        push(chance(5, 200), size(120, 700, 0.7), size(90, 140, 0.15)),
        ask(used(8, 90), size(150, 500, 0.5), size(110, 300, 0.3)),
        ask(beat(30, 60, 60, 75, wobble=0.05), size(88, 130, 0.1), size(88, 130, 0.1)),
    ),
    "messenger-app": told(
        ask(beat(60, 120, 180, 270, 300, wobble=0.02), size(16, 60), size(16, 60)),
        push(either(chance(10, 600), volleys(60, 900)), size(90, 900, 0.6), size(20, 90, 0.1)),
        ask(used(8, 90), size(120, 900, 0.5), size(40, 200, 0.1)),
    ),
    "chat-relay": told(
        down(either(chance(2, 120), volleys(10, 300)), size(60, 220, 0.4)),
        up(used(10, 120), size(40, 140, 0.5)),
        ask(beat(30, 90, 120, 240), size(12, 40), size(14, 60)),
        push(beat(90, 120, 240), size(12, 40), size(12, 40), odds=0.5),
    ),
    "phone-notices": told(
        ask(beat(240, 300, 600, 900, 1700), size(5, 20), size(5, 20)),
        push(either(chance(30, 900), volleys(60, 900)), size(150, 2500, 0.6), size(8, 60)),
    ),
    "file-sync-notice": both(
        hanging((30, 60, 90), (30, 900), size(120, 500), size(20, 250), size(30, 260)),
        told(ask(chance(120, 1800), size(300, 1500, 0.3), size(300, 5000, 0.8), odds=0.4)),
    ),
    "news-feed": hanging((20, 30, 45, 60), (5, 120), size(150, 1200), size(40, 300), size(500, 9000, 0.8)),
    "bidding-room": told(
        down(either(chance(2, 60), volleys(10, 200)), size(120, 600, 0.05)),
        ask(used(5, 60), size(90, 300, 0.02), size(60, 300, 0.02)),
        push(beat(5, 10, 30), size(2, 60), size(6, 60)),
    ),
    "screen-wall": told(
        ask(beat(10, 30, 60, 120, 300), size(80, 600, 0.01), size(40, 400)),
        down(chance(60, 900), size(300, 4000, 0.6)),
        ask(chance(60, 900), size(200, 900, 0.2), size(2000, 16000, 0.6), odds=0.5),
    ),
    "browser-sync": one_of(
        told(
            ask(beat(30, 60, 300), size(2, 20), size(2, 20)),
            push(chance(60, 1500), size(100, 600, 0.3), size(30, 120, 0.1)),
        ),
        told(
            ask(chance(10, 300), size(400, 1800, 0.5), size(200, 2500, 0.6), think_s=0.05),
            ask(beat(45, 60), size(17), size(17)),
        ),
    ),
    "podcast-radio-metadata": told(
        down(chance(60, 240), size(150, 900, 0.2)),
        down(beat(5, 10, 15, 30), size(3, 60)),
        ask(beat(30, 60), size(20, 300), size(20, 300), odds=0.4),
    ),
    "map-positions": told(
        ask(beat(1, 3, 5, 10, 30, wobble=0.1), size(60, 400, 0.02), size(16, 60)),
        down(either(chance(3, 60), beat(2, 5, 10)), size(80, 900, 0.1)),
        push(chance(60, 900), size(60, 300, 0.2), size(16, 60)),
    ),
}
