"""What questions and their answers are called in the reader's language. The keys are those of the policies."""

from collections.abc import Mapping
from typing import Any

from mail.translation import translations
from models.contracts.mail import Language
from models.policies.questions import SCORE, Question


def N_(sentence: str) -> str:  # noqa: N802 - the name by which extraction finds sentences
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


NAMES: Mapping[str, str] = {
    "can_host": N_("Can you receive the delegation on these days?"),
    "other_days": N_("If not: on which other days?"),
    "receives": N_("Who will receive it?"),
    "agenda": N_("Do you approve this agenda?"),
    "contacts": N_("Which contacts were made?"),
    "commitments": N_("What was promised, by whom, by when?"),
    "documents": N_("Where are the documents of the visit?"),
    "done": N_("Is it done?"),
    "actions": N_("In how many actions of the network did you take part in the last twelve months?"),
    "projects": N_("How many funded projects came from the network?"),
    "staff_days": N_("How many working days did your staff spend on it in the last twelve months?"),
    "fee": N_("What does the network cost a year, in whole euros?"),
    "roles": N_("Which positions does the city hold in it?"),
    "remark": N_("Is there anything to add?"),
    "membership": N_("Should the city stay in this network?"),
    "joining": N_("Should the city join this network?"),
    "improvements": N_("What will be improved, by whom, by when?"),
    "improved": N_("Has the membership improved?"),
    "networks": N_("Which city networks has your area newly joined?"),
}
HINTS: Mapping[str, str] = {
    "other_days": N_("Such as “from 3 to 5 March”."),
    "receives": N_("Name and position, if it is somebody else than you."),
    "agenda": N_("If you send it back, say what has to change."),
    "contacts": N_("One per line: name, organisation, what about. Nothing on health, food or identity papers."),
    "commitments": N_("One per line: what; who; by when. For example: Send the study; Area of Health; 15/2/2027"),
    "documents": N_("A folder or an address where they can be found."),
    "done": N_("If it will not be done, say why."),
    "actions": N_("A whole number: meetings, working groups, events, campaigns."),
    "projects": N_("A whole number."),
    "staff_days": N_("A whole number; an estimate is enough."),
    "fee": N_("A whole number of euros; 0 if it is free."),
    "roles": N_("Presidency, board, chair of a working group …"),
    SCORE: N_("From 0 (not at all) to 4 (very much), with your reasons; or “no evidence”, with the reason."),
    "membership": N_("Give your reasons, also if you follow the recommendation."),
    "joining": N_("Give your reasons, also if you follow the recommendation."),
    "improvements": N_("One per line: what; who; by when. For example: Lead a group; Area of Health; 15/2/2027"),
    "improved": N_("Give your reasons."),
    "networks": N_("One per line: network, date, reason. Or write “none”."),
}
OPTIONS: Mapping[str, str] = {
    "approve": N_("Approve it"),
    "send_back": N_("Send it back"),
    "done": N_("Done"),
    "not_done": N_("It will not be done"),
    "continue": N_("Stay in it"),
    "optimise": N_("Stay, and get more out of it"),
    "leave": N_("Leave it"),
    "join": N_("Join it"),
    "watch": N_("Watch it for now"),
    "no": N_("Do not join"),
    "improved": N_("Yes, it has improved"),
    "not_improved": N_("No, it has not"),
}


def in_language(names: Mapping[str, Any], language: Language) -> str:
    """Something that the rows name in several languages: the reader's, Catalan for Valencian, or else the first."""
    for tag in (language, language.partition("-")[0]):
        if tag in names:
            return str(names[tag])
    return str(next(iter(names.values()), ""))


def question_name(question: Question, detail: Mapping[str, Any] | None, language: Language) -> str:
    """What is asked. `detail` of a score: the `names` of its criterion by language."""
    if question.key == SCORE:
        return in_language((detail or {}).get("names", {}), language)
    return translations(language, "mail").gettext(NAMES[question.key])


def said_of(name: str, said: str) -> str:
    """What was said of a question, or of what a criterion is called, in one line."""
    return f"{name} {said}" if name.endswith("?") else f"{name}: {said}"


def question_hint(question: Question, language: Language) -> str:
    """How it is answered; empty where that goes without saying."""
    hint = HINTS.get(question.key)
    return translations(language, "mail").gettext(hint) if hint else ""


def option_label(key: str, language: Language) -> str:
    """What an option of a choice is called; a key that there is not is given back as it is."""
    return translations(language, "mail").gettext(OPTIONS[key]) if key in OPTIONS else key


PREPARATIONS: Mapping[str, str] = {
    "interpreting": N_("Book interpreters"),
    "protocol": N_("Agree on precedence, flags and gifts with protocol"),
    "briefing": N_("Write the briefing on the delegation and its city"),
    "rooms": N_("Book rooms and their equipment"),
    "transport": N_("Arrange transport between the places of the visit"),
    "press": N_("Agree with the press office what is announced, and when"),
    "needs": N_("Ask the contact by telephone what people need, and keep no record of it in Focal"),
    "companies": N_("Invite companies and investors"),
    "investment_file": N_("Prepare figures and facts of the city for investors"),
    "programme_materials": N_("Prepare the presentations of the services that are visited"),
    "methods": N_("Collect documents on the methods that are shown"),
    "consulate": N_("Inform the consulate"),
    "signing": N_("Prepare the book of honour and what is to be signed"),
    "municipalities": N_("Invite the municipalities that take part"),
}
"""What is prepared for a visit; which for what kind, and how long it takes, is a policy."""
STEPS: Mapping[str, str] = {
    "notice_letter": N_("Send the letter that gives notice to the network"),
    "stop_fee": N_("Stop the payment of the fee"),
    "tell_areas": N_("Inform the areas that take part in the network"),
    "close_access": N_("Conclude open work, and give up positions and accounts in the network"),
}
"""What is done to leave a network."""


def assignment_name(detail: Mapping[str, Any], language: Language) -> str:
    """What is to be done: `what` as a person wrote it, or the name of a `key`."""
    key = detail.get("key")
    if key is None:
        return str(detail.get("what", ""))
    return translations(language, "mail").gettext({**PREPARATIONS, **STEPS}[str(key)])
