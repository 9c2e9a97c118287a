"""Hours as people write them."""

from datetime import time

import pytest

from models.policies.typed_hour import read_hour


@pytest.mark.parametrize("written", ["9:30", " 09:30 ", "9.30", "9h30", "9 h 30", "09:30 h", "9:30 h."])
def test_an_hour_is_read_however_it_is_written(written: str):
    assert read_hour(written) == time(9, 30)


@pytest.mark.parametrize("written", ["9", "9h", "9:00", "09.00 h"])
def test_a_full_hour_needs_no_minutes(written: str):
    assert read_hour(written) == time(9)


@pytest.mark.parametrize("written", ["", "24:00", "9:60", "930", "half past nine", "9:3", "-9", "\uff19:30", "9:30:00"])
def test_what_is_no_hour_of_a_day_is_not_read(written: str):
    assert read_hour(written) is None
