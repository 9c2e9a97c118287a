"""Every table, so that migrations and tests see the whole schema by importing one module."""

from models.tables import catalogue, indicator_collection, mail, people, process, task
from models.tables.base import Base

__all__ = ["Base", "catalogue", "indicator_collection", "mail", "people", "process", "task"]
