"""Every table, so that migrations and tests see the whole schema by importing one module."""

from models.tables import (
    call_follow_up,
    calls,
    catalogue,
    delegation_reception,
    evidence,
    indicator_collection,
    mail,
    membership_review,
    people,
    process,
    staff,
    task,
)
from models.tables.base import Base

__all__ = [
    "Base",
    "call_follow_up",
    "calls",
    "catalogue",
    "delegation_reception",
    "evidence",
    "indicator_collection",
    "mail",
    "membership_review",
    "people",
    "process",
    "staff",
    "task",
]
