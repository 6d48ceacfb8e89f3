"""How is an import undone to the letter? By what each batch noted of the rows it made and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ProtectedError, Q, RestrictedError

from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.models import ImportBatch, ImportChange, OwnershipRecord
from collector.text import bilingual

Afterwards = Callable[[], object]
"""What is to be done once a batch is undone."""
_ROWS = 500
_ON_UNDO: dict[str, Callable[[ImportBatch], Afterwards]] = {}


def on_undo(kind: ImportKind, prepare: Callable[[ImportBatch], Afterwards]) -> None:
    """Have ``prepare`` look at every batch of a kind before it is undone; an app calls this in ``ready()``."""
    _ON_UNDO[kind.value] = prepare


def note_created(batch: ImportBatch, rows: Iterable[models.Model]) -> None:
    """Remember that ``batch`` made these rows."""
    changes = [ImportChange(batch=batch, table=row._meta.label, row_id=row.pk, before=None) for row in rows]
    ImportChange.objects.bulk_create(changes, batch_size=_ROWS)


def change(batch: ImportBatch, row: models.Model, values: dict[str, Any]) -> None:
    """Set fields (by attribute name) of a saved row and remember what stood there; nothing happens when all agree."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not differing:
        return
    before = {name: _as_json(row, name) for name in differing}
    ImportChange.objects.create(batch=batch, table=row._meta.label, row_id=row.pk, before=before)
    for name, value in differing.items():
        setattr(row, name, value)
    row.save(update_fields=[row._meta.get_field(name).name for name in differing])


@transaction.atomic
def undo_import(no: str, now: datetime) -> ImportBatch:
    """Take back everything a batch brought. Raises ``CollectorError`` when later work stands on it."""
    batch = ImportBatch.objects.filter(no=no).first()
    if batch is None:
        raise CollectorError(
            f"batch {no}: there is no such batch; see: minewatch collector imports",
            f"没有批次 {no}；请在“数据导入”中查看",
        )
    if batch.dry_run or batch.undone_at is not None:
        told = bilingual("没有可撤销的内容：已撤销，或只是预检", "has nothing to undo: undone already, or a dry run")
        raise CollectorError(f"{no}: {told}")
    _refuse_if_built_on(batch)
    prepare = _ON_UNDO.get(batch.kind)
    afterwards = prepare(batch) if prepare else None
    try:
        _restore(batch)
        batch.records.all().delete()
    except (ProtectedError, RestrictedError) as fault:
        held = sorted({str(row._meta.verbose_name) for row in _holders(fault)})
        told = bilingual("已被引用，请先处理", "is in use; settle first")
        raise CollectorError(f"{no}: {told}: {', '.join(held)}") from None
    batch.undone_at = now
    batch.save(update_fields=["undone_at"])
    if afterwards is not None:
        afterwards()
    return batch


def _holders(fault: ProtectedError | RestrictedError) -> Iterable[models.Model]:
    return fault.protected_objects if isinstance(fault, ProtectedError) else fault.restricted_objects


def _refuse_if_built_on(batch: ImportBatch) -> None:
    others = ImportChange.objects.filter(batch__undone_at__isnull=True).exclude(batch=batch)
    own_records = Q(table=OwnershipRecord._meta.label, row_id__in=batch.records.values("pk"))
    later = others.filter(own_records).first() or _later_on_same_rows(batch, others)
    if later is not None:
        other = later.batch.no
        told = bilingual(
            f"批次 {other} 后来改过相同的行，请先撤销它",
            f"batch {other} changed the same rows later; undo that one first",
        )
        raise CollectorError(f"{batch.no}: {told}")


def _later_on_same_rows(batch: ImportBatch, others: models.QuerySet[ImportChange]) -> ImportChange | None:
    own = ImportChange.objects.filter(
        batch=batch, table=models.OuterRef("table"), row_id=models.OuterRef("row_id"), pk__lt=models.OuterRef("pk")
    )
    return others.filter(models.Exists(own)).first()


def _restore(batch: ImportBatch) -> None:
    for noted in batch.changes.order_by("-pk").iterator():
        table: Any = apps.get_model(noted.table)
        rows = table._default_manager.filter(pk=noted.row_id)
        if noted.before is None:
            rows.delete()
        else:
            rows.update(**{name: _from_json(table, name, value) for name, value in noted.before.items()})


def _as_json(row: models.Model, name: str) -> Any:
    # Not Django's JSON serializer: that one cuts microseconds off, and undo must be exact.
    field: Any = row._meta.get_field(name)
    return None if getattr(row, name) is None else field.value_to_string(row)


def _from_json(table: type[models.Model], name: str, value: Any) -> Any:
    field: Any = table._meta.get_field(name)
    return None if value is None else field.to_python(value)


def batches(limit: int) -> Sequence[ImportBatch]:
    """The newest batches."""
    return list(ImportBatch.objects.order_by("-pk")[:limit])
