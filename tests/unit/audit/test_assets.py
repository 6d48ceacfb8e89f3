"""Asset tables: encodings, headings, separators, and what is said of rows that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.audit.assets import mac_text, read_assets
from sensor.model.errors import ConfigError

ZH = "设备名称,机柜位置,IP地址,MAC地址,责任人\n网关,A-01,192.0.2.1,02:00:5e:10:00:01,张工\n"
EN = "Machine;Rack;IP address;MAC;Owner\ngateway;A-01;192.0.2.1;02-00-5E-10-00-01;Zhang\n"
READ = [
    ("utf-8", ZH, "网关"),
    ("utf-8-sig", ZH, "网关"),
    ("gb18030", ZH, "网关"),
    ("utf-16", ZH, "网关"),
    ("utf-8", EN, "gateway"),
    ("utf-8", EN.replace(";", "\t"), "gateway"),
    ("utf-8", "机房资产登记表,,,,\n" + ZH, "网关"),
    ("utf-8", ZH.replace("\n", "\r\n"), "网关"),
    ("utf-8", "host_name,MAC-Address,IP\ngateway,02 00 5e 10 00 01,192.0.2.1\n", "gateway"),
]


@pytest.mark.parametrize(("encoding", "text", "machine"), READ)
def test_a_table_is_read(encoding: str, text: str, machine: str, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_bytes(text.encode(encoding))
    table = read_assets(tmp_path / "assets.csv")
    (asset,) = table.assets
    assert (asset.machine, asset.ips, asset.macs) == (machine, ("192.0.2.1",), ("02:00:5e:10:00:01",))
    assert table.faults == ()


HEAD = "machine,ip,mac\n"
FAULTS = [
    ("a,192.0.2.300,", 0, 2, "is no IP address"),
    ("a,192.0.2.1,02:00:5e", 1, 2, "is no MAC address"),
    ("a,,", 0, 2, "neither an IP nor a MAC"),
    ("a,192.0.2.1,\nb,192.0.2.1,", 2, 3, "stands in row 2 already"),
    ("a,192.0.2.1/24,", 0, 2, "is no IP address"),
]


@pytest.mark.parametrize(("rows", "usable", "row", "said"), FAULTS)
def test_a_fault_says_its_row_and_what_to_do(rows: str, usable: int, row: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(HEAD + rows + "\n")
    table = read_assets(tmp_path / "assets.csv")
    assert len(table.assets) == usable
    assert [fault.row for fault in table.faults] == [row]
    assert said in str(table.faults[0])
    assert str(table.faults[0]).startswith(f"assets.csv:{row}: ")


def test_one_machine_may_have_several_addresses(tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(
        HEAD + '"a","192.0.2.1；2001:DB8::1、192.0.2.2","02:00:5e:10:00:01 0200.5e10.0002"\n'
    )
    (asset,) = read_assets(tmp_path / "assets.csv").assets
    assert asset.ips == ("192.0.2.1", "2001:db8::1", "192.0.2.2")
    assert asset.macs == ("02:00:5e:10:00:01", "02:00:5e:10:00:02")


UNUSABLE = [
    (b"", "no column with addresses"),
    (b"machine,rack\na,b\n", "no column with addresses"),
    (b"ip,mac\n192.0.2.1,\n", "no column names the machine"),
    (b"PK\x03\x04rest", "a workbook, not a CSV"),
    (b"machine,ip\n\xff\xff\xff", "neither UTF-8 nor GB18030"),
]


@pytest.mark.parametrize(("data", "said"), UNUSABLE)
def test_what_is_no_table_stops_before_anything_is_read(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_bytes(data)
    with pytest.raises(ConfigError, match=said):
        read_assets(tmp_path / "assets.csv")


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("02005E100001", "02:00:5e:10:00:01"),
        ("0200.5e10.0001", "02:00:5e:10:00:01"),
        ("02-00-5e-10-00-01", "02:00:5e:10:00:01"),
        ("02:00:5e:10:00", None),
        ("zz:00:5e:10:00:01", None),
        ("", None),
    ],
)
def test_a_mac_address_in_any_usual_form(text: str, mac: str | None) -> None:
    assert mac_text(text) == mac


def test_the_sample_table_is_in_order() -> None:
    table = read_assets(Path(__file__).resolve().parents[3] / "configs" / "assets.csv")
    assert table.faults == ()
    assert len(table.assets) == 4
    assert all(asset.machine and asset.number and asset.rack and asset.owner for asset in table.assets)
