"""What Focal writes about networks: what it recommends and why, the draft of a letter, why a decision is asked anew."""

from collections.abc import Iterator
from datetime import date

from mail.question_words import in_language, option_label
from mail.translation import long_date, number, translations
from models.contracts.mail import Language
from models.contracts.membership_review import Recommendation

NETWORK_LANGUAGE: Language = "en"
"""The working language of networks."""


def evidence_changed(language: Language) -> str:
    """Why a decision that was asked for is withdrawn."""
    gettext = translations(language, "mail").gettext
    return gettext("What is known of the network has changed. You are asked again, with what is known now.")


def notice_letter(network: str, institution: str, exit_on: date | None, signed: str, language: Language) -> str:
    """The draft of the letter that gives notice; `exit_on` None: the day is left open, for the terms are not known."""
    gettext = translations(language, "mail").gettext
    if exit_on is None:
        ends = gettext("The membership ends on the first day that your statutes allow; please tell us which day it is.")
    else:
        ends = gettext("The membership ends on %(day)s.") % {"day": long_date(exit_on, language)}
    paragraphs = (
        gettext("To %(network)s") % {"network": network},
        gettext("Notice of withdrawal: %(institution)s") % {"institution": institution},
        gettext("With this letter, %(institution)s gives notice of its membership of %(network)s.")
        % {"institution": institution, "network": network},
        ends,
        gettext("Please confirm that you have received this letter, and that no fee is due after that day."),
        gettext("We thank you for the years of working together."),
        signed,
    )
    return "\n\n".join(paragraphs)


def bilingual_letter(network: str, institution: str, exit_on: date | None, signed: str, own: Language) -> str:
    """The letter in the network's working language and, below it, in the office's own, for whoever signs it."""
    languages = dict.fromkeys((NETWORK_LANGUAGE, own))
    letters = (notice_letter(network, institution, exit_on, signed, language) for language in languages)
    return "\n\n* * *\n\n".join(letters)


def recommendation_lines(told: Recommendation, language: Language) -> Iterator[str]:
    """What is recommended, how it comes about, what is not known, and what would change it: for whoever decides."""
    gettext = translations(language, "mail").gettext
    if told.result is None or told.total is None:
        shares = {"weight": told.weight, "all": told.weight_in_all}
        sentence = gettext("Nothing is recommended: something is known of %(weight)s of %(all)s parts of the weight.")
        yield sentence % shares
    else:
        result = {"result": option_label(told.result, language), "total": number(told.total, language)}
        yield gettext("Recommended: “%(result)s” (%(total)s out of 4)") % result
        yield gettext("%(points)s points over a weight of %(weight)s; the bounds are %(keep)s and %(improve)s.") % {
            "points": number(told.points, language),
            "weight": told.weight,
            "keep": number(told.thresholds.keep, language),
            "improve": number(told.thresholds.improve, language),
        }
    for each in told.criteria:
        criterion = in_language(each.names, language)
        if each.score is None:
            yield gettext("No evidence on “%(criterion)s”: its weight is left out.") % {"criterion": criterion}
            continue
        yield gettext("%(criterion)s: weight %(weight)s; unit: %(evidence)s; office: %(opinion)s") % {
            "criterion": criterion,
            "weight": each.weight,
            "evidence": "-" if each.evidence is None else each.evidence,
            "opinion": "-" if each.opinion is None else each.opinion,
        }
    for turn in told.turns:
        yield gettext("%(points)s on “%(criterion)s” would give “%(result)s”.") % {
            "points": f"{turn.points:+d}",
            "criterion": in_language(turn.names, language),
            "result": option_label(turn.result, language),
        }
