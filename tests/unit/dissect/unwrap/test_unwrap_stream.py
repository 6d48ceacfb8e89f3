"""What does a stream speak, however often it is wrapped?"""

import gzip
import random
import ssl
import zlib

import pytest
from unwrap_kit import DOWN, UP, Told, cut, methods

from sensor.dissect.unwrap.layer import Asked, Bounds, ComesFrom, Entered, InnerHello, InnerOpaque
from sensor.dissect.unwrap.stream import MAX_HELD_BYTES, Unknown
from sensor.model.flow import Endpoint
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.named import WRAPS

PLACE = Place(Endpoint("192.0.2.1", 49_152), Endpoint("198.51.100.7", 3333), "pool.example.org")
SUBSCRIBE, NOTIFY = b'{"id":1,"method":"mining.subscribe","params":[]}\n', b'{"method":"mining.notify","params":[]}\n'
TALK = [(UP, SUBSCRIBE), (DOWN, NOTIFY)]


def wrapped(names, said):
    """A conversation inside wraps, the first one outermost."""
    for name in reversed(names.split()):
        wrap = WRAPS[name](PLACE, random.Random(name))
        said = [*wrap.greeting(), *((way, one) for way, data in said for one in wrap.pack(way, data))]
    return said


NESTS = [
    ("", []),
    ("socks5", ["socks5"]),
    ("socks4 connect", ["socks4", "http-connect"]),
    ("connect connect-auth", ["http-connect", "http-connect"]),
    ("socks5-auth connect socks4a", ["socks5", "http-connect", "socks4"]),
    ("connect websocket-deflate", ["http-connect", "websocket"]),
    ("proxy-v2 websocket-binary socks5 websocket", ["proxy-header", "websocket", "socks5", "websocket"]),
    ("proxy-v1 connect", ["proxy-header", "http-connect"]),
    ("proxy-v1 proxy-v2", ["proxy-header", "proxy-header"]),
]


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(("names", "layers"), NESTS)
def test_layers_are_told_outermost_first_and_taken_off(names, layers, size):
    told = Told()
    assert methods(told, cut(wrapped(names, TALK), size)) == ["mining.subscribe", "mining.notify"]
    assert [news.layer for news in told.news if isinstance(news, Entered)] == layers


@pytest.mark.parametrize(("side", "method"), [(UP, "mining.subscribe"), (DOWN, "mining.notify")])
@pytest.mark.parametrize(("names", "layers"), NESTS)
def test_one_side_is_enough(names, layers, side, method):
    told = Told()
    assert methods(told, [one for one in wrapped(names, TALK) if one[0] is side]) == [method]


@pytest.mark.parametrize("name", ["socks4a", "socks5", "connect", "connect-auth"])
def test_the_target_is_told(name):
    told = Told()
    methods(told, wrapped(name, TALK))
    asked = {(news.host, news.port, news.direction) for news in told.news if isinstance(news, Asked)}
    assert asked == {("pool.example.org", 3333, UP)}


def test_the_client_behind_a_balancer_is_told():
    told = Told()
    methods(told, wrapped("proxy-v2", TALK))
    assert ComesFrom("10.20.30.40", 40_123) in told.news


def test_a_handshake_names_its_host_and_who_asked():
    told = Told()
    methods(told, wrapped("websocket", TALK))
    assert [(news.host, news.direction) for news in told.news] == [("pool.example.org", UP)]


def test_too_many_layers_are_cut_and_counted():
    told = Told(Bounds(max_layers=2))
    assert methods(told, wrapped("socks5 connect socks4", TALK)) == []
    assert told.cuts.layers == 1
    assert told.news[-1] == InnerOpaque()


def test_what_is_inside_may_be_opaque():
    told = Told()
    noise = [(UP, b"\xfe" + bytes(40)), (DOWN, b"\xfd" + bytes(40))]
    assert methods(told, wrapped("socks5", noise)) == []
    assert told.news[-1] == InnerOpaque()


def test_a_stream_that_never_tells_is_given_up():
    told = Told()
    undecided = [(UP, b"P"), *[(DOWN, b"word " * 3000)] * (MAX_HELD_BYTES // 15_000 + 1)]
    assert methods(told, undecided)[-1] is Unknown.OPAQUE


REFUSED = [
    # what the server says to a wish to leave HTTP, and the client goes on in HTTP
    ("CONNECT pool.example.org:3333 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
    ("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
]


@pytest.mark.parametrize(("request_", "answer"), REFUSED)
def test_http_goes_on_where_leaving_it_is_refused(request_, answer):
    told = Told()
    call = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(SUBSCRIBE), SUBSCRIBE)
    said = [(UP, request_.encode()), (DOWN, answer.encode()), (UP, call)]
    assert methods(told, said) == ["mining.subscribe"]
    assert told.news == []


@pytest.mark.parametrize(("request_", "answer"), REFUSED)
def test_calls_sent_before_a_refusal_are_read_after_it(request_, answer):
    call = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(SUBSCRIBE), SUBSCRIBE)
    first = (DOWN, b"HTTP/1.1 100 Continue\r\n\r\n")
    assert methods(Told(), [first, (UP, request_.encode()), (UP, call), (DOWN, answer.encode())]) == [
        "mining.subscribe"
    ]


def test_an_upgrade_on_a_kept_connection_is_found():
    page = [(UP, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    assert methods(Told(), [*page, *wrapped("websocket", TALK)]) == ["mining.subscribe", "mining.notify"]


HELLO_LINE = b'{"id":0,"method":"mining.hello","params":{}}\n'
WELCOME = b'{"id":0,"result":{"encoding":"gzip"}}\n'


def one_stream(lines):
    packer = zlib.compressobj(wbits=31)
    return [packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH) for line in lines]


@pytest.mark.parametrize("pack", [one_stream, lambda lines: [gzip.compress(line, mtime=0) for line in lines]])
@pytest.mark.parametrize("size", [1, 6, 10_000])
def test_lines_go_over_to_gzip(pack, size):
    told = Told()
    up = [(UP, one) for one in pack([SUBSCRIBE, SUBSCRIBE])]
    down = [(DOWN, one) for one in pack([NOTIFY, NOTIFY])]
    said = cut([(UP, HELLO_LINE), (DOWN, WELCOME), *up, *down], size)
    assert methods(told, said) == ["mining.hello", *["mining.subscribe"] * 2, *["mining.notify"] * 2]
    assert told.news == [Entered("gzip")]
    assert told.cuts.inflations == 0


def test_a_gzip_bomb_is_cut_and_plain_lines_are_read_again():
    told = Told(Bounds(max_inflated_bytes=100_000))
    bomb = gzip.compress(bytes(20_000_000), mtime=0)
    assert methods(told, [(UP, HELLO_LINE), (UP, bomb), (UP, SUBSCRIBE)]) == ["mining.hello", "mining.subscribe"]
    assert told.cuts.inflations >= 1


def test_more_gzip_members_than_one_chunk_may_hold_are_cut():
    told = Told()
    flood = gzip.compress(b"", mtime=0) * 3000
    assert methods(told, [(UP, HELLO_LINE), (UP, flood), (UP, SUBSCRIBE)]) == ["mining.hello", "mining.subscribe"]
    assert told.cuts.inflations == 1


def test_tls_inside_is_told():
    told = Told()
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname="pool.example.org")
    with pytest.raises(ssl.SSLWantReadError):
        inner.do_handshake()
    assert methods(told, wrapped("socks5-address", [(UP, to_server.read())])) == []
    (hello,) = [news for news in told.news if isinstance(news, InnerHello)]
    assert (hello.hello.sni, hello.direction) == ("pool.example.org", UP)
