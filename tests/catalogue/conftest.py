"""The documents as shipped."""

import pytest

from models.contracts.catalogue import Documents
from operations.catalogue import read_documents


@pytest.fixture(scope="session")
def shipped() -> Documents:
    """Read once: nothing can change them."""
    return read_documents()
