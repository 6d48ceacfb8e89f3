"""Where does an uploaded file lie while it is worked on? In the data directory, the owner's only, and not for long."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from collector.faults import CollectorError
from collector.filenames import safe_name
from collector.text import bilingual

MAX_WAITING = 100
_KEPT_S = 3_600
_KEY = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@contextmanager
def received(file: UploadedFile[Any]) -> Iterator[Path]:
    """The upload as a file under its own name; gone afterwards. Raises ``CollectorError`` when it is too large."""
    key = keep(file)
    try:
        yield waiting(key)
    finally:
        drop(key)


def keep(file: UploadedFile[Any]) -> str:
    """Lay an upload down for the next step of a wizard; answers the key to find it by."""
    limit = settings.COLLECTOR.imports.max_file_bytes
    if file.size is None or file.size > limit:
        told = bilingual(f"文件超过 {limit} 字节，请拆分", f"the file is larger than {limit} bytes; split it")
        raise CollectorError(f"{safe_name(file.name)}: {told}")
    _tidy(time.time())
    key = secrets.token_urlsafe(24)
    folder = _folder() / key
    folder.mkdir(mode=0o700, parents=True)
    with (folder / safe_name(file.name)).open("xb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return key


def waiting(key: str) -> Path:
    """The file of ``key``; raises ``CollectorError`` when it is not there any more."""
    folder = _folder() / key
    found = next(iter(sorted(folder.iterdir())), None) if _KEY.fullmatch(key) and folder.is_dir() else None
    if found is None:
        raise CollectorError(str(bilingual("文件已过期，请重新上传", "the file is no longer here; upload it again")))
    return found


def drop(key: str) -> None:
    """Forget the file of ``key``."""
    if _KEY.fullmatch(key):
        shutil.rmtree(_folder() / key, ignore_errors=True)


def _folder() -> Path:
    folder: Path = settings.COLLECTOR.data_dir / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _tidy(now_s: float) -> None:
    """What was laid down long ago goes, and of the rest the oldest beyond the bound."""
    folders = sorted(_folder().iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for place, folder in enumerate(folders):
        if place >= MAX_WAITING or folder.stat().st_mtime < now_s - _KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)
