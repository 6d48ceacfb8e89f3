"""How does a self-audit look as a page? Self-contained, bilingual where asked, and ready to print on A4."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from sensor.audit.run import AuditReport, Finding
from sensor.cli.audit import view
from sensor.cli.audit.coverage import coverage_rows
from sensor.cli.audit.words import GUIDE
from sensor.cli.render.columns import listed, pool_text
from sensor.cli.render.estimates import rate_text, shares_text
from sensor.model.bilingual import Lang, Words
from sensor.model.evidence import VERDICT_WORDS

TEMPLATE = "audit.html.j2"
LISTED_ASSETS = 500


def as_page(report: AuditReport, lang: Lang, unit: str) -> bytes:
    """The whole report as one page."""
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["told"] = lambda words: _told(words, lang)
    environment.globals["say"] = lambda zh, en: _told(Words(zh, en), lang)
    page = environment.get_template(TEMPLATE)
    return page.render(
        tag="en" if lang is Lang.EN else "zh-Hans",
        lang=lang,
        unit=unit,
        report=report,
        conclusion=view.conclusion(report),
        cards=[_card(finding, lang) for finding in (*report.claims, *report.leads)],
        coverage=coverage_rows(report),
        guide=GUIDE,
        made_at=view.clock(report.made_at),
        sources=listed(list(report.sources)),
        limit=LISTED_ASSETS,
    ).encode()


def _told(words: Words, lang: Lang) -> Markup:
    """Both languages apart, so that the page can set the second one smaller."""
    if lang is not Lang.BOTH or words.zh == words.en:
        return escape(words.told(lang))
    return Markup('{} <span class="en" lang="en">{}</span>').format(words.zh, words.en)


def _card(finding: Finding, lang: Lang) -> dict[str, object]:
    """What the page shows of a finding."""
    one = finding.detection
    shown = {column.words: column.cell(finding, lang) for column in view.COLUMNS if not column.is_reply}
    hidden = {column.words for column in view.COLUMNS if column.cell in (view.advice, view.machine, view.evidence)}
    return {
        "verdict": one.verdict.value,
        "verdict_words": VERDICT_WORDS[one.verdict],
        "machine": view.machine(finding, lang).replace("\n", " · "),
        "ip": finding.place.ip,
        "rack": finding.place.asset.rack if finding.place.asset else "",
        "pool": pool_text(one),
        "coin": view.coin(finding, lang).replace("\n", " / "),
        "shares": shares_text(one, lang),
        "rate": rate_text(one, lang),
        "since": view.clock(one.first_seen),
        "fields": [(words, text) for words, text in shown.items() if words not in hidden and text],
        "conflicts": finding.place.conflicts,
        "evidence": one.evidence,
        "times": [view.clock(row.at) for row in one.evidence],
        "advice": finding.advice,
        "detection_id": one.detection_id,
    }
