"""Which weeks did each lead mine in? Copies and weeks that pages count, filled for what is there already."""

from itertools import groupby

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Subquery, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Lower, NullIf, Substr

from collector.cases.weeks import Ran, columns, weeks_of

_CHUNK, _MAX_CHARS = 500, 512
_CLAIMS = ("probable", "confirmed")
_RAN = ("lead_id", "first_seen", "last_seen", "is_claim", "status", "energy_low_kwh", "energy_high_kwh")


def copy_told(apps, schema_editor):
    """One statement: what ``told_of`` copies, for every session that is there."""
    attributions = apps.get_model("resolve", "Attribution").objects.filter(pk=OuterRef("attribution_id"))

    def of(expression):
        return Subquery(attributions.annotate(told=expression).values("told")[:1])

    def said(*path):
        found = "event__body"
        for name in path[:-1]:
            found = KeyTransform(name, found)
        return KeyTextTransform(path[-1], found)

    def text(expression):
        # What is null in the document, SQLite tells as a word.
        return Coalesce(of(NullIf(Substr(expression, 1, _MAX_CHARS), Value("null"))), Value(""))

    apps.get_model("cases", "LeadSession").objects.update(
        is_claim=Exists(attributions.filter(event__verdict__in=_CLAIMS)),
        status=of(F("status")),
        nature=of(F("nature")),
        coin=of(F("event__coin")),
        dialect=of(F("event__dialect")),
        algorithm=text(Lower(said("algorithm"))),
        pool_domain=of(Lower("event__pool_domain")),
        pool_ip=of(F("event__pool_ip")),
        pool_operator=text(said("pool", "operator")),
        energy_low_kwh=of(Cast(said("energy_kwh", "low"), models.FloatField())),
        energy_high_kwh=of(Cast(said("energy_kwh", "high"), models.FloatField())),
    )
    last = apps.get_model("cases", "LeadSession").objects.filter(lead=OuterRef("pk")).order_by("-last_seen", "-pk")
    apps.get_model("cases", "Lead").objects.update(status=Coalesce(Subquery(last.values("status")[:1]), Value("")))


def reckon_weeks(apps, schema_editor):
    leads, weeks = apps.get_model("cases", "Lead").objects, apps.get_model("cases", "LeadWeek")
    sessions = apps.get_model("cases", "LeadSession").objects.order_by("lead_id", "last_seen", "pk")
    after = 0
    while part := list(leads.filter(pk__gt=after).order_by("pk")[:_CHUNK]):
        rows = sessions.filter(lead__in=part).values_list(*_RAN)
        ran = {pk: [Ran(*row[1:]) for row in of_lead] for pk, of_lead in groupby(rows, key=lambda row: row[0])}
        weeks.objects.bulk_create(
            weeks(lead=lead, monday=monday, division_code=lead.division_code, **columns(lead.first_seen, monday, sums))
            for lead in part
            for monday, sums in weeks_of(ran.get(lead.pk, [])).items()
        )
        after = part[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_one_duty_matrix"),
        ("resolve", "0003_more_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeadWeek",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("monday", models.DateField(help_text="In China")),
                ("division_code", models.CharField(blank=True, default="", help_text="Of the lead", max_length=12)),
                ("days", models.PositiveSmallIntegerField(help_text="Bit 0: it ran on Monday")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("auto", "Located"),
                            ("confirmed", "Confirmed by a person"),
                            ("conflict", "Conflict"),
                            ("unknown", "Not located"),
                        ],
                        help_text="Of the week's latest session",
                        max_length=10,
                    ),
                ),
                ("is_new", models.BooleanField(help_text="Never seen before this week")),
                ("is_relapse", models.BooleanField(help_text="Silent for four weeks and more before")),
                (
                    "energy_low_kwh",
                    models.FloatField(blank=True, help_text="Of the sessions, from their beginning", null=True),
                ),
                ("energy_high_kwh", models.FloatField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="lead",
            name="status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("auto", "Located"),
                    ("confirmed", "Confirmed by a person"),
                    ("conflict", "Conflict"),
                    ("unknown", "Not located"),
                ],
                default="",
                help_text="How the session seen last is attributed",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="algorithm",
            field=models.CharField(blank=True, default="", max_length=512),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="coin",
            field=models.CharField(blank=True, default="", max_length=512),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="dialect",
            field=models.CharField(blank=True, default="", max_length=30),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="energy_high_kwh",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="energy_low_kwh",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="is_claim",
            field=models.BooleanField(default=False, help_text="Confirmed or probable"),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="nature",
            field=models.CharField(
                blank=True,
                choices=[
                    ("state-organ", "State organ"),
                    ("public-institution", "Public institution"),
                    ("state-enterprise", "State-owned enterprise"),
                    ("private-enterprise", "Private enterprise"),
                    ("university", "University"),
                    ("school", "School"),
                    ("internet-cafe", "Internet café"),
                    ("idc", "Data centre"),
                    ("sole-trader", "Sole trader"),
                    ("resident", "Resident"),
                    ("other", "Other"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="pool_domain",
            field=models.CharField(blank=True, default="", max_length=512),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="pool_ip",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="pool_operator",
            field=models.CharField(blank=True, default="", max_length=512),
        ),
        migrations.AddField(
            model_name="leadsession",
            name="status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("auto", "Located"),
                    ("confirmed", "Confirmed by a person"),
                    ("conflict", "Conflict"),
                    ("unknown", "Not located"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["status", "last_seen"], name="lead_status_last"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(condition=models.Q(("uscc__gt", "")), fields=["uscc"], name="lead_uscc"),
        ),
        migrations.AddIndex(
            model_name="leadsession",
            index=models.Index(
                condition=models.Q(("is_claim", True)),
                fields=["last_seen", "first_seen", "lead"],
                name="lead_session_claims",
            ),
        ),
        migrations.AddField(
            model_name="leadweek",
            name="lead",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="weeks", to="cases.lead"),
        ),
        migrations.AddIndex(
            model_name="leadweek",
            index=models.Index(fields=["monday", "division_code", "is_new", "days"], name="lead_week_place"),
        ),
        migrations.AddConstraint(
            model_name="leadweek",
            constraint=models.UniqueConstraint(fields=("lead", "monday"), name="lead_week_once"),
        ),
        migrations.RunPython(copy_told, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(reckon_weeks, migrations.RunPython.noop, elidable=True),
    ]
