"""Where do numbers come from? One table for every app; its rows are those that casework kept (cases 0004 moves them)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_alter_importbatch_kind")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="NumberSeries",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("prefix", models.CharField(max_length=40, unique=True)),
                        ("last", models.PositiveIntegerField(default=0)),
                    ],
                    options={"abstract": False},
                ),
            ],
        ),
        migrations.AlterField(
            model_name='importbatch',
            name='kind',
            field=models.CharField(choices=[('organisations', 'Organisations'), ('line-ledger', 'Carrier line ledger'), ('aaa', 'AAA sessions'), ('divisions', 'Divisions'), ('aaa-detail', 'FreeRADIUS detail file'), ('cgn', 'CGN port-block table'), ('cgn-syslog', 'CGN port-block syslog'), ('nat-rules', 'Deterministic NAT rules'), ('filing', 'IP filing'), ('ipam', 'IPAM table'), ('netbox', 'NetBox snapshot'), ('dhcp-leases', 'ISC DHCP leases'), ('kea-legal', 'Kea legal log'), ('rpsl', 'WHOIS (RPSL)'), ('rdap', 'RDAP (JSON)'), ('sites', 'Sites'), ('parks', 'Parks'), ('policy-clauses', 'Policy clauses'), ('tariffs', 'Differential tariffs'), ('energy-factors', 'Energy factors'), ('calendar', 'Working-day calendar'), ('duty-rules', 'Duty rules'), ('trace-reply', 'Trace reply'), ('list-reply', 'Reply to a list'), ('state-list', "The state's list of addresses"), ('province-list', "The province's list of addresses"), ('key-list', "Province's key list"), ('projects', 'Operating projects'), ('planned-projects', 'Projects under construction'), ('equipment-firms', 'Makers and traders of miners'), ('commitments', 'Credit commitments'), ('meter-readings', 'Meter readings'), ('power-rules', 'Rules of abnormal electricity use')], max_length=20),
        ),
    ]
