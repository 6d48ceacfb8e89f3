"""Which benign kinds belong together? What every network has, what is near mining on purpose, what is taken for it.

The kinds of neither group are in the third one of :func:`group_of`.
"""

from __future__ import annotations

EVERYDAY = frozenset(
    {
        "mqtt-listener",
        "mqtt-sender",
        "imap-idle",
        "ssh-shell",
        "ssh-follow",
        "websocket-push",
        "hub-connection",
        "grpc-stream",
        "remote-screen",
        "screen-idle",
        "screen-asked",
        "screen-help",
        "screen-clicks",
        "xmpp",
        "game",
        "game-table",
        "game-idle",
        "game-lobby",
        "vpn",
        "tunnel-idle",
        "tunnel-to-a-shell",
    }
)
"""MQTT, IMAP IDLE, SSH, pushes over WebSocket, gRPC streams, remote screens, XMPP, heartbeats of games, VPN."""
ALIKE = frozenset(
    {
        "electrum-wallet",
        "wallet-server",
        "wallet-refresh",
        "wallet-pairing",
        "coin-node",
        "chain-rpc",
        "chain-peer",
        "payment-channel-peer",
        "new-heads",
        "new-heads-followed-up",
        "pending-payments",
        "validator",
        "price-oracle",
        "price-ticker",
        "order-book",
        "order-entry",
        "order-entry-web",
        "quotes-terminal",
        "futures-front",
        "fix-trading",
        "bidding-room",
    }
)
"""Wallets at index servers, heads of chains, nodes, oracles of prices, trading: written as they resemble mining."""
CLOSE = frozenset(
    {
        "bidding-room",
        "block-storage",
        "building-control",
        "call-signalling",
        "card-payment",
        "cast-to-screen",
        "chain-peer",
        "chain-rpc",
        "cluster-store",
        "database-work",
        "device-hub",
        "diameter",
        "directory",
        "exchange-session",
        "fix-trading",
        "game-idle",
        "game-lobby",
        "game-store",
        "game-table",
        "grpc-stream",
        "house-bus",
        "map-positions",
        "mqtt-listener",
        "new-heads",
        "note-relay",
        "onion-relay",
        "order-entry-web",
        "payment-channel-peer",
        "pending-payments",
        "podcast-radio-metadata",
        "price-oracle",
        "price-ticker",
        "push-to-talk",
        "queue-worker",
        "quotes-terminal",
        "remote-screen",
        "reverse-tunnel",
        "route-monitor",
        "shared-document",
        "ship-positions",
        "smart-plug",
        "substation-reports",
        "swarm-peer",
        "switch-database",
        "validator",
        "wallet-server",
        "websocket-push",
    }
)
"""Kinds of which an earlier model took flows for nearly mining: more of these are learned from."""
GROUPS = ("of every network", "near mining", "all others")


def group_of(kind: str) -> str:
    """The one of :data:`GROUPS` that a kind's results are told in."""
    if kind in EVERYDAY:
        return GROUPS[0]
    return GROUPS[1] if kind in ALIKE else GROUPS[2]
