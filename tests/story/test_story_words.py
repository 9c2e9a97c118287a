"""Every happening, and everything to come, has words in every language."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from mail.translation import LANGUAGES
from models.contracts.mail import Language
from models.contracts.story import Happening, MailState, MailStory, Noticed, Reason, Stop, Story, StoryMail, Upcoming
from operations.story_words import mail_text, task_text
from tests.catalogues import faults
from tests.conftest import some

AT = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
PLAIN: dict[Any, Any] = {str: "Focal", int: 2, bool: True, date: date(2027, 1, 1), datetime: AT, NoneType: None}
HAPPENINGS = get_args(get_args(Happening)[0])
FRENCH_FIRST = [
    language if language == "fr" else pytest.param(language, marks=pytest.mark.drill) for language in LANGUAGES
]
"""Every sentence of every language is looked at below; told together they are in the drills."""


def sample(what: Any, /, **given: Any) -> Any:
    """A value of a type: of a choice the first, of a tuple one, what may be left out is there; some fields given."""
    if isinstance(what, type) and issubclass(what, BaseModel):
        fields = {name: sample(field.annotation) for name, field in what.model_fields.items() if name not in given}
        return what(**fields, **given)
    if get_origin(what) is Literal:
        return get_args(what)[0]
    if get_origin(what) in {Union, UnionType, Annotated}:
        return sample(get_args(what)[0])
    if get_origin(what) is tuple:
        return tuple(sample(one) for one in get_args(what) if one is not Ellipsis)
    return PLAIN[what]


def choices(model: type[BaseModel], field: str) -> tuple[Any, ...]:
    """What a field may say: of a choice every word, of yes or no both, of an optional value none and one."""
    kind = model.model_fields[field].annotation
    if get_origin(kind) in {Union, UnionType}:
        return tuple(value for one in get_args(kind) for value in (get_args(one) or (PLAIN[one],)))
    return (True, False) if kind is bool else get_args(kind)


def every_happening() -> Iterator[Any]:
    """Every kind with everything that decides its words."""
    for model in HAPPENINGS:
        fields = model.model_fields.items()
        deciding = [name for name, field in fields if field.annotation in {bool, str | None} or name == "kind"]
        for values in product(*(choices(model, name) for name in deciding)):
            yield sample(model, **dict(zip(deciding, values, strict=True)))
    for kind, rule, held, days in product(
        choices(Noticed, "kind"), choices(Reason, "rule"), choices(Reason, "held"), (0, 1, 2)
    ):
        reason = sample(Reason, rule=rule, held=held, moved_by="pause", moved_from=AT.date(), working_days=days)
        yield sample(Noticed, kind=kind, reason=reason)


def every_step_to_come() -> Iterator[Upcoming]:
    for kind, rule, days in product(choices(Upcoming, "kind"), choices(Reason, "rule"), (0, 1, 2)):
        yield sample(Upcoming, kind=kind, reason=sample(Reason, rule=rule, working_days=days), stops=get_args(Stop))


@pytest.mark.parametrize("language", FRENCH_FIRST)
@pytest.mark.parametrize("kind", some(choices(Story, "kind"), "indicator_request", "call_interest", "agenda_approval"))
def test_whatever_happened_and_whatever_is_to_come_can_be_told(language: Language, kind: str):
    happened, to_come = tuple(every_happening()), tuple(every_step_to_come())
    story = sample(Story, kind=kind, happened=happened, next=to_come, wish=None)
    told = task_text(story, language)
    assert told.count("\n- ") == len(happened) + len(to_come) + len(get_args(Stop))
    assert "- \n" not in told
    assert "None" not in told


def test_every_state_of_a_task_and_of_a_mail_can_be_told():
    for language, state in product(LANGUAGES, choices(Story, "state")):
        assert task_text(sample(Story, state=state, next=(), correctable=False), language)
    for language, state, reply in product(LANGUAGES, get_args(MailState), (None, "451 Later.")):
        mail = sample(StoryMail, state=state, reply=reply, finished_at=AT)
        assert mail_text(sample(MailStory, mail=mail), language)


def test_every_string_of_the_stories_is_translated_with_its_placeholders_into_every_language():
    assert faults(("story",), ("templates/story",)) == []
