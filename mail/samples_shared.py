"""What samples of every kind share: a unit, the office, and what a mail about no task of the reader's knows."""

from typing import Any

from models.contracts.mail import Language

HOST = "Àrea Salut"
OFFICE = "Servei de Turisme i Internacionalització"


def basics(language: Language, reader: str) -> dict[str, Any]:
    """The fields of every mail, and the plan."""
    return {
        "language": language,
        "reader_name": reader,
        "coordinator_name": OFFICE,
        "coordinator_address": "internacional@valencia.example",
        "plan_title": "Pla d'Internacionalització de València 2022-26",
    }
