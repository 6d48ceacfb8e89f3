"""How does the detection of a signature become a test of messages, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensor.model.observation import lookup
from sensor.model.yamlfile import KeyPath
from sensor.signature.condition import (
    All,
    Any1,
    ConditionError,
    Node,
    Predicate,
    Selected,
    all_hold,
    compile_condition,
    names_in,
    parse_condition,
)
from sensor.signature.document import (
    Detect,
    ProtocolDocument,
    Selection,
    Session,
    SignatureDocument,
)
from sensor.signature.faults import Fault, Faults
from sensor.signature.fields import INDEX_FIELDS, field_fault
from sensor.signature.modifiers import Test, compile_test
from sensor.signature.parse import Parsed

MIN_ANCHOR_BYTES = 4
_RANKS = {"len": 0, "re": 2, "type": 3, "exists": 3}
_FACTS = (
    "account",
    "worker",
    "agent",
    "algorithm",
    "height",
    "job",
    "target",
    "difficulty",
    "seed_hash",
    "server_name",
    "hashrate",
    "extranonce",
    "coinbase",
    "bits",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a selection: the field at ``path`` passes ``test``, which ``modifier`` made of ``value``."""

    path: tuple[str, ...]
    modifier: str
    value: Any
    test: Test


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a protocol signature runs on a message."""

    condition: Node
    selections: Mapping[str, tuple[Row, ...]]
    holds: Predicate
    """The condition over a message whose shape is not known; :mod:`sensor.signature.shapes` narrows it."""
    keys: Mapping[str, frozenset[str]]
    """Index field → the values of which it must have one; no entry when the signature does not insist on any."""
    facts: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    """Session fact → the paths to look for it, first hit wins."""


def compile_rule(parsed: Parsed[SignatureDocument], document: ProtocolDocument, faults: Faults) -> Rule | None:
    """The rule of a protocol signature; None when it has faults, which then are in ``faults``."""
    faults.extend(_anchor_faults(parsed, document))
    faults.extend(_path_faults(parsed, document))
    selections = _compile_selections(parsed, document, faults)
    node = _compile_tree(parsed, document.detect, faults)
    if node is None or len(selections) < len(document.detect.selections):
        return None
    fields = INDEX_FIELDS[document.scope.protocol]
    keys = {field: required_values(node, document.detect.selections, field) for field in fields}
    return Rule(
        condition=node,
        selections=selections,
        holds=_holds(node, selections),
        keys={field: values for field, values in keys.items() if values is not None},
        facts=_facts(document.session),
    )


def _anchor_faults(parsed: Parsed[SignatureDocument], document: ProtocolDocument) -> Iterator[Fault]:
    if document.anchor is None:
        if document.scope.protocol in {"jsonrpc", "http"}:
            remedy = "add literals that every positive sample contains"
            yield parsed.fault(("scope",), "anchor", "an anchor is missing", remedy)
        return
    spellings = (("any", document.anchor.any, 1), ("hex", document.anchor.hex, 2))
    for key, literals, chars_per_byte in spellings:
        for index, literal in enumerate(literals):
            if len(literal.encode()) < MIN_ANCHOR_BYTES * chars_per_byte:
                what = f"the anchor {literal!r} is shorter than {MIN_ANCHOR_BYTES} bytes"
                yield parsed.fault(("anchor", key, index), "anchor", what, "use a longer literal")


def _path_faults(parsed: Parsed[SignatureDocument], document: ProtocolDocument) -> Iterator[Fault]:
    protocol = document.scope.protocol
    for index, path in enumerate(document.evidence.excerpt):
        if fault := field_fault(path, protocol):
            yield parsed.fault_from(("evidence", "excerpt", index), "field", ValueError(fault))
    for fact, paths in _session_paths(document.session):
        for path in paths:
            if fault := field_fault(path, protocol):
                yield parsed.fault_from(("session", fact), "field", ValueError(fault))


def _compile_selections(
    parsed: Parsed[SignatureDocument], document: ProtocolDocument, faults: Faults
) -> dict[str, tuple[Row, ...]]:
    compiled = {}
    for name, selection in document.detect.selections.items():
        rows: list[Row] = []
        for key, value in selection.items():
            at: KeyPath = ("detect", name, key)
            field, _, modifier = key.partition("|")
            try:
                if fault := field_fault(field, document.scope.protocol):
                    raise ValueError(fault)
                rows.append(Row(tuple(field.split(".")), modifier, value, compile_test(modifier, value)))
            except ValueError as error:
                faults.add(parsed.fault_from(at, "detect", error))
        if len(rows) == len(selection):
            compiled[name] = tuple(sorted(rows, key=_soonest_failing_first))
    return compiled


def _soonest_failing_first(row: Row) -> int:
    """Lengths tell most messages of one method apart, contents most others, types the fewest."""
    return _RANKS.get(row.modifier, 1)


def _holds(node: Node, selections: Mapping[str, tuple[Row, ...]]) -> Predicate:
    tests = {name: all_hold(tuple(_look_up(row) for row in rows)) for name, rows in selections.items()}
    holds = compile_condition(node, tests)
    return (lambda fields: holds) if isinstance(holds, bool) else holds


def _look_up(row: Row) -> Predicate:
    path, test = row.path, row.test
    return lambda fields: test(lookup(fields, path))


def _compile_tree(parsed: Parsed[SignatureDocument], detect: Detect, faults: Faults) -> Node | None:
    at: KeyPath = ("detect", "condition")
    names = tuple(detect.selections)
    try:
        node = parse_condition(detect.condition, names)
    except ConditionError as error:
        faults.add(parsed.fault_from(at, "condition", error))
        return None
    used = set(names_in(node))
    for name in sorted(used - set(names)):
        faults.add(parsed.fault(at, "condition", f"there is no selection {name!r}", "define it or mend its spelling"))
    for name in sorted(set(names) - used):
        what = f"the selection {name!r} is not used"
        faults.add(parsed.fault(("detect", name), "condition", what, "use it in the condition or remove it"))
    return node if used <= set(names) else None


def required_values(node: Node, selections: Mapping[str, Selection], field: str) -> frozenset[str] | None:
    """The values of which ``field`` must have one for ``node`` to hold; None when it may have any or none."""
    if isinstance(node, Selected):
        return _exact_strings(selections.get(node.name, {}).get(field))
    if isinstance(node, All):
        found = [values for part in node.parts if (values := required_values(part, selections, field)) is not None]
        return min(found, key=len, default=None)
    if isinstance(node, Any1):
        parts = [required_values(part, selections, field) for part in node.parts]
        known = [values for values in parts if values is not None]
        return frozenset().union(*known) if len(known) == len(parts) else None
    return None


def _exact_strings(value: Any) -> frozenset[str] | None:
    values = value if isinstance(value, tuple) else (value,)
    return frozenset(values) if all(isinstance(each, str) for each in values) else None


def _facts(session: Session | None) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    return tuple((fact, tuple(tuple(path.split(".")) for path in paths)) for fact, paths in _session_paths(session))


def _session_paths(session: Session | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    if session is not None:
        yield from ((fact, paths) for fact in _FACTS if (paths := getattr(session, fact)))
