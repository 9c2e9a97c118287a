"""What somebody says is parted from what they reply to, whichever mail program wrote it down."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.reply_text import CHARACTERS, LINES, split_reply

ANSWER = "3 = 128"
MARKED = (
    "> Benvolguda Núria,\n>\n> 3. Nombre de reunions [VLC-E4-OE1-A1-I1]\n> Última vegada: 97\n> 3 · VLC-E4-OE1-A1-I1 ="
)
BARE = "Benvolguda Núria,\n\n3. Nombre de reunions [VLC-E4-OE1-A1-I1]\nÚltima vegada: 97\n3 · VLC-E4-OE1-A1-I1 ="


def samples(text: str) -> list[str]:
    return text.split("\n~\n")


ATTRIBUTIONS = samples("""\
El dt., 26 d'ag. 2026 a les 10:12, Oficina (<oficina@valencia.example>) va escriure:
~
El dt., 26 d’ag. 2026 a les 10:12, Oficina Internacional
(<oficina@valencia.example>) va escriure:
~
El dt., 26 d'ag. 2026 a les 10:12, Oficina
Internacional (<oficina.internacional@valencia.example>) va
escriure:
~
Missatge de Oficina <oficina@valencia.example> del dia dl., 18 de maig
2020 a les 11:25:
~
Missatge de Oficina <oficina@valencia.example> del dia dv., 5 de febr. 2027 a les 9:05:
~
El mié, 26 ago 2026 a las 10:12, Oficina (<oficina@valencia.example>) escribió:
~
El mié., 26 de agosto de 2026 10:12 a. m., Oficina <oficina@valencia.example>
escribió:
~
On Wed, Aug 26, 2026 at 10:12 AM Oficina <oficina@valencia.example> wrote:
~
On Wed, Aug 26, 2026 at 10:12\N{NARROW NO-BREAK SPACE}AM Oficina <oficina@valencia.example>
wrote:
~
Le mer. 26 août 2026 à 10:12, Oficina <oficina@valencia.example> a écrit\N{NO-BREAK SPACE}:
~
Le mer. 26 août 2026 à 10:12, Oficina <oficina@valencia.example> a
écrit :
~
2026-08-26 10:12 GMT+02:00 Oficina <oficina@valencia.example>:
~
El 26 d’ag. 2026, a les 10:12, Oficina <oficina@valencia.example> va escriure:
~
El 26 ago 2026, a las 10:12, Oficina <oficina@valencia.example> escribió:
~
On 26 Aug 2026, at 10:12\N{NARROW NO-BREAK SPACE}am, Oficina <oficina@valencia.example> wrote:
~
Le 26 août 2026 à 10:12, Oficina <oficina@valencia.example> a écrit\N{NARROW NO-BREAK SPACE}:
~
El 26/8/26 a les 10:12, Oficina ha escrit:
~
El 26/08/2026 a las 10:12, Oficina escribió:
~
On 26/08/2026 10:12, Oficina wrote:
~
Le 26/08/2026 à 10:12, Oficina a écrit\N{NO-BREAK SPACE}:
~
El 2026-08-26 10:12, Oficina va escriure:
~
El 26 d’agost del 2026 10:12:33 CEST, Oficina <oficina@valencia.example> ha escrit:
~
A Dimecres, 26 d'agost de 2026, Oficina va escriure:
~
El dc. 26 de 08 de 2026 a les 10:12 +0200, en/na Oficina va escriure:
~
Dimecres 26 Agost 2026 10:12, en/na Oficina (<Oficina
<oficina@valencia.example>>) va escriure:
~
El miércoles, 26 de agosto de 2026, 10:12:00 CEST, Oficina <oficina@valencia.example> escribió:""")
BLOCKS = samples("""\
De: Oficina <oficina@valencia.example>
Enviat el: dimecres, 26 d’agost de 2026 10:12
Per a: Núria Vidal
Tema: Indicadors
~
________________________________
De: Oficina <oficina@valencia.example>
Enviat: dimecres, 26 d’agost de 2026 10:12
Per a: Núria Vidal <nvidal@valencia.example>
A/c: Pere
Assumpte: Indicadors
~
De: Oficina <oficina@valencia.example>
Enviado el: miércoles, 26 de agosto de 2026 10:12
Para: Núria
Asunto: Indicadores
~
*De:* Oficina <oficina@valencia.example>
*Enviado:* miércoles, 26 de agosto de 2026
*Para:* Núria
*Asunto:* Indicadores
~
________________________________
From: Oficina <oficina@valencia.example>
Sent: Wednesday, August 26, 2026 10:12:00 AM
To: Ann <ann@city.example>
Subject: Indicators
~
De\N{NO-BREAK SPACE}: Oficina <oficina@valencia.example>
Envoyé\N{NO-BREAK SPACE}: mercredi 26 août 2026 10:12
À\N{NO-BREAK SPACE}: Claire
Objet\N{NO-BREAK SPACE}: Indicateurs
~
De : Oficina

Envoyé le : mercredi 26 août 2026 10:12

À : Claire

Objet : Indicateurs
~
From: Oficina <oficina@valencia.example>
Sent: Wednesday
To: Ann <ann@city.example>; Bob <bob@city.example>;
Carol <carol@city.example>
Cc: Dan
Subject: Indicators
~
From: Oficina Sent: Wednesday, August 26, 2026 To: Ann Subject: Indicators
~
-----Mensaje original-----
De: Oficina [mailto:oficina@valencia.example]
Enviado el: miércoles
Para: Núria
Asunto: Indicadores
~
-----Original Message-----
From: Oficina
Sent: Wednesday
To: Ann
Subject: Indicators
~
From: Oficina <oficina@valencia.example>
Date: Wednesday, 26 August 2026 at 10:12
To: Ann
Subject: Indicators
~
De: Oficina <oficina@valencia.example>
Fecha: miércoles, 26 de agosto de 2026, 10:12
Para: Núria
Asunto: Indicadores
~
Inici del missatge reenviat:

De: Oficina
Assumpte: Indicadors
Data: 26 d’agost de 2026
Per a: Núria
~
Inicio del mensaje reenviado:

De: Oficina
Asunto: Indicadores
Fecha: 26 de agosto
Para: Núria
~
Début du message réexpédié\N{NO-BREAK SPACE}:

De: Oficina
Objet: Indicateurs
Date: 26 août 2026
À: Claire
~
Begin forwarded message:

From: Oficina
Subject: Indicators
Date: 26 August 2026
To: Ann
~
-------- Missatge original --------
De: Oficina
Data: 26/8/26 10:12 (GMT+01:00)
Per a: Núria
Assumpte: Indicadors
~
-------- Message d'origine --------
De : Oficina
Date : 26/08/2026 10:12
À : Claire
Objet : Indicateurs
~
----- Missatge original -----
De: "Oficina" <oficina@valencia.example>
Per a: "Núria"
Enviats: dimecres
Assumpte: Indicadors
~
----- Mail original -----
De: "Oficina"
À: "Claire"
Envoyé: Mercredi 26 Août 2026
Objet: Indicateurs
~
---------- Forwarded message ---------
De: Oficina <oficina@valencia.example>
Date: mié, 26 ago 2026
Subject: Indicadores
To: Núria
~
---------- Missatge reenviat ----------
From: Oficina
Date: 2026
Subject: Indicadors
To: Núria
~
-------- Mensaje reenviado --------
Asunto: \tIndicadores
Fecha: \tWed, 26 Aug 2026
De: \tOficina
Para: \tNúria
~
-------- Message transféré --------
Sujet : \tIndicateurs
Date : \tWed, 26 Aug 2026
De : \tOficina
Pour : \tClaire""")
SIGNATURES = samples("""\
--\N{SPACE}
Núria Vidal
2 de maig, 7
46002 València
Tel. 963 52 54 78
~
--
Núria
3: 12
~
Salutacions,

Núria Vidal Ferrer
Cap del Servei de Turisme
Pl. de l'Ajuntament, 1
46002 València
Tel. 963 52 54 78
~
Salutacions cordials,
Núria
963525478
~
Moltes gràcies i una abraçada,

Núria
2 de maig, 12
3. Planta baixa
~
Atentament,

Núria Vidal
1. Servei de Turisme
2. Ajuntament de València
~
Un saludo,
Pepe Gil
Técnico de Turismo
2 de mayo, 3
28004 Madrid
+34 91 123 45 67
~
Reciba un cordial saludo.
Pepe Gil
Jefe de Servicio
C/ Mayor, 3
Tlf: 911234567
~
Saludos
Pepe
Ext. 1234
~
Bien cordialement,

Claire Dupont
12, rue de la Paix
75002 Paris
Tél. : 01 23 45 67 89
~
Cordialement
Claire Dupont
Chargée de mission
3 : 12
~
Veuillez agréer, Madame, l'expression de mes salutations distinguées.
Claire Dupont
01 23 45 67 89
~
Kind regards,
Ann Smith
Policy Officer
+44 20 7946 0958
~
Best,

Ann
1 City Square
T: +44 20 7946 0958
~
Many thanks and best wishes,
Ann Smith | City Council | 3: reception
~
Núria Vidal Ferrer
Tècnica d'internacionalització
C/ Colom, 12 · 46002 València
T. 963 52 54 78
~
Núria Vidal

Cap del Servei de Turisme

nvidal@valencia.example

www.valencia.example
~
Pepe Gil
Ayuntamiento de Ciudad
de lunes a viernes
963 123 456
~
Núria
~
Núria Vidal
Servei de Turisme
~
Enviat des del meu iPhone
~
Enviado desde mi iPhone
~
Sent from my iPad
~
Envoyé de mon iPhone
~
Enviat des de l'Outlook per a Android<https://aka.ms/x>
~
Get Outlook for iOS<https://aka.ms/o0ukef>
~
Obtener Outlook para Android
~
Télécharger Outlook pour iOS
~
Enviado desde mi dispositivo Samsung Galaxy""")
DISCLAIMERS = samples("""\
AVÍS LEGAL
Aquest missatge és confidencial.
1. No el reenvieu.
2. Esborreu-lo.
~
Aquest correu electrònic i, si escau, qualsevol fitxer annex, contenen informació
confidencial adreçada al destinatari.
3: text
~
Este mensaje va dirigido exclusivamente a su destinatario y puede contener
información confidencial.
2. No lo copie.
~
AVISO LEGAL: La información de este mensaje es confidencial.
3 : 12
~
This e-mail and any attachments are confidential and intended solely for the addressee.
3. Do not copy.
~
CONFIDENTIALITY NOTICE: The information...
1. Do not print
~
Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention
exclusive de leurs destinataires.
~
Abans d'imprimir aquest missatge, penseu si és necessari. 1 arbre = 8.333 fulls
~
Antes de imprimir este mensaje, piense en el medio ambiente.
~
Please consider the environment before printing this e-mail.
~
Libre de virus. www.avast.com
~
En compliment del RGPD (UE) 2016/679, us informem que:
1. Les dades es tracten.
2. Podeu exercir els vostres drets.""")


def said(text: str) -> str:
    return "\n".join(line for _, line in split_reply(text).said)


def quoted(text: str) -> str:
    return "\n".join(line for _, line in split_reply(text).quoted)


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quote_is_known_by_the_sentence_above_it_and_by_its_marks(attribution: str):
    reply = f"{ANSWER}\n\n{attribution}\n\n{MARKED}\n"
    assert said(reply) == ANSWER
    assert "3 · VLC-E4-OE1-A1-I1 =" in quoted(reply).split("\n")


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quote_without_marks_goes_on_to_the_end(attribution: str):
    assert said(f"{ANSWER}\n\n{attribution}\n\n{BARE}\n") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_stands_below_a_marked_quote_is_said(attribution: str):
    assert said(f"{attribution}\n{MARKED}\n\n{ANSWER}\n") == ANSWER


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_stands_right_above_the_sentence_is_not_lost_with_it(attribution: str):
    assert said(f"El 3 és 128\n{attribution}\n{MARKED}\n") == "El 3 és 128"


@pytest.mark.parametrize("block", BLOCKS)
def test_a_quote_is_known_by_its_block_of_labels(block: str):
    assert said(f"{ANSWER}\n\n{block}\n\n{BARE}\n") == ANSWER


@pytest.mark.parametrize("block", BLOCKS)
def test_a_subject_and_answers_above_a_block_of_labels_are_said(block: str):
    above = f"Assumpte: indicadors\n{ANSWER}\n4 = 15"
    assert said(f"{above}\n\n{block}\n\n{BARE}\n") == above


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("below", ["", f"\n\n{ATTRIBUTIONS[0]}\n\n{MARKED}", f"\n{BLOCKS[1]}\n\n{BARE}"])
def test_a_signature_is_not_said(signature: str, below: str):
    lines = said(f"{ANSWER}\n\n{signature}{below}\n").split("\n")
    assert lines[0] == ANSWER
    assert not any(char.isdigit() for line in lines[1:] for char in line)
    assert len([line for line in lines[1:] if line]) <= 1  # the closing words themselves


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
@pytest.mark.parametrize("signature", ["", "Salutacions,\nNúria\n\n"])
def test_a_disclaimer_is_not_said(disclaimer: str, signature: str):
    lines = said(f"{ANSWER}\n\n{signature}{disclaimer}\n").split("\n")
    assert [line for line in lines if line and line != "Salutacions,"] == [ANSWER]


@pytest.mark.parametrize(
    "warning",
    [
        "[EXTERNAL] This email originated from outside the organisation.\nDo not click links.",
        "ATENCIÓ: aquest correu ve de fora de l'Ajuntament. No obriu els adjunts.",
        "AVISO: este correo procede de un remitente externo.",
    ],
)
def test_a_warning_that_a_server_adds_is_not_said(warning: str):
    assert said(f"{warning}\n\n{ANSWER}\n") == ANSWER
    assert said(f"{warning}\nBon dia,\n{ANSWER}\n") == f"Bon dia,\n{ANSWER}"


@pytest.mark.parametrize(
    "reply",
    [
        "Saludos Núria,\n3 = 128",
        "Gràcies per l'avís.\n3: 128\n4: 15",
        "Bon dia,\n\n12345 visites\n\nGràcies",
        "5: vegeu https://valencia.example/fires",
        "No soc la persona adequada, escriviu a Núria Vidal (nvidal@valencia.example)",
        "Merci de vous adresser à claire.dupont@ville.example.",
        "No soc la persona adequada. Escriviu a:\n\nNúria Vidal\nnvidal@valencia.example",
        "Cap novetat aquest trimestre",
        "Enviat amb retard: 3 = 128",
        "Cap",
        "Núria",
        "El correu, escriu-lo a nuria@valencia.example:\n3 = 128",
        "De: 12\nA: 15",
        "Data: 3 de maig\n3 = 128",
        "3 = 128\n\nEl tercer trimestre va escriure:\n4 = 15",
        "-----\n3 = 128\n-----",
    ],
)
def test_what_only_resembles_a_signature_or_a_quote_stays(reply: str):
    assert said(reply) == reply


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Salutacions,\nNúria\n\n3 = 128", "Salutacions,\nNúria\n\n3 = 128"),
        ("Bon dia,\n\nUn saludo,\nPepe\n\n3 = 128\nVLC-E4-OE1-A1-I2: 5", "3 = 128\nVLC-E4-OE1-A1-I2: 5"),
        ("3 = 128\n\nUn saludo,\nPepe\n\nPD: mañana más", "PD: mañana más"),
    ],
)
def test_answers_and_postscripts_under_a_closing_are_said(reply: str, expected: str):
    assert said(reply).endswith(expected)


def test_answers_between_quoted_lines_keep_their_place():
    split = split_reply(f"{ATTRIBUTIONS[0]}\n\n> 3. Nombre [A]\n128\n> 4. Altre [B]\n\n15\n\n> Preguntes\n")
    assert split.said == ((4, "128"), (7, "15"))
    assert [number for number, _ in split.quoted] == [1, 3, 5, 9]


def test_a_quoted_line_that_was_broken_takes_its_rest_with_it():
    broken = (
        "> Escriviu els valors darrere dels signes fins al dia 31 de desembre de l'any\n2026 a tot tardar\n> Preguntes"
    )
    assert said(f"{ANSWER}\n\n{broken}\n") == ANSWER


def test_only_the_first_mark_of_a_quoted_line_is_taken_off():
    assert split_reply("> > 3 = 12\n>> 4 = 5\n>6").quoted == ((1, "> 3 = 12"), (2, "> 4 = 5"), (3, "6"))


def test_a_whole_bottom_reply_is_read():
    above, below = f"Bon dia,\n\n{ATTRIBUTIONS[0]}", f"Salutacions,\nNúria\nTel. 963 52 54 78\n\n{DISCLAIMERS[0]}"
    reply = f"{above}\n{MARKED}\n\n{ANSWER}\n\n{below}"
    assert said(reply) == f"Bon dia,\n{ANSWER}\n\nSalutacions,"


PIECES = st.sampled_from(
    [
        *ATTRIBUTIONS,
        *BLOCKS,
        *SIGNATURES,
        *DISCLAIMERS,
        MARKED,
        BARE,
        ANSWER,
        "",
        ">",
        "> > x",
        "On a",
        "De:",
        "\u200b",
        "\t|",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=8).map("\n".join)))
def test_any_text_is_parted_into_its_own_lines_in_their_order(text: str):
    split = split_reply(text)
    lines = text.split("\n")
    for part in (split.said, split.quoted):
        numbers = [number for number, _ in part]
        assert numbers == sorted(set(numbers))
    assert all(lines[number - 1] == line for number, line in split.said)
    assert all(lines[number - 1].endswith(line) for number, line in split.quoted)
    assert not {number for number, _ in split.said} & {number for number, _ in split.quoted}


@pytest.mark.drill
@pytest.mark.parametrize(
    "line",
    samples(
        "On a~On a:~On 2026 wrote~El 2026 10:12 x@y.example va~De:~De: a\nPara: b~> a~_____~Núria Vidal~-- ~:\n~~-"
        "~* * *~Moltes gràcies per tot~Aquest missatge~a@b.example~Tel. 963~hola. hola".replace("~", "\n~\n")
    ),
)
def test_time_grows_no_faster_than_the_text(line: str):
    started = process_time()
    split_reply(f"{line}\n" * LINES)
    assert process_time() - started < 2


@pytest.mark.parametrize("text", ["a", "> ", "_", "a@b.", "De: ", "hola. ", "\u00a0", "1 "])
def test_one_endless_line_takes_no_time(text: str):
    started = process_time()
    split_reply(text * (CHARACTERS // len(text)))
    assert process_time() - started < 2
