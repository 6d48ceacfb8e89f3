"""What do all groups of options have in common? Strict names, frozen values."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Bounded = Annotated[int, Field(ge=1)]


class Options(BaseModel):
    """Strict about names: a misspelt key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)
