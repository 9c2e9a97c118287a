"""What an item of a task is called, for whoever reads it."""

from mail.question_words import question_hint, question_name
from models.contracts.mail import Language
from store.task import ItemFacts


def item_name(line: ItemFacts, language: Language) -> str:
    """The indicator in the plan's own words, or the question in the reader's language."""
    if line.indicator is not None:
        return line.indicator.name
    question = line.question
    return question_name(question, line.item.detail, language) if question else ""


def item_hint(line: ItemFacts, language: Language) -> str:
    """How a question is answered; empty for an indicator, whose unit says it."""
    question = line.question
    return question_hint(question, language) if question else ""
