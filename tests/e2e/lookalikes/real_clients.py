"""What do real client libraries say on loopback? Each talk returns every connection it made, with what went over it.

The words come as close to mining's as each protocol allows. Where a library brings no server, a few lines stand in
for one: what the *client* says is the library's own.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiorpcx
import aria2p
import paho.mqtt.client as mqtt
import pymongo
import redis
import websockets
from bitcoinrpc.authproxy import AuthServiceProxy
from bson import BSON
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from recorded import LOOPBACK, Conversation, Relay
from zabbix_utils import Getter, ItemValue, Sender

SHARE = {"id": 4, "method": "mining.submit", "params": ["acct.rig", "job", "00", "504e86ed", "b2957c02"]}
LOGIN = {"id": 1, "jsonrpc": "2.0", "method": "login", "params": {"login": "alice", "pass": "x", "agent": "app/1"}}


def electrum() -> list[Conversation]:
    """aiorpcX, the JSON-RPC of Electrum wallets and ElectrumX: line JSON both ways, with notifications."""
    return asyncio.run(_electrum())


async def _electrum() -> list[Conversation]:
    class Server(aiorpcx.RPCSession):
        async def handle_request(self, request: object) -> object:
            if getattr(request, "method", "") == "blockchain.headers.subscribe":
                await self.send_notification("blockchain.headers.subscribe", [{"hex": "00" * 80, "height": 925_001}])
            return {"hex": "00" * 80, "height": 925_000, "difficulty": 1.1e14, "job_id": "7"}

    server = await aiorpcx.serve_rs(lambda *a, **k: Server(*a, **k), LOOPBACK, 0)
    with Relay(server.sockets[0].getsockname()[1]) as relay:
        async with aiorpcx.connect_rs(LOOPBACK, relay.port) as session:
            for method, params in (
                ("server.version", ["electrum/4.5.5", "1.4"]),
                ("blockchain.headers.subscribe", []),
                ("mempool.get_fee_histogram", []),
                ("blockchain.scripthash.subscribe", ["ab" * 32]),
                ("login", {"login": "alice", "pass": "x"}),
            ):
                await session.send_request(method, params)
    server.close()
    return relay.conversations


def language_server() -> list[Conversation]:
    """pygls, client and server: JSON-RPC in ``Content-Length`` frames."""
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, Path(__file__).with_name("lsp_server.py"), str(port)]
    with Relay(port) as relay, subprocess.Popen(command) as server:
        try:
            asyncio.run(_edit(relay.port))
        finally:
            server.kill()
    return relay.conversations


async def _edit(port: int) -> None:
    client = LanguageClient("editor", "v1")
    await client.start_tcp(LOOPBACK, port)
    await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), root_uri="file:///x"))
    where = lsp.HoverParams(lsp.TextDocumentIdentifier("file:///x/a.py"), lsp.Position(1, 2))
    await client.text_document_hover_async(where)
    order = lsp.ExecuteCommandParams(command="job.submit", arguments=[LOGIN])
    await client.workspace_execute_command_async(order)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


def telemetry() -> list[Conversation]:
    """paho-mqtt: device calls and telemetry as JSON in PUBLISH packets."""
    with _serving(_broker) as port, Relay(port) as relay:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="sensor-7")
        connected = threading.Event()
        client.on_connect = lambda *_: connected.set()
        client.connect(LOOPBACK, relay.port)
        client.loop_start()
        assert connected.wait(10)
        for number, message in enumerate((LOGIN, SHARE, {"job_id": "7", "target": "b88d0600", "blob": "00" * 76})):
            client.publish(f"v1/devices/me/rpc/request/{number}", json.dumps(message), qos=1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()
    return relay.conversations


def queue() -> list[Conversation]:
    """redis-py: a queue of jobs, each a JSON text in a bulk string."""
    with _serving(_redis) as port, Relay(port) as relay:
        client = redis.Redis(LOOPBACK, relay.port, protocol=2)
        for message in (LOGIN, SHARE):
            client.rpush("jobs", json.dumps(message) + "\n")
        client.publish("mining.notify", json.dumps({"method": "job", "params": {"job_id": "7"}}))
        client.close()
    return relay.conversations


def documents() -> list[Conversation]:
    """pymongo: documents that hold a pool's messages, in BSON."""
    with _serving(_mongo) as port, Relay(port) as relay:
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
            LOOPBACK, relay.port, directConnection=True, serverSelectionTimeoutMS=10_000
        )
        client.pool.log.insert_many([{"line": json.dumps(SHARE)}, dict(SHARE), dict(LOGIN)])
        client.close()
    return relay.conversations


def monitoring() -> list[Conversation]:
    """zabbix_utils: a sender's values and an agent's answers."""
    with _serving(_zabbix) as port, Relay(port) as relay:
        sender = Sender(server=LOOPBACK, port=relay.port)
        sender.send([ItemValue("rig7", "mining.hashrate", "1.1e14"), ItemValue("rig7", "job_id", json.dumps(SHARE))])
        Getter(host=LOOPBACK, port=relay.port).get("mining.submit[acct]")
    return relay.conversations


def chat_in_websocket() -> list[Conversation]:
    """websockets, both ends, permessage-deflate: an application's own calls, logins and jobs."""
    said = (
        LOGIN,
        {"type": "auth", "params": {"token": "abc", "user": "alice"}},
        {"type": "submit", "params": {"job_id": "hr-7", "result": "approved"}},
        {"jsonrpc": "2.0", "id": 7, "method": "eth_subscribe", "params": ["newHeads"]},
        {"type": "chat", "text": "mining.subscribe is what miners say first: " + json.dumps(SHARE)},
    )
    answers = ({"id": 1, "result": {"status": "OK"}}, {"type": "job", "params": {"job_id": "build-17"}})
    return asyncio.run(in_websocket([json.dumps(one) for one in said], [json.dumps(one) for one in answers]))


async def in_websocket(said: list[str], answers: list[str]) -> list[Conversation]:
    """Both ends of a real WebSocket; each text said gets all of ``answers``."""

    async def answer(connection: websockets.ServerConnection) -> None:
        async for _ in connection:
            for text in answers:
                await connection.send(text)

    async with websockets.serve(answer, LOOPBACK, 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with Relay(port) as relay:
            async with websockets.connect(f"ws://{LOOPBACK}:{relay.port}/ws", proxy=None) as client:
                for text in said:
                    await client.send(text)
                    for _ in answers:
                        await client.recv()
    return relay.conversations


def wallet_back_end() -> list[Conversation]:
    """python-bitcoinrpc: a shop that asks its own bitcoind, of mining among other things."""
    with _calls_over_http() as port, Relay(port) as relay:
        node = AuthServiceProxy(f"http://shop:secret@{LOOPBACK}:{relay.port}/", timeout=10)
        node.getblockchaininfo()
        node.getmininginfo()
        node.getnetworkhashps(120)
        node.batch_([["getblockhash", 925_000], ["getblock", "00" * 32, 1], ["submit", {"job_id": "7"}]])
        node.sendrawtransaction("01" * 250)
    return relay.conversations


def downloads() -> list[Conversation]:
    """aria2p: a download manager's front end; ``gid`` and statuses by JSON-RPC."""
    with _calls_over_http() as port, Relay(port) as relay:
        client = aria2p.Client(host=f"http://{LOOPBACK}", port=relay.port, secret="job_id")
        client.add_uri(["http://files.example.org/mining.submit.iso"], {"user-agent": "XMRig/6.26.0"})
        client.tell_active()
        client.get_global_stat()
    return relay.conversations


class _Calls(BaseHTTPRequestHandler):
    """Answers every JSON-RPC call, and every batch of calls, with the same, and ends the connection: clients leave
    one that is kept open to the collector of garbage."""

    def do_POST(self) -> None:
        """One request; the name is that of the standard library."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {"difficulty": 1.1e14, "bits": "17032f14", "job_id": "7", "target": "b88d0600"}
        # bitcoind has an error in every answer, aria2 in those alone that are one.
        null = {"error": None} if self.headers["Authorization"] else {}
        one = {"jsonrpc": "2.0", "id": 7, "result": said, **null}
        body = json.dumps([one] * len(asked) if isinstance(asked, list) else one).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing to standard error."""


@contextmanager
def _calls_over_http() -> Iterator[int]:
    """A server of :class:`_Calls` on loopback; gives its port."""
    with ThreadingHTTPServer((LOOPBACK, 0), _Calls) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(10)


TALKS: dict[str, Callable[[], list[Conversation]]] = {
    "Electrum": electrum,
    "LSP": language_server,
    "MQTT": telemetry,
    "Redis": queue,
    "Mongo": documents,
    "Zabbix": monitoring,
    "WebSocket": chat_in_websocket,
    "bitcoind": wallet_back_end,
    "aria2": downloads,
}


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def _serving(serve: Serve) -> Iterator[int]:
    """A server on loopback in a thread of its own; gives its port."""
    loop = asyncio.new_event_loop()

    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(end, LOOPBACK, 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    await asyncio.sleep(0.05)


async def _broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """MQTT 3.1.1: CONNACK, and PUBACK for each PUBLISH."""
    while True:
        kind = (await reader.readexactly(1))[0] >> 4
        size = shift = 0
        while True:
            byte = (await reader.readexactly(1))[0]
            size, shift = size | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        body = await reader.readexactly(size)
        if kind == 1:
            writer.write(b"\x20\x02\x00\x00")
        elif kind == 3:
            topic_bytes = int.from_bytes(body[:2], "big")
            writer.write(b"\x40\x02" + body[2 + topic_bytes : 4 + topic_bytes])
        await writer.drain()


async def _redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RESP: reads arrays of bulk strings, answers each with a number or OK."""
    while line := await reader.readline():
        command = []
        for _ in range(int(line[1:])):
            size = int((await reader.readline())[1:])
            command.append((await reader.readexactly(size + 2))[:-2])
        writer.write(b":1\r\n" if command[0].upper() in {b"RPUSH", b"PUBLISH"} else b"+OK\r\n")
        await writer.drain()


async def _mongo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """OP_MSG and OP_QUERY answered as by a server that takes everything."""
    hello = {"ok": 1, "isWritablePrimary": True, "ismaster": True, "maxWireVersion": 21, "minWireVersion": 0}
    hello |= {"maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 1000, "n": 3}
    while True:
        head = await reader.readexactly(16)
        size, number, _, opcode = (int.from_bytes(head[at : at + 4], "little") for at in range(0, 16, 4))
        await reader.readexactly(size - 16)
        document = BSON.encode(hello)
        if opcode == 2013:
            body, code = b"\0\0\0\0\0" + document, 2013
        else:
            body, code = bytes(16) + (1).to_bytes(4, "little") + document, 1
        fields = (16 + len(body), 1, number, code)
        writer.write(b"".join(field.to_bytes(4, "little") for field in fields) + body)
        await writer.drain()


async def _zabbix(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """ZBXD frames: every request is answered as a success."""
    head = await reader.readexactly(13)
    await reader.readexactly(int.from_bytes(head[5:9], "little"))
    body = json.dumps(
        {"response": "success", "info": "processed: 2; failed: 0; total: 2; seconds spent: 0.01"}
    ).encode()
    writer.write(b"ZBXD\x01" + len(body).to_bytes(4, "little") + bytes(4) + body)
    await writer.drain()
