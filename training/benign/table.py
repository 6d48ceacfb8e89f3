"""Which benign protocols are generated? One row each; a row is a source that is held out as a whole."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

from training.benign import people, things
from training.benign.groups import CLOSE
from training.benign.line import Kind, Line, any_padding
from training.benign.links import LINKS
from training.benign.near import NEAR
from training.benign.plant import PLANT
from training.benign.standards import STANDARDS
from training.benign.web import WEB
from training.flows import Labelled, random_server

RELAYED, MORE = "relayed-benign", "more-benign"
"""Families of benign flows that pass a relay which pads, and of those that are learned from beside the others."""
KINDS = (
    Kind("mqtt-listener", things.mqtt_listener),
    Kind("mqtt-sender", things.mqtt_sender),
    Kind("ocpp-charger", things.charger),
    Kind("monitoring-agent", things.agent),
    Kind("cluster-watch", things.watch),
    Kind("grpc-stream", things.grpc_stream),
    Kind("push-service", things.push_service),
    Kind("smart-plug", things.plug),
    Kind("log-shipper", things.log_shipper),
    Kind("fix-trading", things.updates_fix),
    Kind("queue-worker", things.queue_worker),
    Kind("build-runner", things.job_runner),
    Kind("volunteer-computing", things.volunteer),
    Kind("imap-idle", people.imap_idle),
    Kind("ssh-shell", people.ssh_shell, is_tls=False),
    Kind("ssh-follow", people.ssh_follow, is_tls=False),
    Kind("xmpp", people.xmpp),
    Kind("websocket-push", people.web_push),
    Kind("price-ticker", people.ticker),
    Kind("server-sent-events", people.events),
    Kind("long-poll", people.long_poll),
    Kind("remote-screen", people.screen),
    Kind("game", people.game),
    Kind("vpn", people.vpn),
    Kind("database", people.database),
    Kind("sip", people.sip),
    Kind("electrum-wallet", people.electrum),
    Kind("coin-node", people.coin_node),
    Kind("chain-rpc", people.chain_rpc),
    *(Kind(name, tell) for name, tell in {**WEB, **PLANT, **NEAR}.items()),
    *STANDARDS,
    *LINKS,
)


def benign_flows(
    flows: int, seed: int, place: int = 0, split: int = 1, kinds: Sequence[Kind] = KINDS
) -> Iterator[Labelled]:
    """``flows`` of each of the kinds, every ``split``-th from ``place``; the same seed gives the same flows."""
    for kind, number in itertools.product(kinds, range(place, flows, split)):
        yield from _told(kind, "benign", f"{kind.name}/{seed}/{number}")


def close_flows(flows: int, seed: int, place: int = 0, split: int = 1) -> Iterator[Labelled]:
    """``flows`` more of the kinds in :data:`~training.benign.groups.CLOSE`."""
    for kind, number in itertools.product(KINDS, range(place, flows, split)):
        if kind.name in CLOSE:
            yield from _told(kind, MORE, f"{kind.name}/{seed}/more-{number}")


def relayed_flows(flows: int, seed: int, place: int = 0, split: int = 1) -> Iterator[Labelled]:
    """``flows`` of each of the kinds, each through a relay that pads: a trial of their own, as next to none are."""
    for kind, number in itertools.product(KINDS, range(place, flows, split)):
        yield from _told(kind, RELAYED, f"{kind.name}/{seed}/relayed-{number}")


def _told(kind: Kind, family: str, name: str) -> Iterator[Labelled]:
    """One flow; none where the conversation has no message at all."""
    rng = random.Random(name)  # noqa: S311 - repeatable, not secret
    line = Line(rng)
    kind.tell(line)
    filled = any_padding(rng) if family == RELAYED else None
    if sent := line.sent(is_tls=kind.is_tls, filled=filled):
        yield Labelled(kind.name, family, False, False, name, sent, sent[0].at_ns, random_server(rng))
