"""The `focal` command for the register of networks, reviews and the question to every area, on the real plans."""

from datetime import UTC, datetime

from models.tables.membership_review import Census, Review
from models.tables.process import Dispatch
from tests.edges.command import Focal, count


def test_the_register_is_listed_shown_set_and_added_to(city: Focal):
    listed = city("networks", "list")
    assert listed.out.endswith("52 networks\n")
    assert "NET-ECCAR  Coalició europea de ciutats contra el racisme  member  VLC  ACT-VLC-COOP\n" in listed.out
    assert "NET-FMDV  Fons Mundial de Desenvolupament de les Ciutats  only named  -  -\n" in listed.out
    assert city("networks", "list", "--state", "member").out.endswith("38 networks\n")
    assert "fee: not known\nnotice: not known, years end on 12-31\n" in city("networks", "show", "eurocities").out
    terms = ("--fee", "16500.50", "--notice-months", "6", "--roles", "Board", "--next-review", "2027-02-01")
    assert city("networks", "set", "eurocities", *terms).out == "NET-EUROCITIES: 4 entries set.\n"
    assert "fee: 16500.50 euros a year\nnotice: 6 months before" in city("networks", "show", "Eurocities").out
    added = city("networks", "add", "Xarxa Nova", "--plan", "VLC", "--unit", "ACT-VLC-ECO")
    assert added.out == "NET-XARXANOVA: Xarxa Nova is in the register as a candidate.\n"
    again = city("networks", "add", "xarxa nova")
    assert (again.code, again.err) == (
        1,
        "“xarxa nova” is in the register already: NET-XARXANOVA, Xarxa Nova (candidate).\n",
    )


def test_criteria_are_listed_weighed_added_and_dropped(city: Focal):
    assert city("networks", "criterion", "list").out.endswith("3 criteria\n")
    assert "VLC-NC2 has weight 3" in city("networks", "criterion", "set", "VLC-NC2", "--weight", "3").out
    names = ("--ca", "Paga", "--es", "Merece", "--en", "It pays", "--fr", "Cela paie")
    assert "OWN-1 has weight 1" in city("networks", "criterion", "set", "OWN-1", *names).out
    assert "VLC-NC2  weight 3" in city("networks", "criterion", "list").out
    assert city("networks", "criterion", "drop", "OWN-1").code == 0
    assert "give it another weight instead" in city("networks", "criterion", "drop", "VLC-NC1").err


def test_a_review_is_started_and_shown(city: Focal):
    year = datetime.now(UTC).year
    said = city("review", "start", "eccar", "--year", str(year))
    assert said.out == (f"review/eccar/{year} is open: staying in it is weighed. ACT-VLC-COOP is asked for evidence.\n")
    shown = city("review", "show", f"review/eccar/{year}")
    assert shown.out.splitlines()[1] == "reached: nothing yet"
    assert city("review", "start", "eccar", "--year", str(year)).err.startswith(f"review/eccar/{year} is open already")
    assert city("review", "start", "moon", "--year", str(year)).err.startswith("There is no network “moon”")
    candidate = city("review", "start", "c40", "--year", str(year), "--decider", "empar.llorens")
    assert "joining it is weighed" in candidate.out
    opened = city("review", "open-year", str(year))
    assert opened.out.endswith("35 opened, 1 left out.\n")
    assert f"NET-ECCAR was left out: review/eccar/{year} is open already" in opened.out
    assert (count(Review), count(Dispatch)) == (37, 37)


def test_every_area_is_asked_once_at_a_time(city: Focal):
    said = city("networks", "ask")
    assert said.out.startswith("review/census/")
    assert said.out.endswith("-1 is open: every area is asked.\n")
    again = city("networks", "ask")
    assert (again.code, "is open: wait until it is over" in again.err) == (1, True)
    assert count(Census) == 1
    assert "is not a review of a network" in city("review", "show", said.out.split(" ")[0]).err
