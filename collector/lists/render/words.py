"""How does one cell of a weekly list read in Chinese and in English?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collector.ingest.choices import DetectionVerdict
from collector.lists.choices import Category
from collector.lists.hashrate import Bounds, hash_rate_text
from collector.registry.choices import Nature, Source
from collector.resolve.choices import Status
from collector.text import Lang, label

Row = Mapping[str, Any]


def joined(values: Iterable[str], lang: Lang) -> str:
    """A list in one cell."""
    return ("、" if lang == "zh" else ", ").join(values)


def ports(row: Row, lang: Lang) -> str:
    """Runs of source ports: ``50001-50003, 50010``."""
    text = ", ".join(_runs(row["ports"]))
    more = row["more_ports"]
    return text + ((f" 等，另 {more} 个" if lang == "zh" else f" and {more} more") if more else "")


def coin(row: Row, lang: Lang) -> str:
    """Coins and algorithms; a dash for what the traffic does not say."""
    return f"{joined(row['coins'], lang) or '—'} / {joined(row['algorithms'], lang) or '—'}"


def pool(row: Row, lang: Lang) -> str:
    """One line per pool: its name and its endpoint."""
    return "\n".join(_pool(one) for one in row["pools"])


def basis(row: Row, lang: Lang) -> str:
    """Verdict, dialects, and how many signatures matched; their names are in the machine-readable list."""
    count = len(row["signatures"])
    matched = (f"特征 {count} 项" if lang == "zh" else f"signatures: {count}") if count else ""
    parts = [label(DetectionVerdict, row["verdict"], lang), joined(row["dialects"], lang), matched]
    return "\n".join(part for part in parts if part)


def hash_rate(row: Row, lang: Lang) -> str:
    """Bounds of what ran at once, one line per unit; and of the week's energy. A list of before has no energy."""
    lines = [hash_rate_text(Bounds(**one)) for one in row["hashrate"]]
    if energy := row.get("energy_kwh"):
        low, high = (_kwh(energy[edge]) for edge in ("low", "high"))
        lines.append(f"{'电量' if lang == 'zh' else 'Energy'} {low}–{high} kWh")
    return "\n".join(lines)


def machines(row: Row, lang: Lang) -> str:
    """How many machines, as far as the traffic tells: bounds, "at least", or a dash. A list of before has none."""
    found = row.get("machines")
    if not found:
        return "—"
    low, high = found["low"], found["high"]
    if high is None:
        return f"不少于 {low}" if lang == "zh" else f"at least {low}"
    return str(low) if low == high else f"{low}–{high}"


def unit(row: Row, lang: Lang) -> str:
    """The unit; or the rivals, or the account, spelled out so that nobody takes them for one."""
    if row["status"] == Status.CONFLICT:
        return ("冲突待核：" if lang == "zh" else "Conflict: ") + " / ".join(row["rivals"])
    if row["status"] == Status.UNKNOWN:
        return label(Status, Status.UNKNOWN, lang)
    if row["unit_name"]:
        return str(row["unit_name"])
    return ("宽带账号 " if lang == "zh" else "Account ") + str(row["subscriber"])


def nature(row: Row, lang: Lang) -> str:
    """What kind of unit it is."""
    return label(Nature, row["nature"], lang) if row["nature"] else ""


def method(row: Row, lang: Lang) -> str:
    """The sources that agree."""
    return joined((label(Source, source, lang) for source in row["method"]), lang)


def confidence(row: Row, lang: Lang) -> str:
    """Two decimals; nothing where nobody is named."""
    return f"{row['confidence']:.2f}" if row["status"] in (Status.AUTO, Status.CONFIRMED) else ""


def category(row: Row, lang: Lang) -> str:
    """How the lead stands to the weeks before."""
    return label(Category, row["category"], lang)


def department(row: Row, lang: Lang) -> str:
    """Who leads."""
    return str(row["department"][lang]) if row["department"] else ""


def _kwh(value: float) -> str:
    """Three digits, and never an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else "0"


def _pool(one: Mapping[str, Any]) -> str:
    ip, port = one["ip"], one["port"]
    end = (f"[{ip}]" if ":" in ip else ip) + (f":{port}" if port else "") if ip else str(port or "")
    return f"{one['domain']} ({end})" if one["domain"] and end else one["domain"] or end


def _runs(numbers: Iterable[int]) -> list[str]:
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
