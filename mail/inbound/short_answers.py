"""What people answer to a question in a word or two: `Sí, encantats`, `No, aquells dies no hi som`, `cap xarxa`."""

import re

from mail.inbound.plain import fold, words
from models.contracts.answering import Reading
from models.contracts.inbound import AskedEntry
from models.policies.answers import YES

_LONGEST = 200
_YES_OR_NO = re.compile(
    r"(?P<word>si|yes|oui|no|non)(?P<rest>$|\s?[.,;:!…–—-].*"
    r"|\s(?=(?:que|podem|podremos|podemos|we|pouvons|nous|amb|con|avec|encantats?|encantades|encantad[oa]s?|gladly"
    r"|of course|clar|claro|bien sur|bien entendu|per descomptat|por supuesto|with pleasure|certainly|perfectament)\b)"
    r".*)"
)
_LIMITING = words(
    "pero but mais nomes solo solament solamente only just seulement excepte excepto except salvo sauf llevat menys "
    "menos not no ni pas ne if quan cuando when quand encara aun todavia yet encore potser quiza quizas perhaps maybe "
    "peut-etre canvi canviar cambio cambiar change changer depen depende depends depend condicio condicion condition "
    "sempre siempre unless partir problem problema probleme inconvenient inconveniente otro otra altre altra other "
    "autre"
)
"""What makes of a yes something that has to be looked at."""
_TURNING = words(
    "problem problema probleme inconvenient inconveniente pero but mais si sino yes oui encara aun yet encore potser "
    "quiza quizas perhaps maybe peut-etre cap ningun ningunes aucun"
)
"""What may make of a no the contrary: `no, cap problema`, `no, però dimarts sí`."""
_NO_PROBLEM = re.compile(
    r"\b(?:cap|sin|sense|no hi ha(?: cap)?|no hay(?: ningun)?|no|pas de|aucun|there is no)"
    r" (?:problem[ae]?|probleme|inconvenient[e]?)\b"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NETWORK = r"(?:xarx(?:a|es)|red(?:es)?|networks?|reseaux?)"
_JOINED = r"(?:entrat|adherit|unit|afegit|adherido|unido|sumado|entrado|incorporado|joined|entered|adhere|rejoint)"
_NONE = re.compile(
    rf"(?:cap|ninguna?|none|no|aucun) (?:(?:nova|nueva|new|nouveau) )?{_NETWORK}(?: (?:nova|nueva|nouveau))?"
    rf"|no (?:(?:ens|nos|n'|se) ?)?(?:hem|hemos|ha|s'ha) {_JOINED} (?:a|en) (?:cap|ninguna?)(?: {_NETWORK})?"
    rf"|(?:we )?(?:have )?(?:not )?joined (?:none|no network|any)(?: {_NETWORK})?"
    rf"|(?:nous )?n'avons {_JOINED} (?:a )?aucun(?: {_NETWORK})?"
)
_ENDS = " \t\u00a0\u202f.,;:!…\"'«»“”’"


def yes_or_no(text: str) -> bool | None:
    """Whether words say yes or no to what was asked, beyond doubt; None where they do not."""
    plain = fold(text[: _LONGEST + 1]).strip(_ENDS)
    found = _YES_OR_NO.fullmatch(plain)
    if not found or len(plain) > _LONGEST or "?" in plain:
        return None
    yes = found["word"] in {fold(word) for word in YES}
    said = set(_WORD.findall(_NO_PROBLEM.sub(" ", found["rest"]) if yes else found["rest"]))
    return None if said & (_LIMITING if yes else _TURNING) else yes


def no_network(text: str) -> bool:
    """Whether words say that no network was joined."""
    return _NONE.fullmatch(fold(text[:_LONGEST]).strip(_ENDS)) is not None


def short_answer(entry: AskedEntry, text: str) -> Reading | None:
    """What words without a figure answer to a question."""
    if entry.unit == "yes/no" and (said := yes_or_no(text)) is not None:
        return Reading(kind="value", typed=text, yes=said)
    if entry.unit == "text" and "nothing_to_report" in entry.other and no_network(text):
        return Reading(kind="nothing_to_report", typed=text)
    return None
