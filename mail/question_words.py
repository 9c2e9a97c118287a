"""What questions and their answers are called in the reader's language. The keys are those of the policies."""

from collections.abc import Mapping
from typing import Any

from mail.translation import N_, translations
from models.contracts.mail import Language
from models.policies.questions import SCORE, Question

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
    "interest": N_("Is the unit interested in this call?"),
    "contribution": N_("If it takes part: what would it bring?"),
    "go": N_("Does the city apply?"),
    "proposal_number": N_("Under which number was the proposal sent?"),
    "role": N_("In which role does the city take part?"),
    "money_asked": N_("How much does the city ask for, in whole euros?"),
    "stage_result": N_("What is the result of the first stage?"),
    "result": N_("What is the result?"),
    "points": N_("How many points did the proposal get?"),
    "lessons": N_("What is learned from this proposal?"),
    "again": N_("Should the city try again, and when?"),
    "signed_on": N_("On which day was the grant agreement signed?"),
    "starts_on": N_("On which day does the project begin?"),
    "ends_on": N_("On which day does the project end?"),
    "periods": N_("How many months does each reporting period last?"),
    "money_won": N_("How much does the city get, in whole euros?"),
    "grant_number": N_("Which number does the grant have?"),
    "lasts": N_("What is left of the project?"),
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
    "interest": N_("If it is not, choose why. “Another reason” needs to be said in words."),
    "contribution": N_("People, places, data, partners, co-funding …"),
    "go": N_("Give your reasons, whichever way you decide."),
    "proposal_number": N_("As the portal gives it, such as 101123456. If it will not be sent, say so here, and why."),
    "money_asked": N_("A whole number of euros: the city’s own part of the grant."),
    "stage_result": N_("“Nothing is known yet” is an answer too: we ask again later."),
    "result": N_("“Nothing is known yet” is an answer too: we ask again later."),
    "points": N_("As in the letter, such as “11.5 of 15”."),
    "lessons": N_("What the evaluators wrote, what was missing, what would be done differently."),
    "signed_on": N_("Write it as you always do, such as 31/3/2027."),
    "starts_on": N_("Write it as you always do, such as 1/6/2027."),
    "ends_on": N_("The last day, such as 31/5/2031."),
    "periods": N_("One after the other, with commas, such as 18, 18, 12."),
    "money_won": N_("A whole number of euros: the city’s own part of the grant."),
    "lasts": N_("Say what goes on and who pays for it, or why it is over."),
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
    "lead": N_("Yes, it would lead a proposal"),
    "partner": N_("Yes, it would take part in one"),
    "watch_call": N_("It wants to be kept informed"),
    "no_fit": N_("No: it does not fit its objectives"),
    "no_capacity": N_("No: there is nobody to do the work"),
    "no_cofunding": N_("No: there is no money for the co-funding"),
    "no_partners": N_("No: there are no partners"),
    "no_time": N_("No: there is too little time"),
    "no_other": N_("No, for another reason"),
    "go": N_("Yes, it applies"),
    "no_go_fit": N_("No: it does not fit the city’s objectives"),
    "no_go_capacity": N_("No: there is nobody to do the work"),
    "no_go_cofunding": N_("No: there is no money for the co-funding"),
    "no_go_partners": N_("No: there are no partners"),
    "no_go_time": N_("No: there is too little time"),
    "no_go_other": N_("No, for another reason"),
    "coordinator": N_("As coordinator: it sends the proposal"),
    "consortium_partner": N_("As partner: another organisation sends it"),
    "invited": N_("Invited to the second stage"),
    "not_invited": N_("Not invited to the second stage"),
    "nothing_yet": N_("Nothing is known yet"),
    "awarded": N_("It is funded"),
    "rejected": N_("It is not funded"),
    "reserve": N_("It is on the reserve list"),
    "continues": N_("It goes on"),
    "in_part": N_("A part of it goes on"),
    "over": N_("It is over"),
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


MILESTONES: Mapping[str, str] = {
    "concept": N_("Write the concept"),
    "partners": N_("Find the partners and agree with them"),
    "budget": N_("Draw up the budget"),
    "cofunding": N_("Get the certificate of co-funding"),
    "legal_report": N_("Get the legal report"),
    "intervention_report": N_("Get the report of the comptroller"),
    "council_approval": N_("Get the approval of the council"),
    "upload": N_("Send the proposal"),
}
"""The steps to a proposal; how long each takes is a policy."""
GRANT_STEPS: Mapping[str, str] = {
    "declaration_of_honour": N_("Sign the declaration of honour"),
    "legal_validation": N_("Have the city’s legal and financial data validated in the portal"),
    "consortium_agreement": N_("Sign the consortium agreement"),
    "budget_line": N_("Open the budget line for the grant"),
    "periodic_report": N_("Send periodic report number %(number)s"),
}
"""What a grant asks for, from the award to the last report."""
ASSIGNMENTS: Mapping[str, str] = {**PREPARATIONS, **STEPS, **MILESTONES, **GRANT_STEPS}


def assignment_name(detail: Mapping[str, Any], language: Language) -> str:
    """What is to be done: `what` as a person wrote it, or the name of a `key`, of a report with its `number`."""
    key = detail.get("key")
    if key is None:
        return str(detail.get("what", ""))
    name = translations(language, "mail").gettext(ASSIGNMENTS[str(key)])
    return name % {"number": detail["number"]} if "number" in detail else name
