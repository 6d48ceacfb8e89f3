"""Fixtures that every test may use."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from postgres_server import USER, Server, binaries, running_server

from collector.settings.base import POSTGRES_OPTIONS
from sensor.engine.api import Engine

REPOSITORY = Path(__file__).resolve().parent.parent
SEED = bytes(range(32))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real captures that lies beside a checkout; set MINEWATCH_SHARED if it lies elsewhere."""
    folder = Path(os.environ.get("MINEWATCH_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "captures").is_dir():
        pytest.skip("no real captures: set MINEWATCH_SHARED to a folder that has captures/")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the user's own starts remember."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINEWATCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def native() -> Callable[[], Engine]:
    """Makes native engines whose flow table lies the same in every run. Where CI is set, it has to be there."""
    try:
        module = importlib.import_module("sensor.engine.native")
    except ModuleNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("the native engine is not built: install with MINEWATCH_NATIVE=require")
    return lambda: module.NativeEngine(SEED)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this test process alone; skipped where none is installed, a failure where CI is set."""
    with running_server(_installed()) as server:
        yield server


@pytest.fixture
def mortal_postgres() -> Iterator[Server]:
    """A server of one test's own, which may be killed: nobody else is thrown out."""
    with running_server(_installed()) as server:
        yield server


def _installed() -> Path:
    folder = binaries()
    if folder is None:
        told = "no PostgreSQL server: install the package postgresql"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    return folder


@pytest.fixture(scope="session")
def postgres_connection(postgres: Server, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A connection of Django to a migrated test database on that server."""
    options = {"ENGINE": "django.db.backends.postgresql", "NAME": "minewatch", "USER": USER}
    # The other settings are those Django fills in for every database.
    plain = {name: value for name, value in connections[DEFAULT_DB_ALIAS].settings_dict.items() if name != "OPTIONS"}
    where = {"HOST": str(postgres.socket_dir), "OPTIONS": POSTGRES_OPTIONS}
    handler = type(connections)({DEFAULT_DB_ALIAS: plain | where | options})
    connection = handler[DEFAULT_DB_ALIAS]
    with django_db_blocker.unblock():
        previous = _swap(connection)
        name = previous.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        # Django notes the new name in the settings, where the other database still reads it.
        previous.settings_dict["NAME"] = name
        _swap(previous)
        yield connection
        connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database stands behind Django: the test runs once on each."""
    if request.param == "sqlite":
        yield request.param
        return
    previous = _swap(request.getfixturevalue("postgres_connection"))
    yield request.param
    _swap(previous)


@pytest.fixture
def db(database: str, _django_db_helper: None) -> None:
    """As pytest-django's, but on both databases: what works on one only is found here."""


def _swap(connection: Any) -> Any:
    """Put ``connection`` in the default's place; answers what stood there."""
    previous = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    return previous
