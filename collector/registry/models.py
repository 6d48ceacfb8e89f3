"""What does the registry keep? Divisions, organisations, sites, import batches and ownership records.

Dated parameters (tariffs, clauses, calendars) are in ``parameters.py``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from collector.registry.choices import DivisionLevel, Facility, ImportKind, NatLayout, Nature, Source
from collector.registry.fields import SpanBitsField
from collector.registry.parameters import ALWAYS, CalendarDay, EnergyFactor, PolicyClause, Tariff
from collector.stamped import Stamped

PARAMETERS = (CalendarDay, EnergyFactor, PolicyClause, Tariff)
"""Django looks for tables in this file; these stand in ``parameters.py``."""
GB2260_FIRST = ALWAYS
"""Valid-from of a division whose file names no date: the year GB/T 2260 first appeared."""


class ImportBatch(Stamped):
    """One imported file. An undone batch keeps its row; what it brought is gone."""

    no = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=ImportKind)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    encoding = models.CharField(max_length=20)
    rows_ok = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    dry_run = models.BooleanField(default=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.no


class ImportChange(Stamped):
    """What a batch did to one division or organisation, so that undoing is exact."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True, help_text="Field values before the change; null where the row was created")

    class Meta:
        indexes = [models.Index(fields=["table", "row_id"], name="importchange_row")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.table} {self.row_id}"


class Division(Stamped):
    """An administrative division in the interval ``valid_from <= day < valid_to``; codes change over the years."""

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=10, choices=DivisionLevel)
    parent = models.CharField(max_length=12, blank=True, default="", db_index=True)
    valid_from = models.DateField(default=GB2260_FIRST)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="division_code_once_per_start")]
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Organisation(Stamped):
    """A unit. Contact name and phone are personal data: mask them in every output by default."""

    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200, db_index=True)
    nature = models.CharField(max_length=20, choices=Nature, default=Nature.OTHER)
    facility = models.CharField(max_length=20, choices=Facility, default=Facility.UNKNOWN)
    industry = models.CharField(max_length=10, blank=True, default="", help_text="GB/T 4754 code")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    address = models.CharField(max_length=500, blank=True, default="")
    contact_name = models.CharField(max_length=100, blank=True, default="")
    contact_phone = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Site(Stamped):
    """A physical place of an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="sites")
    address = models.CharField(max_length=500)
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    meter_no = models.CharField(max_length=40, blank=True, default="", db_index=True, help_text="户号")
    longitude = models.FloatField(null=True, blank=True, help_text="Degrees east, WGS 84")
    latitude = models.FloatField(null=True, blank=True, help_text="Degrees north, WGS 84")

    def __str__(self) -> str:
        return self.address


class Park(Stamped):
    """A big-data or high-technology park: a named set of blocks that is to be swept without a gap."""

    name = models.CharField(max_length=200)
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    operator = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "division_code"], name="park_name_once_per_division")]

    def __str__(self) -> str:
        return self.name


class ParkPrefix(Stamped):
    """One CIDR block of a park on the days ``valid_from <= day < valid_to``."""

    park = models.ForeignKey(Park, on_delete=models.CASCADE, related_name="prefixes")
    network = models.CharField(max_length=50)
    ip_lo = models.BinaryField(max_length=16)
    ip_hi = models.BinaryField(max_length=16)
    valid_from = models.DateField(default=GB2260_FIRST)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["park", "network", "valid_from"], name="park_prefix_once")]

    def __str__(self) -> str:
        return f"{self.park_id} {self.network}"


class OwnershipRecord(Stamped):
    """One source's statement: this block belonged to this subscriber from ``valid_from`` until before ``valid_to``.

    ``network`` is always one CIDR block (a range in a file becomes several records), so a lookup asks
    ``ip_lo in covering_los(ip)`` and ``ip_hi >= ip_key(ip)``, and the index answers. ``valid_to`` null: still open.
    The address means something in its ``realm`` alone: "" is the public internet (and a sensor's own network), any
    other names the network behind a NAT. ``inner_ip`` is who stood behind it there.
    """

    source = models.CharField(max_length=20, choices=Source)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    row_no = models.PositiveIntegerField(default=0)
    network = models.CharField(max_length=50)
    ip_lo = models.BinaryField(max_length=16)
    ip_hi = models.BinaryField(max_length=16)
    span_bits = SpanBitsField()
    realm = models.CharField(max_length=60, blank=True, default="")
    port_lo = models.PositiveIntegerField(null=True, blank=True)
    port_hi = models.PositiveIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    subscriber = models.CharField(max_length=200, blank=True, default="")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="records"
    )
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="")
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="")
    inner_ip = models.GenericIPAddressField(null=True, blank=True)
    session_key = models.CharField(max_length=200, null=True, blank=True, help_text="The source's own key of the row")
    raw = models.JSONField(default=dict)

    class Meta:
        # One index per question: who holds the address, who holds the port, which block sizes are there at all.
        indexes = [
            models.Index(
                fields=["ip_lo", "valid_from", "valid_to"], name="ownership_address", condition=Q(port_lo__isnull=True)
            ),
            models.Index(
                fields=["ip_lo", "port_lo", "valid_from", "valid_to"],
                name="ownership_port",
                condition=Q(port_lo__isnull=False),
            ),
            models.Index(fields=["span_bits"], name="ownership_bits", condition=Q(port_lo__isnull=True)),
            models.Index(fields=["span_bits"], name="ownership_port_bits", condition=Q(port_lo__isnull=False)),
            models.Index(F("port_hi") - F("port_lo"), name="ownership_port_span", condition=Q(port_lo__isnull=False)),
            models.Index(
                fields=["subscriber", "valid_from"],
                name="ownership_named",
                condition=~Q(subscriber="") & (~Q(unit_name="") | ~Q(uscc="") | Q(organisation__isnull=False)),
            ),
            models.Index(fields=["uscc"], name="ownership_uscc"),
            models.Index(
                fields=["source", "session_key"],
                name="ownership_session",
                condition=Q(session_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.unit_name or self.subscriber}"


class NatRule(Stamped):
    """A deterministic NAT (RFC 7422): inner address from outer address and port by arithmetic, without a log.

    The inner block is laid over the outer addresses in order, ``ports_per_user`` ports each.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="nat_rules")
    row_no = models.PositiveIntegerField(default=0)
    outer_lo = models.BinaryField(max_length=16)
    outer_hi = models.BinaryField(max_length=16)
    outer = models.CharField(max_length=90, help_text="Block, or first-last")
    inner = models.CharField(max_length=90, help_text="Block, or first-last")
    port_first = models.PositiveIntegerField()
    port_last = models.PositiveIntegerField()
    ports_per_user = models.PositiveIntegerField()
    layout = models.CharField(max_length=12, choices=NatLayout, default=NatLayout.SEQUENTIAL)
    realm = models.CharField(
        max_length=60, blank=True, default="", help_text="Where the inner addresses mean something"
    )
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.outer} -> {self.inner}"


class NumberSeries(Stamped):
    """The last number given under a prefix (cases, leads, referrals, requests); its row is the lock of the next one."""

    prefix = models.CharField(max_length=40, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}{self.last}"
