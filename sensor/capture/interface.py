"""What is passing an interface right now? Opens AF_PACKET as a packet source."""

from __future__ import annotations

import socket

import structlog

from sensor.capture import bpf, packet_socket
from sensor.capture.interface_options import CaptureMode, InterfaceOptions
from sensor.capture.live import InterfaceSource, LiveCounters, Opened, Reader
from sensor.capture.packet_socket import KernelCounters, Link
from sensor.capture.raw_socket import RawReader
from sensor.capture.ring import Ring
from sensor.model.errors import CaptureError

__all__ = [
    "CaptureMode",
    "InterfaceOptions",
    "InterfaceSource",
    "KernelCounters",
    "Link",
    "LiveCounters",
    "open_interface",
]
_MAX_SOCKET_BUFFER_BYTES = (1 << 30) - 1
log = structlog.get_logger(__name__)


def open_interface(options: InterfaceOptions) -> InterfaceSource:
    """Start to capture. Privileges may be dropped afterwards: nothing that follows needs them.

    Raises CaptureError when the interface is missing or down or of an unknown kind, when CAP_NET_RAW or ring memory is
    missing, and for a filter that libpcap does not understand.
    """
    if options.mode is CaptureMode.SOCKET:
        return InterfaceSource(options, _open(options, with_ring=False))
    try:
        return InterfaceSource(options, _open(options, with_ring=True))
    except _NoRingError as fault:
        if options.mode is CaptureMode.RING:
            raise CaptureError(
                f"{options.interface}: no ring of {options.ring_bytes} bytes: {fault}; "
                "lower blocks or block_bytes, free memory, or set mode: auto"
            ) from fault
        log.warning("capture.fallback", interface=options.interface, mode="socket", reason=str(fault))
        return InterfaceSource(options, _open(options, with_ring=False, fallback=str(fault)))


class _NoRingError(Exception):
    """The kernel made no ring."""


def _open(options: InterfaceOptions, *, with_ring: bool, fallback: str | None = None) -> Opened:
    """Socket, reader, filter and bind in the order that lets no packet in too early.

    Until the socket is in its fanout group it would see every flow, so a filter keeps everything out till then.
    """
    sock = packet_socket.open_packet_socket(options.interface)
    reader: Reader | None = None
    try:
        link = packet_socket.look_up(sock, options.interface)
        program = _program(options)
        bpf.attach(sock, bpf.KEEP_NOTHING)
        reader = _ring(sock, link, options) if with_ring else _raw(sock, link, options)
        if link.is_loopback:
            packet_socket.ignore_outgoing(sock)
        sock.bind((link.name, packet_socket.ETH_P_ALL))
        if options.promiscuous:
            packet_socket.set_promiscuous(sock, link)
        if options.fanout_group is not None:
            packet_socket.join_fanout(sock, link, options.fanout_group)
        bpf.attach(sock, program)
        return Opened(sock, link, reader, fallback)
    except BaseException as fault:
        if reader is not None:
            reader.close()
        sock.close()
        if isinstance(fault, OSError):
            raise CaptureError(f"{options.interface}: cannot capture: {packet_socket.reason(fault)}") from fault
        raise


def _program(options: InterfaceOptions) -> tuple[bpf.Instruction, ...]:
    if options.filter:
        return bpf.compile_filter(options.filter, options.interface, options.snaplen_bytes)
    return bpf.keep_all(options.snaplen_bytes)


def _ring(sock: socket.socket, link: Link, options: InterfaceOptions) -> Ring:
    try:
        return Ring(sock, link, options.block_bytes, options.blocks, options.block_timeout_ms)
    except OSError as fault:
        raise _NoRingError(packet_socket.reason(fault)) from fault


def _raw(sock: socket.socket, link: Link, options: InterfaceOptions) -> RawReader:
    return RawReader(sock, link, min(options.ring_bytes, _MAX_SOCKET_BUFFER_BYTES), options.snaplen_bytes)
