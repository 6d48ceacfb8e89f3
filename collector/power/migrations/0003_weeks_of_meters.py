"""Which meters looked like mining in each week? Judged here for the readings that are there already."""

import datetime

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from collector.power.features import SHANGHAI, Interval, curve_of
from collector.power.reasons import in_force
from collector.power.windows import columns, first_day, last_day, weeks_with

_ROWS = 2_000


def judge(apps, schema_editor):
    """Row by row of readings, meter by meter; leads and estimates follow by the job that this asks for."""
    weeks, now = apps.get_model("power", "MeterWeek").objects, timezone.now()
    rules = list(apps.get_model("power", "PowerRule").objects.all())
    sites = apps.get_model("registry", "Site").objects.exclude(meter_no="").order_by("pk")
    places = {no: (pk, code) for no, pk, code in sites.values_list("meter_no", "pk", "division_code")}
    made = []
    for meter_no, readings in _by_meter(apps.get_model("power", "MeterReading").objects):
        site, code = places.get(meter_no, (None, ""))
        for monday, said in _judged(meter_no, readings, rules):
            row = {"meter_no": meter_no, "monday": monday, "site_id": site, "division_code": code, "judged_at": now}
            made.append(weeks.model(**row, **said))
        if len(made) >= _ROWS:
            weeks.bulk_create(made)
            made = []
    weeks.bulk_create(made)
    if weeks.exists():
        apps.get_model("jobs", "Job").objects.create(kind="judge-meters", due_at=now)


def _by_meter(rows):
    """One meter's readings at a time: all of them are more than memory holds."""
    meter_no, readings = None, []
    told = rows.order_by("meter_no", "start").values_list("meter_no", "start", "minutes", "kwh")
    for number, start, minutes, kwh in told.iterator(chunk_size=_ROWS):
        if number != meter_no:
            if readings:
                yield meter_no, readings
            meter_no, readings = number, []
        readings.append(Interval(start.astimezone(SHANGHAI), minutes, kwh))
    if readings:
        yield meter_no, readings


def _judged(meter_no, readings, rules):
    weeks = {}
    for one in readings:
        for monday in weeks_with(one.day):
            weeks.setdefault(monday, []).append(one)
    for monday, of_weeks in weeks.items():
        curve = curve_of(meter_no, of_weeks)
        if curve.last >= monday:
            yield monday, columns(curve, in_force(rules, last_day(monday)))


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("power", "0002_first_rules"),
        ("registry", "0007_number_series"),
    ]

    operations = [
        migrations.CreateModel(
            name='MeterWeek',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('meter_no', models.CharField(help_text='户号', max_length=40)),
                ('monday', models.DateField(help_text='Of the week, in China')),
                ('division_code', models.CharField(blank=True, default='', help_text='Of the site', max_length=12)),
                ('first', models.DateField(help_text='First day with readings')),
                ('last', models.DateField(help_text='Last day with readings')),
                ('kwh', models.FloatField()),
                ('mean_kw', models.FloatField()),
                ('is_suspect', models.BooleanField(help_text='Every rule in force is met')),
                ('features', models.JSONField(help_text='Value by name of the feature')),
                ('reasons', models.JSONField(help_text='Of each rule its feature, the value, and the bounds')),
                ('rules', models.CharField(help_text="Digest of the bounds that were in force on the week's Sunday", max_length=64)),
                ('leads', models.JSONField(default=list, help_text="Keys of the leads of the site's unit")),
                ('verdict', models.CharField(choices=[('fits', 'Fits'), ('exceeds', 'Estimate above the meter'), ('small-part', 'A small part of the meter'), ('unknown', 'Nothing to compare')], default='unknown', max_length=12)),
                ('low_kwh', models.FloatField(blank=True, help_text='By hash rate, on the same days', null=True)),
                ('high_kwh', models.FloatField(blank=True, null=True)),
                ('judged_at', models.DateTimeField()),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='registry.site')),
            ],
            options={
                'indexes': [models.Index(fields=['monday', 'is_suspect', 'division_code'], name='meter_week_place')],
                'constraints': [models.UniqueConstraint(fields=('meter_no', 'monday'), name='meter_week_once')],
            },
        ),
        migrations.RunPython(judge, migrations.RunPython.noop, elidable=True),
    ]
