"""A place for servers that run as another user."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that stays passable: pytest closes its own to others whenever another run begins."""
    with tempfile.TemporaryDirectory(prefix="focal-") as folder:
        yield Path(folder)
