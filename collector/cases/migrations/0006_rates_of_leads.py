"""How much hash rate did each lead have in its weeks? Copies and sums that pages add, filled for what is there already."""

from itertools import groupby

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Substr

from collector.cases.rates import COLUMNS, Rated, most_of

_CHUNK, _UNIT_CHARS = 500, 20


def copy_told(apps, schema_editor):
    """What ``told_of`` copies, for every session that no proxy counts."""
    events = apps.get_model("resolve", "Attribution").objects.filter(pk=OuterRef("attribution_id"))
    nobody = Value("", output_field=models.TextField())
    by = Coalesce(KeyTextTransform("counted_in", "event__body"), nobody)
    # What is null in the document, SQLite tells as a word.
    own = events.annotate(by=by).filter(by__in=("", "null"))
    rate = KeyTransform("hashrate", "event__body")

    def of(name, field=None):
        said = KeyTextTransform(name, rate)
        told = Cast(said, field) if field else Substr(said, 1, _UNIT_CHARS)
        return Subquery(own.annotate(told=told).values("told")[:1])

    apps.get_model("cases", "LeadSession").objects.update(
        hashrate_unit=Coalesce(of("unit"), nobody, output_field=models.TextField()),
        hashrate_low=of("low", models.FloatField()),
        hashrate_high=of("high", models.FloatField()),
    )


def reckon_rates(apps, schema_editor):
    leads, rates = apps.get_model("cases", "Lead").objects, apps.get_model("cases", "LeadRate")
    sessions = apps.get_model("cases", "LeadSession").objects.filter(
        is_claim=True, hashrate_low__isnull=False, hashrate_high__isnull=False
    )
    after = 0
    while part := list(leads.filter(pk__gt=after).order_by("pk")[:_CHUNK]):
        rows = sessions.filter(lead__in=part).order_by("lead_id").values_list("lead_id", *COLUMNS)
        rated = {pk: [Rated(*row[1:]) for row in of_lead] for pk, of_lead in groupby(rows, key=lambda row: row[0])}
        rates.objects.bulk_create(
            rates(lead=lead, division_code=lead.division_code, monday=one.monday, unit=one.unit, low=one.low, high=one.high)
            for lead in part
            for one in most_of(rated.get(lead.pk, []))
        )
        after = part[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_weeks_of_leads"),
    ]

    operations = [
        migrations.AddField(
            model_name="leadsession",
            name="hashrate_unit",
            field=models.CharField(blank=True, default="", help_text="H/s, Sol/s, …", max_length=20),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="hashrate_low",
            field=models.FloatField(blank=True, help_text="None as well where its proxy counts it", null=True),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="hashrate_high",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="LeadRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("monday", models.DateField(help_text="In China")),
                ("division_code", models.CharField(blank=True, default="", help_text="Of the lead", max_length=12)),
                ("unit", models.CharField(max_length=20)),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rates", to="cases.lead"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["monday", "division_code"], name="lead_rate_place")],
                "constraints": [
                    models.UniqueConstraint(fields=("lead", "monday", "unit"), name="lead_rate_once")
                ],
            },
        ),
        migrations.RunPython(copy_told, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(reckon_rates, migrations.RunPython.noop, elidable=True),
    ]
