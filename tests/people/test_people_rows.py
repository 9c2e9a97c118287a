"""What may stand in a field, and what is said when it may not."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mail.headers import encode_mailbox, encode_text, require_safe
from models.contracts.answering import PersonChoice
from models.policies.people_rows import read_address, trimmed, unprintable
from operations.choosing import check_choice

NAMES = st.text(st.characters() | st.sampled_from("=?:\u200b\u202e\u2028 \\"), min_size=1, max_size=200)
"""Of every character there is, often of those that a header gives a meaning."""


@pytest.mark.parametrize(
    "name", ["Àlex Todolí i Ramon", "O'Hara-Núñez", "Ngũgĩ wa Thiong'o", "Паша", "l·l", "M. (sub.)"]
)
def test_names_as_people_have_them_are_fine(name: str) -> None:
    assert unprintable(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Anna\nBcc: x@example.org", "contains a line break (U+000A); it must be one line"),
        ("Anna\rPuig", "contains a line break (U+000D); it must be one line"),
        ("Anna\x85Puig", "contains a line break (U+0085); it must be one line"),
        ("Anna\u2028Puig", "contains a line break (U+2028); it must be one line"),
        ("Anna\u2029Puig", "contains a line break (U+2029); it must be one line"),
        ("Anna\u202egiuP", "contains a character that changes the direction of reading (U+202E)"),
        ("Anna\u2066Puig", "contains a character that changes the direction of reading (U+2066)"),
        ("Anna\u200bPuig", "contains an invisible or control character (U+200B)"),
        ("Anna\x07", "contains an invisible or control character (U+0007)"),
        ("Anna\tPuig", "contains an invisible or control character (U+0009)"),
        ("=?UTF-8?Q?=0A?=Bcc: x", "contains =?, which begins an encoded word in a mail header"),
        ("Anna Bcc: x@example.org", "reads like a line of a mail header (“Bcc:”)"),
        ("reply-to : x", "reads like a line of a mail header (“reply-to:”)"),
    ],
)
def test_a_name_that_could_leave_its_header_is_refused_with_the_reason(name: str, reason: str) -> None:
    assert unprintable(name) == reason


@given(NAMES)
@example("=?UTF-8?Q?=0A?=Bcc: x")
@example("Anna\u200bPuig")
def test_a_name_that_is_taken_can_be_written_into_a_header(name: str) -> None:
    assume(unprintable(name) is None)
    assert require_safe("To", name) == name
    assert encode_mailbox("To", name, "anna@valencia.example").isascii()
    assert encode_text("Subject", f"[7K2M-9QXD] · {name}").isascii()


@given(NAMES)
@example("=?UTF-8?Q?=0A?=Bcc: x")
@example("Anna\u200bPuig")
@example("Anna Puig")
def test_the_form_that_names_a_person_takes_the_names_that_an_import_takes(name: str) -> None:
    assume(name == name.strip())
    naming = PersonChoice(name=name, address="anna@valencia.example", language="ca")
    problems = [problem.code for problem in check_choice((), naming)]
    assert problems == ([] if unprintable(name) is None else ["name_unprintable"])


def test_spaces_around_a_field_do_not_matter_and_letters_are_composed() -> None:
    assert trimmed("\u00a0 Alcala\u0300\u00a0Mayor \u202f\t") == "Alcalà Mayor"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Anna.Puig@Valencia.Example", "anna.puig@valencia.example"),
        ("anna@añil.example", "anna@xn--ail-7ma.example"),
        ("anna+focal@valencia.example", "anna+focal@valencia.example"),
    ],
)
def test_an_address_is_kept_in_the_form_it_is_sent_to(text: str, address: str) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "anna@",
        "anna@valencia",
        "ànna@valencia.example",
        "Anna <anna@valencia.example>",
        '"anna puig"@valencia.example',
        "anna@valencia.example, pau@valencia.example",
        "anna@valencia.example\nBcc: x@example.org",
        "anna@[127.0.0.1]",
        "a..b@valencia.example",
        f"{'a' * 65}@valencia.example",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not a mail address we can write to: "):
        read_address(text)
