"""How much energy does a hash take? The dated table ``efficiency.yml``."""

# Annotations are values here: to evaluate the text of each is a tenth of what pydantic costs at a start.
import datetime
import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, TypeAdapter, model_validator

from sensor.model.yamlfile import parse_yaml
from sensor.signature.document import Document, Line
from sensor.signature.faults import Fault, Faults
from sensor.signature.parse import Parse, Parsed, parse_document

FILE = "efficiency.yml"
MAX_ROWS = 1024
Prefix = Annotated[str, Field(pattern=r"^[^A-Z]{2,64}$")]


class DeviceClass(enum.StrEnum):
    """What kind of machine mines."""

    ASIC = "asic"
    HOBBY_ASIC = "hobby-asic"
    MICROCONTROLLER = "microcontroller"
    GPU = "gpu"
    CPU = "cpu"


class Span(Document):
    """A usual value and its bounds."""

    low: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    typical: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    high: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError("must rise from low over typical to high")
        return self


class Overhead(Span):
    """What a machine draws beyond its boards or sockets, as a factor."""

    low: Annotated[float, Field(ge=1, le=3)]
    source: Line


class RateBounds(Document):
    """The hash rates, in hashes (solutions, graphs) per second, at which a row can hold."""

    min: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    max: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class AgentRow(Document):
    """What stands behind an agent that begins with ``prefix``. ``algorithm``: it can mine nothing else."""

    prefix: Prefix
    classes: tuple[DeviceClass, ...]
    algorithm: Line | None = None


class EfficiencyRow(Document):
    """Joules for one ``per`` of hashes on machines of a class."""

    device: Annotated[DeviceClass, Field(alias="class")]
    algorithms: Annotated[tuple[Line, ...], Field(min_length=1, max_length=16)]
    agents: tuple[Prefix, ...] = ()
    per: Literal["", "k", "M", "G", "T"] = ""
    joules: Span
    platform_w: Span | None = None
    rate: RateBounds = RateBounds()
    machine_max: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """More than any single machine of the class reaches (boards of one rig together)."""
    year: Annotated[StrictInt, Field(ge=2009, le=2200)]
    source: Line


class EfficiencyDocument(Document):
    """The whole table."""

    updated: datetime.date
    overhead: Overhead
    agents: Annotated[tuple[AgentRow, ...], Field(max_length=MAX_ROWS)]
    rows: Annotated[tuple[EfficiencyRow, ...], Field(max_length=MAX_ROWS)]


_ADAPTER: TypeAdapter[EfficiencyDocument] = TypeAdapter(EfficiencyDocument)


def read_efficiency(folder: Path, faults: Faults, parse: Parse = parse_yaml) -> EfficiencyDocument | None:
    """The table in ``folder``; None when there is none or it has faults, which then are in ``faults``."""
    path = folder / FILE
    if not path.is_file():
        return None
    parsed = parse_document(_ADAPTER, path, str(path), faults, parse)
    if parsed is None:
        return None
    found = list(_faults(parsed))
    faults.extend(found)
    return None if found else parsed.document


def _faults(parsed: Parsed[EfficiencyDocument]) -> Iterator[Fault]:
    prefixes = [row.prefix for row in parsed.document.agents]
    for index, prefix in enumerate(prefixes):
        if prefix in prefixes[:index]:
            yield parsed.fault(("agents", index), "efficiency", f"{prefix!r} is here twice", "merge the two")
        elif index and prefix < prefixes[index - 1]:
            yield parsed.fault(("agents", index), "efficiency", f"{prefix!r} is out of order", "sort by prefix")
    for index, row in enumerate(parsed.document.rows):
        if row.year > parsed.document.updated.year:
            what = f"the year {row.year} lies after {parsed.document.updated}"
            yield parsed.fault(("rows", index, "year"), "efficiency", what, "mend the year, or the date of the table")
        if row.rate.max is not None and row.rate.min > row.rate.max:
            remedy = "let min be the smaller"
            yield parsed.fault(("rows", index, "rate"), "efficiency", "min is above max", remedy)
