"""A place for servers that run as another user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import quick_folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that stays passable: pytest closes its own to others whenever another run begins."""
    with quick_folder() as folder:
        yield Path(folder)
