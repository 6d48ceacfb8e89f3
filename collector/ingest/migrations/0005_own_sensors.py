"""Some sensors are a unit's own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_second_person"), ("ingest", "0004_wallets_by_index")]
    operations = [
        migrations.AddField(
            model_name="sensor",
            name="office",
            field=models.ForeignKey(
                blank=True,
                help_text="The notified unit whose own sensor it is; null: an office's or a carrier's",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sensors",
                to="accounts.office",
            ),
        ),
    ]
