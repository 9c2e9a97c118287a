"""What a coordinator may write down about a delegation, and what is refused by its name."""

import json
from typing import Any

import pytest
import yaml

from commands.delegation import read_file
from models.contracts.delegation_reception import read_agenda, read_order
from models.contracts.refusal import Refused
from tests.delegations.reception import order_of, slot


def refused(**changes: Any) -> tuple[str, ...]:
    """What is said of an order; None takes a field away."""
    content = {key: value for key, value in order_of(**changes).items() if value is not None}
    with pytest.raises(Refused) as refusal:
        read_order(content)
    return refusal.value.problems


TELEPHONE = "Passports, diets and health are asked about by telephone and kept nowhere."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"organisation": None}, ("organisation: is missing.",)),
        ({"organisation": "  "}, ("organisation: must not be empty.",)),
        ({"diet": "vegan"}, ("diet: there is no such field.", TELEPHONE)),
        ({"people": {"women": 1, "passports": ["A1"]}}, ("people.passports: there is no such field.", TELEPHONE)),
        ({"contact": {"name": "A", "address": "a@b.example", "health": "-"}}, ("contact.health: there", TELEPHONE)),
        ({"kind": "private"}, ("kind: ",)),
        ({"language": "it"}, ("language: ",)),
        ({"first_day": "9/3/2027"}, ("first_day: is not a day: write it as in 2027-03-09.",)),
        ({"first_day": 20270309}, ("first_day: is not a day",)),
        ({"first_day": "2027-02-30"}, ("first_day: ",)),
        ({"people": {"women": -1}}, ("people.women: ",)),
        ({"people": {"women": True}}, ("people.women: is not a number.",)),
        ({"people": {"women": "many"}}, ("people.women: ",)),
        ({"contact": {"name": "A", "address": "nobody"}}, ("contact.address: is not a mail address",)),
        ({"contact": {"name": "A\r\nBcc: x@y.example", "address": "a@b.example"}}, ("contact.name: contains a line",)),
        ({"hosts": []}, ("hosts: must not be empty.",)),
        ({"themes": ["a", ""]}, ("themes.2: must not be empty.",)),
        ({"themes": ["a"] * 31}, ("themes: ",)),
        ({"city": "x" * 201}, ("city: ",)),
        ({"city": None, "country": None}, ("city: is missing.", "country: is missing.")),
    ],
)
def test_what_is_wrong_in_an_order_is_told_by_name(changes, said):
    found = refused(**changes)
    assert len(found) == len(said), found
    assert all(sentence.startswith(part) for part, sentence in zip(said, found, strict=True)), found


def test_a_file_of_yaml_and_one_of_json_say_the_same(tmp_path):
    order = order_of(people={"women": 3, "men": 2})
    (tmp_path / "order.yaml").write_text(yaml.safe_dump(order))
    (tmp_path / "order.json").write_text(json.dumps(order))
    read = [read_order(read_file(tmp_path / name)) for name in ("order.yaml", "order.json")]
    assert read[0] == read[1]
    assert (read[0].people.total, read[0].first_day.isoformat()) == (5, "2027-03-09")


def test_yaml_does_not_guess_what_a_word_means(tmp_path):
    file = tmp_path / "order.yaml"
    file.write_text(yaml.safe_dump(order_of()).replace("country: Italy", "country: NO"))
    assert read_order(read_file(file)).country == "NO"
    file.write_text("slots:\n- {day: 2027-03-09, start: 10:30, end: 12:00, place: a, host: B, theme: c}\n")
    (hour,) = read_agenda(read_file(file)).slots
    assert (hour.start.isoformat(), hour.end.isoformat()) == ("10:30:00", "12:00:00")


@pytest.mark.parametrize("content", ["- a\n- b\n", "organisation: [\n", "\x00", "just words"])
def test_a_file_that_holds_no_fields_is_refused(tmp_path, content):
    file = tmp_path / "order.yaml"
    file.write_text(content)
    with pytest.raises(Refused, match=r"order\.yaml"):
        read_file(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "25:00"}, "slots.1.start: "),
        ({"start": "half past nine"}, "slots.1.start: is not an hour: write it as in 9:30."),
        ({"start": 570}, "slots.1.start: is not an hour"),
        ({"lunch": "vegan"}, "slots.1.lunch: there is no such field."),
        ({"place": ""}, "slots.1.place: must not be empty."),
    ],
)
def test_what_is_wrong_in_an_agenda_is_told_by_its_line(changes, said):
    with pytest.raises(Refused) as refusal:
        read_agenda({"slots": [slot(**changes)]})
    (found, *others) = refusal.value.problems
    assert found.startswith(said)
    assert others in ([], [TELEPHONE])
