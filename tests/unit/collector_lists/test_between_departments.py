"""Do referrals, look-ups, draws, the discipline queue and makers of miners work between departments, over HTTP too?"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from jiaxing import moment
from office_keys import live_key
from typer.testing import CliRunner

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Office
from collector.accounts.scope import Scope
from collector.audit.models import AuditEntry
from collector.cases.casework import dispatch, move, open_case, set_cause
from collector.cases.choices import Action, Cause
from collector.cases.models import Lead
from collector.cases.queries import Wanted, cases_for
from collector.cases.tables import Case
from collector.cases.watch import watch
from collector.chain import Algorithm, digest
from collector.cli import app
from collector.faults import CollectorError
from collector.lists.choices import ListKind
from collector.lists.drawing import Pool, draw_inspections
from collector.lists.lookup import look_up
from collector.lists.referring import Handed, acknowledge, refer
from collector.lists.registers import Project
from collector.lists.services import freeze
from collector.lists.week import parse_week
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportRequest, run_import
from collector.registry.models import Organisation, Site
from collector.settings.config import ImportOptions

NOW = moment("2026-11-23 08:30")
CLAUSE = "发改运行〔2021〕1283号 (十二)"
DAY = date(2026, 11, 23)
USCC, OTHER = "91330402MA2B00001X", "91330402MA2B00003E"

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def lead(db: None) -> Lead:
    seen = {"first_seen": NOW, "last_seen": NOW}
    return Lead.objects.create(no="L2026-000001", key="k", uscc=USCC, division_code="330402", **seen)


def client(kind: OfficeKind, division: str = "330400") -> Client:
    office = Office.objects.create(name=f"{kind} {division}", division_code=division, kind=kind)
    _, text = live_key("t", office)
    return Client(headers={"Authorization": f"Bearer {text}"})


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_referral_is_taken_over_and_answered(lead: Lead) -> None:
    reform, finance = client(OfficeKind.REFORM), client(OfficeKind.OTHER, "330402")
    said = {
        "lead": lead.no,
        "matter": "fiscal",
        "department": "南湖区财政局",
        "clause": CLAUSE,
        "sent_on": "2026-11-02",
    }
    no = reform.post("/api/v1/referrals", data=said).json()["no"]
    queue = finance.get("/api/v1/referrals?progress=open").json()["referrals"]
    assert [(one["no"], one["lead"], one["progress"]) for one in queue] == [(no, lead.no, "open")]
    assert "involves_official" not in queue[0]
    done = finance.post(f"/api/v1/referrals/{no}", data={"progress": "done", "result": "已停止补贴"}).json()
    assert (done["progress"], done["result"], done["accepted_on"] is not None) == ("done", "已停止补贴", True)
    assert f"{no}  accepted  已受理" in run("lists", "acknowledge", no, "--progress", "accepted", "--on", "2026-11-24",
                                         "--result", "已受理")  # fmt: skip
    assert f"{no}  {lead.no}  fiscal" in run("lists", "referrals")


def test_discipline_inspection_s_queue_is_its_own(lead: Lead) -> None:
    handed = Handed(lead.no, "discipline", "市纪委监委", CLAUSE, DAY, involves_official=True)
    no = refer(handed).no
    inspection, reform = client(OfficeKind.DISCIPLINE), client(OfficeKind.REFORM)
    (mine,) = inspection.get("/api/v1/referrals").json()["referrals"]
    assert (mine["no"], mine["involves_official"]) == (no, True)
    assert reform.get("/api/v1/referrals").json()["referrals"] == []
    assert reform.post(f"/api/v1/referrals/{no}", data={"progress": "done"}).status_code == 404
    assert freeze(parse_week("2026-W47"), "330400", NOW, ListKind.REFERRAL).issue.row_count == 0
    assert no not in run("lists", "referrals")
    assert "公职人员" in run("lists", "referrals", "--discipline")


@pytest.mark.parametrize(
    ("no", "progress", "day", "told"),
    [("R1", "done", DAY, "no such referral"), ("", "gone", DAY, "give one of"), ("", "done", date(2026, 1, 1), "from")],
)
def test_an_answer_must_make_sense(lead: Lead, no: str, progress: str, day: date, told: str) -> None:
    known = refer(Handed(lead.no, "fiscal", "财政局", CLAUSE, DAY)).no
    with pytest.raises(CollectorError, match=told):
        acknowledge(no or known, progress, "", day)


def test_only_discipline_inspection_is_told_of_officials(lead: Lead) -> None:
    with pytest.raises(CollectorError, match="discipline inspection alone"):
        refer(Handed(lead.no, "fiscal", "财政局", CLAUSE, DAY, involves_official=True))


@pytest.fixture
def listed(lead: Lead) -> str:
    """A case, its unit's meter, and a project of somebody else; answers the case's number."""
    unit = Organisation.objects.create(name="甲公司", uscc=USCC, division_code="330402")
    Site.objects.create(organisation=unit, address="某路1号", division_code="330402", meter_no="3304000001")
    place = {"unit_name": "乙公司", "uscc": OTHER, "division_code": "330481", "meter_no": "3304000002"}
    Project.objects.create(name="乙项目", as_of=DAY, **place)
    Project.objects.create(name="旧项目", as_of=date(2026, 1, 1), **place | {"meter_no": "3304000003"})
    ended = place | {"meter_no": "3304000003", "ended_on": DAY}
    Project.objects.create(name="旧项目", as_of=DAY, **ended)
    return open_case(lead.no, "li", NOW).no


@pytest.mark.parametrize(
    ("asked", "basis"),
    [
        (USCC, "C"), (USCC.lower(), "C"), ("3304000001", "C"), ("3304000002", "乙项目"), (OTHER, "乙项目"),
        (digest(f"盐{USCC}".encode()), "C"), (digest(f"盐{USCC}".encode(), Algorithm.SM3), "C"),
        (digest(USCC.encode()), ""), ("3304000003", ""), ("91110000000000000X", ""), ("", ""), ("C2026", ""),
    ],
)  # fmt: skip
def test_who_applies_is_looked_up(listed: str, asked: str, basis: str) -> None:
    (hit,) = look_up([asked], "盐", "330400", ("li", "某供电公司"), NOW)
    assert hit.basis == ((listed,) if basis == "C" else (basis,) if basis else ())


def test_a_look_up_stays_in_its_division_and_in_the_log(listed: str, tmp_path: Path) -> None:
    grid = client(OfficeKind.OTHER, "330481")
    asked = {"identifiers": [USCC, OTHER]}
    answers = grid.post("/api/v1/look-ups", data=asked, content_type="application/json").json()["answers"]
    assert [one["hit"] for one in answers] == [False, True]
    (tmp_path / "asked.txt").write_text(f"{USCC}\n\n9\n", "utf-8")
    said = run("lists", "match", str(tmp_path / "asked.txt"), "--division", "330400", "--recipient", "某供电公司")
    assert said == f"{USCC},hit,{listed}\n9,no hit,\n"
    shares = AuditEntry.objects.filter(action="share", object_kind="look-up").order_by("seq")
    assert [one.detail for one in shares] == [{"asked": "2", "hits": "1"}] * 2


def test_a_false_alarm_is_no_hit(listed: str) -> None:
    Case.objects.filter(no=listed).update(cause=Cause.FALSE_ALARM)
    assert look_up([USCC], "", "330400", ("li", "x"), NOW)[0].basis == ()


def test_units_and_inspectors_are_drawn_and_the_seed_repeats_it(db: None) -> None:
    for number in range(20):
        Organisation.objects.create(name=f"机房{number}", division_code="330402", facility="idc-own")
    Organisation.objects.create(name="外地机房", division_code="440300", facility="idc-own")
    pool = Pool("330400", "idc-own", ("张", "李", "王"))
    first = draw_inspections(pool, "2026-11", 7)
    assert first == draw_inspections(pool, "2026-11", 7) != draw_inspections(pool, "2026-12", 7)
    assert len({one.unit_name for one in first}) == 7
    assert {one.inspector for one in first[:3]} == {"张", "李", "王"}
    names = ["--inspector", "张", "--inspector", "李", "--inspector", "王", "--facility", "idc-own"]
    said = run("lists", "draw", "--division", "330400", "--seed", "2026-11", "--size", "7", *names)
    assert [line.split("  ")[0] for line in said.splitlines()] == [one.unit_name for one in first]


def test_a_maker_of_miners_has_a_case_of_its_own(db: None, tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    path.write_text(f"企业名称,统一社会信用代码,区划代码,更新日期\n甲电子,{USCC},330402,2026-11-01\n", "utf-8")
    assert run_import(ImportRequest(ImportKind.EQUIPMENT_FIRMS, path), ImportOptions()).rows_ok == 1
    watch(NOW)
    (case,) = cases_for(Scope(("330400",)), Wanted(source="equipment"))
    assert case.lead.unit_name == "甲电子"
    move(case.no, Action.LOCATE, "li", NOW, unit_name="甲电子", uscc=USCC)
    assert dispatch(case.no, "li", NOW).department == "industry"
    assert client(OfficeKind.INDUSTRY).get("/api/v1/cases?source=equipment").json()["cases"][0]["no"] == case.no


def test_what_was_hijacked_is_the_police_s_and_comes_with_a_guide(lead: Lead) -> None:
    no = open_case(lead.no, "li", NOW).no
    reform = client(OfficeKind.REFORM)
    assert reform.get(f"/api/v1/cases/{no}/guide").status_code == 400
    move(no, Action.LOCATE, "li", NOW, unit_name="甲公司", uscc=USCC)
    dispatch(no, "li", NOW)
    move(no, Action.RECEIVE, "li", NOW)
    move(no, Action.CHECK, "li", NOW)
    set_cause(no, Cause.HIJACKED, "li", NOW)
    queue = client(OfficeKind.PUBLIC_SECURITY).get("/api/v1/cases?department=public-security&cause=hijacked").json()
    assert [case["no"] for case in queue["cases"]] == [no]
    assert reform.get(f"/api/v1/cases/{no}/guide").content.decode() == run("cases", "guide", no)
    assert run("cases", "guide", no, "--lang", "en").startswith(
        f"Cleaning a hijacked machine (case {no})\n\n1. Take it"
    )


def test_the_digest_is_that_of_the_standard() -> None:
    assert digest(b"x" + USCC.encode()) == hashlib.sha256(b"x" + USCC.encode()).hexdigest()
