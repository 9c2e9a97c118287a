"""A reply is read as its writer meant it, or shown back: no value is read that nobody wrote."""

from decimal import Decimal
from time import process_time
from unicodedata import normalize
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.reply_text import split_reply
from mail.inbound.values import LINES, read_values
from models.contracts.answering import IndicatorUnit, Reading
from models.contracts.inbound import AskedEntry, ValuesRead
from models.contracts.mail import Language


def figure(number: str) -> Reading:
    return Reading(kind="value", typed=number, number=Decimal(number))


def item(
    number: int, code: str, unit: IndicatorUnit, name: str, previous: str = "", standing: Reading | None = None
) -> AskedEntry:
    return AskedEntry(
        item_id=UUID(int=number),
        number=number,
        code=code,
        name=name,
        unit=unit,
        previous=figure(previous) if previous else None,
        standing=standing,
    )


DELEGATIONS = item(1, "VLC-E1-OE1-A1-I1", "count", "Nombre de delegacions rebudes", "97")
DEGREE = item(2, "VLC-E1-OE1-A1-I2", "percent", "Grau de compliment", "45")
MEETINGS = item(3, "VLC-E4-OE1-A1-I1", "count", "Nombre de reunions amb xarxes", "7")
PROTOCOL = item(4, "VLC-E4-OE1-A1-I2", "yes/no", "Existeix el protocol")
COMMENTS = item(5, "VLC-G-IN1-A1-I3", "text", "Comentaris sobre la participació")
ASKED = (DELEGATIONS, DEGREE, MEETINGS, PROTOCOL, COMMENTS)
COUNTS = (DELEGATIONS, DEGREE, MEETINGS)
ONE = (DELEGATIONS,)
MANY = tuple(
    item(
        number,
        f"VLC-E{number // 7 + 1}-OE{number % 7 + 1}-A1-I{number % 3 + 1}",
        "count",
        f"Nombre de reunions {number}",
    )
    for number in range(1, 41)
)
"""So many that any number in a text could be the number of an item."""

ABOVE = "El dt., 26 d'ag. 2026 a les 10:12, Oficina (<oficina@valencia.example>) va escriure:"
OURS = """\
Benvolguda Núria,

Us demanem les dades del 3r trimestre de 2026.

1. Nombre de delegacions rebudes [VLC-E1-OE1-A1-I1]
   Última vegada: 97
2. Grau de compliment [VLC-E1-OE1-A1-I2]
   Última vegada: 45 %
3. Nombre de reunions amb xarxes [VLC-E4-OE1-A1-I1]
   Última vegada: 7

Respondre per correu
Escriviu els valors darrere dels signes, o els números i els seus valors damunt
(3 = 128), un per línia.

1 · VLC-E1-OE1-A1-I1 =
2 · VLC-E1-OE1-A1-I2 =
3 · VLC-E4-OE1-A1-I1 =

Preguntes: Oficina internacional"""
LABELS = "________________________________\nDe: Oficina\nEnviat el: dimecres\nPer a: Núria\nTema: Indicadors\n\n"


def quote(text: str, *typed: tuple[str, str]) -> str:
    """Our mail as Gmail quotes it, with something typed into it."""
    for place, value in typed:
        text = text.replace(place, value, 1)
    return f"\n\n{ABOVE}\n\n" + "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def read(text: str, asked: tuple[AskedEntry, ...] = ASKED, language: Language = "ca") -> ValuesRead:
    return read_values(split_reply(text), asked, language)


def told(reading: Reading) -> str:
    match reading.kind:
        case "nothing_to_report":
            return "nothing"
        case "not_available":
            return f"n/a {reading.reason}"
        case _ if reading.yes is not None:
            return "yes" if reading.yes else "no"
        case _:
            return str(reading.number) if reading.number is not None else f"“{reading.words}”"


def values(text: str, asked: tuple[AskedEntry, ...] = ASKED, language: Language = "ca") -> str:
    return ", ".join(f"{value.number}={told(value.reading)}" for value in read(text, asked, language).values)


def problems(text: str, asked: tuple[AskedEntry, ...] = ASKED) -> list[str]:
    return [unread.problem for unread in read(text, asked).unread]


def table(text: str) -> list[tuple[str, str]]:
    rows = [line.split("~") for line in text.strip().split("\n")]
    return [(_typed(reply.strip()), expected.strip()) for reply, expected in rows]


def _typed(reply: str) -> str:
    """What a table cannot show."""
    for sign, char in (("\\t", "\t"), ("_", "\u00a0"), ("\\u2212", "\u2212"), ("\\u2011", "\u2011")):
        reply = reply.replace(sign, char)
    return reply


def samples(text: str) -> list[str]:
    return text.split("~")


NAMED = table("""
3 = 128                                                  ~ 3=128
3=128.                                                   ~ 3=128
3_=_128                                                  ~ 3=128
3: 128                                                   ~ 3=128
3 : 128                                                  ~ 3=128
3) 128                                                   ~ 3=128
3)128                                                    ~ 3=128
(3) 128                                                  ~ 3=128
[3] 128                                                  ~ 3=128
3. 128                                                   ~ 3=128
3.- 128                                                  ~ 3=128
3º 128                                                   ~ 3=128
3 → 128                                                  ~ 3=128
3 => 128                                                 ~ 3=128
Indicador 3: 128                                         ~ 3=128
Indicador núm. 3: 128                                    ~ 3=128
Indicador 3 128                                          ~ 3=128
Indicador 3 - 128                                        ~ 3=128
Indicateur n° 3 : 128                                    ~ 3=128
Indicator no. 3: 128                                     ~ 3=128
Nº 3: 128                                                ~ 3=128
#3: 128                                                  ~ 3=128
el 3: 128                                                ~ 3=128
el 3 és 128                                              ~ 3=128
l'indicador 3 és 128                                     ~ 3=128
el número 3: 128                                         ~ 3=128
VLC-E4-OE1-A1-I1 = 128                                   ~ 3=128
vlc-e4-oe1-a1-i1: 128                                    ~ 3=128
VLC–E4–OE1–A1–I1 = 128                                   ~ 3=128
VLC\\u2212E4\\u2212OE1\\u2212A1\\u2212I1 = 128             ~ 3=128
VLC\\u2011E4\\u2011OE1\\u2011A1\\u2011I1 = 128             ~ 3=128
VLC E4 OE1 A1 I1 128                                     ~ 3=128
VLC - E4 - OE1 - A1 - I1 = 128                           ~ 3=128
VLC.E4.OE1.A1.I1 = 128                                   ~ 3=128
E4-OE1-A1-I1 = 128                                       ~ 3=128
E4OE1A1I1=128                                            ~ 3=128
VLC-E4-OE1-A1-I1 - 128                                   ~ 3=128
VLC-E4-OE1-A1-I1;128                                     ~ 3=128
[VLC-E4-OE1-A1-I1] 128                                   ~ 3=128
`VLC-E4-OE1-A1-I1` = 128                                 ~ 3=128
Codi VLC-E4-OE1-A1-I1: valor 128                         ~ 3=128
Per a l'indicador VLC-E4-OE1-A1-I1: 128                  ~ 3=128
3 · VLC-E4-OE1-A1-I1 = 128                               ~ 3=128
3. Nombre de reunions amb xarxes [VLC-E4-OE1-A1-I1]: 128 ~ 3=128
3. Nombre de reunions amb xarxes [VLC-E4-OE1-A1-I1] 128  ~ 3=128
3. Nombre de reunions amb xarxes: 128                    ~ 3=128
- 3: 128                                                 ~ 3=128
• VLC-E4-OE1-A1-I1: 128                                  ~ 3=128
**3** = **128**                                          ~ 3=128
*3 = 128*                                                ~ 3=128
Bon dia, 3 = 128. Gràcies                                ~ 3=128
Hola Pere, el 3 és 128. Salutacions, Núria               ~ 3=128
Nombre de reunions amb xarxes: 128                       ~ 3=128
Existeix el protocol: sí                                 ~ 4=yes
3\\t128                                                  ~ 3=128
| 3 | 128 |                                              ~ 3=128
| VLC-E4-OE1-A1-I1 | 128 |                               ~ 3=128
3 | VLC-E4-OE1-A1-I1 | Nombre de reunions amb xarxes | 9 ~ 3=9
3 · VLC-E4-OE1-A1-I1 =                                   ~
3. Nombre de reunions amb xarxes [VLC-E4-OE1-A1-I1]      ~
3 =                                                      ~
1=12, 2=15; 3=nada                                       ~ 1=12, 2=15, 3=nothing
1=12 2=15                                                ~ 1=12, 2=15
1=12,2=15                                                ~ 1=12, 2=15
1: 12; 2: 15,5; 4: sí                                    ~ 1=12, 2=15.5, 4=yes
1) 12, 3) 15                                             ~ 1=12, 3=15
1 = 12 / 3 = 7                                           ~ 1=12, 3=7
1=12 i 3=7                                               ~ 1=12, 3=7
1=12 | 3=15                                              ~ 1=12, 3=15
VLC-E1-OE1-A1-I1 = 12, VLC-E4-OE1-A1-I1 = 7              ~ 1=12, 3=7
1 · VLC-E1-OE1-A1-I1 = 12, 3 · VLC-E4-OE1-A1-I1 = 7      ~ 1=12, 3=7
""")
VALUES = table("""
1 = 128 persones                                         ~ 1=128
1 = 12 345 hab.                                          ~ 1=12345
1 = 1.234                                                ~ 1=1234
1 = 1_234 visites                                        ~ 1=1234
1 = 12.000 €                                             ~ 1=12000
1 = 12 delegacions internacionals                        ~
1 = 12 delegacions rebudes en total                      ~ 1=12
1 = 12 delegacions amb projectes                         ~ 1=12
1 = 12, gràcies                                          ~ 1=12
1 = 12 merci                                             ~ 1=12
1 = 0                                                    ~ 1=0
1 = zero                                                 ~ 1=0
1 = cero delegaciones                                    ~ 1=0
2 = 45 %                                                 ~ 2=45
2 = 45,5%                                                ~ 2=45.5
2 = 45.5 per cent                                        ~ 2=45.5
2 = 45 por ciento de cumplimiento                        ~
2 = 45% de compliment                                    ~ 2=45
4 = Sí.                                                  ~ 4=yes
4 = SI, gracias                                          ~ 4=yes
4: Oui                                                   ~ 4=yes
4 = yes                                                  ~ 4=yes
4 = NO                                                   ~ 4=no
4: non                                                   ~ 4=no
1 = cap                                                  ~ 1=nothing
1 = Cap delegació                                        ~ 1=nothing
1 = res                                                  ~ 1=nothing
1 = Res a informar aquest trimestre.                     ~ 1=nothing
1 = res a declarar                                       ~ 1=nothing
1 = sense novetats                                       ~ 1=nothing
1 = no n'hi ha                                           ~ 1=nothing
1 = nada                                                 ~ 1=nothing
1 = Nada que reportar por ahora                          ~ 1=nothing
1 = sin novedad                                          ~ 1=nothing
1 = ninguna                                              ~ 1=nothing
1 = Rien à signaler                                      ~ 1=nothing
1 = Néant                                                ~ 1=nothing
1 = aucune                                               ~ 1=nothing
1 = none                                                 ~ 1=nothing
1 = Nothing to report this quarter                       ~ 1=nothing
5 = res                                                  ~ 5=nothing
1 = idem                                                 ~ 1=97
1 = Ídem.                                                ~ 1=97
1 = igual que l'anterior                                 ~ 1=97
1 = el mateix que el trimestre passat                    ~ 1=97
1 = mateix valor que la darrera vegada                   ~ 1=97
1 = lo mismo que el trimestre pasado                     ~ 1=97
1 = misma cifra que la vez anterior                      ~ 1=97
1 = same as last quarter                                 ~ 1=97
1 = comme le trimestre dernier                           ~ 1=97
1 = même valeur que la dernière fois                     ~ 1=97
1 = no disponible perquè l'enquesta tanca al maig        ~ 1=n/a l'enquesta tanca al maig
1 = No disponible: tancament al gener                    ~ 1=n/a tancament al gener
1 = no disponible (pendent de validar)                   ~ 1=n/a pendent de validar
1 = n/d - falta el mes de juny                           ~ 1=n/a falta el mes de juny
1 = N.D. porque no han enviado los datos                 ~ 1=n/a no han enviado los datos
1 = no consta perquè no es recull                        ~ 1=n/a no es recull
1 = sin datos, pendiente de cierre                       ~ 1=n/a pendiente de cierre
1 = non disponible car le service est fermé              ~ 1=n/a le service est fermé
1 = non disponible parce qu'il manque juin               ~ 1=n/a il manque juin
1 = not available because the survey is late             ~ 1=n/a the survey is late
1 = not available yet, the survey is open                ~ 1=n/a the survey is open
5: Hem signat el conveni. Salutacions                    ~ 5=“Hem signat el conveni”
5: És un procés llarg                                    ~ 5=“És un procés llarg”
5 = Fira de Berlín, Fira de París                        ~ 5=“Fira de Berlín, Fira de París”
5 = objectiu 3 = fet                                     ~ 5=“objectiu 3 = fet”
5 = No consta cap incidència                             ~ 5=“No consta cap incidència”
IN1-A1-I3: Hem signat                                    ~ 5=“Hem signat”
""")
NOT_READ = table("""
hem fet 3 reunions amb 12 persones    ~ not_understood
3 = hem fet 3 reunions                ~ not_a_number
3 = 12 mil                            ~ not_a_number
3 = 1,5 milions                       ~ not_a_number
3 = 12 aprox.                         ~ not_a_number
3 = uns 12                            ~ not_a_number
3 = 12 reunions menys                 ~ not_a_number
3 = 12 reunions per mes               ~ not_a_number
3 = 12 de maig                        ~ not_a_number
3 = 12 %                              ~ not_a_number
3 = 128?                              ~ not_a_number
3 = 3*4                               ~ not_a_number
3 = 1 * 234                           ~ not_a_number
3 = 12²                               ~ not_a_number
3 = 1e5                               ~ not_a_number
3 = ５                                ~ not_a_number
3 = no                                ~ not_a_number
3 = cap idea                          ~ not_a_number
3 = pendent                           ~ not_a_number
3 = el mateix que l'any passat        ~ not_a_number
3 = -                                 ~ not_a_number
3 = - 5                               ~ not_a_number
3 = -5                                ~ negative
3 = 10-12                             ~ range_given
3 = entre 10 i 12                     ~ range_given
3 = 12/05/2026                        ~ range_given
3 = 3,5                               ~ not_whole
3 = .5                                ~ not_whole
2 = 120                               ~ percent_over_100
2 = 45 persones                       ~ not_a_number
3 = no disponible                     ~ reason_missing
3 = n/d                               ~ reason_missing
3 = no disponible encara              ~ reason_missing
4 = idem                              ~ no_previous
4 = Sí, però encara no                ~ yes_no_missing
9 = 5                                 ~ unknown_code
VLC-E4-OE1-A1-I9 = 5                  ~ unknown_code
AMB-E4-OE1-A1-I1 = 5                  ~ unknown_code
4 · VLC-E4-OE1-A1-I1 = 128            ~ not_understood
La vegada passada VLC-E4-OE1-A1-I1 = 128 ~ not_understood
VLC-E4-OE1-A1-I1 a I2: 0              ~ not_a_number
VLC-E4-OE1-A1-I1, VLC-E1-OE1-A1-I1 = 0 ~ not_understood
VLC-E4-OE1-A1-I1-128                  ~ not_understood
VLC-G-IN1-A1-I3 encara no el tenim    ~ not_understood
A1-I1 = 5                             ~ not_understood
3 i 4 = 0                             ~ not_understood
3, 4 = 0                              ~ not_understood
3-5 = 0                               ~ not_understood
Indicadors 3-5: 0                     ~ not_understood
3 - 128                               ~ not_understood
3 128                                 ~ not_understood
3:12                                  ~ not_understood
3 | VLC-E4-OE1-A1-I1 | 7 | 128        ~ not_understood
VLC-E4-OE1-A1-I1 | 12 |               ~ not_understood
VLC-E4-OE1-A1-I1 | 7                  ~ not_understood
3 | VLC-E4-OE1-A1-I1 | Nombre de reunions amb xarxes | 7 ~ not_understood
3 = 5 + 7 = 12                        ~ not_understood
Quins indicadors em falten?           ~ not_understood
No entenc l'indicador 3               ~ not_understood
128                                   ~ not_understood
""")
NOTHING_IN_THEM = """
El 3 de maig vam rebre 12 persones
El dia 3: 12 persones
A les 10: 30 persones
1r trimestre: 12
Q3 = 12
gener 12, febrer 15, març 3
3/4: 12
1-3: 0
Del 1 al 3: 0
El 3 i el 4: 0
Tel: 963 52 54 78
Ext. 12: 3
Si 3 = 12, llavors 4 = 15?
Crec que 3 = 12
3 = 12 o 13
3 = 12/13
3 = >12
3 = 12 k
3 = 12 persones i 3 reunions
3 = 12 -> 15
3.1 = 12
3,1 = 12
x3 = 12
a3: 12
3a = 12
3 ≠ 12
VLC-E1-OE3 = 12
VLC-E1-OE3-A1-I3-3 = 12
VLC-E1-OE3-A1-I3/I2 = 12
VLC-E1-OE3-A1-I3 era 12, ara 15
VLC-E1-OE3-A1-I3? 12
12 VLC-E1-OE3-A1-I3
https://valencia.example/?3=12&4=15
3ª reunió: 12 persones
9:00 - 14:00 h
46002 València
2 de maig, 12
(96) 352 54 78
(34)963525478
""".strip().split("\n")


@pytest.mark.parametrize(("reply", "expected"), NAMED)
def test_an_item_is_named_by_its_code_or_number_however_it_is_written(reply: str, expected: str):
    assert values(reply) == expected
    assert problems(reply) == []


@pytest.mark.parametrize(("reply", "expected"), VALUES)
def test_values_are_read_as_people_write_them_in_four_languages(reply: str, expected: str):
    assert values(reply) == expected
    assert bool(problems(reply)) != bool(expected)


@pytest.mark.parametrize(("reply", "problem"), NOT_READ)
def test_what_could_mean_something_else_is_given_back(reply: str, problem: str):
    assert values(reply) == ""
    assert set(problems(reply)) == {problem}


@pytest.mark.parametrize("reply", NOTHING_IN_THEM)
def test_numbers_that_are_no_answers_are_never_taken(reply: str):
    assert values(reply, MANY) == ""
    assert values(f"Bon dia,\n\n{reply}\n\nSalutacions,\nNúria", MANY) == ""


@pytest.mark.parametrize(
    ("reply", "language", "expected"),
    [("1 = 1,234", "en", "1=1234"), ("2 = 12.345", "en", "2=12.345"), ("1 = 12.345", "es", "1=12345")],
)
def test_numbers_are_read_by_the_language_of_their_writer(reply: str, language: Language, expected: str):
    assert values(reply, ASKED, language) == expected


def test_every_found_value_says_where_and_how_sure():
    found = read("Hola,\n\n3 = 128 reunions" + quote(OURS, ("OE1-A1-I1 =", "OE1-A1-I1 = 5"))).values
    assert [(one.number, one.where, one.place, one.excerpt, one.certainty) for one in found] == [
        (1, "quoted", "line 22", "1 · VLC-E1-OE1-A1-I1 = 5", "likely"),
        (3, "said", "line 3", "3 = 128 reunions", "sure"),
    ]
    assert [one.reading.typed for one in found] == ["5", "128 reunions"]


def test_the_same_as_last_time_keeps_what_was_written():
    (found,) = read("1 = ídem").values
    assert found.reading == figure("97").model_copy(update={"typed": "ídem"})


MAILS = [
    ("Bon dia,\n\n1 = 12\n2 = 45,5 %\n3 = 7\n\nSalutacions,\nNúria\n963 52 54 78" + quote(OURS), "1=12, 2=45.5, 3=7"),
    (quote(OURS) + "\n\n1 = 12\n3 = cap\n\n-- \nNúria\n3: 5", "1=12, 3=nothing"),
    # typed into the quoted block
    (quote(OURS, ("1-I1 =", "1-I1 = 12"), ("4-OE1-A1-I1 =", "4-OE1-A1-I1 = cap")), "1=12, 3=nothing"),
    (LABELS + OURS.replace("4-OE1-A1-I1 =", "4-OE1-A1-I1 = 1.234 persones"), "3=1234"),
    (LABELS + OURS.replace("4-OE1-A1-I1 =", "4-OE1-A1-I1 =\n12"), "3=12"),
    (quote(OURS, ("3 · VLC-E4-OE1-A1-I1 =", "3 · VLC-E4-OE1-\nA1-I1 = 12")), "3=12"),
    (quote(OURS, ("1-I1 =", "1-I1 = no disponible, falta juny")), "1=n/a falta juny"),
    # between the quoted lines
    (quote(OURS).replace("97\n", "97\n12\n").replace("45 %\n", "45 %\n\n46\n\n"), "1=12, 2=46"),
    (quote(OURS).replace("vegada: 7\n", "vegada: 7\n12 reunions\n"), "3=12"),
    (quote(OURS).replace("97\n", "97\n1: 12\n"), "1=12"),
    (quote(OURS).replace("vegada: 7\n", "vegada: 7\nvam fer 12 reunions\n"), ""),
    (quote(OURS).replace("E4-OE1-A1-I1 =\n", "E4-OE1-A1-I1 =\n12\n"), ""),  # under three names, so of none
    (quote(OURS).replace("3 · ", "12\n> 3 · "), "2=12"),
    # by position
    ("Hola,\n\n12\n45\n7\n\nGràcies" + quote(OURS), "1=12, 2=45, 3=7"),
    ("- 12\n- 45 %\n- cap" + quote(OURS), "1=12, 2=45, 3=nothing"),
    ("12\n45" + quote(OURS), ""),
    ("L'any passat eren:\n12\n45\n7" + quote(OURS), ""),
    ("12\n45\nno ho sabem" + quote(OURS), ""),
    ("12\n45\n3 = 7" + quote(OURS), "3=7"),
    # one word for all
    ("Bon dia,\n\nTots a zero.\n\nSalutacions,\nNúria" + quote(OURS), "1=0, 2=0, 3=0"),
    ("Todos los indicadores a cero", "1=0, 2=0, 3=0"),
    ("Hola! Aquest trimestre tot a 0.", "1=0, 2=0, 3=0"),
    ("All indicators are zero", "1=0, 2=0, 3=0"),
    ("Tout à zéro.", "1=0, 2=0, 3=0"),
    ("Todo igual", "1=97, 2=45, 3=7"),
    ("Tot igual que el trimestre passat, gràcies", "1=97, 2=45, 3=7"),
    ("Els mateixos valors que el trimestre passat", "1=97, 2=45, 3=7"),
    ("Sin cambios respecto al trimestre anterior", "1=97, 2=45, 3=7"),
    ("Sense canvis", ""),
    ("Same as last quarter for all", "1=97, 2=45, 3=7"),
    ("Res a informar en cap", "1=nothing, 2=nothing, 3=nothing"),
    ("Per la nostra part, res a informar aquest trimestre.", "1=nothing, 2=nothing, 3=nothing"),
    ("Buenos días: nada que reportar en ningún indicador. Un saludo", "1=nothing, 2=nothing, 3=nothing"),
    ("Rien à signaler ce trimestre.", "1=nothing, 2=nothing, 3=nothing"),
    ("Nothing to report", "1=nothing, 2=nothing, 3=nothing"),
    ("Tot a zero\nexcepte el de turisme", ""),
    ("Tots a zero\n3 = 5", "3=5"),
    ("Tot igual que l'any passat", ""),
    ("cap", ""),
    ("Res a informar?", ""),
    # given twice
    ("3 = 12\n3 = 15", ""),
    ("3 = 12\nVLC-E4-OE1-A1-I1: 12", "3=12"),
    ("3 = 12\n1 = 4\nPerdó, 3 = 15", "1=4, 3=15"),
    ("3 = 12\n1 = 4\nPerdó, el 3 eren 15 al final", "1=4"),
    ("3 = 130" + quote(OURS, ("4-OE1-A1-I1 =", "4-OE1-A1-I1 = 7")), ""),
    # tables
    ("1\t12\n2\t45 %\n3\t7", "1=12, 2=45, 3=7"),
    ("Codi | Anterior | Valor\n---|---|---\nVLC-E1-OE1-A1-I1 | 97 | 12\nVLC-E4-OE1-A1-I1 | 7 | cap", "1=12, 3=nothing"),
    ("Codi | Anterior | Valor\nVLC-E1-OE1-A1-I1 | 97 | \nVLC-E4-OE1-A1-I1 | 7 | 12", "3=12"),
    ("| Codi | Valor |\n|---|---|\n| VLC-E1-OE1-A1-I1 | 12 |\n| VLC-E4-OE1-A1-I1 | |", "1=12"),
    # what only a whole list makes clear
    ("1 - 12\n2 - 45\n3 - 7", "1=12, 2=45, 3=7"),
    ("1:12\n2:45\n3:37", "1=12, 2=45, 3=37"),
    ("1:12\n2:45", ""),
    ("1-14\n2-62\n3-7", "1=14, 2=62, 3=7"),
    ("1-14\n3-7", ""),
    # lines that a mail program broke
    ("VLC-E4-OE1-\nA1-I1 = 128\n1 = 5", "1=5, 3=128"),
    ("1:\n12\n3:\n7 reunions", "1=12, 3=7"),
    ("3 = no disponible perquè l'enquesta de satisfacció es\ntanca al maig\n1 = 5",
     "1=5, 3=n/a l'enquesta de satisfacció es tanca al maig"),
    ("1 = 14\n2 = no disponible\nperquè falta juny", "1=14, 2=n/a falta juny"),
    ("Vam fer moltes reunions durant el mes de maig, en concret el dia\n3. 12 persones", ""),
    # paragraphs of HTML, with no empty lines between them
    ("Bon dia,\nAquests són els resultats del trimestre\n1: 12\n3: 7\nSalutacions,\nNúria\n2: 963", "1=12, 3=7"),
    ("12\n45\n7\nNúria Vidal\nServei de Turisme", "1=12, 2=45, 3=7"),
    # a quote that nothing marks
    ("1 = 12\n\n" + OURS, "1=12"),
    (OURS, ""),
    (OURS.replace(" [", "\n["), ""),
    (OURS.replace("amb xarxes", "\namb xarxes"), ""),
    # what somebody had written before
    ("2 = 4\n> > 3 · VLC-E4-OE1-A1-I1 = 12\n> 3 = 12", "2=4"),
    # the four languages, the writer's own whichever
    ("Bonjour,\n\n1 = 1 234\n2 : 45,5 %\n3 = néant\n\nCordialement,\nClaire\n12, rue de la Paix",
     "1=1234, 2=45.5, 3=nothing"),
    ("Hi,\n\n1) 12\n2) 45.5%\n3) none\n\nBest,\nAnn\n+44 20 7946 0958", "1=12, 2=45.5, 3=nothing"),
    ("Buenos días:\n\nIndicador 1: 12\nIndicador 3: sin novedad\n\nUn saludo,\nPepe\n2 = 3", "1=12, 2=3, 3=nothing"),
    # no answers at all
    ("", ""),
    ("D'acord, gràcies!", ""),
    ("Adjunt l'excel.\n\nAtentament,\n\nNúria\n2 de maig, 3\n1. Planta baixa\nTel. 3: 5", ""),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "expected"), MAILS)
def test_whole_replies_are_read(reply: str, expected: str):
    assert values(reply, COUNTS) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("128" + quote(OURS), "1=128"),
        ("Bon dia,\n\n128 delegacions.\n\nNúria" + quote(OURS), "1=128"),
        ("Hola Pere,\nEt passo la dada.\n128\nSalutacions\nN", "1=128"),
        ("Et passo la dada: 128", "1=128"),
        ("El valor es 128, gracias", "1=128"),
        ("Són 128", "1=128"),
        ("Ídem", "1=97"),
        ("Res a informar", "1=nothing"),
        ("Cap", "1=nothing"),
        ("No disponible perquè encara no hem tancat", "1=n/a encara no hem tancat"),
        ("Cap de Servei de Turisme", ""),
        ("Gràcies\n963525478", ""),
        ("963 52 54 78", ""),
        ("En vam rebre 128.", ""),
        ("En vam rebre\n128\ndurant l'estiu", ""),
        ("128\n\nPerò encara falta setembre.", ""),
        ("2026-09-30", ""),
        ("12 de maig", ""),
        ("128 o 130", ""),
        ("128\n130", ""),
    ],
)
def test_one_bare_value_answers_a_task_with_one_item(reply: str, expected: str):
    assert values(reply, ONE) == expected


def test_words_of_a_text_item_are_not_guessed_from_a_bare_sentence():
    assert values("Hem signat el conveni", (COMMENTS,)) == ""
    assert values("Res a informar", (COMMENTS,)) == "5=nothing"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("5: Hem participat en tres fires i hem signat un conveni\namb la ciutat de Lió.\n\nNúria",
         "5=“Hem participat en tres fires i hem signat un conveni amb la ciutat de Lió.”"),
        ("5 = Hem fet:\n- Fira de Berlín\n- Fira de París\n1 = 3",
         "1=3, 5=“Hem fet:\n- Fira de Berlín\n- Fira de París”"),
        ("5. Hem fet:\n1. Fira de Berlín\n2. Fira de París\n\n1 = 3",
         "1=3, 5=“Hem fet: 1. Fira de Berlín 2. Fira de París”"),
        ("5 = Conveni signat\nGràcies,\nNúria", "5=“Conveni signat”"),
        ("5 = Conveni\n\nAltres coses que us volia dir", "5=“Conveni”"),
        ("5 = Conveni signat\nNúria Vidal\nTel. 963 52 54 78", "5=“Conveni signat”"),
    ],
)  # fmt: skip
def test_words_go_on_to_the_next_answer_or_empty_line(reply: str, expected: str):
    assert values(reply) == expected


def test_a_code_with_figures_is_named_whole_or_not_at_all():
    asked = (item(1, "PAM-1.2.3", "count", "Actes"), item(2, "PAM-1.2.4", "count", "Fires"))
    assert values("PAM-1.2.3 = 5\nPAM 1.2.4: 7", asked) == "1=5, 2=7"
    assert values("1.2.3 = 5\n2.4: 7\n2-3 = 0\n2/4: 1", asked) == ""


def test_a_code_ends_the_words_of_an_item_even_if_it_is_unknown():
    assert values("5 = Conveni\nAMB-E4-OE1-A1-I1 = 5\n1 = 3") == "1=3, 5=“Conveni”"
    assert problems("5 = Conveni\nAMB-E4-OE1-A1-I1 = 5\n1 = 3") == ["unknown_code"]


def test_a_listed_name_of_a_text_item_is_no_answer_though_a_mail_program_broke_it():
    assert values("5. Comentaris sobre la participació [VLC-G-IN1-A1-I3]") == ""
    assert values("5. Comentaris sobre\nla participació [VLC-G-IN1-A1-I3]\n5 · VLC-G-IN1-A1-I3 =") == ""


def test_what_stands_already_is_no_news_in_a_quote():
    asked = (item(3, MEETINGS.code, "count", MEETINGS.name, standing=figure("7")),)
    assert values(quote(OURS, ("4-OE1-A1-I1 =", "4-OE1-A1-I1 = 7")), asked) == ""
    assert values(quote(OURS, ("4-OE1-A1-I1 =", "4-OE1-A1-I1 = 8")), asked) == "3=8"
    assert values("3 = 7", asked) == "3=7"


def test_all_alike_leaves_unread_what_it_cannot_mean():
    read_all = read("Tot igual")
    assert [one.number for one in read_all.values] == [1, 2, 3]
    assert {(one.problem, one.code) for one in read_all.unread} == {
        ("no_previous", PROTOCOL.code),
        ("no_previous", COMMENTS.code),
    }


@pytest.mark.parametrize(
    "courtesy",
    samples(
        "Bon dia,~Hola a tots!~Benvolguda Maria:~Buenos días, Pere:~Dear colleagues,~Bonjour Madame,~Rebut, gràcies!"
        "~Moltes gràcies per l'avís.~Us envio les dades:~Aquí teniu els valors.~Please find below our figures"
        "~Quedo a la vostra disposició.~Disculpeu el retard.~Un saludo~Bien cordialement,~Kind regards~-----~Turisme:"
        "~Any questions, let me know.~Espero que vagi tot bé.~Que tingueu un bon dia!"
    ),
)
def test_greetings_and_thanks_are_not_given_back(courtesy: str):
    assert problems(f"{courtesy}\n\n3 = 128") == []


@pytest.mark.parametrize(
    "sentence",
    samples(
        "Hola no entenc res~Gràcies però no ho entenc~Us envio les dades demà~Quin termini tenim?~L'any passat eren 12"
        "~Adjunto no he pogut obrir-lo~Turisme: 12"
    ),
)
def test_sentences_and_questions_are_given_back(sentence: str):
    (unread,) = read(f"Bon dia,\n{sentence}\n\n3 = 128").unread
    assert (unread.place, unread.excerpt, unread.problem) == ("line 2", sentence, "not_understood")


def test_two_values_are_both_given_back_with_their_code():
    unread = read("3 = 12\n1 = 4\n3 = 15").unread
    assert [(one.place, one.problem, one.code) for one in unread] == [
        ("line 1", "two_values", MEETINGS.code),
        ("line 3", "two_values", MEETINGS.code),
    ]


REPLIES = [reply for reply, _ in NAMED + VALUES + NOT_READ]
PIECES = st.sampled_from([*REPLIES, *NOTHING_IN_THEM, OURS, LABELS, ABOVE, "> ", "", "12", "|", "\t", "3 ="])
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("\n".join))


@given(TEXTS, st.sampled_from([ASKED, COUNTS, ONE, MANY, ()]))
def test_any_text_is_read_without_error_and_nothing_is_invented(text: str, asked: tuple[AskedEntry, ...]):
    for language in ("ca", "en"):
        found = read(text, asked, language)
        assert len({value.item_id for value in found.values}) == len(found.values)
        for value in found.values:
            assert all(word in normalize("NFC", text) for word in value.reading.typed.split())
            assert 1 <= int(value.place.removeprefix("line ")) <= text.count("\n") + 1


@given(st.text(alphabet="0123456789 .,=:;-/()|\n\tVLCEOAI"))
def test_numbers_and_marks_in_any_order_are_read_without_error(text: str):
    assert len(read(text, MANY).values) <= len(MANY)


@pytest.mark.drill
@pytest.mark.parametrize(
    "line",
    samples(
        "3 = 128~12~> 3 · VLC-E4-OE1-A1-I1 = 5~> 3 · VLC-E4-OE1-A1-I1 =\n12~| 3 | VLC-E4-OE1-A1-I1 | 5 |~3:12~1=1 2=2"
        "~Gràcies per tot el que feu i salutacions x~5 = no disponible perquè l'enquesta de satisfacció no tanca"
        "~Hola Núria Vidal Ferrer Gil Mas no~VLC-E4-OE1-~perdó, "
    ),
)
def test_time_grows_no_faster_than_the_text(line: str):
    split = split_reply(f"{line}\n" * LINES)
    started = process_time()
    read_values(split, MANY, "ca")
    assert process_time() - started < 4


@pytest.mark.parametrize("text", ["1=1 ", "1 ", "VLC-E4-OE1-", "3 | ", "hola. ", "a", "perdó, "])
def test_one_endless_line_takes_no_time(text: str):
    split = split_reply(text * (200_000 // len(text)))
    started = process_time()
    read_values(split, MANY, "ca")
    assert process_time() - started < 4
