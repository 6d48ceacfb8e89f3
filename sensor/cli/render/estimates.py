"""How do a session's estimates read: rate, machines, power, energy, refused shares?"""

from __future__ import annotations

from collections.abc import Iterable

from sensor.model.bilingual import Lang, Words
from sensor.model.wire import ChecksumState, Detection, Fleet, Interval, Role

STEPS = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
ROLES = {
    Role.MINER: Words("矿机", "miner"),
    Role.PROXY: Words("矿池代理", "proxy"),
    Role.BROWSER_MINER: Words("网页挖矿", "browser miner"),
}
CLAIMED = Words("自报", "claimed")
CARRIED = Words("已计入代理", "in its proxy's")
MACHINES = Words("台", "machines")
REJECTED = Words("拒绝", "rejected")
STALE = Words("过期", "stale")
DUPLICATE = Words("重复", "duplicate")
LOW = Words("难度不足", "low difficulty")
RESUBMITTED = Words("重复提交", "handed in again")
BAD_WALLET = Words("校验和错误", "bad checksum")


def role_text(detection: Detection, lang: Lang = Lang.BOTH) -> str:
    """What the local address was judged to be."""
    return ROLES[detection.role].told(lang)


def account_text(detection: Detection, lang: Lang = Lang.BOTH) -> str:
    """The account; a wallet whose checksum does not hold is marked."""
    bad = detection.account_checksum is ChecksumState.BAD
    return (detection.account or "") + (f" ({BAD_WALLET.told(lang)})" if bad else "")


def shares_text(detection: Detection, lang: Lang = Lang.BOTH) -> str:
    """``accepted/submitted``, what was rejected, and why where the pool says it."""
    shares = detection.shares
    counted = (
        (REJECTED, shares.rejected),
        (STALE, shares.stale),
        (DUPLICATE, shares.duplicate),
        (LOW, shares.low_difficulty),
        (RESUBMITTED, shares.resubmitted),
    )
    parts = [f"{words.told(lang)} {count}" for words, count in counted if count]
    return f"{shares.accepted}/{shares.submitted}" + (f" ({', '.join(parts)})" if parts else "")


def rate_text(detection: Detection, lang: Lang = Lang.BOTH) -> str:
    """``1.98 kH/s (1.78–2.19)``: the estimate and its bounds. What miners only claim is marked as their claim."""
    if detection.hashrate is not None:
        carried = f" · {CARRIED.told(lang)}" if detection.counted_in else ""
        return with_bounds(detection.hashrate, detection.hashrate.unit) + carried
    said = detection.reported
    return "" if said is None else f"{CLAIMED.told(lang)} {scaled_text(said.value, said.unit)}"


def recent_text(detection: Detection) -> str:
    """The same of the last 15 minutes."""
    rate = detection.hashrate
    return "" if rate is None or rate.last_15m is None else with_bounds(rate.last_15m, rate.unit)


def power_text(detection: Detection) -> str:
    """``55 W (4.1–160)``; nothing where the wire does not tell."""
    return "" if detection.power_w is None else with_bounds(detection.power_w, "W")


def energy_text(detection: Detection) -> str:
    """``1.2 kWh (0.4–3.1)`` for the mining time seen; nothing where the wire does not tell."""
    return "" if detection.energy_kwh is None else kwh_text(detection.energy_kwh)


def fleet_text(detection: Detection, lang: Lang = Lang.BOTH) -> str:
    """``12–330 台 machines``, ``≥ 5 台 machines``; nothing where nothing speaks of more than one."""
    fleet = detection.fleet
    if fleet is None:
        return ""
    return f"{machines_text(fleet)} {MACHINES.told(lang)}"


def machines_text(fleet: Fleet) -> str:
    """``12``, ``2–475`` or ``≥ 5``."""
    many = f"≥ {fleet.low}" if fleet.high is None else f"{fleet.low}–{fleet.high}"
    return str(fleet.low) if fleet.low == fleet.high else many


def total_text(detections: Iterable[Detection]) -> str:
    """Power and energy of all claims together, a proxy's miners counted once; nothing where none is known."""
    counted = [one for one in detections if one.verdict.is_claim and one.counted_in is None]
    power_w = _sum(one.power_w for one in counted)
    energy_kwh = _sum(one.energy_kwh for one in counted)
    parts = [with_bounds(power_w, "W")] if power_w else []
    return " · ".join([*parts, *([kwh_text(energy_kwh)] if energy_kwh else [])])


def scaled_text(value: float, unit: str) -> str:
    """``1.98 kH/s``: three digits with a prefix."""
    factor, sign = _step(value)
    return f"{_digits(value / factor)} {sign}{unit}"


def with_bounds(found: Interval, unit: str) -> str:
    """A value and its bounds, all with the prefix of the value."""
    factor, sign = _step(found.value)
    low, high = (_digits(bound / factor) for bound in (found.low, found.high))
    return f"{_digits(found.value / factor)} {sign}{unit} ({low}–{high})"


def kwh_text(energy: Interval) -> str:
    """Energy with its bounds, in kilowatt hours whatever its size: bills are so."""
    return f"{_digits(energy.value)} kWh ({_digits(energy.low)}–{_digits(energy.high)})"


def _sum(found: Iterable[Interval | None]) -> Interval | None:
    known = [one for one in found if one is not None]
    if not known:
        return None
    low, value, high = (sum(getattr(one, edge) for one in known) for edge in ("low", "value", "high"))
    return Interval(low=low, value=value, high=high)


def _step(value: float) -> tuple[float, str]:
    return next(((factor, sign) for factor, sign in STEPS if value >= factor), (1.0, ""))


def _digits(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else "0"
