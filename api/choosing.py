"""The part of a form on which a person is chosen; its template is `person_choice.html`."""

from collections.abc import Mapping

from models.contracts.answering import PersonChoice

SOMEBODY_ELSE = "new"


def chosen(fields: Mapping[str, str]) -> PersonChoice:
    """Who is chosen in the fields of a form: `person`, or `name`, `address` and `write_in`."""
    person = fields.get("person", "")
    return PersonChoice(
        person_code="" if person == SOMEBODY_ELSE else person,
        name=fields.get("name", ""),
        address=fields.get("address", ""),
        language=fields.get("write_in", ""),
    )
