"""How does each question read in SQL? The same conditions for both databases, each with its own index."""

from __future__ import annotations

TABLE = "registry_ownershiprecord"
COLUMNS = (
    "id",
    "source",
    "batch_id",
    "row_no",
    "network",
    "ip_lo",
    "ip_hi",
    "valid_from",
    "valid_to",
    "port_lo",
    "port_hi",
    "subscriber",
    "organisation_id",
    "unit_name",
    "uscc",
    "address",
    "division_code",
    "inner_ip",
    "realm",
    "created_at",
)
NAMED = "NOT subscriber = '' AND (NOT unit_name = '' OR NOT uscc = '' OR organisation_id IS NOT NULL)"
"""Word for word the condition of the index ``ownership_named``, or the planner does not know it again."""

SIZES_IN_USE = """
WITH RECURSIVE sizes(bits) AS (
    SELECT min(span_bits) FROM {table} WHERE {kind}
    UNION ALL
    SELECT (SELECT min(span_bits) FROM {table} WHERE {kind} AND span_bits > sizes.bits)
    FROM sizes WHERE sizes.bits IS NOT NULL
)
SELECT bits FROM sizes WHERE bits IS NOT NULL
"""
"""Every block size in the table, by as many steps down the index as there are sizes; the table is not read."""

WIDEST_PORT_BLOCK = f"""
SELECT port_hi - port_lo FROM {TABLE} WHERE port_lo IS NOT NULL ORDER BY port_hi - port_lo DESC LIMIT 1
"""  # noqa: S608  # the table's name is a constant
WITHOUT_PORTS, WITH_PORTS = "port_lo IS NULL", "port_lo IS NOT NULL"
