"""What do the console's tests share? A city with its sensor, and people who sign in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import console_world
import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Any) -> datetime:
    """The city's data, in a database of its own; answers the moment it was made."""
    settings.COLLECTOR = settings.COLLECTOR.model_copy(update={"data_dir": tmp_path / "data"})
    now = datetime.now(UTC)
    console_world.build(tmp_path, now)
    return now


@pytest.fixture
def sign_in(world: datetime) -> Callable[[str], Client]:
    """A browser of one of the world's people, in Chinese unless told otherwise."""

    def enter(name: str, language: str = "zh-hans") -> Client:
        user = User.objects.filter(username=name).first() or console_world.sign_up(console_world.PEOPLE[name])
        client = Client()
        client.force_login(user)
        client.cookies["django_language"] = language
        return client

    return enter
