"""Where do captures, asset tables and reports lie? Below the data directory, the owner's only, each in its bounds."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from collector.faults import CollectorError
from collector.filenames import safe_name
from collector.text import bilingual

TOLD_ENDINGS = ("jsonl", "ndjson", "jsonl.gz", "ndjson.gz")
"""What a sensor told, one statement to a line."""
CAPTURE_ENDINGS = ("pcap", "pcapng", "cap", "pcap.gz", "pcapng.gz", "cap.gz", "pcap.zst", "pcapng.zst", "cap.zst")
REPORTS: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Forms of the report that are handed out, and their content types."""
_NUMBER = re.compile(r"A[0-9]{6,12}", re.ASCII)
_ASSETS, _CAPTURE = "assets.csv", "capture"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes in: its name, its size in bytes, and its content piece by piece."""

    name: str
    size_bytes: int
    chunks: Callable[[], Iterator[bytes]]


def keep_capture(no: str, upload: Upload) -> str:
    """Lay down what is looked at, a capture or what a sensor told; answers its SHA-256.

    Raises ``CollectorError`` when it is too large, or neither.
    """
    limit = settings.COLLECTOR.self_audit.max_capture_bytes
    if not upload.name.lower().endswith(tuple(f".{one}" for one in (*CAPTURE_ENDINGS, *TOLD_ENDINGS))):
        told = bilingual(
            "不是抓包文件，请上传 pcap、pcapng 或探针的 jsonl",
            "is no capture; upload pcap, pcapng, or a sensor's jsonl",
        )
        raise CollectorError(f"{upload.name}: {told}")
    return _write(_made(folder_of(no) / _CAPTURE) / safe_name(upload.name), upload, limit)


def keep_assets(office: int, upload: Upload) -> None:
    """Lay an office's asset table down; it holds for its next audits. Raises ``CollectorError`` when too large."""
    if not upload.name.lower().endswith(".csv"):
        told = bilingual("资产表请存为 CSV（UTF-8 或 GB18030）", "save the asset table as CSV (UTF-8 or GB18030)")
        raise CollectorError(f"{upload.name}: {told}")
    _write(_assets_of(office), upload, settings.COLLECTOR.self_audit.max_asset_bytes)


def use_assets(office: int, no: str) -> bool:
    """Copy the office's asset table to an audit, so that a later one does not change it; False without one."""
    if not _assets_of(office).is_file():
        return False
    shutil.copyfile(_assets_of(office), folder_of(no) / _ASSETS)
    return True


def has_assets(office: int) -> bool:
    """Whether the office has laid an asset table down."""
    return _assets_of(office).is_file()


def capture_of(no: str) -> Path:
    """An audit's capture, under its own name. Raises ``CollectorError`` when it is gone."""
    found = next(iter(sorted(_made(folder_of(no) / _CAPTURE).iterdir())), None)
    if found is None:
        raise CollectorError(str(bilingual("抓包文件已不在，请重新上传", "the capture is gone; upload it again")))
    return found


def drop_capture(no: str) -> None:
    """Remove the capture of an audit: it is full of other people's traffic."""
    shutil.rmtree(folder_of(no) / _CAPTURE, ignore_errors=True)


def assets_of(no: str) -> Path | None:
    """The asset table of an audit, None without one."""
    path = folder_of(no) / _ASSETS
    return path if path.is_file() else None


def report_of(no: str, form: str) -> Path:
    """Where an audit's report lies in one of its forms."""
    return folder_of(no) / f"report.{form}"


def folder_of(no: str) -> Path:
    """The folder of an audit, made when new."""
    if not _NUMBER.fullmatch(no):
        raise CollectorError(f"self-audit {no}: is no number of one", f"自查 {no}：不是自查编号")
    return _made(_root() / no)


def forget(no: str) -> None:
    """Remove everything of an audit."""
    shutil.rmtree(folder_of(no), ignore_errors=True)


def _assets_of(office: int) -> Path:
    return _made(_root() / "assets" / str(int(office))) / _ASSETS


def _root() -> Path:
    data_dir: Path = settings.COLLECTOR.data_dir
    return data_dir / "self-audits"


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(path: Path, upload: Upload, limit: int) -> str:
    """Write beside and put in place. What comes is counted: a size that was only claimed bounds nothing."""
    partial, digest, count = path.with_name(path.name + ".partial"), hashlib.sha256(), 0
    try:
        with partial.open("wb") as target:
            for chunk in upload.chunks():
                count += len(chunk)
                if count > limit:
                    told = bilingual(f"超过 {limit} 字节，请分段抓包", f"is larger than {limit} bytes; split it")
                    raise CollectorError(f"{upload.name}: {told}")
                digest.update(chunk)
                target.write(chunk)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()
