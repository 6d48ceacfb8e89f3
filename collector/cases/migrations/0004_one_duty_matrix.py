"""What does a duty rule say besides the department? Its own name and the days of the lists; numbers move below."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_rules_and_guard"), ("registry", "0007_number_series")]
    operations = [
        migrations.AddField(
            "routerule",
            "name_zh",
            models.CharField(
                blank=True, default="", help_text="Its own name there; empty: the department's", max_length=100
            ),
        ),
        migrations.AddField("routerule", "name_en", models.CharField(blank=True, default="", max_length=200)),
        migrations.AddField(
            "routerule",
            "list_days",
            models.PositiveSmallIntegerField(
                blank=True,
                help_text="Days after the listed week's Sunday; null: as the next wider rule says",
                null=True,
            ),
        ),
        migrations.AlterModelTable("numberseries", "registry_numberseries"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("numberseries")]),
        migrations.AlterField(
            model_name='case',
            name='department',
            field=models.CharField(blank=True, choices=[('reform', 'Development and reform'), ('publicity', 'Publicity'), ('cyberspace', 'Cyberspace administration'), ('industry', 'Industry and information technology'), ('education', 'Education'), ('finance', 'Finance, tax, state assets'), ('public-security', 'Public security'), ('culture', 'Culture and tourism'), ('market', 'Market regulation'), ('banking', 'Banking and financial regulation'), ('carrier', 'Carriers'), ('discipline', 'Discipline inspection'), ('other', 'Another department')], db_index=True, default='', max_length=100),
        ),
        migrations.AlterField(
            model_name='leadsource',
            name='kind',
            field=models.CharField(choices=[('sensor', 'Own sensor'), ('state-list', 'State list'), ('province-list', 'Province list'), ('electricity', 'Electricity'), ('tip-off', 'Tip-off'), ('equipment', 'Maker or trader of miners')], max_length=20),
        ),
        migrations.AlterField(
            model_name='routerule',
            name='department',
            field=models.CharField(choices=[('reform', 'Development and reform'), ('publicity', 'Publicity'), ('cyberspace', 'Cyberspace administration'), ('industry', 'Industry and information technology'), ('education', 'Education'), ('finance', 'Finance, tax, state assets'), ('public-security', 'Public security'), ('culture', 'Culture and tourism'), ('market', 'Market regulation'), ('banking', 'Banking and financial regulation'), ('carrier', 'Carriers'), ('discipline', 'Discipline inspection'), ('other', 'Another department')], max_length=100),
        ),
        migrations.AlterField(
            model_name='routerule',
            name='source',
            field=models.CharField(blank=True, choices=[('sensor', 'Own sensor'), ('state-list', 'State list'), ('province-list', 'Province list'), ('electricity', 'Electricity'), ('tip-off', 'Tip-off'), ('equipment', 'Maker or trader of miners')], default='', help_text='Kind of list; empty: any', max_length=20),
        ),
    ]
