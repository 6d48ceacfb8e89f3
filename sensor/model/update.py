"""What is in a signature update? A ZIP: signature files, a manifest with the digest of each, and its signature."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from sensor.model.wire import Timestamp, WireModel

UPDATE_SCHEMA: Final = "minewatch.signature-update/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
FILE: Final = r"^pools/watch_[a-z0-9_]{1,40}\.yml$"
"""An update brings files of pool watch and no others: what people wrote is never replaced by it."""


class UpdateManifest(WireModel):
    """What the signature is over."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Annotated[Literal["minewatch.signature-update/1"], Field(alias="schema")] = UPDATE_SCHEMA
    revision: Annotated[int, Field(ge=1)]
    made_at: Timestamp
    entries: Annotated[int, Field(ge=0)]
    files: dict[Annotated[str, Field(pattern=FILE)], Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
