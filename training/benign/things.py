"""How do machines talk that report, listen and keep alive? MQTT, OCPP, agents, watches, push services, heartbeats."""

from __future__ import annotations

from training.benign.line import Line


def mqtt_listener(line: Line) -> None:
    """A subscriber (MQTT 3.1.1): each topic with its own beat and length, PINGREQ on silence, QoS 0 or 1."""
    rng, acked = line.rng, line.rng.random() < 0.4
    for _ in range(rng.choice((1, 1, 2, 3, 5, 10))):
        size, spread, gap_s = line.log_uniform(30, 1200), rng.choice((0, 0.01, 0.05, 0.3)), line.log_uniform(1, 180)
        beats = line.every(gap_s, rng.choice((0.001, 0.02, 0.1))) if rng.random() < 0.6 else line.now_and_then(gap_s)
        for at_s in beats:
            if acked:
                line.push(at_s, line.size(size, spread), 4)
            else:
                line.down(at_s, line.size(size, spread))
    for at_s in line.every(rng.choice((15, 30, 60, 60, 120, 300))):
        line.ask(at_s, 2, 2)


def mqtt_sender(line: Line) -> None:
    """A device that publishes: telemetry on a beat, PUBACK with QoS 1, a command now and then."""
    rng, acked = line.rng, line.rng.random() < 0.6
    size, spread = line.log_uniform(40, 900), rng.choice((0, 0.005, 0.02, 0.1))
    gap_s = line.log_uniform(2, 300)
    for at_s in line.every(gap_s, rng.choice((0.001, 0.02, 0.2))) if rng.random() < 0.7 else line.now_and_then(gap_s):
        if acked:
            line.ask(at_s, line.size(size, spread), 4)
        else:
            line.up(at_s, line.size(size, spread))
    for at_s in line.every(rng.choice((30, 60, 120, 300))):
        line.ask(at_s, 2, 2)
    for at_s in line.now_and_then(line.log_uniform(120, 3600)):
        line.push(at_s, line.size(120, 0.4), line.size(90, 0.3))


def charger(line: Line) -> None:
    """A charging point (OCPP 1.6 JSON over WebSocket): meter values and heartbeats with their answers, pings."""
    rng = line.rng
    if rng.random() < 0.7:
        size = line.log_uniform(220, 900)
        for at_s in line.every(rng.choice((10, 15, 30, 60, 60, 300))):
            line.ask(at_s, line.size(size, 0.01), 40 + rng.randrange(3), 0.03)
    for at_s in line.every(rng.choice((60, 120, 300, 900))):
        line.ask(at_s, 52, 72, 0.02)
    for at_s in line.every(rng.choice((20, 30, 54, 60))):
        line.push(at_s, 2, 6)


def agent(line: Line) -> None:
    """A monitoring agent: a report on a beat and its short answer, configuration fetched now and then."""
    rng = line.rng
    size, spread = line.log_uniform(150, 6000), rng.choice((0.005, 0.03, 0.15))
    answer = line.log_uniform(30, 300)
    for at_s in line.every(rng.choice((5, 10, 15, 30, 60)), rng.choice((0.001, 0.05))):
        line.ask(at_s, line.size(size, spread), answer + rng.randrange(2), 0.01)
    for at_s in line.every(rng.choice((60, 120, 300, 600))):
        line.ask(at_s, line.size(180, 0.02), line.size(2500, 0.2), 0.02)


def watch(line: Line) -> None:
    """A watch on a cluster (HTTP/2 stream): events of some kinds, bookmarks each minute, PING frames."""
    rng, seen = line.rng, 0.0
    for _ in range(rng.choice((1, 1, 2, 4))):
        size, gap_s = line.log_uniform(250, 5000), line.log_uniform(2, 120)
        for at_s in line.every(gap_s, 0.01) if rng.random() < 0.5 else line.now_and_then(gap_s):
            told = line.size(size, rng.choice((0.0, 0.005, 0.05)))
            line.down(at_s, 9 + told)
            seen += told
            if seen > 32_768:
                line.up(at_s + line.delay(0.001), 13 * 2)
                seen = 0.0
    for at_s in line.every(60, 0.1):
        line.down(at_s, 9 + line.size(230, 0.002))
    for at_s in line.every(rng.choice((15, 30, 30, 45))):
        line.ask(at_s, 17, 17)


def grpc_stream(line: Line) -> None:
    """A server stream or two-way stream of gRPC: messages with HTTP/2 frames, keepalive pings."""
    rng = line.rng
    size, spread, gap_s = line.log_uniform(20, 3000), rng.choice((0.005, 0.05, 0.4)), line.log_uniform(0.5, 60)
    kind = rng.choice(("server", "client", "both"))
    for at_s in line.every(gap_s, 0.02) if rng.random() < 0.5 else line.now_and_then(gap_s):
        if kind == "server":
            line.down(at_s, 14 + line.size(size, spread))
        elif kind == "client":
            line.up(at_s, 14 + line.size(size, spread))
        else:
            line.ask(at_s, 14 + line.size(size, spread), 14 + line.size(size / 3, spread), 0.01)
    for at_s in line.every(rng.choice((10, 20, 30, 60, 120, 300))):
        line.ask(at_s, 17, 17)


def push_service(line: Line) -> None:
    """A phone's or browser's push connection: rare notices of any length, acknowledged; heartbeats minutes apart."""
    rng = line.rng
    for at_s in line.now_and_then(line.log_uniform(20, 900)):
        line.push(at_s, line.size(400, 0.7), line.size(30, 0.1))
    for at_s in line.every(rng.choice((60, 120, 240, 300, 900))):
        line.ask(at_s, rng.choice((2, 8, 12)), rng.choice((2, 8, 12)))


def plug(line: Line) -> None:
    """A smart plug or camera in its maker's cloud: heartbeats of one length, reports on change, commands."""
    rng = line.rng
    beat_up, beat_down = rng.randrange(8, 120), rng.randrange(8, 120)
    for at_s in line.every(rng.choice((5, 10, 15, 25, 30, 60))):
        line.ask(at_s, beat_up, beat_down)
    report = line.log_uniform(80, 500)
    for at_s in line.now_and_then(line.log_uniform(20, 1200)):
        line.ask(at_s, line.size(report, 0.03), rng.randrange(20, 60))
    for at_s in line.now_and_then(line.log_uniform(300, 3600)):
        line.push(at_s, line.size(150, 0.2), line.size(100, 0.2))


def log_shipper(line: Line) -> None:
    """Syslog or beats over TLS: lines as they come, in bursts; some protocols acknowledge."""
    rng, acked = line.rng, line.rng.random() < 0.5
    for at_s in line.now_and_then(line.log_uniform(1, 60)):
        for number in range(rng.choice((1, 1, 1, 2, 5))):
            line.up(at_s + number * 0.002, line.size(260, 0.5))
        if acked:
            line.down(at_s + line.delay(0.01), 6)


def updates_fix(line: Line) -> None:
    """A trading session (FIX): heartbeats of both sides every 30 s, orders and reports when something is traded."""
    rng, beat_s = line.rng, line.rng.choice((10, 30, 30, 60))
    for at_s in line.every(beat_s, 0.01):
        line.up(at_s, 72 + rng.randrange(2))
    for at_s in line.every(beat_s, 0.01):
        line.down(at_s, 74 + rng.randrange(2))
    for at_s in line.now_and_then(line.log_uniform(5, 600)):
        line.ask(at_s, line.size(190, 0.05), line.size(310, 0.06), 0.01)
        if rng.random() < 0.6:
            line.down(at_s + line.rng.expovariate(1 / 2), line.size(330, 0.06))


def queue_worker(line: Line) -> None:
    """A worker at a message queue (AMQP, Redis): jobs of one shape, a receipt when each is done, heartbeats."""
    rng, size = line.rng, line.log_uniform(120, 3000)
    spread = rng.choice((0.005, 0.05, 0.3))
    mean_s, work_s = line.log_uniform(5, 300), line.log_uniform(0.05, 20)
    for at_s in line.now_and_then(mean_s):
        line.down(at_s, line.size(size, spread))
        line.up(at_s + line.delay(0.001) + rng.expovariate(1 / work_s), 21)
    for at_s in line.every(rng.choice((10, 30, 60)), 0.01):
        line.up(at_s, 8)
    for at_s in line.every(rng.choice((10, 30, 60)), 0.01):
        line.down(at_s, 8)


def job_runner(line: Line) -> None:
    """A build runner or render node: polls for a job, gets a long one at times, reports its progress."""
    rng, ask_bytes = line.rng, line.log_uniform(300, 1500)
    none_bytes = line.log_uniform(60, 400)
    for at_s in line.every(rng.choice((3, 5, 10, 15, 30)), 0.05):
        line.ask(at_s, ask_bytes + rng.randrange(2), none_bytes + rng.randrange(2), 0.02)
    is_working = line.active(300, 900)
    for at_s in line.every(rng.choice((3, 5, 10)), 0.05):
        if is_working(at_s):
            line.ask(at_s, line.size(900, 0.8), line.size(180, 0.02), 0.02)


def volunteer(line: Line) -> None:
    """Volunteer computing: work fetched in big files, results handed in at random, the scheduler asked now and then."""
    rng = line.rng
    for at_s in line.now_and_then(line.log_uniform(60, 900)):
        line.ask(at_s, line.size(3500, 0.2), line.size(9000, 0.5), 0.3)
        if rng.random() < 0.5:
            line.ask(at_s + 1.5, line.size(20_000, 0.6), line.size(250, 0.05), 0.3)
    for at_s in line.every(rng.choice((60, 120, 300)), 0.1):
        line.ask(at_s, line.size(2600, 0.05), line.size(700, 0.05), 0.2)
