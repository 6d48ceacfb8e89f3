"""Keys wait for a second person; those that were given out before this was asked go on working."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_working(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tokens = apps.get_model("accounts", "ApiToken")
    tokens.objects.filter(scope="office", approved_at__isnull=True).update(approved_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_pending_role")]
    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="approved_at",
            field=models.DateTimeField(blank=True, help_text="Null: an office's key that waits", null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="approved_by",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="issued_by",
            field=models.CharField(blank=True, default="", help_text="As the audit log names them", max_length=200),
        ),
        migrations.RunPython(keep_working, migrations.RunPython.noop),
    ]
