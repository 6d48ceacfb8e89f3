"""Who may decide what all sensors list? Whoever sets rules where every sensor stands.

What is listed reaches every sensor of this collector. So a decision is for a manager of an office whose divisions hold
them all: the province's where the province's sensors deliver here, the city's where only its own do.
"""

from __future__ import annotations

from collector.accounts.scope import Scope, within
from collector.ingest.models import Sensor
from collector.text import bilingual

FOR_KEEPERS = bilingual(
    "条目下发至本平台全部探针，须由辖区涵盖全部探针的单位的管理人员审定。",
    "What is listed reaches every sensor here: a manager decides, of an office whose divisions hold them all.",
)


def keeps_all_sensors(sets_rules: Scope) -> bool:
    """Does every sensor stand in divisions where somebody sets the rules? One without a division, in the country's."""
    held = Sensor.objects.filter(within("division_code", sets_rules))
    return bool(sets_rules.roots) and not Sensor.objects.exclude(pk__in=held.values("pk")).exists()
