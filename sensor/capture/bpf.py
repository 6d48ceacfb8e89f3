"""Which packets does the kernel keep from us? Filters in tcpdump's language, compiled by libpcap, run by the kernel."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from sensor.model.errors import CaptureError

MAX_EXPRESSION_CHARS = 4096
"""libpcap's optimiser needs minutes for thousands of terms; what fits in here stays below the kernel's 4096 steps."""
_SO_ATTACH_FILTER = 26
_LIBRARIES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.so")
_ERRBUF_BYTES = 256
_OPTIMIZE = 1
_NETMASK_UNKNOWN = 0xFFFF_FFFF
_READ_TIMEOUT_MS = 100
_BPF_RET_K = 0x06


class Instruction(NamedTuple):
    """One instruction of classic BPF (struct sock_filter)."""

    code: int
    jump_true: int
    jump_false: int
    k: int


KEEP_NOTHING = (Instruction(_BPF_RET_K, 0, 0, 0),)


def keep_all(snaplen_bytes: int) -> tuple[Instruction, ...]:
    """Keep every packet, cut to ``snaplen_bytes``."""
    return (Instruction(_BPF_RET_K, 0, 0, snaplen_bytes),)


def check_filter(expression: str, linktype: int = 1) -> None:
    """Raise CaptureError for an expression that libpcap does not understand. Needs no privilege and no interface."""
    pcap = _libpcap()
    handle = pcap.pcap_open_dead(linktype, 65535)
    try:
        _compile(pcap, handle, expression, str(expression))
    finally:
        pcap.pcap_close(handle)


def compile_filter(expression: str, interface: str, snaplen_bytes: int) -> tuple[Instruction, ...]:
    """The program that keeps what ``expression`` names (pcap-filter(7)), cut to ``snaplen_bytes``.

    libpcap looks at the live interface, because the kernel takes VLAN tags out before a filter sees the frame, and only
    then does it ask for them in the right place. Raises CaptureError: no libpcap, no privilege, bad expression.
    """
    pcap = _libpcap()
    trouble = ctypes.create_string_buffer(_ERRBUF_BYTES)
    handle = pcap.pcap_open_live(interface.encode(), snaplen_bytes, 0, _READ_TIMEOUT_MS, trouble)
    if not handle:
        text = trouble.value.decode(errors="replace")
        raise CaptureError(f"{interface}: filter cannot be compiled: {text}; check the interface and CAP_NET_RAW")
    try:
        return _compile(pcap, handle, expression, interface)
    finally:
        pcap.pcap_close(handle)


def attach(sock: socket.socket, program: Sequence[Instruction]) -> None:
    """Make the kernel run ``program`` on every packet for ``sock``; it replaces the one before. Raises OSError."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(code)))


class _Program(ctypes.Structure):
    """struct bpf_program."""

    _fields_ = (("length", ctypes.c_uint), ("steps", ctypes.c_void_p))


def _compile(pcap: ctypes.CDLL, handle: int, expression: str, where: str) -> tuple[Instruction, ...]:
    program = _Program()
    if pcap.pcap_compile(handle, ctypes.byref(program), expression.encode(), _OPTIMIZE, _NETMASK_UNKNOWN):
        text = pcap.pcap_geterr(handle).decode(errors="replace")
        raise CaptureError(f"{where}: filter '{expression}': {text}; see pcap-filter(7) for the language")
    try:
        raw = ctypes.string_at(program.steps or 0, program.length * 8)
        return tuple(Instruction(*step) for step in struct.iter_unpack("=HBBI", raw))
    finally:
        pcap.pcap_freecode(ctypes.byref(program))


@cache
def _libpcap() -> ctypes.CDLL:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return _declared(library)
    raise CaptureError(
        "capture filter: libpcap is not installed; install it (Debian: libpcap0.8) or leave the filter out"
    )


def _declared(pcap: ctypes.CDLL) -> ctypes.CDLL:
    handle, text = ctypes.c_void_p, ctypes.c_char_p
    pcap.pcap_open_dead.argtypes, pcap.pcap_open_dead.restype = [ctypes.c_int, ctypes.c_int], handle
    pcap.pcap_open_live.argtypes = [text, ctypes.c_int, ctypes.c_int, ctypes.c_int, text]
    pcap.pcap_open_live.restype = handle
    program = ctypes.POINTER(_Program)
    pcap.pcap_compile.argtypes = [handle, program, text, ctypes.c_int, ctypes.c_uint32]
    pcap.pcap_freecode.argtypes, pcap.pcap_freecode.restype = [program], None
    pcap.pcap_geterr.argtypes, pcap.pcap_geterr.restype = [handle], text
    pcap.pcap_close.argtypes, pcap.pcap_close.restype = [handle], None
    return pcap
