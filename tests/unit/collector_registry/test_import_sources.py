"""Does every source of ownership read as its maker writes it, and does every bad row say why?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.faults import Fault
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import NatRule, OwnershipRecord
from collector.settings.config import ImportOptions

Bring = Callable[..., ImportReport]
K = ImportKind
LOGS = Path(__file__).parent / "logs"


@pytest.fixture
def bring(db: None, tmp_path: Path) -> Bring:
    """Import a text; keyword arguments are those of the request."""

    def run(kind: ImportKind, text: str, **request: Any) -> ImportReport:
        path = tmp_path / f"{kind.value}.txt"
        path.write_text(text, "utf-8")
        return run_import(ImportRequest(kind, path, **request), ImportOptions())

    return run


def told() -> list[str]:
    """Every record in one line: block[:ports] inner@realm holder from–to, in UTC."""
    return [_line(record) for record in OwnershipRecord.objects.order_by("ip_lo", "port_lo", "valid_from")]


def _line(record: OwnershipRecord) -> str:
    ports = f":{record.port_lo}-{record.port_hi}" if record.port_lo is not None else ""
    inner = f" {record.inner_ip or ''}@{record.realm}" if record.inner_ip or record.realm else ""
    holder = record.unit_name or record.subscriber
    ends = f"{record.valid_to.astimezone(UTC):%m-%d %H:%M:%S}" if record.valid_to else ""
    return f"{record.network}{ports}{inner} {holder} {record.valid_from.astimezone(UTC):%m-%d %H:%M:%S}–{ends}"


DETAIL = """Tue Nov 17 08:00:00 2026
\tUser-Name = "jx0001"
\tAcct-Status-Type = Start
\tAcct-Session-Id = "81A0"
\tNAS-IP-Address = 192.0.2.1
\tFramed-IP-Address = 203.0.113.9
\tDelegated-IPv6-Prefix = 2001:db8:7::/56
\tAcct-Delay-Time = 2
\tTimestamp = 1794873602

Tue Nov 17 08:00:05 2026
\tUser-Name = "jx0002"
\tAcct-Status-Type = Start
\tAcct-Session-Id = "81A1"
\tNAS-IP-Address = 192.0.2.1
\tFramed-IP-Address = 100.64.0.5
\tTimestamp = 1794873605

Tue Nov 17 09:00:00 2026
\tUser-Name = "jx0001"
\tAcct-Status-Type = Stop
\tAcct-Session-Id = "81A0"
\tAcct-Session-Time = 3600
\tNAS-IP-Address = 192.0.2.1
\tFramed-IP-Address = 203.0.113.9
\tDelegated-IPv6-Prefix = 2001:db8:7::/56
\tTimestamp = 1794877200

Tue Nov 17 09:30:00 2026
\tUser-Name = "jx0003"
\tAcct-Status-Type = Stop
\tAcct-Session-Id = "7FFF"
\tAcct-Session-Time = 5400
\tNAS-IP-Address = 192.0.2.1
\tFramed-IP-Address = 203.0.113.10
"""
JUNOS = (LOGS / "junos.log").read_text("utf-8")
VPP = (
    '<134>1 2026-11-17T00:00:04.5Z vpp1 NAT 4711 APMADD [napmap SSUBIX="0" IATYP="IPv4" ISADDR="10.0.0.5" '
    'ISPORT="4000" XATYP="IPv4" XSADDR="203.0.113.9" XSPORT="50001" PROTO="6"]\n'
    '<134>1 2026-11-17T00:10:04Z vpp1 NAT 4711 APMDEL [napmap SSUBIX="0" IATYP="IPv4" ISADDR="10.0.0.5" '
    'ISPORT="4000" XATYP="IPv4" XSADDR="203.0.113.9" XSPORT="50001" PROTO="6"]\n'
)
CISCO = (
    "<14>1 2026 Nov 17 08:00:00 192.0.2.7 - - NAT44 - "
    "[UserbasedA - 10.1.32.45 INSIDE - 203.0.113.28 - 12544 12671 - -]\n"
    "<14>1 2026 Nov 17 09:00:00 192.0.2.7 - - NAT44 - "
    "[UserbasedW - 10.1.32.45 INSIDE - 203.0.113.28 - 12544 12671 - -]\n"
)
LEASES = """# The format of this file is documented in the dhcpd.leases(5) manual page.
lease 10.1.2.3 {
  starts 2 2026/11/17 00:00:00;
  ends 2 2026/11/17 12:00:00;
  binding state active;
  hardware ethernet 00:11:22:33:44:55;
  client-hostname "rig-7";
}
lease 10.1.2.3 {
  starts 2 2026/11/17 00:00:00;
  ends 2 2026/11/17 03:00:00;
  binding state free;
  hardware ethernet 00:11:22:33:44:55;
}
lease 10.1.2.4 {
  starts epoch 1794873600; # Tue Nov 17 08:00:00 2026
  ends never;
  binding state active;
  hardware ethernet 00:11:22:33:44:66;
}
lease 10.1.2.5 {
  binding state free;
}
"""
KEA = (LOGS / "kea-legal.log").read_text("utf-8")
RPSL = """% a comment of the server

inetnum:        203.0.113.0 - 203.0.113.63
netname:        JX-NET
descr:          Jiaxing Example Unit
country:        CN
org:            ORG-JX1-AP
last-modified:  2026-11-17T00:00:00Z
source:         APNIC

inet6num:       2001:db8:1::/48
netname:        JX6
descr:          第二单位
 第二行
changed:        hm@example.org 20200101
changed:        hm@example.org 20261117

organisation:   ORG-JX1-AP
org-name:       嘉兴示例单位
address:        中山路1号
address:        嘉兴
"""
RDAP = json.dumps(
    {
        "objectClassName": "ip network",
        "startAddress": "203.0.113.0",
        "endAddress": "203.0.113.255",
        "name": "JX-NET",
        "entities": [
            {"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Abuse Desk"]]]},
            {
                "roles": ["registrant"],
                "vcardArray": [
                    "vcard",
                    [["fn", {}, "text", "嘉兴示例单位"], ["adr", {"label": "中山路1号\n嘉兴"}, "text", [""] * 7]],
                ],
            },
        ],
        "events": [{"eventAction": "last changed", "eventDate": "2026-11-17T00:00:00Z"}],
    }
)

GOOD: list[Any] = [
    pytest.param(
        K.AAA_DETAIL,
        DETAIL,
        [
            "203.0.113.9/32 jx0001 11-17 00:00:00–11-17 01:00:00",
            "203.0.113.10/32 jx0003 11-17 00:00:00–11-17 01:30:00",
            "100.64.0.5/32 @bras-1 jx0002 11-17 00:00:05–",
            "2001:db8:7::/56 jx0001 11-17 00:00:00–11-17 01:00:00",
        ],
        id="FreeRADIUS detail",
    ),
    pytest.param(
        K.CGN_SYSLOG,
        JUNOS,
        [
            "203.0.113.9/32:1024-1535 100.64.0.5@bras-1  11-17 00:00:04–11-17 00:30:00",
            "203.0.113.9/32:1024-1535 100.64.0.6@bras-1  11-17 00:31:00–",
        ],
        id="Junos port blocks",
    ),
    pytest.param(
        K.CGN_SYSLOG,
        VPP,
        ["203.0.113.9/32:50001-50001 10.0.0.5@bras-1  11-17 00:00:04–11-17 00:10:04"],
        id="RFC 5424 mappings",
    ),
    pytest.param(
        K.CGN_SYSLOG,
        CISCO,
        ["203.0.113.28/32:12544-12671 10.1.32.45@bras-1  11-17 00:00:00–11-17 01:00:00"],
        id="Cisco user-based",
    ),
    pytest.param(
        K.CGN,
        "公网IP,起始端口,结束端口,私网IP,账号,开始时间,结束时间\n"
        "203.0.113.9,1024,1535,100.64.0.5,jx7,2026-11-17 08:00:00,2026-11-17 09:00:00\n",
        ["203.0.113.9/32:1024-1535 100.64.0.5@bras-1 jx7 11-17 00:00:00–11-17 01:00:00"],
        id="port-block table",
    ),
    pytest.param(
        K.FILING,
        "起始IP,终止IP,使用单位名称,分配方式,使用日期,单位地址\n203.0.113.0,203.0.113.63,嘉兴示例单位,静态,,中山路1号\n",
        ["203.0.113.0/26 嘉兴示例单位 11-16 16:00:00–"],
        id="IP filing",
    ),
    pytest.param(
        K.IPAM,
        "Prefix,Tenant,Site,VRF,Created\n10.9.0.0/24,物理系,东区机房,campus,2026-11-17\n203.0.113.0/24,网络中心,,campus,\n",
        ["203.0.113.0/24 网络中心 11-16 16:00:00–", "10.9.0.0/24 @campus 物理系 11-16 16:00:00–"],
        id="IPAM table",
    ),
    pytest.param(
        K.DHCP_LEASES,
        LEASES,
        [
            "10.1.2.3/32 @bras-1 00:11:22:33:44:55 11-17 00:00:00–11-17 03:00:00",
            "10.1.2.4/32 @bras-1 00:11:22:33:44:66 11-17 00:00:00–",
        ],
        id="ISC leases",
    ),
    pytest.param(
        K.KEA_LEGAL,
        KEA,
        [
            "10.1.2.3/32 @bras-1 00:11:22:33:44:55 11-17 00:00:00–11-17 01:10:00",
            "10.1.2.3/32 @bras-1 00:11:22:33:44:77 11-17 04:00:00–11-17 04:10:00",
        ],
        id="Kea legal log",
    ),
    pytest.param(
        K.RPSL,
        RPSL,
        [
            "203.0.113.0/26 嘉兴示例单位 11-17 00:00:00–",
            "2001:db8:1::/48 第二单位 第二行 11-16 16:00:00–",
        ],
        id="RPSL",
    ),
    pytest.param(K.RDAP, RDAP, ["203.0.113.0/24 嘉兴示例单位 11-17 00:00:00–"], id="RDAP"),
    pytest.param(K.RDAP, f"{RDAP}\n{RDAP}", ["203.0.113.0/24 嘉兴示例单位 11-17 00:00:00–"], id="RDAP, one to a line"),
]


@pytest.mark.parametrize(("kind", "text", "records"), GOOD)
def test_a_source_reads_as_its_maker_writes_it(bring: Bring, kind: ImportKind, text: str, records: list[str]) -> None:
    start = datetime(2026, 11, 16, 16, tzinfo=UTC)
    report = bring(kind, text, realm="bras-1", valid_from=start)
    assert (report.faults, sorted(told())) == ([], sorted(records))


BAD: list[Any] = [
    (K.AAA_DETAIL, "x\n\tAcct-Status-Type = Start\n\tTimestamp = 1794873602\n", [(1, Fault.EMPTY)]),
    (K.AAA_DETAIL, "x\n\tAcct-Status-Type = Start\n\tUser-Name = a\n", [(1, Fault.NO_TIME)]),
    (K.AAA_DETAIL, "x\n\tAcct-Status-Type = Dance\n\tTimestamp = 1794873602\n", [(1, Fault.UNKNOWN_WORD)]),
    (K.CGN_SYSLOG, JUNOS.splitlines()[2], [(1, Fault.NO_BEGINNING)]),
    (K.CGN_SYSLOG, JUNOS.replace("203.0.113.9:1024-1535", "203.0.113.9:1024-99999"), [(1, Fault.NO_PORT), (4, Fault.NO_PORT)]),
    (K.CGN_SYSLOG, "x" * 5000, [(1, Fault.TOO_LONG)]),
    (K.CGN, "公网IP,起始端口,开始时间\n203.0.113.9,1024,2026-11-17\n", [(2, Fault.EMPTY)]),
    (K.DHCP_LEASES, LEASES.replace("10.1.2.3", "10.1.2.333"), [(9, Fault.NO_NETWORK)]),
    (K.KEA_LEGAL, KEA.replace("CST", "XYZ"), [(1, Fault.NO_TIME), (2, Fault.NO_TIME), (3, Fault.NO_TIME)]),
    (K.RPSL, "inetnum: 203.0.113.0 - 203.0.113.63\nchanged: x 20200101\n", [(1, Fault.EMPTY)]),
    (K.RPSL, "inetnum: nonsense\ndescr: x\nlast-modified: 2026-01-01\n", [(1, Fault.NO_NETWORK)]),
    (K.RDAP, f"{RDAP}\nnot json", [(2, Fault.NO_JSON)]),
    (K.NAT_RULES, "公网地址,私网地址,每用户端口数,启用时间\n203.0.113.0/30,100.64.0.0/16,512,2026-01-01\n",
     [(2, Fault.TOO_FEW_PORTS)]),
    (K.NAT_RULES, "公网地址,私网地址,每用户端口数,启用时间\n203.0.113.0/30,100.64.0.0/24,0,2026-01-01\n",
     [(2, Fault.TOO_FEW_PORTS)]),
    (K.NAT_RULES, "公网地址,私网地址,每用户端口数,算法,启用时间\n203.0.113.0,100.64.0.0,9,掷骰,2026-01-01\n",
     [(2, Fault.UNKNOWN_WORD)]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "faults"), BAD)
def test_a_bad_row_says_where_and_why(
    bring: Bring, kind: ImportKind, text: str, faults: list[tuple[int, Fault]]
) -> None:
    try:
        report = bring(kind, text)
    except CollectorError as refused:
        report = getattr(refused, "report", ImportReport())
    rows = [(fault.row_no, fault.fault) for fault in report.faults]
    assert rows[: len(faults)] == faults


def test_a_stop_in_the_next_file_ends_the_session(bring: Bring) -> None:
    start, stop = DETAIL.split("\n\n")[0], DETAIL.split("\n\n")[2]
    first = bring(K.AAA_DETAIL, start)
    assert told()[0] == "203.0.113.9/32 jx0001 11-17 00:00:00–"
    second = bring(K.AAA_DETAIL, stop)
    assert told() == [
        "203.0.113.9/32 jx0001 11-17 00:00:00–11-17 01:00:00",
        "2001:db8:7::/56 jx0001 11-17 00:00:00–11-17 01:00:00",
    ]
    bring(K.AAA_DETAIL, start, force=True)
    assert told()[0].endswith("11-17 01:00:00"), "a session once ended stays so"
    undo_import(second.batch_no, timezone.now())
    assert told()[0] == "203.0.113.9/32 jx0001 11-17 00:00:00–"
    undo_import(first.batch_no, timezone.now())
    assert told() == []


def test_a_release_in_the_next_file_ends_the_block(bring: Bring) -> None:
    lines = JUNOS.splitlines()
    bring(K.CGN_SYSLOG, lines[0])
    bring(K.CGN_SYSLOG, lines[2])
    assert told() == ["203.0.113.9/32:1024-1535 100.64.0.5@  11-17 00:00:04–11-17 00:30:00"]


def test_a_device_that_restarts_ends_its_sessions(bring: Bring) -> None:
    restart = "x\n\tAcct-Status-Type = Accounting-On\n\tNAS-IP-Address = 192.0.2.1\n\tTimestamp = 1794876000\n"
    bring(K.AAA_DETAIL, f"{DETAIL.split(chr(10) * 2)[1]}\n\n{restart}")
    assert told() == ["100.64.0.5/32 jx0002 11-17 00:00:05–11-17 00:40:00"]


def netbox(*prefixes: tuple[int, str, str | None, str]) -> str:
    """An answer of ``/api/ipam/prefixes/`` that holds these (id, prefix, tenant, last change)."""
    results = [
        {
            "id": number,
            "url": f"https://netbox.example.org/api/ipam/prefixes/{number}/",
            "prefix": prefix,
            "vrf": {"name": "campus"},
            "tenant": {"name": tenant} if tenant else None,
            "scope": {"name": "东区机房"},
            "last_updated": changed,
        }
        for number, prefix, tenant, changed in prefixes
    ]
    return json.dumps({"count": len(results), "next": None, "results": results})


def test_netbox_snapshots_keep_what_held_when(bring: Bring) -> None:
    old, new = "2026-11-01T00:00:00Z", "2026-11-17T00:00:00Z"
    bring(K.NETBOX, netbox((1, "203.0.113.0/25", "物理系", old), (2, "203.0.113.128/25", "化学系", old),
                           (3, "10.0.0.0/8", None, old)))  # fmt: skip
    taken = datetime(2026, 11, 18, tzinfo=UTC)
    second = bring(K.NETBOX, netbox((1, "203.0.113.0/25", "数学系", new)), valid_from=taken)
    assert told() == [
        "203.0.113.0/25 物理系 11-01 00:00:00–11-17 00:00:00",
        "203.0.113.0/25 数学系 11-17 00:00:00–",
        "203.0.113.128/25 化学系 11-01 00:00:00–11-18 00:00:00",
    ]
    undo_import(second.batch_no, timezone.now())
    assert told() == ["203.0.113.0/25 物理系 11-01 00:00:00–", "203.0.113.128/25 化学系 11-01 00:00:00–"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is no JSON"), ('{"results": 7}', "no list"), ('{"next": "https://x/?offset=50", "results": []}', "page")],
)
def test_what_is_no_whole_snapshot_is_refused(bring: Bring, text: str, said: str) -> None:
    with pytest.raises(CollectorError, match=said):
        bring(K.NETBOX, text)


def test_nat_rules_are_kept_amended_and_undone(bring: Bring) -> None:
    head = "公网地址,私网地址,每用户端口数,算法,启用时间,停用时间,域\n"
    bring(K.NAT_RULES, f"{head}203.0.113.0/30,100.64.0.0/25,2016,交错,2026-01-01,,jx-telecom\n")
    rule = NatRule.objects.get()
    assert (rule.port_first, rule.port_last, rule.ports_per_user, rule.layout) == (1024, 65535, 2016, "interleaved")
    second = bring(K.NAT_RULES, f"{head}203.0.113.0/30,100.64.0.0/25,2016,交错,2026-01-01,2026-06-30,jx-telecom\n")
    assert NatRule.objects.get().valid_to == datetime(2026, 6, 30, 16, tzinfo=UTC)
    undo_import(second.batch_no, timezone.now())
    assert NatRule.objects.get().valid_to is None


def test_the_size_of_a_block_is_always_noted(bring: Bring) -> None:
    bring(K.RPSL, RPSL)
    assert sorted(OwnershipRecord.objects.values_list("network", "span_bits")) == [
        ("2001:db8:1::/48", 80),
        ("203.0.113.0/26", 6),
    ]
