"""Greetings, thanks and closings in four languages: what people write around an answer and that says nothing of it."""

import re

from mail.inbound.plain import fold, words

LONGEST = 300
"""Characters of a line that can be all courtesy."""

_WHOM = (
    r"(?: (?:a|i|y|et|and|tots|totes|tothom|tot el mon|todos|todas|all|everyone|team|equip|equipo|equipe|companys"
    r"|companyes|companeros|companeras|de nou|de nuevo|novament|altra vegada|tous|toutes|again|colleagues?|collegues?"
    r"|sr|sra|senyora?|senora?|mme|madame|monsieur|mr|mrs|ms|m|dr|dra|d|na|en|dona|don))*"
)
_HELLO = (
    r"(?:(?:molt |muy )?(?:bon dia|bones tardes|bona tarda|bona nit|bon vespre|bones|buenos dias|buenas tardes"
    r"|buenas noches|buenas|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|hola|hello|hi|hey|salut|dear"
    r"|benvolg\w+|benvolgu\w+|estima[td]\w*|apreciad\w+|distingid\w+|querid\w+|chere?s?|a qui correspongui"
    r"|senyora?|senora?|sr|sra|madame|monsieur|mesdames|messieurs)"
    r"(?: (?:bon dia|bona tarda|buenos dias|buenas tardes))?)"
)
_THANKS = (
    r"(?:(?:moltes|moltissimes|muchas|muchisimas|many|mil|un grand|grand|infinites)? ?"
    r"(?:gracies|gracias|merces|thanks|thank you|thx|merci)"
    r"(?: (?:very much|so much|a lot|beaucoup|bien|a tots|a todos|a tothom|per tot|por todo|per endavant|de antemano"
    r"|por adelantado|d'avance|in advance|again|de nou|de nuevo|encore|igualment|igualmente))*"
    r"(?: (?:per|por|for|pour|de|a vosaltres|a vostes|a ustedes)(?: [\w'’·-]+){0,7})?)"
)
_CLOSING = (
    r"(?:(?:(?:rebeu|rep|reba|reciba|reciban|recibid|us envio|le envio|envio|amb|con|avec|i|y|et|and) )?"
    r"(?:(?:una?|les|mes|els|nos|my|our|with|tot|todo|molt|muy|mes) )?"
    r"(?:(?:cordials?|cordiales|cordial|atentes?|atenta|atentos?|afectuosos?|afectuoses|meilleures|sinceres|bien|best"
    r"|ben|kind|kindest|warm|warmest|fort|forta|gran|fuerte|tres) )*"
    r"(?:salutacio|salutacions|salutations|saludos?|saluts|salut|salud|abracada|abrac|abrazos?|petons|regards|wishes"
    r"|cordialment|cordialmente|cordialement|atentament|atentamente|sincerely|faithfully|sincerament|amities"
    r"|amicalement|respectueusement)"
    r"(?: (?:cordials?|ben cordials|cordiales|distinguides|distinguees|atentes?|atentos?|a tots|a todos|a tothom"
    r"|i gracies|y gracias|and thanks|et merci|i bon dia|yours))*"
    r"|yours(?: (?:sincerely|faithfully|truly))?|sincerely yours|all the best|best|cheers|br|kr|rgds|bien a vous"
    r"|bien a toi|a bientot|fins aviat|fins ara|fins dema|hasta pronto|hasta luego|que vagi (?:be|molt be)"
    r"|(?:us|et|li|le|la|te|os|se) (?:saluda|saludo|saludem|despedimos|despido)(?: atentament| atentamente)?"
    r"|sense (?:cap )?altre particular|sin otro particular|bon cap de setmana|bones festes|buen fin de semana"
    r"|bon week-end|bonne (?:journee|soiree|reception|fin de journee)|have a (?:nice|good|great|lovely) [\w ]{1,30}"
    r"|(?:que )?(?:tingueu|tingui|tinguis|tenga|tengais|tengan|passeu|paseis) (?:un|una|bon|bona|buen)\b[\w ]{1,30}"
    r"|bona (?:setmana|jornada)|feliz (?:dia|semana|tarde)"
    r"|(?:veuillez (?:agreer|recevoir|croire)|(?:je|nous) vous pri(?:e|ons) (?:d'agreer|d'accepter|de recevoir))\b.*)"
)
_OFFER = (
    r"(?:(?:quedo|quedem|quedamos|resto|restem|estic|estem|estoy|estamos) (?:a|al) .*(?:disposicio|disposicion)\b.*"
    r"|a la (?:vostra|teva|seva|vuestra|tu|su) disposicion?\b.*"
    r"|(?:je|nous) (?:reste|restons) a (?:votre|ta) disposition\b.*|restant a votre disposition\b.*"
    r"|(?:per a |para |for |pour )?(?:qualsevol|cualquier|any|toute|tout) (?:altra |altre |otra |otro |other |autre )?"
    r"(?:cosa|dubte|duda|question|questions|aclariment|aclaracion|consulta|information)\b.*"
    r"|(?:si teniu|si tens|si te|si tiene|si teneis|if you have|si vous avez) (?:cap|alguna|any|des|une|algun) .*"
    r"|(?:no (?:dubteu|dubti|dubtis|dude|duden|dudeis)|n'hesitez pas|(?:please )?(?:do not|don't) hesitate"
    r"|feel free)\b.*|let me know(?: if\b.*)?"
    r"|(?:ja (?:em|ens) (?:dius|diras|dieu|direu)|ya (?:me|nos) (?:dices|diras|decis|contais|cuentas|dira))"
    r"|(?:digueu-me|digues-me|dime|decidme|digame|avisa'm|aviseu-me)(?: (?:alguna )?cosa| algo)?"
    r"|(?:quedo|quedem|quedamos) (?:a l'espera|pendents?|pendientes?|a la espera)\b.*"
    r"|(?:espero|esperem|esperamos|hope|i hope|j'espere) (?:que )?(?:estiguis|estigueu|estes|esteis|you|vagi|tot|all"
    r"|todo|vous|tu)\b.*"
    r"|(?:disculpeu|disculpi|disculpa|disculpe|disculpen|disculpad|perdoneu|perdona|perdone|perdo|perdon|sorry|desolee?"
    r"|excusez|my apologies|apologies)\b.*(?:retard|retras\w*|demora|delay|molesti\w+|tardanca|late|inconvenience))"
)
_TAKEN = (
    r"(?:rebut|rebuda|recibido|recibida|received|bien recu|recu|d'acord|de acuerdo|d'accord|vale|ok|okay|entesos"
    r"|perfecte|perfecto|perfect|noted|parfait|entendido|molt be|muy bien|genial|fet|hecho|done|please|si us plau"
    r"|por favor|s'il vous plait)"
)
_SENDING = (
    r"(?:(?:[mt]?(?:us|et|vos|te|os|le|les|li) )?(?:envio|enviem|enviamos|envie|passo|passem|passe|paso|pasamos|trameto"
    r"|trametem|adjunto|adjuntem|adjuntamos|adjunt|remeto|remetem|remito|remitimos|facilito|facilitem|facilitamos"
    r"|comparteixo|comparto|contesto|responc|respondo)\b.*"
    r"|aqui (?:tens|teniu|te|van|va|ho tens|ho teniu|tienes|teneis|tiene|estan|esta|hi ha)\b.*"
    r"|(?:a continuacio|a continuacion|en resposta|en respuesta|in reply|en reponse|as requested|tal com|segons el)\b.*"
    r"|(?:here (?:is|are|you|go|it)|please find|find (?:below|attached)|see (?:below|attached)|attached|below)\b.*"
    r"|(?:please )?(?:i am|we are|i'm|we're) sending\b.*"
    r"|(?:je|nous) (?:vous |te )?(?:transmets|transmettons|envoie|envoyons|fais|faisons|adresse|adressons|communique"
    r"|communiquons|remets)\b.*|voici\b.*|ci-dessous\b.*|ci-joint\b.*|(?:veuillez|vous) trouver(?:ez)?\b.*"
    r"|(?:(?:les|las|los|els|our|my|the|nos|mes|les meves|les nostres|mis|nuestros|nuestras) )?"
    r"(?:respostes|respuestas|answers|reponses|dades|datos|valors|valores|values|valeurs|figures|chiffres|xifres|cifras)"
    r"(?: (?:del|de|of|for|du|per|que|son|are|sont|demanades|solicitados|demandees|requested|seguents"
    r"|siguientes)\b.*)?)"
)
_AROUND_AN_ANSWER = re.compile(f"(?:{_HELLO}|{_THANKS}|{_CLOSING}){_WHOM}")
_SAYS_MORE = re.compile(
    r"\b(?:no|not|pas|ne|can't|cannot|sense|sin|without|pero|but|mais|encara|fins|hasta|until|dema|manana|tomorrow|demain"
    r"|any passat|ano pasado|last year|annee derniere|annee passee|provisional\w*|aprox\w*|estim\w+)\b"
)
"""What makes more of a line that seems only to announce the values."""
_FAREWELL = re.compile(f"(?:{_THANKS} )?{_CLOSING}{_WHOM}")
_COURTESY = re.compile(
    f"(?:{_HELLO}|{_THANKS}|{_TAKEN}){_WHOM}|(?:{_THANKS} )?{_CLOSING}{_WHOM}|{_OFFER}|(?P<announces>{_SENDING})"
)
_PART = re.compile(r"[.,;:!…]+(?=\s|$)|\s[-–—]+\s")
_TELLS = re.compile(r"[0-9?=]")
_LETTER = re.compile(r"[^\W\d_]")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’·.-]*|(?:d|l)['’][A-ZÀ-ÖØ-Þ]\w*|de|del|dels|la|i|y|e")
_NAME_WORDS = 6
_MOST = 6
"""Greetings at one end of a line."""
_NO_NAME = words(
    "cap res nada none nothing nil neant rien aucun aucune ningun ninguno ninguna zero cero idem igual same si no yes "
    "oui non ras pendent pendiente pending disponible desconegut desconocido unknown"
)


def is_courtesy(line: str) -> bool:
    """Whether a line, all of it, is greeting, thanks, a closing, or says that the values follow."""
    if len(line) > LONGEST or _TELLS.search(line):
        return False
    for number, part in enumerate(_parts(line)):
        found = _means(_COURTESY, part)
        if not found and not (number > 0 and is_name(part)):
            return False
        if found and found["announces"] and _SAYS_MORE.search(fold(line)):
            return False
    return True


def is_farewell(line: str) -> bool:
    """Whether a line ends with a closing such as `Un saludo,`, perhaps with the writer's name after it."""
    parts = _parts(line[-LONGEST:])
    while len(parts) > 1 and is_name(parts[-1]):
        parts.pop()
    return bool(parts) and _means(_FAREWELL, parts[-1]) is not None


def is_name(text: str) -> bool:
    """Whether it is a few words with capital letters, and no word that answers something."""
    said = text.split()
    return (
        0 < len(said) <= _NAME_WORDS
        and _LETTER.match(said[0]) is not None
        and said[0][0].isupper()
        and all(_CAPITAL.fullmatch(word) for word in said)
        and not _NO_NAME & set(fold(text).strip(".").split())
    )


def without_courtesies(text: str) -> str:
    """Take greetings and thanks off both ends: `Bon dia, 128. Gràcies` is `128`. The rest stays as it was written.

    What is nothing but courtesy stays, too.
    """
    text = text.strip()
    for _ in range(_MOST):
        found = _PART.search(text[:LONGEST])
        if not found or not _means(_AROUND_AN_ANSWER, text[: found.start()]) or not text[found.end() :].strip():
            break
        text = text[found.end() :].strip()
    for _ in range(_MOST):
        ends = [end for end in _PART.finditer(text, max(0, len(text) - LONGEST)) if text[end.end() :].strip()]
        last = text[ends[-1].end() :].strip(" .,;!") if ends else ""
        if is_name(last) and len(ends) > 1 and _means(_FAREWELL, text[ends[-2].end() : ends[-1].start()]):
            text = text[: ends[-2].start()].rstrip()
        elif _means(_AROUND_AN_ANSWER, last):
            text = text[: ends[-1].start()].rstrip()
        else:
            break
    return text


def _parts(line: str) -> list[str]:
    return [part for part in _PART.split(line) if _LETTER.search(part)]


def _means(phrase: re.Pattern[str], part: str) -> re.Match[str] | None:
    """Whether a phrase is all that is said; a name may follow it."""
    said = part.split()
    for named in range(min(_NAME_WORDS, len(said))):
        end = len(said) - named
        if named and not _CAPITAL.fullmatch(said[end]):
            break
        if found := phrase.fullmatch(fold(" ".join(said[:end]))):
            return found
    return None
