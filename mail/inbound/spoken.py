"""What people write where a value is asked: figures with their unit, and the words that stand for an answer.

Words of all four languages are understood, whatever the writer's own is; figures are read by the language.
"""

import re
import unicodedata
from decimal import Decimal

from mail.inbound.courtesy import without_courtesies
from mail.inbound.numerals import NUMERALS
from mail.inbound.phrases import NOTHING_PHRASE, NOTHING_WORD, PERIOD, SAME, SO
from mail.inbound.plain import fold, words
from mail.inbound.remarks import changes_nothing, parted
from mail.inbound.short_answers import short_answer
from models.contracts.answering import Reading, Typed
from models.contracts.inbound import AskedEntry
from models.contracts.mail import Language
from models.contracts.problems import UnreadProblem
from models.policies.answers import SPACES, Unread, read_entry

_SAME_WORDS = re.compile(SAME)
_NOTHING = re.compile(f"{SO}(?:{NOTHING_PHRASE}|{NOTHING_WORD}){PERIOD}")
_ZERO = re.compile(r"(?:zero|cero)s?")
_NONE_OF_THEM = re.compile(r"cap|ningun[oa]?|aucune?|no")

_NOT_AVAILABLE = re.compile(
    r"(?:(?:dades|dada|datos?|data|donn[eé]es?|valors?|valores|values?|valeurs?)\s)?"
    r"(?:encara\s|a[uú]n\s|todav[ií]a\s)?"
    r"(?:no\s(?:est[àáa]\s|est[àáa]n\s|és\s|es\s)?disponibles?|non\sdisponibles?|indisponibles?"
    r"|pas\s(?:encore\s)?disponibles?|not\s(?:yet\s)?available|unavailable|n\s?/\s?[da]|n\.\s?[da]\.?|s\s?/\s?d|n[da]"
    r"|no\sconsta|no\sdata|sense\sdad(?:a|es)|sin\sdatos?"
    r"|no\s(?:es\s|se\s)?(?:tenim|disposem\sde|disposa\sde|tenemos|disponemos\sde|dispone\sde|hi\sha|hay)"
    r"\s(?:les\s|los\s|la\s|el\s)?(?:dades|dada|datos?)"
    r"|we\s(?:do\snot|don['’]t)\shave\s(?:the\s|this\s)?(?:data|figures?)"
    r"|nous\sn['’]avons\spas\s(?:les\s|la\s|cette\s|de\s)?donn[eé]es?)"
    r"(?:\s(?:encara|a[uú]n|todav[ií]a|encore|yet))?(?![^\W_])",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\s?(?:[,;:.(–—-]\s?)?(?:(?:perqu[eèé]|per\squè|porque|because(?:\sof)?|parce\sque|car|puisque|since|ja\sque"
    r"|ya\sque|atès\sque|doncs|degut\sa|debido\sa|due\sto|en\sraison\sde|a\scausa\sde|faute\sde|per(?!\sara)"
    r"|por(?!\s(?:ahora|el\smomento))|pour(?!\s(?:le\smoment|l['’]instant)))(?![^\W_])|parce\squ['’])[\s:,]*"
    r"|\s?[,;:.(–—-]+\s*",
    re.IGNORECASE,
)
_BECAUSE_FIRST = re.compile(r"(?:perque|porque|because|parce qu|car |puisqu|since |ja que|ya que)")
_REASON = re.compile(r"[^\W\d_]{3}")

_FIGURE = re.compile(rf"(?:€\s?)?([+-]?[0-9](?:[0-9.,{SPACES}]*[0-9])?)(?![0-9])")
_SPELT_OUT = re.compile(r"([^\W\d_]{2,20}(?:-[^\W\d_]{2,20}){0,2})\s?\(\s?([0-9]{1,3})\s?\)\.?")
"""`quinze (15)`."""
_PER_CENT = re.compile(r"(?:%|per cent|por ciento|percent|pour cent|per hundred)", re.IGNORECASE)
_TELEPHONE = re.compile(r"\+?[0-9](?:[ .-]?[0-9]){8,14}")
"""Nine digits and more that nobody has named are not taken for a value."""
_ENDS = " \t\u00a0\u202f.,;:!…\"'«»“”’"
_OPENS = " \t\u00a0\u202f\"'«“"
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+$")
_BLANK = re.compile(r"[\s_.…]*")
_AROUND = re.compile(r"[\s.()€…,!'’]*")
_LETTERS = re.compile(r"[^\W\d_]+")
_PARTICLES = words("de d del dels la les el els los las des du of the i y et and en in au amb con avec with")
_UNITS = words(
    "hab pers pax ud uds u hores horas hours heures eur euro euros red redes xarxa xarxes network networks reseau "
    "reseaux dies dias jours days pais paisos paises pays cas casos cases fira fires feria ferias fair fairs news "
    "total totals gracies gracias thanks merci salutacions salut saludos cordialment cordialmente cordialement "
    "regards"
)
_UNIT_STEMS = tuple(
    words(
        "person assist asist attende participa visit viatge viaje voyage trips reuni meeting seance sessi sesi acte "
        "acto event esdeven evenement activi actuaci accio action empres compani entrepr enterpr delega projec "
        "proyec projet conveni convention acord acuerdo accord agreement ciuta ciudad ville cities city munici "
        "habita inhabit estudia student etudia alumn profess profes teacher curs course cours taller worksh atelier "
        "jornad journee conferen congre salon foire publica notici nouvelle articl seguid follower abonn subscri "
        "suscri descarr descarg download telecharg consult tramit expedient solicit sollicit demande request "
        "applicati candidat beca bequ grant bourse ajut ayuda subven informe rapport report document campany campan "
        "campaign missi misi recone premi award prix member membre miembro soci entita entida entit associ asocia "
        "organi institu countr voluntar benefic usuari user usager client turist tourist pernocta contact contract "
        "contrat invers invest startup emplo emploi unit unidad iniciativ initiativ troba encuentr rencontr presenta "
        "intercanvi intercambi exchange echange mobili movili exposi exhibit concert conciert espectac spectacl "
        "impact impres visualit visualiz rebu recib receiv recu fets fetes hech held realit realiz realis celebra "
        "signa firma accompagn acompan acompany formaci formation training ates atend aprova aproba approv"
    )
)
_NEVER = words(
    "mil mill mils miler milers miles mille cent cents ciento cientos hundred hundreds dozen dozens mes mesos meses "
    "mois month months menys menos moins more less fewer plus quasi casi almost presque gairebe mig mitja half about "
    "environ any anys ano anos year years annee annees ans gener enero january janvier febrer febrero february "
    "fevrier marc marzo march mars abril april avril maig mayo mai may juny junio june juin juliol julio july "
    "juillet agost agosto august aout setembre septiembre september septembre octubre october octobre novembre "
    "noviembre november desembre diciembre december decembre"
)
_NEVER_STEMS = tuple(
    words("milio millo thousand bilio billio dotzen docen douzain centen aprox trimest quarter semest")
)
"""Words that make another figure, or a date, of the number before them: `12 mil`, `2 de maig`."""
_TELLING = 5
"""Letters by which a word of an item's name is known again: `reuni-ó`, `reuni-ons`."""
_SHORTEST = 4


def read_written(entry: AskedEntry, written: str, language: Language) -> Reading | UnreadProblem | None:
    """Read what stands where the value of an item is expected; None when that is nothing.

    `typed` of the reading is what was written, without thanks and greetings around it.
    """
    text = without_courtesies(unicodedata.normalize("NFC", written)).strip()
    if entry.unit != "text":
        text = _EMOJI.sub("", text).strip() or text
    if _BLANK.fullmatch(text):
        return None
    return (
        (short_answer(entry, text) if entry.question else None)
        or _in_words(entry, text)
        or _not_available(entry, text)
        or _figure(entry, text, language)
        or _with_remark(entry, text, language)
        or _as_on_the_form(entry, text, language)
    )


def read_bare(entry: AskedEntry, written: str, language: Language, *, named: bool = False) -> Reading | None:
    """Read a line that nothing names: only what can be nothing else than a value, so never words of a text item.

    `named`: what stands around it tells the item, so that a remark may follow the value.
    """
    read = read_written(entry, written, language)
    if not isinstance(read, Reading) or (read.kind == "value" and entry.unit == "text"):
        return None
    if not named and read.kind != "not_available" and _with_remark(entry, read.typed, language):
        return None
    plain = fold(read.typed).strip(_ENDS)
    of_something = read.kind == "nothing_to_report" and not (entry.question or _NOTHING.fullmatch(plain))
    return None if of_something or _TELEPHONE.fullmatch(plain) else read


def zero(entry: AskedEntry, written: str) -> Reading | None:
    """Zero, for the units that have one."""
    if entry.unit in ("count", "percent"):
        return Reading(kind="value", typed=written, number=Decimal(0))
    return None


def starts_a_reason(written: str) -> bool:
    """Whether it says that something is not available, so that the next line may go on with its reason."""
    return _NOT_AVAILABLE.match(written.strip()) is not None


def is_a_reason(line: str) -> bool:
    """Whether a line begins with `because`."""
    return _BECAUSE_FIRST.match(fold(line)) is not None


def _in_words(entry: AskedEntry, text: str) -> Reading | UnreadProblem | None:
    plain = fold(text).strip(_ENDS)
    if _NOTHING.fullmatch(plain):
        return Reading(kind="nothing_to_report", typed=text)
    if _SAME_WORDS.fullmatch(plain):
        return entry.previous.model_copy(update={"typed": text}) if entry.previous else "no_previous"
    if _ZERO.fullmatch(plain):
        return zero(entry, text)
    if entry.unit in ("count", "percent"):
        first, _, counted = plain.partition(" ")
        if counted and only_a_unit(entry, counted):
            if _NONE_OF_THEM.fullmatch(first):
                return Reading(kind="nothing_to_report", typed=text)
            if _ZERO.fullmatch(first):
                return zero(entry, text)
    return None


def _not_available(entry: AskedEntry, text: str) -> Reading | UnreadProblem | None:
    found = _NOT_AVAILABLE.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    if not rest.strip(_ENDS):
        return "reason_missing"
    because = _BECAUSE.match(rest)
    reason = rest[because.end() :].strip(" .") if because else ""
    if reason.endswith(")") and "(" not in reason:
        reason = reason[:-1].rstrip()
    if not because or not _REASON.search(reason):
        return None if entry.unit == "text" else "reason_missing"
    read = read_entry(entry.unit, Typed(choice="not_available", reason=reason), "en")
    return read.model_copy(update={"typed": text}) if isinstance(read, Reading) else "too_long"


def _with_remark(entry: AskedEntry, text: str, language: Language) -> Reading | None:
    """A value with a remark that changes nothing of it, or a number in words that says its figure as well."""
    if entry.unit == "text":
        return None
    if found := _SPELT_OUT.fullmatch(text):
        bare = found[2] if NUMERALS.get(fold(found[1])) == int(found[2]) else ""
        read = _figure(entry, bare, language)
    else:
        value, remark, sign = parted(text) or ("", "", "")
        same = _SAME_WORDS.fullmatch(fold(value)) is not None
        read = None if not value or same else _exactly(entry, value, language)
        if read and not changes_nothing(read, remark, sign, language):
            return None
    return read.model_copy(update={"typed": text}) if read else None


def _exactly(entry: AskedEntry, value: str, language: Language) -> Reading | None:
    read = _in_words(entry, value) or _figure(entry, value, language) or _as_on_the_form(entry, value, language)
    return read if isinstance(read, Reading) else None


def _figure(entry: AskedEntry, text: str, language: Language) -> Reading | None:
    """A number and nothing after it but its unit."""
    if entry.unit not in ("count", "percent"):
        return None
    found = _FIGURE.match(text)
    if not found:
        return None
    rest = text[found.end() :].strip()
    if entry.unit == "percent":
        sign = _PER_CENT.match(rest)
        if rest and not sign:
            return None
        rest = rest[sign.end() :] if sign else ""
    if not only_a_unit(entry, rest):
        return None
    read = read_entry(entry.unit, Typed(choice="value", value=found[1]), language)
    return read.model_copy(update={"typed": text}) if isinstance(read, Reading) else None


def only_a_unit(entry: AskedEntry, rest: str) -> bool:
    """Whether what follows a number only says what was counted: `persones`, `hab.`, a word of the item's own name."""
    plain = fold(rest)
    said = _LETTERS.findall(plain)
    if len(said) > _TELLING or not _AROUND.fullmatch(_LETTERS.sub("", plain)):
        return False
    named = {word[:_TELLING] for word in _LETTERS.findall(fold(entry.name)) if len(word) >= _SHORTEST}
    if said and _PARTICLES.issuperset(said):
        return False
    return all(
        word in _UNITS
        or word in _PARTICLES
        or (
            word not in _NEVER
            and not word.startswith(_NEVER_STEMS)
            and (word.startswith(_UNIT_STEMS) or word[:_TELLING] in named)
        )
        for word in said
    )


def _as_on_the_form(entry: AskedEntry, text: str, language: Language) -> Reading | UnreadProblem | None:
    bare = text if entry.unit == "text" else text.lstrip(_OPENS).rstrip(_ENDS)
    read = read_entry(entry.unit, Typed(choice="value", value=bare), language)
    match read:
        case Reading():
            return read.model_copy(update={"typed": text})
        case Unread():
            return read.code
    return None
