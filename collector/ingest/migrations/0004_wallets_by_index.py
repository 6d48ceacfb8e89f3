"""Which detections are a wallet's? And identifiers keep one index each: nobody asks for a part of one."""

from django.db import migrations, models


def drop_pattern_indexes(apps, schema_editor):
    """PostgreSQL alone has them, made by Django for LIKE; each took as long on every delivery as the index itself."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        named = r"SELECT indexname FROM pg_indexes WHERE tablename = 'ingest_detection' AND indexname LIKE %s"
        cursor.execute(named, [r"%\_id\_%\_like"])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_signature_inventory")]
    operations = [
        migrations.AddIndex(
            model_name="detection",
            index=models.Index(condition=models.Q(("account__gt", "")), fields=["account"], name="detection_account"),
        ),
        migrations.RunPython(drop_pattern_indexes, migrations.RunPython.noop, elidable=True),
    ]
