"""How do programs talk that people use? Mail, shells, chats, screens, games, tunnels, tickers, databases, wallets."""

from __future__ import annotations

from training.benign.line import Line


def imap_idle(line: Line) -> None:
    """A mail client that waits (RFC 2177): a sign of life every two minutes from some servers, mail, IDLE again."""
    rng = line.rng
    if rng.random() < 0.6:
        for at_s in line.every(rng.choice((60, 120, 120, 240))):
            line.down(at_s, 16)
    for at_s in line.every(rng.choice((240, 540, 1500, 1740))):
        line.ask(at_s, 6, 34)
        line.ask(at_s + 0.4, 11, 10)
    for at_s in line.now_and_then(line.log_uniform(60, 3600)):
        line.down(at_s, 26)
        line.ask(at_s + line.delay(0.002), 6, 34)
        line.ask(at_s + 2 * line.delay(0.01), 45, line.size(4000, 1.0))
        line.ask(at_s + 4 * line.delay(0.01), 11, 10)


def ssh_shell(line: Line) -> None:
    """Somebody at a shell: keys echoed, output in bursts, keepalives of either side while idle. Padded to 8 bytes."""
    rng, is_there = line.rng, line.active(60, line.log_uniform(60, 900))
    for at_s in line.now_and_then(0.35):
        if is_there(at_s):
            line.ask(at_s, 36, 36 if rng.random() < 0.8 else _block(line.size(120, 0.5)), 0.001)
    for at_s in line.now_and_then(6):
        if is_there(at_s):
            for number in range(rng.choice((1, 1, 2, 6))):
                line.down(at_s + number * 0.003, _block(line.size(400, 0.9)))
    _ssh_alive(line)


def ssh_follow(line: Line) -> None:
    """A log followed over SSH, or a tunnel that carries a beat: lines as they come, window updates, keepalives."""
    size, spread = line.log_uniform(60, 900), line.rng.choice((0.02, 0.1, 0.4))
    seen = 0.0
    gap_s = line.log_uniform(0.5, 60)
    for at_s in line.now_and_then(gap_s) if line.rng.random() < 0.6 else line.every(gap_s, 0.01):
        told = _block(line.size(size, spread))
        line.down(at_s, told)
        seen += told
        if seen > 100_000:
            line.up(at_s + line.delay(0.001), 44)
            seen = 0.0
    _ssh_alive(line)


def xmpp(line: Line) -> None:
    """A chat client (RFC 6120, XEP-0198/0199): presences and messages, acknowledgements, pings."""
    rng, is_there = line.rng, line.active(240, 900)
    for at_s in line.now_and_then(line.log_uniform(8, 300)):
        line.push(at_s, line.size(420, 0.5), 30) if rng.random() < 0.5 else line.down(at_s, line.size(330, 0.4))
    for at_s in line.now_and_then(25):
        if is_there(at_s):
            line.ask(at_s, line.size(350, 0.4), 34)
    for at_s in line.every(rng.choice((30, 60, 60, 180, 300))):
        up_bytes, down_bytes = 118 + rng.randrange(3), 104 + rng.randrange(3)
        line.ask(at_s, up_bytes, down_bytes) if rng.random() < 0.9 else line.push(at_s, down_bytes, up_bytes)


def web_push(line: Line) -> None:
    """A page that is told what is new over a WebSocket: events of any length, pings of the server or of Socket.IO."""
    rng = line.rng
    size, spread = line.log_uniform(40, 2500), rng.choice((0.02, 0.1, 0.4, 0.8))
    for at_s in line.now_and_then(line.log_uniform(1, 240)):
        line.down(at_s, 4 + line.size(size, spread))
    beat_s, kind = rng.choice((20, 25, 25, 30, 45, 54, 60)), rng.choice(("server", "client", "text"))
    for at_s in line.every(beat_s, 0.005):
        if kind == "server":
            line.push(at_s, 2, 6)
        elif kind == "client":
            line.ask(at_s, 7, 3)
        else:
            line.ask(at_s, rng.choice((22, 40)), rng.choice((20, 36)))


def ticker(line: Line) -> None:
    """Prices over a WebSocket or server-sent events: one shape of message, now dense and now thin."""
    rng = line.rng
    size, spread = line.log_uniform(90, 700), rng.choice((0.01, 0.03, 0.1))
    gap_s = line.log_uniform(0.3, 30)
    for at_s in line.now_and_then(gap_s) if rng.random() < 0.6 else line.every(gap_s, 0.02):
        line.down(at_s, 4 + line.size(size, spread))
    for at_s in line.every(rng.choice((15, 20, 30, 60, 180))):
        line.ask(at_s, 8, 4) if rng.random() < 0.5 else line.push(at_s, 4, 8)


def events(line: Line) -> None:
    """Server-sent events: a comment on a beat, something new now and then; the client never says a word."""
    rng, beat = line.rng, line.rng.randrange(3, 40)
    for at_s in line.every(rng.choice((5, 10, 15, 15, 30, 45))):
        line.down(at_s, beat)
    size, spread = line.log_uniform(80, 1500), rng.choice((0.02, 0.2, 0.6))
    for at_s in line.now_and_then(line.log_uniform(5, 600)):
        line.down(at_s, line.size(size, spread))


def long_poll(line: Line) -> None:
    """A client that asks and is answered when there is news or the server's patience ends."""
    rng, patience_s = line.rng, line.rng.choice((10, 20, 25, 30, 55, 60))
    ask_bytes, empty_bytes = line.log_uniform(250, 1400), line.log_uniform(60, 400)
    news_s, at_s = line.log_uniform(5, 600), rng.uniform(0, 5)
    while at_s < 1_800:
        line.up(at_s, ask_bytes + rng.randrange(3))
        wait_s = rng.expovariate(1 / news_s)
        is_news = wait_s < patience_s
        at_s += line.delay(0.002) + min(wait_s, patience_s)
        line.down(at_s, line.size(900, 0.6) if is_news else empty_bytes)
        at_s += line.delay(0.005)


def screen(line: Line) -> None:
    """A remote screen (RDP-like): pictures in bursts and the mouse's moves while used, a clock and pings while not."""
    rng, is_there = line.rng, line.active(90, line.log_uniform(60, 900))
    for at_s in line.now_and_then(0.5):
        if is_there(at_s):
            line.up(at_s, 20 + 12 * rng.randrange(1, 4))
            for number in range(rng.choice((0, 1, 2, 4))):
                line.down(at_s + line.delay(0.01) + number * 0.004, line.size(900, 1.0))
    for at_s in line.every(rng.choice((5, 10, 30, 60)), 0.01):
        line.ask(at_s, rng.choice((24, 38)), rng.choice((24, 38))) if rng.random() < 0.7 else line.down(at_s, 60)


def game(line: Line) -> None:
    """A game's connection to its lobby or world: heartbeats both ways, deeds while played."""
    rng, is_there = line.rng, line.active(200, 600)
    up_bytes, down_bytes = rng.randrange(6, 90), rng.randrange(6, 90)
    for at_s in line.every(rng.choice((1, 2, 5, 10, 15, 30)), 0.01):
        line.ask(at_s, up_bytes, down_bytes)
    for at_s in line.now_and_then(line.log_uniform(0.4, 5)):
        if is_there(at_s):
            line.ask(at_s, line.size(60, 0.4), line.size(140, 0.6)) if rng.random() < 0.6 else line.down(
                at_s, line.size(110, 0.5)
            )


def vpn(line: Line) -> None:
    """A tunnel over TCP (OpenVPN, SSTP, AnyConnect): whatever people do inside, and keepalives of both ends."""
    rng, is_there = line.rng, line.active(120, line.log_uniform(60, 1200))
    for at_s in line.now_and_then(2.5):
        if is_there(at_s):
            line.ask(at_s, line.size(300, 0.8) + 24, line.size(900, 0.9) + 24, 0.03)
    beat_s, beat = rng.choice((10, 10, 20, 30, 60)), rng.choice((8, 40, 53, 56))
    for at_s in line.every(beat_s, 0.05):
        line.up(at_s, beat)
    for at_s in line.every(beat_s, 0.05):
        line.down(at_s, beat)
    for at_s in line.now_and_then(line.log_uniform(10, 120)):
        line.ask(at_s, 60 + 24 + rng.randrange(30), 120 + 24 + rng.randrange(90))


def database(line: Line) -> None:
    """A pool's connection to a database: a test query on a beat, work when there is some."""
    rng, is_there = line.rng, line.active(120, 600)
    for at_s in line.every(rng.choice((5, 10, 30, 60)), 0.02):
        line.ask(at_s, 14 + rng.randrange(2), 63)
    queries = [(line.log_uniform(60, 600), line.log_uniform(40, 3000)) for _ in range(4)]
    for at_s in line.now_and_then(line.log_uniform(0.5, 20)):
        if is_there(at_s):
            up_bytes, down_bytes = rng.choice(queries)
            line.ask(at_s, up_bytes + rng.randrange(4), line.size(down_bytes, 0.3), 0.004)


def sip(line: Line) -> None:
    """A telephone (SIP over TLS): registrations and OPTIONS on a beat, CRLF keepalives (RFC 5626), a call at times."""
    rng = line.rng
    for at_s in line.every(rng.choice((30, 60, 120, 300)), 0.05):
        line.ask(at_s, line.size(620, 0.01), line.size(480, 0.01), 0.01)
    for at_s in line.every(rng.choice((15, 30, 60)), 0.1):
        line.ask(at_s, 4, 2)
    for at_s in line.now_and_then(1500):
        line.ask(at_s, line.size(1300, 0.1), line.size(380, 0.05))
        line.down(at_s + 3, line.size(900, 0.1))


def electrum(line: Line) -> None:
    """A wallet at an index server: told of each block and of its payments, pings; the nearest there is to mining."""
    rng = line.rng
    for at_s in line.now_and_then(rng.choice((600, 600, 150, 60))):
        line.down(at_s, 260 + rng.randrange(3))
        if rng.random() < 0.5:
            line.ask(at_s + line.delay(0.01), line.size(110, 0.02), line.size(300, 0.2))
    for at_s in line.every(rng.choice((60, 60, 300, 450)), 0.05):
        line.ask(at_s, 56 + rng.randrange(2), 40 + rng.randrange(2), 0.01)
    for at_s in line.now_and_then(1200):
        line.down(at_s, 180)
        line.ask(at_s + line.delay(0.02), 130, line.size(900, 0.6))


def coin_node(line: Line) -> None:
    """Two nodes of a coin (BIP 324-like): inventories, blocks, transactions, a ping every two minutes."""
    rng = line.rng
    for at_s in line.now_and_then(line.log_uniform(1, 12)):
        send = line.down if rng.random() < 0.6 else line.up
        send(at_s, 24 + 1 + 36 * rng.choice((1, 1, 2, 3, 7, 20)))
    for at_s in line.now_and_then(15):
        line.ask(at_s, 24 + 37, line.size(450, 0.7))
    for at_s in line.every(120, 0.02):
        line.ask(at_s, 32, 32)
    for at_s in line.now_and_then(600):
        line.down(at_s, line.size(13_000, 0.4))


def chain_rpc(line: Line) -> None:
    """A program at a node of a chain: the newest block asked for on a beat or told of, calls of one shape."""
    rng, block_s = line.rng, line.rng.choice((1, 2, 3, 12, 12))
    ask_bytes, answer_bytes = line.log_uniform(90, 400), line.log_uniform(60, 2500)
    if rng.random() < 0.5:
        for at_s in line.every(block_s, 0.05):
            line.down(at_s, line.size(1450, 0.01))
    else:
        for at_s in line.every(rng.choice((1, 4, 12, 15)), 0.02):
            line.ask(at_s, 90 + rng.randrange(3), 55, 0.01)
    for at_s in line.now_and_then(line.log_uniform(2, 120)):
        line.ask(at_s, line.size(ask_bytes, 0.05), line.size(answer_bytes, 0.2), 0.02)


def _block(size_bytes: float) -> int:
    return -(-round(size_bytes) // 8) * 8


def _ssh_alive(line: Line) -> None:
    beat_s = line.rng.choice((15, 30, 60, 60, 120, 300))
    for at_s in line.every(beat_s, 0.01):
        if line.rng.random() < 0.95:
            line.ask(at_s, 52, 36) if beat_s != 30 else line.push(at_s, 76, 36)
