"""Values in sentences, with remarks, in corrections, for several items: read where they are plain, else given back."""

from time import process_time

import pytest

from mail.inbound.reply_text import split_reply
from mail.inbound.values import read_values
from tests.inbound.test_values import ASKED, COUNTS, MANY, ONE, OURS, problems, quote, read, table, values

SENTENCES = table("""
Pel que fa a l'indicador 1, hem acollit 104 delegacions.                           ~ 1=104
A l'indicador 3 hem fet 12 reunions i a l'indicador 2 estem al 80 %.               ~ 2=80, 3=12
De l'indicador 1 en tenim 7 i de l'indicador 3, 16.                                ~ 1=7, 3=16
El 1 que son 2 y el 3 que son 9                                                    ~ 1=2, 3=9
L'indicador 1 són 5. Del 3 se n'han fet 14.                                        ~ 1=5, 3=14
En VLC-E4-OE1-A1-I1 comptabilitzem 16 reunions, i en E1-OE1-A1-I1 només 1.         ~ 1=1, 3=16
Concernant l'indicateur 3, 10 réunions ont été tenues au cours du trimestre.       ~ 3=10
Rien pour l'indicateur 3.                                                          ~ 3=nothing
For indicator 1 there is nothing to report, and indicator 2 stands at 90.5 per cent ~ 1=nothing, 2=90.5
Canvieu el valor del 3, per favor: on posava 15 ha de dir 17.                      ~ 3=17
Perdón, en el 3 puse 9 y son 19.                                                   ~ 3=19
Sorry, number 3 should be 1,209, not 1,290.                                        ~ 3=1209
M'havia equivocat en el 3: són 14 i no 41.                                         ~ 3=14
""")
REMARKS = table("""
3 = 7 reunions (4 presencials i 3 en línia)      ~ 3=7
3 = 13, totes amb consolats                      ~ 3=13
3 = 11. Inclou les jornades.                     ~ 3=11
3 = 2 (13/09 i 27/09/2026)                       ~ 3=2
3 = 10 (2 més que la darrera vegada)             ~ 3=10
3 = 13, no 12                                    ~ 3=13
3 = 2 au lieu de 3                               ~ 3=2
3 = quinze (15)                                  ~ 3=15
3 = 128 👍                                       ~ 3=128
3 = cap, encara no se n'ha convocat cap          ~ 3=nothing
4 = sí, creat al juliol                          ~ 4=yes
4 = Sí (aprovat en Junta de Govern)              ~ 4=yes
4 = non, prévu en 2027                           ~ 4=no
4 = No, està en tràmit                           ~ 4=no
""")
SEVERAL = table("""
1 i 2: zero                                      ~ 1=0, 2=0
1, 2 i 3: res a comunicar                        ~ 1=nothing, 2=nothing, 3=nothing
1 : 6 - 2 : 10 - 3 : 3                           ~ 1=6, 2=10, 3=3
de moment: 1 = 3, 2 = 1 i 3 = 0. Dijous, la resta. ~ 1=3, 2=1, 3=0
- *1:* 108                                       ~ 1=108
0E1-A1-I2 = 3                                    ~
VLC-E4-0E1-A1-I1 = 3                             ~ 3=3
Reunions amb xarxes: 3                           ~ 3=3
Fe de erratas: 3 = 12                            ~ 3=12
""")
NO_VALUE = r"""
Per a l'indicador 3 truqueu a l'extensió 4512
Per a l'indicador 3 necessitem 2 dies més
A l'indicador 3 hi ha 2 persones treballant
L'indicador 3 el tindrem el 15
L'indicador 3 serà 14
A l'indicador 3 l'any passat hi vam posar 12
L'indicador 3 potser és 12
A l'indicador 3 hem fet unes 12 reunions
A l'indicador 3 hem fet més de 12 reunions
A l'indicador 3 no hem fet 12 reunions
Per a l'indicador 3, 12 accions estan pendents
L'objectiu de l'indicador 3 és 12
L'indicador 3 és de 12 mil
A l'indicador 3 en fem 12 a la setmana
L'indicador 3 val 12 o 13
Els indicadors 1 a 3: 12
L'indicador 1 i el 3 sumen 12
Indicador 3 de 12
El 3 d'octubre són 12 persones
Al 3 de maig en són 12
En el indicador 3 había puesto 12
El valor del 3 era 12
For indicator 3 we plan 12 meetings
For indicator 3 we still need 12 more
On number 3 we have 12 questions
Pour l'indicateur 3 nous attendons 12 réponses
3 = 12 (provisional)
3 = 12 (falta setembre)
3 = 12 (juliol)
3 = 12 (15 amb les de juny)
3 = 12 (i 3 més)
3 = 12 (15)
3 = 12 (quinze)
3 = 12, o potser 13
3 = 12. Falta confirmar.
3 = 12, hors webinaires
3 = 12, només els d'estiu
3 = 12 (en milers)
3 = 12, no 12
3 = dotze (13)
4 = sí (parcialment)
4 = Sí, previst per al 2027
4 = sí, quan s'aprovi
4 = sí, en procés
4 = yes, soon
4 = no, però gairebé
1 i 3: 12
Els dies 1 i 3: 0
Persones: 12
3 no ho sé
1 250\n3 400
1 persona de Lió\n3 persones de Roma
Tot a zero menys alguns
Tot a zero excepte el 3, que no ho sé
Valor erroni: 3 = 12
Està malament: 3 = 12
L'any passat: 3 = 12
Us envio les previsions: 3 = 12
Perdó, el 3 no és 12
M'he equivocat en el 3: 12
En el 3 puse 9
En ordre invers:\n12\n45\n7
""".strip().split("\n")

MAILS = [
    ("1 SI\n2 5\n3 no", COUNTS, "2=5"),
    ("1 12\n2 45,5\n3 cap", COUNTS, "1=12, 2=45.5, 3=nothing"),
    ("1 unes 6\n2 moltes\n3 3", COUNTS, "3=3"),
    ("Per ordre:\n\n12\n45\n7", COUNTS, "1=12, 2=45, 3=7"),
    ("1 = 10\n\nLa resta, res a comunicar.", COUNTS, "1=10, 2=nothing, 3=nothing"),
    ("1 = 10, la resta igual", COUNTS, "1=10, 2=45, 3=7"),
    ("1 = 10\n2 = uns 40\nLa resta, res", COUNTS, "1=10, 3=nothing"),
    ("1 = 10\nEl de xarxes ja us el diré\nLa resta, res", COUNTS, "1=10"),
    ("1 = 10\nLa resta, demà", COUNTS, "1=10"),
    ("La resta, res", COUNTS, ""),
    ("Tot a zero excepte el 3, que són 2.", COUNTS, "1=0, 2=0, 3=2"),
    ("Todo igual salvo 3 = 2", COUNTS, "1=97, 2=45, 3=2"),
    ("Tot a zero", ASKED, ""),  # a protocol is no zero
    ("No tenim res a comunicar en cap dels tres indicadors", COUNTS, "1=nothing, 2=nothing, 3=nothing"),
    ("No tenim res a comunicar en cap dels dos indicadors", COUNTS, ""),
    ("Rien à signaler pour ce trimestre. Amélie", COUNTS, "1=nothing, 2=nothing, 3=nothing"),
    ("3 = 12\n\nEp, ara veig que el 3 està malament: 3 = 15, no 12.", COUNTS, "3=15"),
    ("Perdó, una errada meva en les dades d'ahir: el 3 és 15,\ni no 51.", COUNTS, "3=15"),
    ("5: carteles y cuña de radio\n1: 90", ASKED, "1=90, 5=“carteles y cuña de radio”"),
    ("5: fires, tallers i la resta igual", ASKED, "5=“fires, tallers i la resta igual”"),
    ("5: Hem rebut visites de\n3 escoles", ASKED, "5=“Hem rebut visites de 3 escoles”"),
    ("A 31 de desembre: 1.402", ONE, "1=1402"),
    ("Reply\n\nDe: Oficina\nEnviat el: dimecres\nPer a: Núria\nTema: X\n\n"
     + OURS.replace("Última vegada: 7", "Última vegada: 7\nRESPOSTA: 12"), COUNTS, "3=12"),
    (quote(OURS).replace("vegada: 7\n", "vegada: 7\nHan estat 12 (dues en línia)\n"), COUNTS, "3=12"),
    ("5. Comentaris sobre la participació [VLC-G-\nIN1-A1-I3]", ASKED, ""),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "expected"), SENTENCES + REMARKS + SEVERAL)
def test_what_is_plain_is_read(reply: str, expected: str):
    assert values(reply, ASKED, "en" if "should" in reply or "stands" in reply else "ca") == expected


@pytest.mark.parametrize("reply", [line.replace("\\n", "\n") for line in NO_VALUE])
def test_what_is_not_is_given_back(reply: str):
    for asked in (ASKED, COUNTS, MANY):
        assert values(reply, asked) == ""
        assert problems(reply, asked) != []
        assert values(f"Bon dia,\n\nL'indicador 1 és 5.\n{reply}\n\nSalutacions,\nNúria", asked) in ("", "1=5")


@pytest.mark.parametrize(("reply", "asked", "expected"), MAILS)
def test_lines_are_read_with_those_around_them(reply: str, asked: tuple, expected: str):
    assert values(reply, asked) == expected


def test_a_value_out_of_a_sentence_is_likely_and_the_rest_is_given_back():
    found = read("A l'indicador 3 hem fet 12 reunions. Del web encara no en sabem res.")
    assert [(one.number, one.certainty, one.excerpt) for one in found.values] == [
        (3, "likely", "A l'indicador 3 hem fet 12 reunions.")
    ]
    assert [unread.excerpt for unread in found.unread] == ["Del web encara no en sabem res."]


@pytest.mark.drill
@pytest.mark.parametrize(
    "words",
    [
        "A l'indicador 3 hem fet 12 reunions. ",
        "el 3 és 12, ",
        "3 = 12, no 12 ",
        "la resta, ",
        "1, 2 i ",
        "12 (a ",
        "*a",
    ],
)
def test_long_texts_take_no_time(words: str):
    for text in (words * (200_000 // len(words)), f"{words * 12}\n" * 2000):
        split = split_reply(text)
        started = process_time()
        read_values(split, MANY, "ca")
        assert process_time() - started < 4
