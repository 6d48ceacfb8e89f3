"""How does the database itself refuse to change the ledger? Triggers, on SQLite and on PostgreSQL."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "cases_caseevent"
_TOLD = "the ledger of cases is append-only"
_SQLITE = {
    f"{TABLE}_no_{verb.lower()}": f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{_TOLD}'); END"
    for verb in ("UPDATE", "DELETE")
}
_FUNCTION = f"{TABLE}_refuse"
# An empty table may be truncated: that is how tests clean up, and nothing is lost.
_POSTGRES = (
    f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    + f"IF TG_OP = 'TRUNCATE' AND NOT EXISTS (TABLE {TABLE}) THEN RETURN NULL; END IF; "
    + f"RAISE EXCEPTION '{_TOLD}'; END $$",
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()",
    f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()",
)
_POSTGRES_NAMES = (f"{TABLE}_no_change", f"{TABLE}_no_truncate")


def install(connection: BaseDatabaseWrapper) -> None:
    """Forbid UPDATE, DELETE and TRUNCATE of entries; on a database of another kind nothing is done."""
    statements = {"sqlite": tuple(_SQLITE.values()), "postgresql": _POSTGRES}.get(connection.vendor, ())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guard away, as whoever owns the tables can."""
    with connection.cursor() as cursor:
        for name in _SQLITE if connection.vendor == "sqlite" else ():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for name in _POSTGRES_NAMES if connection.vendor == "postgresql" else ():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}")


def is_installed(connection: BaseDatabaseWrapper) -> bool:
    """Whether every trigger is there and at work."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
            wanted = set(_SQLITE)
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled <> 'D' AND NOT tgisinternal",
                [TABLE],
            )
            wanted = set(_POSTGRES_NAMES)
        return wanted <= {row[0] for row in cursor.fetchall()}
