"""Reads whether somebody writes that they are not the right person, and whom they name instead."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mail.inbound.courtesy import is_name
from mail.inbound.plain import letter_by_letter, seen
from mail.inbound.signatures import ANSWER
from models.contracts.inbound import PassOnWish, Split

EXCERPT = 300
_LONGEST = 1_000
"""Characters of a sentence that are looked at."""
_LINES = 60
_SENTENCES = 12
"""A longer letter is more than a word about who is the right person."""
_AFTER = 2
"""Sentences after `I am not the right person` in which the right one may be named."""

_NOT_ME = re.compile(
    # Catalan
    r"\bno (?:soc|som|so) (?:jo |nosaltres )?(?:la|el|les|els|qui|pas) |\bja no (?:soc|som|porto|porte|portem|duc"
    r"|gestion\w+|m'encarreg\w|me n'|m'ocup\w|ens (?:encarre|ocup|n')|em (?:dedic|correspon|pertoca|toca)"
    r"|(?:hi )?treball\w|estic a|hi soc)|\bno (?:ho|el|la|en) (?:porto|porte|gestiono|gestione|duc|portem)\b"
    r"|\bno (?:em|ens|m'|hem) ?(?:correspon|pertoca|toca|pertany)|\bno es (?:pas )?(?:de la |cosa )?(?:meva|meua|meu"
    r"|nostra|nostre)\b|\bno m'(?:hauria d'arribar|encarreg|ocup)|\bequivocat de persona\b|\bhe canviat de (?:servei"
    r"|lloc|feina|departament)\b|\bno (?:en |hi )?se res\b|\bjo no (?:ho )?(?:porto|porte|gestion[oe]|duc)\b"
    r"|\bem jubil\w"
    # Spanish
    r"|\bno (?:soy|somos) (?:yo |nosotros )?(?:la|el|los|quien) |\bya no (?:soy|llevo|llevamos|gestiono|trabajo"
    r"|estoy en|pertenezco|(?:me|nos) (?:encarg|ocup|dedic|corresp)\w+) |\bno (?:lo|la) (?:llevo|gestiono|llevamos)\b"
    r"|\bno (?:me|nos) (?:corresponde|compete|toca)\b|\bno es (?:de )?(?:mi|mio|mia|nuestr[oa]|cosa mia)\b"
    r"|\bno me (?:encargo|ocupo)\b|\bequivocado de persona\b|\bhe cambiado de (?:puesto|servicio|trabajo"
    r"|departamento)\b|\byo no (?:lo )?(?:llevo|gestiono)\b|\bno se nada de (?:esto|eso)\b|\bme jubilo\b"
    # French
    r"|\bje ne suis (?:pas|plus) (?:la |le |l'|au |a la |en charge|responsable|charge)|\bje ne (?:m'en occupe"
    r"|m'occupe|gere|traite|travaille) (?:pas|plus)\b|\bce n'est (?:pas|plus) (?:moi|de mon|de ma|mon|a moi)"
    r"|\bmauvaise? (?:destinataire|personne)\b|\btrompee?s? de personne\b|\bj'ai (?:change de (?:poste|service)"
    r"|quitte)\b|\b(?:je n'en sais rien|je pars a la retraite|je prends ma retraite)\b|\bne releve (?:pas"
    r"|plus) de (?:mon|ma|mes|notre|nos) "
    # English
    r"|\b(?:am|'m|are|'re) (?:not|no longer) (?:the )?(?:right|correct|appropriate|best|proper|responsible|in charge"
    r"|contact|person)|\b(?:i|we) no longer (?:work|handle|deal|manage|look|cover|do |am )|\b(?:i|we) (?:do not"
    r"|don't) (?:handle|deal with|manage|look after)\b|\bnot my (?:area|responsibility|department|job|remit)\b"
    r"|\bwrong person\b|\bnot (?:me|for me)\b|\bi(?:'ve| have)? (?:moved to|changed jobs?|left) "
    r"|\bknow nothing about (?:this|it|these)\b|\bi(?:'m| am) retiring\b"
)
_WRITE_TO = re.compile(
    r"(?<!no )\b(?:(?:passeu-ho|reenvieu-ho|escriviu|escriu|escriure|escrigui|escrigueu|adreceu-vos|adreceu-ho"
    r"|adreceu|adreca't|adrecar-vos|adrecar-se|adrecar-ho|dirigiu-vos|dirigiu-ho|dirigir-vos|envieu-ho|envieu-li"
    r"|envieu|enviar-ho|enviar|contacteu|contactar|contacta|contacti|poseu-vos en contacte|posar-vos en contacte"
    r"|posar-se en contacte|parleu-ne|parleu|parlar|pregunteu-ho|pregunteu|demaneu-ho|consulteu-ho"
    r"|consulteu)(?:-li)?(?: (?:directament|millor|ara))?(?: (?:amb|a|al|als))?|(?:paseselo|pasadlo|reenviadlo"
    r"|reenvienlo|escriba|escriban|escribid|escribe|escribir|escribidle|dirijase|dirijanse|dirigios|dirigirse"
    r"|dirigiros|dirijanlo|envienlo|enviadlo|enviarlo|contacte|contacten|contactad|pongase en contacto"
    r"|ponganse en contacto|poneos en contacto|ponerse en contacto|hablad|hablen|hable|preguntad|pregunten|pregunte"
    r"|consulten|consultad)(?: (?:directamente|mejor|ahora))?(?: (?:con|a|al))?|(?:vous adresser|adressez-vous"
    r"|s'adresser|adresser (?:votre|cette|vos) \w{1,20}|ecrire|ecrivez|contacter|contactez|prendre contact|voir"
    r"|transmettre|transmettez|envoyer|envoyez)(?: (?:directement|plutot))?(?: (?:a|au|aupres de|avec))?"
    r"|dirigid (?:las|los|la|el) \w{1,20} a|(?:contact|try|write to|writing to|ask|send (?:this |it "
    r"|your \w{1,20} )?to|get in touch with|reach out to|speak (?:to|with)|talk to|address (?:this |it )?to"
    r"|forward (?:this |it )?to|redirect (?:this |it )?to|e-?mail))\s"
)
_IT_IS = re.compile(
    r"\b(?:(?:ho|la|el|en) (?:porta|du|gestiona)|se n'encarrega|se n'ocupa|se'n cuida|s'encarrega|s'ocupa|(?:persona"
    r"|contacte|responsable|encarregat|encarregada|substitut|substituta)(?: (?:responsable|adequada|indicada|correcta"
    r"|de contacte"
    r"|que (?:ho|el|la) porta))?(?: ara)? es|(?:lo|la) (?:lleva|gestiona)|se (?:encarga|ocupa)(?: de esto| de ello)?"
    r"|(?:persona|contacto|responsable|encargado|encargada|sustituto|sustituta)(?: (?:responsable|adecuada|indicada"
    r"|correcta"
    r"|de contacto))?(?: ahora)? es|(?:personne|contact|responsable|interlocuteur|remplacante?)(?: (?:competente"
    r"|responsable"
    r"|a contacter))? est|c'est|(?:right |correct |contact )?(?:person|contact|colleague|replacement"
    r"|successor) is(?: now)?|it is(?: now)?"
    r"|it's(?: now)?|es ahora|es ara|ara es|ahora es|sino(?: a| al)?|mais|es)(?: (?:ara|ahora|actualment|actualmente"
    r"|desormais|maintenant|now))?\s"
)
_DOES_IT = re.compile(
    r"\s?,?\s(?:(?:is|will be) (?:now |in charge|the |responsible)|now (?:handles|manages|deals|looks)|(?:handles"
    r"|manages) (?:this|it)|will (?:answer|help|handle)|has taken over|took over|(?:ara )?(?:ho|el|la) porta"
    r"|(?:ara )?se n'(?:encarrega|ocupa)|(?:ahora )?lo lleva|(?:ahora )?se (?:encarga|ocupa)|s'en occupe"
    r"|est (?:maintenant|desormais|en charge|responsable)|a repris|(?:es|era) (?:ara|ahora|qui|quien)"
    r"|qui s'en occupe)"
)
_OWNS = re.compile(
    r"\b(?:ho porta|se n'encarrega|se n'ocupa|lo lleva|se encarga|s'en occupe|is (?:now )?in charge|handles)\b"
)
_INSTEAD = re.compile(
    r"\b(?:instead|from now on|en lloc meu|en el meu lloc|d'ara endavant|a partir d'ara|en mi lugar"
    r"|de ahora en adelante|a partir de ahora|a ma place|desormais|dorenavant|plutot)\b"
)
_OTHERWISE = re.compile(
    r"\b(?:dubtes?|dudas?|questions?|doubts?|aclariments?|aclaraciones|consultes|consultas|urgen\w+|absen\w+|ausencia"
    r"|vacances|vacaciones|holidays?|vacation|on leave|conge|amb mi|conmigo|contact me|write to me|a moi|avec moi"
    r"|-moi|me at|em podeu)\b"
)
"""What makes something else of a sentence that names somebody to write to."""
_ONE_ITEM = re.compile(
    r"\b(?:indica\w+|punts?|puntos?|points?|items?|preguntes?) (?:n\W{0,2})?[0-9]|\b(?:el|la|l'|le|the) [0-9]"
)

_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_SENTENCE_END = re.compile(
    r"(?<!\bSr\.)(?<!\bSra\.)(?<!\bDr\.)(?<!\bDra\.)(?<!\bD\.)(?<!\bM\.)(?<!\bMme\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\."
    r")(?<=[.!?;])\s+(?=[A-ZÀ-Ý¿¡])"
)
_TITLE = (
    r"(?:(?:la|le|el|en|na|l'|els|les|the|my|our|mon|ma|notre|nos|meva|meu|meua|nostra|nostre|mi|nuestra|nuestro"
    r"|company|companya|companyes?|companera?|companero|collegue|colleague|cap|jefa?|senyora?|senora?|madame|monsieur"
    r"|mme|mr|mrs|ms|m|sr|sra|d|dna|don|dona|dr|dra)\b[.:]?\s*|[:,]\s*)*"
)
_BEFORE_A_NAME = re.compile(rf"(?:(?:a|al|als|amb|con|to|with|de|del)\s)?{_TITLE}")
_TITLES = re.compile(_TITLE)
_NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’·-]*\.?(?:\s(?:(?:de|del|dels|de la|de l['’]|d['’]|i|y|la|von|van|du"
    r"|des)\s?)?(?:[dl]['’])?[A-ZÀ-ÖØ-Þ][\w'’·-]*){0,5}"
)
_NAME_LAST = re.compile(rf"(?:^|[\s(])({_NAME.pattern})(?:\s?[(<][^()<>]{{3,80}}[)>])?$")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence as written, and in small letters without accents with each of them at its place."""

    written: str
    plain: str


def read_wish(split: Split) -> PassOnWish | None:
    """Whom the writer names as the right person; None where they name nobody, answer values, or it is in doubt."""
    if len(split.said) > _LINES or any(ANSWER.match(line) for _, line in split.said):
        return None
    sentences = list(_sentences(split))
    if len(sentences) > _SENTENCES:
        return None
    denials = [number for number, sentence in enumerate(sentences) if _NOT_ME.search(sentence.plain)]
    for number, sentence in enumerate(sentences):
        if _OTHERWISE.search(sentence.plain) or _ONE_ITEM.search(sentence.plain):
            continue
        denial = next((place for place in reversed(denials) if place <= number <= place + _AFTER), None)
        following = sentences[number + 1] if number + 1 < len(sentences) else None
        if named := _named(sentence, following, denied=denial is not None):
            said = sentences[denial if denial is not None else number : number + 1]
            excerpt = " ".join(one.written for one in said)
            return PassOnWish(name=named[0], address=named[1], excerpt=excerpt[:EXCERPT])
    return None


def _sentences(split: Split) -> Iterator[_Sentence]:
    paragraph: list[str] = []
    for _, line in (*split.said, (0, "")):
        if text := unicodedata.normalize("NFC", seen(line)).strip():
            paragraph.append(text)
            continue
        for sentence in _SENTENCE_END.split(" ".join(paragraph)):
            if written := " ".join(sentence.split())[:_LONGEST]:
                yield _Sentence(written, letter_by_letter(written))
        paragraph = []


def _named(sentence: _Sentence, following: _Sentence | None, *, denied: bool) -> tuple[str, str] | None:
    """Name and address of the person that a sentence says is the right one; one of them may be empty."""
    addresses = {address.lower().rstrip(".") for address in _ADDRESS.findall(sentence.written)}
    write_to = _WRITE_TO.search(f"{sentence.plain} ")
    denied = denied or bool(addresses and _OWNS.search(sentence.plain))
    if not denied and not (write_to and (addresses or _INSTEAD.search(sentence.plain))):
        return None
    if len(addresses) > 1:
        return None
    name = _name_in(sentence, write_to, denied=denied)
    if not addresses and following and (name or write_to):
        # The address in a sentence of its own: `Escriviu a Núria Vidal. El seu correu és ...`
        below = _ADDRESS.findall(following.written)
        addresses = {address.lower().rstrip(".") for address in below} if len(below) == 1 else set()
        if addresses and not name:
            lead = _NAME.match(following.written)
            name = lead[0] if lead and is_name(lead[0]) else ""
    if not name and not addresses:
        return None
    return name, next(iter(addresses), "")


def _name_in(sentence: _Sentence, write_to: re.Match[str] | None, *, denied: bool) -> str:
    written, plain = sentence.written, sentence.plain
    leads = [_BEFORE_A_NAME.match(plain, min(write_to.end(), len(plain)))] if write_to else []
    if denied:
        leads += [_TITLES.match(plain, min(found.end(), len(plain))) for found in _IT_IS.finditer(f"{plain} ")]
    for lead in leads:
        name = _NAME.match(written, lead.end()) if lead else None
        if name and "@" not in written[name.start() : name.end() + 1]:
            return name[0].rstrip(".")
    if denied:
        for found in _DOES_IT.finditer(plain):
            before = _NAME_LAST.search(written[: found.start()])
            if before and is_name(before[1]):
                return before[1]
    address = _ADDRESS.search(written)
    before = _NAME_LAST.search(written[: address.start()].rstrip(" (<:,-–")) if address else None
    return before[1] if before and is_name(before[1]) and " " in before[1] else ""
