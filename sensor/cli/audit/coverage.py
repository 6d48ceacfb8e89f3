"""What was looked at, what could not be seen, and what does that mean? The rows behind "nothing was found"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sensor.audit.coverage import SILENCE_NS
from sensor.audit.run import AuditReport
from sensor.audit.watch import Watch
from sensor.cli.audit.items import ITEMS, Item
from sensor.cli.audit.view import clock
from sensor.model.bilingual import Words
from sensor.model.wire import timestamp
from sensor.version import __version__

SHORT_S = 24 * 3600
"""A shorter look may miss machines that mine at night only."""
ONE_SIDED_SHARE = 0.05
MIN_WATCHED = timedelta(seconds=SHORT_S)
MIN_HEARD_SHARE = 0.99
_DAY_S = 86_400
MAX_SET_AGE_S = 14 * _DAY_S
MAX_CLOCK_ERROR_MS = 100.0
_SENSORS_NAMED = 10
_NS = 1_000_000_000
_NONE = Words("无", "none")
_OFF = Words("未同步", "not synchronised")
_IN_ORDER = Words("正常", "in order")


@dataclass(frozen=True, slots=True)
class Row:
    """One item: its value, what that means, and whether it limits the conclusion."""

    item: Words
    value: Words
    meaning: Words
    is_note: bool


def coverage_rows(report: AuditReport) -> list[Row]:
    """All rows in the order in which they are read."""
    if report.watch is not None:
        return [*_watched(report.watch), *_damage(report), *_table(report), *_version(report)]
    return [*_time(report), *_frames(report), *_flows(report), *_losses(report), *_assets(report), *_version(report)]


def _row(item: Item, value: Words | str, *, is_note: bool | None = None, **values: object) -> Row:
    """What an item means is told when it limits the conclusion; where that is not asked (None), always."""
    words = ITEMS[item]
    meaning = _IN_ORDER if is_note is False else words.meaning.put(**values)
    return Row(words.name, Words(value, value) if isinstance(value, str) else value, meaning, bool(is_note))


def _time(report: AuditReport) -> Iterator[Row]:
    seen = report.coverage
    if seen.first_ns is None:
        yield _row(Item.NOTHING, _NONE, is_note=True)
        return
    span_s = (seen.last_ns - seen.first_ns) / _NS
    value = f"{clock(timestamp(seen.first_ns))} – {clock(timestamp(seen.last_ns))} ({_span(span_s)})"
    yield _row(Item.SPAN, value, is_note=span_s < SHORT_S)
    if seen.silences:
        longest = _span(seen.longest_silence_ns / _NS)
        is_long = seen.longest_silence_ns > 10 * SILENCE_NS
        yield _row(Item.SILENCES, str(seen.silences), is_note=is_long or None, span=longest)


def _frames(report: AuditReport) -> Iterator[Row]:
    seen = report.coverage
    yield _row(Item.PACKETS, f"{seen.packets:,} / {seen.bytes:,}", is_note=False)
    cut = _share(seen.truncated, seen.packets)
    yield _row(Item.CUT, cut, is_note=seen.truncated > 0, shortest=seen.shortest_cut_bytes)
    yield _row(Item.BROKEN, _share(seen.broken, seen.packets), is_note=seen.broken > 0)
    yield _row(Item.OTHER, _share(seen.other, seen.packets))
    if seen.fragments:
        yield _row(Item.FRAGMENTS, _share(seen.fragments, seen.packets), is_note=True)


def _flows(report: AuditReport) -> Iterator[Row]:
    flows, seen = report.flows, report.coverage
    yield _row(Item.FLOWS, f"{flows.with_data:,} (TCP {flows.tcp:,})", is_note=False)
    is_one_sided = flows.one_sided > ONE_SIDED_SHARE * max(flows.tcp, 1)
    yield _row(Item.ONE_SIDED, _share(flows.one_sided, flows.tcp), is_note=is_one_sided)
    by_bytes = _share(seen.encrypted_bytes, seen.payload_bytes)
    yield _row(Item.ENCRYPTED, _share(flows.encrypted, flows.with_data), is_note=flows.encrypted > 0, by_bytes=by_bytes)
    if seen.uncounted_packets:
        yield _row(Item.UNCOUNTED, f"{seen.uncounted_packets:,}", is_note=True)


def _losses(report: AuditReport) -> Iterator[Row]:
    if report.live is not None:
        kernel = report.live.kernel
        yield _row(Item.DROPS, _share(kernel.drops, kernel.packets), is_note=kernel.drops > 0)
        if report.live.outages:
            yield _row(Item.OUTAGES, str(report.live.outages), is_note=True)
    yield from _damage(report)
    engine = report.engine
    if given_up := engine.unfollowed_candidates + engine.shed_heads + engine.evicted_flows:
        yield _row(Item.GIVEN_UP, f"{given_up:,}", is_note=True)
    if engine.lost_bytes:
        yield _row(Item.LOST, f"{engine.lost_bytes:,}", is_note=True)
    if report.left_out:
        yield _row(Item.LINK_FULL, f"{report.left_out:,}", is_note=True)


def _watched(watch: Watch) -> Iterator[Row]:
    """What sensors said of themselves; a conclusion reaches as far as they were watching."""
    ends = watch.whole()
    if ends is None:
        yield _row(Item.SILENT, _NONE, is_note=True)
        return
    (first, last), whole = ends, ends[1] - ends[0]
    heard, gap = watch.heard()
    span = f"{clock(first)} – {clock(last)} ({_span(whole.total_seconds())})"
    yield _row(Item.SPAN, span, is_note=whole < MIN_WATCHED)
    share = f"{_span(heard.total_seconds())} / {_span(whole.total_seconds())} ({heard / whole:.1%})"
    yield _row(Item.HEARD, share, is_note=heard < MIN_HEARD_SHARE * whole, gap=_span(gap.total_seconds()))
    if not watch.packets:
        yield _row(Item.NOTHING, _NONE, is_note=True)
    yield _row(Item.PACKETS, f"{watch.packets:,} / {watch.bytes:,}", is_note=False)
    yield _row(
        Item.DROPS, _share(watch.kernel_drops, watch.packets + watch.kernel_drops), is_note=watch.kernel_drops > 0
    )
    if watch.shed:
        yield _row(Item.GIVEN_UP, f"{watch.shed:,}", is_note=True)
    yield _row(Item.SET_AGE, str(watch.signature_age_s // _DAY_S), is_note=watch.signature_age_s > MAX_SET_AGE_S)
    is_off = watch.is_unsynchronised or watch.clock_error_ms > MAX_CLOCK_ERROR_MS
    yield _row(Item.CLOCK, _OFF if watch.is_unsynchronised else f"{watch.clock_error_ms:.1f}", is_note=is_off)
    yield _row(Item.BY_ADDRESS, ", ".join(sorted(watch.spans)[:_SENSORS_NAMED]))


def _damage(report: AuditReport) -> Iterator[Row]:
    if report.damage:
        yield _row(Item.DAMAGE, report.damage, is_note=True)


def _table(report: AuditReport) -> Iterator[Row]:
    if report.table is None:
        yield _row(Item.NO_TABLE, _NONE, is_note=True)
    elif faults := len(report.table.faults) + report.table.more_faults:
        yield _row(Item.FAULTS, str(faults), is_note=True)


def _assets(report: AuditReport) -> Iterator[Row]:
    table = report.table
    if table is None:
        yield from _table(report)
        return
    yield _row(Item.NEVER_SEEN, _share(len(report.never_seen), len(table.assets)), is_note=bool(report.never_seen))
    unlisted = len(report.unknown) + report.more_unknown
    yield _row(Item.UNLISTED, _share(unlisted, report.seen_addresses), is_note=unlisted > 0)
    yield from _table(report)


def _version(report: AuditReport) -> Iterator[Row]:
    yield _row(Item.VERSION, f"Minewatch {__version__} · {report.fingerprint}")


def _share(part: int, whole: int) -> str:
    percent = f" ({100 * part / whole:.3g}%)" if whole else ""
    return f"{part:,} / {whole:,}{percent}"


def _span(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s" if minutes else f"{seconds:.1f} s"
