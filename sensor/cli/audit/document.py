"""What does a self-audit say to a program? Conclusion, findings by machine, and what limits it, as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from sensor.audit.advice import CAUSES
from sensor.audit.run import AuditReport, Finding
from sensor.cli.audit import view
from sensor.cli.audit.coverage import Row, coverage_rows
from sensor.cli.render.columns import pool_text
from sensor.cli.render.estimates import energy_text, power_text, rate_text
from sensor.model.bilingual import Lang, Words

MAX_FINDINGS = 10_000


def as_document(report: AuditReport, _lang: Lang, unit: str) -> bytes:
    """The report; both languages stand in it, whatever the other forms speak."""
    document = {
        "schema": "minewatch.audit/1",
        "unit": unit,
        "made_at": report.made_at,
        "sources": report.sources,
        "signatures": report.fingerprint,
        "conclusion": _told(view.conclusion(report)),
        "machines": report.machines,
        "sessions": len(report.claims),
        "leads": len(report.leads),
        "damage": report.damage or "",
        "asset_faults": len(report.table.faults) + report.table.more_faults if report.table else 0,
        "findings": [_finding(one) for one in (*report.claims, *report.leads)[:MAX_FINDINGS]],
        "coverage": [_row(row) for row in coverage_rows(report)],
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _finding(finding: Finding) -> dict[str, Any]:
    one, asset = finding.detection, finding.place.asset
    return {
        "verdict": one.verdict.value,
        "ip": finding.place.ip,
        "macs": finding.place.macs,
        "machine": asset.machine if asset else "",
        "number": asset.number if asset else "",
        "rack": asset.rack if asset else "",
        "department": asset.department if asset else "",
        "owner": asset.owner if asset else "",
        "cause": _told(CAUSES[finding.cause]),
        "pool": pool_text(one),
        "dialect": one.dialect or "",
        "coin": one.coin or "",
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "hashrate": _both(lambda lang: rate_text(one, lang)),
        "power": power_text(one),
        "energy": energy_text(one),
        "located_by": [_told(words) for words in finding.place.basis],
        "conflicts": [_told(words) for words in finding.place.conflicts],
        "advice": [_told(words) for words in finding.advice],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "item": _told(row.item),
        "value": _told(row.value),
        "meaning": _told(row.meaning),
        "is_note": row.is_note,
    }


def _told(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _both(said: Any) -> dict[str, str]:
    return {"zh": said(Lang.ZH), "en": said(Lang.EN)}
