"""What stands under a reply and is no part of it: signatures, what telephones add, disclaimers, warnings of servers."""

import re
from collections.abc import Sequence

from mail.inbound.courtesy import is_courtesy, is_farewell, is_name
from mail.inbound.plain import seen, words

ANSWER = re.compile(
    r"\s*(?:[*•·-]\s)?(?:[0-9]{1,3}\s?:?=|(?:[0-9]{1,3}\s?[·.)-]\s?)?"
    r"[A-Za-z]{1,5}[0-9]{0,2}(?:[-–—_][A-Za-z]{1,3}[0-9]{0,3}){1,5}\s?[:=])"
)
"""A line that answers beyond doubt, by number or code and with an equals sign: no signature has such lines."""
_POSTSCRIPT = re.compile(r"\s*p\.?\s?[ds]\.?\s?[:.,-]", re.IGNORECASE)
_DASHES = re.compile(r"\s?--\s?")

_TELEPHONE_ADDED = re.compile(
    r"(?:(?:missatge |mensaje |message )?(?:enviat|enviado|sent|envoye) (?:des d|desde|from|de mon|depuis|amb|con|avec"
    r"|via|using|per a|para|through|a partir)(?=.{0,80}(?:iphone|ipad|android|outlook|movil|mobil|telefon|phone|samsung"
    r"|galaxy|huawei|xiaomi|mail|yahoo|blackberry|tablet|dispositi|thunderbird))"
    r"|(?:get|obten|obteniu|obtenir|obtenez|obtenga|baixa|baixeu|descarrega|descarregueu|descarga|descargar"
    r"|telecharger|telechargez|aconsegueix|aconseguiu) (?:l')?outlook\b)"
)
_ADDED_LONGEST = 140

_BANNER_LINES = 3
_BANNER = re.compile(
    r"\W{0,3}(?:external|extern|externo|externe|caution|atencio|atencion|attention|warning|precaucio|precaucion|avis"
    r"|aviso|alerta)\b\W"
)
_OUTSIDE = re.compile(
    r"\b(?:external|extern[ao]?|externe|outside|originated|fora de|fuera de|ve de fora|prove d|procede de|proviene de"
    r"|exterieur|no obriu|no abra|do not click|ne cliquez)\b"
)

_DISCLAIMER = re.compile(
    r"\W{0,3}(?:avis (?:legal|de confidencialitat|important|de confidentialite)|avisos? legal(?:es)?|avertissement"
    r"|aviso de (?:confidencialidad|privacidad)|(?:clausula|nota) (?:de confidenciali|informativa)"
    r"|legal (?:notice|note)"
    r"|disclaimer|confidentiality|confidencialitat|confidencialidad|confidentialite|confidential\b|confidencial\b"
    r"|mentions? legales?|proteccio de dades|proteccion de datos|(?:informacio|informacion) basica|data protection"
    r"|privacy notice|abans d'imprimir|antes de imprimir|before printing|avant d'imprimer|no imprim|think before"
    r"|(?:please )?consider the environment|si us plau, (?:penseu|pensa)|virus-free|libre de virus|sense virus"
    r"|sin virus"
    r"|sans virus|garanti sans virus|l'absence de virus"
    r"|(?:en compliment|en cumplimiento|de conformidad|d'acord|de acuerdo|conformement|in accordance|in compliance)"
    r" .{0,60}(?:rgpd|gdpr|lopd|reglament|regulation|ley organica|llei organica|reglement|2016/679))"
)
_THIS_MAIL = re.compile(
    r"\W{0,3}(?:aquest|aquesta|este|esta|this|ce|cet|cette|la informacio|la informacion|the information"
    r"|les informations|el contingut|el contenido|the contents?|le contenu|si heu rebut|si ha recibido"
    r"|if you (?:have received|are not)|si vous avez recu|si vous n'etes)\b.{0,80}"
    r"\b(?:missatge|mensaje|correu|correo|e-?mail|message|courriel|courrier|comunicacio|comunicacion|transmission)\b"
)
_PRIVATE = re.compile(
    r"confiden|privileg|exclusi|destinat|destina[dt]|dirigi[td]|intended|adress[ea]|erreur|equivoca|recipient|virus"
    r"|secret|by error|in error|por error|per error"
)

_CONTACT = re.compile(
    r"\w@[\w-]{1,64}\.\w|https?://|www\.|(?:\+|00)3[34][ .-]?[0-9]"
    r"|\b(?:tel|telf|tlf|tfn|tfno|telefon|telefono|telephone|phone|mob|mobil|movil|mobile|fax|ext|extensio|extension)"
    r"\b[.:]{0,2}\s?[(+0-9]|\b[tmfp][.:]\s?[(+]?[0-9][0-9 .()-]{6}"
    r"|\b(?:c/|carrer|calle|placa|pl\.|plaza|plza|avinguda|avenida|av\.|avda|passeig|paseo|rue|place|boulevard|street"
    r"|road)[ .].{1,40}[0-9]|\b[0-9]{1,4},? (?:rue|avenue|boulevard|place|quai)\b"
)
_POSTCODE = re.compile(r"\b[0-9]{5} [A-ZÀ-Ý]")
_NUMBERS = re.compile(r"[+(]?[0-9](?:[ ().-]{0,2}[0-9]){8,14}")
_KEYED = re.compile(r"(?:(?:el|la|l'|indicador|indicator|indicateur) ?)?[0-9]{1,3} ?[=:)·.](?: |$)")
_ASKS = re.compile(
    r"\b(?:escri[vb]|contact(?:eu|i|a|e|ez|ar|er|in|en)?\b(?! ?:)|adre[cs]|dirigi|dirij|envi[eao]|parl[ae]|habl|write"
    r"|ask|send|veuillez|lleva|porta|handles|(?:es|is|est)\b)"
)
"""Words with which somebody names another to write to; such a line is no signature."""
_LINKS = re.compile(r"\S{1,200}@\S{1,200}|https?://\S{1,500}|www\.\S{1,200}")
_LOWER = re.compile(r"\b[a-zà-ÿ][^\W\d_]*")
_BESIDE_CONTACTS = words(
    "de d del dels la les el els los las l i y et and o tel telf tlf tfn tfno telèfon teléfono téléphone phone mob "
    "mòbil móvil mobile fax ext extensió extensión mail e correu correo courriel web planta pis piso despatx despacho "
    "c av pl s n"
)
_OTHER_WORDS = 2
_OFFICE = words(
    "tecnic tecnica tecnico director directora directeur directrice jefe jefa head officer chef cheffe responsable "
    "coordinador coordinadora coordinateur coordinatrice coordinator regidor regidora concejal concejala secretari "
    "secretaria secretario secretaire secretary administratiu administrativa administrativo servei servicio service "
    "area departament departamento department departement direccio direccion direction ajuntament ayuntamiento "
    "mairie ville city council oficina office bureau unitat unidad unit seccio seccion section negociat negociado "
    "diputacio diputacion generalitat consorci consorcio consell concejalia regidoria gabinet gabinete cabinet "
    "assessor assessora asesor asesora gestor gestora manager project policy alcaldia metropole charge chargee "
    "gerent gerente"
)
_HEAD_OF = re.compile(
    r"caps? (?:de |d'|del |de l'|de la )"
    r"(?:servei|seccio|area|unitat|departament|negociat|oficina|gabinet|projecte|divisio)"
)
_OFFICE_WORDS = 12
_LONGEST = 60
"""Lines of a signature, with the empty ones."""
_UNNAMED_LONGEST = 4
"""Lines of a signature that has neither address nor telephone."""


def without_signature(lines: Sequence[str], plain: Sequence[str]) -> list[bool]:
    """Say of each line of one stretch of a reply, in its order, whether its writer wrote it for the reader.

    `plain`: the beginnings of the same lines, as `fold` leaves them.
    """
    kept = [True] * len(lines)
    _drop_added(lines, plain, kept)
    _drop_after_marks(lines, plain, kept)
    _drop_contacts(lines, plain, kept)
    return kept


def _drop_added(lines: Sequence[str], plain: Sequence[str], kept: list[bool]) -> None:
    """Take out what telephones and servers add anywhere."""
    banner = 0
    for number, line in enumerate(plain):
        if _is_banner(plain, number):
            banner = _BANNER_LINES
        elif not line or ANSWER.match(line) or _KEYED.match(line) or is_courtesy(lines[number]):
            banner = 0
        if banner or (len(line) <= _ADDED_LONGEST and _TELEPHONE_ADDED.match(line)):
            kept[number] = False
        banner = max(0, banner - 1)


def _is_banner(plain: Sequence[str], number: int) -> bool:
    begins = number == 0 or not plain[number - 1]
    return (
        begins
        and _BANNER.match(plain[number] + " ") is not None
        and _OUTSIDE.search(" ".join(plain[number : number + 3])) is not None
    )


def _drop_after_marks(lines: Sequence[str], plain: Sequence[str], kept: list[bool]) -> None:
    """Take out what follows `-- `, a closing or the first words of a disclaimer, until there is an answer again."""
    below = False
    begun = False
    for number, line in enumerate(plain):
        if below and (ANSWER.match(seen(lines[number])) or _POSTSCRIPT.match(line)):
            below = False
        mark = _DASHES.fullmatch(line) is not None or _is_disclaimer(plain, number)
        if below or mark:
            below = True
            kept[number] = False
        elif begun and kept[number] and is_farewell(lines[number]):
            below = True
        begun = begun or (bool(line) and kept[number])


def _is_disclaimer(plain: Sequence[str], number: int) -> bool:
    line = plain[number]
    if _DISCLAIMER.match(line):
        return True
    ahead = " ".join(plain[number : number + 4])
    return (
        (number == 0 or not plain[number - 1] or len(line) > len("aquest missatge"))
        and _THIS_MAIL.match(ahead[:400]) is not None
        and _PRIVATE.search(ahead) is not None
    )


def _drop_contacts(lines: Sequence[str], plain: Sequence[str], kept: list[bool]) -> None:
    """Take out the last lines if they are a name, an office, a telephone, an address, whatever stands before them."""
    first = last = None
    contact = tolerant = False
    for number in range(len(lines) - 1, max(-1, len(lines) - 1 - _LONGEST), -1):
        if not kept[number] or not plain[number]:
            continue
        if _goes_on_above(lines, plain, kept, number):
            break
        if not _in_a_signature(lines[number], plain[number]):
            # One line that could be anything may stand between lines of a signature: hours, a floor, a slogan.
            in_a_block = number > 0 and kept[number - 1] and bool(plain[number - 1])
            if tolerant or not contact or not in_a_block or _is_said(plain[number]):
                break
            tolerant = True
            continue
        if not any(char.isalnum() for char in plain[number]):
            continue
        first = number
        last = number if last is None else last
        contact = contact or _is_contact(lines[number], plain[number])
    if first is None or last is None:
        return
    above = next((number for number in range(first - 1, -1, -1) if kept[number] and plain[number]), None)
    if above is not None and plain[above].endswith(":") and not is_courtesy(lines[above]):
        return  # `Write to:` and a name and address below it
    parted = above is not None and (
        not plain[first - 1] or is_courtesy(lines[above]) or plain[above].endswith((".", "!", "%", *"0123456789"))
    )
    if contact or (parted and last - first < _UNNAMED_LONGEST):
        kept[first:] = [False] * (len(kept) - first)


def _goes_on_above(lines: Sequence[str], plain: Sequence[str], kept: Sequence[bool], number: int) -> bool:
    """Whether an address in brackets ends the sentence above: `Please contact James Okafor` / `(james@...)`."""
    above = number - 1
    return (
        plain[number].startswith(("(", "<"))
        and above >= 0
        and kept[above]
        and bool(plain[above])
        and not plain[above].endswith((".", "!", ":"))
        and not _in_a_signature(lines[above], plain[above])
    )


def _is_said(plain: str) -> bool:
    """Whether it may well be an answer or a sentence."""
    return plain[0].isdigit() or plain.endswith((".", "?")) or "=" in plain or _ASKS.search(plain) is not None


def _in_a_signature(line: str, plain: str) -> bool:
    return (
        _is_contact(line[:400], plain)
        or (is_name(line.strip(" ,.*|")) and not is_courtesy(line))
        or not any(char.isalnum() for char in plain)
        or _is_office(line, plain)
    )


def _is_contact(line: str, plain: str) -> bool:
    """A telephone, a post address, a mail address, a web site, and hardly anything else."""
    if ANSWER.match(plain) or _KEYED.match(plain) or _ASKS.search(plain):
        return False
    if not (_CONTACT.search(plain) or _POSTCODE.search(line)):
        return _NUMBERS.fullmatch(plain) is not None
    others = [word for word in _LOWER.findall(_LINKS.sub(" ", line)) if word not in _BESIDE_CONTACTS]
    return len(others) <= _OTHER_WORDS


def _is_office(line: str, plain: str) -> bool:
    """A job or an office: a few words, the first of them such a one, and no figure."""
    said = re.findall(r"[^\W\d_]+", plain)
    return (
        1 < len(said) <= _OFFICE_WORDS
        and (bool(_OFFICE & set(said[:2])) or _HEAD_OF.match(plain) is not None)
        and line.lstrip(" *|")[:1].isupper()
        and not plain.endswith((".", "!"))
        and not any(char.isdigit() or char in "=?:" for char in plain)
    )
