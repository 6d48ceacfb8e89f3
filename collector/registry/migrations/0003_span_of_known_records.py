from django.db import migrations

from collector.registry.fields import span_bits

_ROWS = 2000


def fill(apps, schema_editor):
    records = apps.get_model("registry", "OwnershipRecord").objects
    last = 0
    while rows := list(records.filter(pk__gt=last).order_by("pk").only("pk", "ip_lo", "ip_hi")[:_ROWS]):
        for row in rows:
            row.span_bits = span_bits(bytes(row.ip_lo), bytes(row.ip_hi))
        records.bulk_update(rows, ["span_bits"], batch_size=200)
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_sources_and_parameters")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
