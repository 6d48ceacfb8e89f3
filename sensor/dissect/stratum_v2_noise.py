"""Is this an encrypted Stratum V2 session, and how many shares does it hand in? Known by lengths, in sequence, alone.

Noise NX with 64-byte keys (Stratum V2 specification, 04 "Protocol Security"): the client sends 64 random bytes, the
server answers with exactly 234, and then every frame is 22 bytes of header, the payload and 16 bytes. Nothing can be
read: what pools answer to shares is not told, and a session that was joined in the middle is never recognised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import count

from sensor.dissect.probe import Probe
from sensor.model.flow import Direction
from sensor.model.observation import Observation

KEY_BYTES, ANSWER_BYTES = 64, 234
FRAME_BYTES = 22 + 16
"""What encryption adds to a payload."""
BURST_GAP_NS = 1_000_000
"""Bytes of one side that come closer together than this are one burst: a segment is no message."""
MAX_PROBED_BYTES = 1024
"""A stream with more bytes than these, of which :func:`probe` was not certain before, is none."""
PROBED_BURSTS = 2
"""As many :func:`probe` looks at: once a third one has begun its answer stands."""
MAX_SHARES = 1024
"""Shares told of one burst at a time."""
MIN_EQUAL, MIN_EQUAL_ALONE = 2, 5
"""Bursts of one length that are taken for shares: where both sides are seen, and where the client's alone is."""
_KEY, _ANSWER = range(KEY_BYTES, KEY_BYTES + 1), range(ANSWER_BYTES, ANSWER_BYTES + 1)
_SETUP = range(FRAME_BYTES + 16, FRAME_BYTES + 600)
"""SetupConnection: 16 bytes and five texts."""
_SETUP_DONE = range(FRAME_BYTES + 6, FRAME_BYTES + 7)
_OPEN = range(FRAME_BYTES + 41, FRAME_BYTES + 600)
"""OpenStandardMiningChannel, or the extended one: 41 bytes at the least, and who mines."""
_OPENED = range(FRAME_BYTES + 45, 65_536)
"""The answer, as a rule together with the first job."""
_UPDATE_CHANNEL = FRAME_BYTES + 40
_SHARE_LENGTHS = frozenset({FRAME_BYTES + 24, *range(FRAME_BYTES + 27, FRAME_BYTES + 58)} - {_UPDATE_CHANNEL})
"""SubmitSharesStandard, and SubmitSharesExtended with an extra nonce of 2 to 32 bytes."""
_MIN_DISTINCT = {KEY_BYTES: 45, ANSWER_BYTES: 125}
"""Different byte values that so many random bytes have, but for one time in a million (on average 57 and 154)."""


@dataclass(slots=True)
class Burst:
    """What one side sends before the other does, or before it rests. ``head`` is as much as a handshake needs."""

    direction: Direction
    last_ns: int
    size: int
    head: bytes

    def takes(self, direction: Direction, at_ns: int, data: bytes) -> bool:
        """Add the next bytes of the stream, if they belong to this burst."""
        if direction is not self.direction or at_ns - self.last_ns > BURST_GAP_NS:
            return False
        self.last_ns, self.size = at_ns, self.size + len(data)
        if len(self.head) < ANSWER_BYTES:
            self.head += data[: ANSWER_BYTES - len(self.head)]
        return True


def grow(bursts: list[Burst], direction: Direction, at_ns: int, data: bytes) -> None:
    """Add the next bytes of a stream to the last of its bursts, or as a new one."""
    if not bursts or not bursts[-1].takes(direction, at_ns, data):
        bursts.append(Burst(direction, at_ns, len(data), data[:ANSWER_BYTES]))


def probe(bursts: list[Burst]) -> Probe:
    """Do the first bursts of a stream have the lengths of the handshake? Where one side is silent: two of the other."""
    if not bursts:
        return Probe.UNSURE
    client, reading, is_whole = setup_of(bursts[:PROBED_BURSTS])
    if not _is_random(bursts[0]) or (is_whole and not _is_random(bursts[1])):
        return Probe.NOT_FOR_US
    if reading is Probe.UNSURE and len(bursts) > 1:
        alone = _SETUP if bursts[0].direction is client else _SETUP_DONE
        return Probe.CERTAIN if bursts[1].size in (_ANSWER if is_whole else alone) else Probe.UNSURE
    return reading


class StratumV2Noise:
    """Dissector of a session whose first bursts :func:`probe` has recognised; it has to be given them again.

    Messages have the names of the plain protocol. The setup is told once, when the lengths behind it fit as well;
    where the client's side is seen alone, only together with its first shares.
    """

    def __init__(self) -> None:
        self._bursts: list[Burst] = []
        """Those of the handshake; behind it the present one alone."""
        self._reading = Probe.UNSURE
        self._client = Direction.ORIG
        self._is_told = False
        self._shares = ShareLengths()
        self._serials = count(1)

    def held_bytes(self) -> int:
        """About what it remembers: some lengths, no bytes."""
        return 4_096

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """What the lengths so far tell: a setup, then shares."""
        if gap and self._reading is Probe.UNSURE:
            self._reading = Probe.NOT_FOR_US
        if self._reading is Probe.NOT_FOR_US:
            return []
        shares = 0
        if not self._bursts or not self._bursts[-1].takes(direction, at_ns, data):
            shares = self._end_of_burst()
            self._bursts.append(Burst(direction, at_ns, len(data), b""))
        found = self._handshake() if self._reading is Probe.UNSURE else []
        if self._reading is Probe.CERTAIN and direction is self._client:
            shares += self._shares.grow(self._bursts[-1].size)
        if shares and not self._is_told:
            found.append(self._tell("SetupConnection", self._client, at_ns))
        return found + [self._tell("SubmitShares", self._client, at_ns) for _ in range(shares)]

    def _handshake(self) -> list[Observation]:
        self._client, self._reading, is_whole = setup_of(self._bursts)
        if self._reading is not Probe.CERTAIN:
            return []
        last = self._bursts.pop()
        self._shares = ShareLengths(MIN_EQUAL if is_whole else MIN_EQUAL_ALONE, skipped=1 if is_whole else 0)
        self._bursts = [last]
        return (
            []
            if last.direction is self._client
            else [self._tell("SetupConnection.Success", last.direction, last.last_ns)]
        )

    def _end_of_burst(self) -> int:
        """The shares that the end of the last burst tells."""
        if self._reading is not Probe.CERTAIN or not self._bursts:
            return 0
        last = self._bursts.pop()
        return self._shares.end(last.size) if last.direction is self._client else 0

    def _tell(self, message: str, direction: Direction, at_ns: int) -> Observation:
        self._is_told = True
        fields = {"stratumv2": {"message": message, "encrypted": True}}
        return Observation(direction, at_ns, fields, serial=next(self._serials))


def setup_of(bursts: list[Burst]) -> tuple[Direction, Probe, bool]:
    """Who the client is, whether the lengths are those of a setup, and whether both sides are seen."""
    sizes, ways = [burst.size for burst in bursts], [burst.direction for burst in bursts]
    client = ways[0] if sizes[0] <= KEY_BYTES else ways[0].other
    if len(set(ways)) == 2:
        wanted = [_KEY, _ANSWER, _SETUP, _SETUP_DONE]
        return client, _compare(sizes, wanted), True
    if ways[0] is client:
        # The fourth burst ends the third.
        return client, _compare(sizes, [_KEY, _SETUP, _OPEN, range(1, 65_536)]), False
    return client, _compare(sizes, [_ANSWER, _SETUP_DONE, _OPENED]), False


class ShareLengths:
    """Which bursts of a client are shares? Those of the length that comes again first, and multiples of it."""

    def __init__(self, min_equal: int = MIN_EQUAL, *, skipped: int = 0) -> None:
        self._min_equal = min_equal
        self._skipped = skipped
        """Bursts still to come that are no share whatever their length: the opening of the channel."""
        self._seen: Counter[int] = Counter()
        self._share_bytes = 0
        self._told = 0
        """Shares of the present burst that were told."""

    def grow(self, size: int) -> int:
        """Shares that the present burst has become by growing to ``size``."""
        if not self._share_bytes or size % self._share_bytes:
            return 0
        new = size // self._share_bytes - self._told
        self._told += new
        return min(new, MAX_SHARES)

    def end(self, size: int) -> int:
        """Shares that become known by the end of a burst of ``size``."""
        self._told = 0
        if self._share_bytes or self._skipped:
            self._skipped = max(0, self._skipped - 1)
            return 0
        if size not in _SHARE_LENGTHS:
            return 0
        self._seen[size] += 1
        if self._seen[size] < self._min_equal:
            return 0
        self._share_bytes = size
        return self._min_equal


def _compare(sizes: list[int], wanted: list[range]) -> Probe:
    """Sizes against a sequence; the last one may still grow."""
    *ended, last = sizes
    if len(sizes) > len(wanted) or any(size not in fits for size, fits in zip(ended, wanted, strict=False)):
        return Probe.NOT_FOR_US
    fits = wanted[len(ended)]
    if last >= fits.stop:
        return Probe.NOT_FOR_US
    return Probe.CERTAIN if len(sizes) == len(wanted) and last in fits else Probe.UNSURE


def _is_random(burst: Burst) -> bool:
    """False when a burst is no key, for all its length: text and structures repeat themselves."""
    return len(set(burst.head)) >= _MIN_DISTINCT.get(burst.size, 0)
