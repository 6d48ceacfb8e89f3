"""How is a carrier's table in PostgreSQL asked? In a session that cannot write and cannot hang."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.faults import CollectorError
from collector.settings.attribution import SqlSourceOptions


def ask(
    options: SqlSourceOptions, addresses: Sequence[str], start: datetime, end: datetime
) -> Sequence[Mapping[str, Any]]:
    """Rows of these addresses that were valid in the span; raises ``CollectorError``."""
    # Imported here: psycopg comes with the extra `postgres` alone.
    import psycopg
    from psycopg.rows import dict_row

    parameters = (list(addresses), _stored(options, end), _stored(options, start), options.row_limit + 1)
    try:
        with _session(options) as session, session.cursor(row_factory=dict_row) as cursor:
            cursor.execute(_statement(options), parameters)
            return list(cursor.fetchall())
    except psycopg.Error as fault:
        told = " ".join(str(fault).split())
        raise CollectorError(f"sql source {options.name}: {told}; mend it, or take it out") from None


def _session(options: SqlSourceOptions) -> Any:
    """Read-only and bounded, whatever the account may do; its end closes it."""
    import psycopg

    bounds = {
        "default_transaction_read_only": "on",
        "statement_timeout": options.statement_timeout_ms,
        "timezone": options.zone,
    }
    return psycopg.connect(
        host=options.host,
        port=options.port,
        dbname=options.database,
        user=options.user,
        password=options.password,
        sslmode="require" if options.tls else "prefer",
        connect_timeout=options.connect_timeout_s,
        options=" ".join(f"-c {name}={value}" for name, value in bounds.items()),
    )


def _statement(options: SqlSourceOptions) -> Any:
    from psycopg import sql

    columns = options.columns
    named = {name: column for name, column in columns.model_dump().items() if column}
    shown = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.Identifier(column), sql.Identifier(name)) for name, column in named.items()
    )
    ends: sql.Composable = sql.SQL("%s IS NOT NULL")
    if columns.valid_to:
        ends = sql.SQL("({0} IS NULL OR {0} >= %s)").format(sql.Identifier(columns.valid_to))
    return sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s::{}) AND {} <= %s AND {} LIMIT %s").format(
        shown,
        sql.Identifier(*options.table.split(".")),
        sql.Identifier(columns.ip),
        sql.SQL("inet[]" if options.ip_form == "inet" else "text[]"),
        sql.Identifier(columns.valid_from),
        ends,
    )


def _stored(options: SqlSourceOptions, moment: datetime) -> Any:
    """A moment as the table keeps it."""
    if options.time_form == "timestamp":
        return moment
    return int(moment.timestamp() * (1000 if options.time_form == "unix_ms" else 1))
