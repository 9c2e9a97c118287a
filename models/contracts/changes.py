"""What bringing rows up to date did: one count per outcome."""

from pydantic import BaseModel, ConfigDict


class Changes(BaseModel):
    """How many rows of one kind were new, different, as they should be, or gone from the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
