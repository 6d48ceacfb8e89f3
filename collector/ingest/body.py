"""What did the sensor send? A bounded body, decompressed, as numbered rows of text."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from django.http import HttpRequest

from collector.faults import ApiError
from collector.settings.config import IngestOptions

CONTENT_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_GZIP_WINDOW_BITS = 31


def read_body(request: HttpRequest, options: IngestOptions) -> bytes:
    """The decompressed body; raises ``ApiError`` 400, 411, 413 or 415."""
    if request.content_type not in CONTENT_TYPES:
        raise ApiError(415, f"content type {request.content_type!r} is not taken", "send application/x-ndjson")
    raw = _read_bounded(request, options.max_body_bytes)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        raw = gunzip(raw, options.max_decompressed_bytes)
    elif encoding not in ("", "identity"):
        raise ApiError(415, f"content encoding {encoding!r} is not taken", "send gzip or no encoding")
    if len(raw) > options.max_decompressed_bytes:
        raise _too_large(options.max_decompressed_bytes, "decompressed")
    return raw


def numbered_rows(body: bytes, max_rows: int) -> Iterator[tuple[int, str]]:
    """Line number (from 1) and text of every line that is not blank; raises ``ApiError`` 400 or 413."""
    # Counted before anything is split: a body of bare newlines must not become millions of objects.
    if body.count(b"\n") > max_rows:
        raise ApiError(413, f"more than {max_rows} rows", "send smaller batches")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ApiError(400, f"body is not UTF-8 at byte {fault.start}", "send NDJSON in UTF-8") from None
    # Only \n ends a row: JSON strings may hold other characters that str.splitlines would cut at.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def gunzip(raw: bytes, max_bytes: int) -> bytes:
    """One gzip member of at most ``max_bytes`` content; raises ``ApiError`` 400 or 413."""
    inflater = zlib.decompressobj(_GZIP_WINDOW_BITS)
    try:
        content = inflater.decompress(raw, max_bytes + 1)
    except zlib.error:
        raise ApiError(400, "body is not gzip", "compress with gzip, or drop Content-Encoding") from None
    if len(content) > max_bytes:
        raise _too_large(max_bytes, "decompressed")
    if not inflater.eof:
        raise ApiError(400, "gzip body ends early", "send the whole body again")
    if inflater.unused_data:
        raise ApiError(400, "bytes follow the gzip body", "send one gzip member")
    return content


def _read_bounded(request: HttpRequest, max_bytes: int) -> bytes:
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise ApiError(411, "no Content-Length", "send the body in one piece, not chunked")
    if int(length) > max_bytes:
        raise _too_large(max_bytes, "sent")
    raw: bytes = request.read(max_bytes + 1)
    if len(raw) < int(length):
        raise ApiError(400, "body ends early", "send the whole body again")
    return raw


def _too_large(max_bytes: int, stage: str) -> ApiError:
    return ApiError(413, f"body is larger than {max_bytes} bytes {stage}", "send smaller batches")
