"""Questions in a reply: numbered, typed into the quoted mail, or answered in a word or two; nothing is guessed."""

from uuid import UUID

import pytest

from models.contracts.answering import AnswerKind, ItemUnit
from models.contracts.inbound import AskedEntry
from tests.inbound.test_values import problems, quote, read, values


def question(
    number: int,
    code: str,
    unit: ItemUnit,
    name: str,
    *,
    required: bool = True,
    other: tuple[AnswerKind, ...] = (),
) -> AskedEntry:
    return AskedEntry(
        item_id=UUID(int=number),
        number=number,
        code=code,
        name=name,
        unit=unit,
        previous=None,
        standing=None,
        question=True,
        required=required,
        other=other,
    )


HOST = (
    question(1, "can_host", "yes/no", "Es pot acollir la delegació en aquestes dates?"),
    question(2, "other_days", "text", "Si no, en quines altres dates?", required=False),
    question(3, "receives", "text", "Qui la rebrà?", required=False),
)
NETWORKS = (
    question(1, "networks", "text", "A quines xarxes de ciutats s’ha adherit l’àrea?", other=("nothing_to_report",)),
)
OURS = """\
Benvolguda Núria,

1. Es pot acollir la delegació en aquestes dates?
2. Si no, en quines altres dates? (es pot deixar en blanc)
3. Qui la rebrà? (es pot deixar en blanc)

Respondre per correu

1 · Es pot acollir la delegació en aquestes dates? =
2 · Si no, en quines altres dates? =
3 · Qui la rebrà? =
"""


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("1 = sí", "1=yes"),
        ("1: no\n2: del 10 al 12 de març\n3: Anna Garcia", "1=no, 2=“del 10 al 12 de març”, 3=“Anna Garcia”"),
        ("1. sí, encantats\n3. Anna Garcia, cap de servei", "1=yes, 3=“Anna Garcia, cap de servei”"),
        ("1 · Es pot acollir la delegació en aquestes dates? = sí\n3 · Qui la rebrà? = Anna", "1=yes, 3=“Anna”"),
        ("1 = sí\n2 = cap", "1=yes"),
        ("3 = Anna", "3=“Anna”"),
        ("Sí", "1=yes"),
        ("Bon dia,\n\nSí, cap problema.\n\nUna salutació,\nAnna Garcia", "1=yes"),
        ("sí que podem", "1=yes"),
        ("Yes, gladly.", "1=yes"),
        ("Oui, avec plaisir", "1=yes"),
        ("Sí, con mucho gusto. Gracias", "1=yes"),
        ("No, aquells dies no hi som.\n2 = el 12 de març", "1=no, 2=“el 12 de març”"),
        ("No.", "1=no"),
        ("Non, désolés", "1=no"),
    ],
)
def test_a_host_answers_by_number_or_in_a_word(reply: str, expected: str):
    assert values(reply, HOST) == expected


@pytest.mark.parametrize(
    "reply",
    [
        "Sí, però només dimarts",
        "Sí?",
        "No, cap problema",
        "No, però dimarts sí",
        "No hi ha problema",
        "No sé",
        "Yes, if they come by train",
        "Ho mirem i us diem",
        "1 = potser",
        "1 = res",
    ],
)
def test_what_could_mean_two_things_is_shown_back(reply: str):
    assert values(reply, HOST) == ""
    assert len(problems(reply, HOST)) == 1


def test_a_word_alone_is_likely_what_is_numbered_is_sure_and_both_must_agree():
    assert [value.certainty for value in read("Sí", HOST).values] == ["likely"]
    assert [value.certainty for value in read("1 = sí", HOST).values] == ["sure"]
    assert values("Sí\n1 = no", HOST) == "1=no"


def test_answers_typed_into_the_quoted_mail_are_read():
    typed = quote(OURS, ("dates? =\n2", "dates? = no\n2"), ("altres dates? =", "altres dates? = del 3 al 5 de març"))
    assert values(typed, HOST) == "1=no, 2=“del 3 al 5 de març”"
    assert values(quote(OURS), HOST) == ""


@pytest.mark.parametrize(
    "reply",
    ["Cap", "ninguna", "None.", "Aucun", "cap xarxa", "1 = cap", "1 = ninguna red", "No ens hem adherit a cap xarxa.",
     "Bon dia,\n\ncap, gràcies"],
)  # fmt: skip
def test_none_is_an_answer_to_which_networks(reply: str):
    assert values(reply, NETWORKS) == "1=nothing"


def test_networks_are_named_after_their_number():
    assert values("1 = Eurocities, 3/3/2026, projectes", NETWORKS) == "1=“Eurocities, 3/3/2026, projectes”"
    assert problems("Hem entrat a Eurocities", NETWORKS) == ["not_understood"]


def test_a_code_that_nobody_has_seen_names_no_question():
    assert values("Networks: Eurocities", NETWORKS) == ""
    assert [line.code for line in read("1 = potser", HOST).unread] == [None]
