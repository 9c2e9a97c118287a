"""Who writes that somebody else is the right person is believed; an address alone is no wish."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.passing_on import read_wish
from mail.inbound.reply_text import split_reply
from models.contracts.inbound import PassOnWish


def table(text: str) -> list[tuple[str, str, str]]:
    rows = [[cell.strip() for cell in line.split("~")] for line in text.strip().split("\n")]
    return [(reply.replace("\\n", "\n"), name, address) for reply, name, address in rows]


WISHES = table(r"""
No soc la persona adequada, escriviu a Núria Vidal (nvidal@v.example) ~ Núria Vidal ~ nvidal@v.example
No sóc la persona indicada. Escriviu a la meva companya Núria Vidal. ~ Núria Vidal ~
Ja no porto aquest tema. Ara ho porta la Carme Soler (CSoler@v.example). ~ Carme Soler ~ csoler@v.example
Això no em correspon; adreceu-vos al Servei de Turisme, turisme@v.example. ~ Servei de Turisme ~ turisme@v.example
Ja no treballo al servei. La persona de contacte és ara Joan Pla, jpla@v.example ~ Joan Pla ~ jpla@v.example
No soc jo qui ho porta, és la Carme Soler ~ Carme Soler ~
Ja no soc al servei; us heu de posar en contacte amb la Sra. Núria Vidal i Ferrer ~ Núria Vidal i Ferrer ~
A partir d'ara envieu-ho a Núria Vidal ~ Núria Vidal ~
No soc la persona adequada. Escriviu a:\n\nNúria Vidal\nnvidal@v.example ~ Núria Vidal ~ nvidal@v.example
Ja no m'encarrego d'això.\nQui ho porta és en Pere Gil.\nEl seu correu és pgil@v.example ~ Pere Gil ~ pgil@v.example
Ya no llevo este tema, lo lleva ahora Marta Gil (mgil@c.example) ~ Marta Gil ~ mgil@c.example
Ya no llevo este tema, lo lleva ahora Marta Gil Sanz. ~ Marta Gil Sanz ~
No soy la persona adecuada. Por favor, escriban a D. José Pérez <jperez@c.example>. ~ José Pérez ~ jperez@c.example
Buenos días: yo no soy quien lleva esto. La persona responsable es Ana Ruiz, ana@c.example ~ Ana Ruiz ~ ana@c.example
No es de mi competencia. Diríjanse a la Dirección de Turismo. ~ Dirección de Turismo ~
Ya no trabajo en este servicio, pónganse en contacto con mi compañera Ana Ruiz ~ Ana Ruiz ~
Merci de vous adresser à Mme Claire Dupont (claire.dupont@ville.example). ~ Claire Dupont ~ claire.dupont@ville.example
Bonjour,\n\nMerci de vous adresser à claire@ville.example.\n\nCordialement,\nPaul ~  ~ claire@ville.example
Je ne suis pas la bonne personne, merci de contacter M. Paul Martin. ~ Paul Martin ~
Je ne m'occupe plus de ce dossier. C'est Claire Dupont qui s'en occupe désormais. ~ Claire Dupont ~
Ce n'est pas moi, voir avec Paul Martin ~ Paul Martin ~
Please contact Ann Smith instead. ~ Ann Smith ~
I am not the right person for this. Please write to ann.smith@city.example. ~  ~ ann.smith@city.example
I no longer handle this. Ann Smith is now in charge (ann.smith@city.example). ~ Ann Smith ~ ann.smith@city.example
I'm not the right person, Ann Smith handles this. ~ Ann Smith ~
You have the wrong person, ask John O'Neill at john@city.example ~ John O'Neill ~ john@city.example
Aquest tema no és meu, ho porta en Joan Pla (jpla@v.example) ~ Joan Pla ~ jpla@v.example
Aquest correu no m'hauria d'arribar a mi sinó a Laura Mas. ~ Laura Mas ~
Us heu equivocat de persona. La responsable és Laura Mas. ~ Laura Mas ~
Això ho porta la meva companya Laura Mas (lmas@v.example) ~ Laura Mas ~ lmas@v.example
Jo no m'encarrego d'aquests indicadors. Heu de parlar amb Laura Mas. ~ Laura Mas ~
He canviat de servei, a partir d'ara heu d'enviar-ho a lmas@v.example ~ ~ lmas@v.example
Este asunto lo lleva ahora mi compañero Luis Gómez (lgomez@c.example), un saludo ~ Luis Gómez ~ lgomez@c.example
Me he cambiado de puesto. Dirigid las peticiones a Luis Gómez, por favor. ~ Luis Gómez ~
Ce n'est plus moi qui m'occupe de cela mais Marie Petit ~ Marie Petit ~
Mauvais destinataire : merci d'écrire à Marie Petit ~ Marie Petit ~
I'm no longer responsible for tourism; my colleague Bob Brown has taken over. ~ Bob Brown ~
Not me - please try Bob Brown, bob@c.example ~ Bob Brown ~ bob@c.example
""")
NO_WISHES = [
    "Si teniu dubtes, contacteu amb mi a nuria@valencia.example",
    "Per a qualsevol dubte, escriviu a oficina@valencia.example",
    "Para cualquier duda, escriban a oficina@valencia.example",
    "For any questions please contact Ann Smith (ann@city.example)",
    "En cas d'urgència, contacteu amb Maria (m@valencia.example)",
    "Estaré de vacances fins al 30, contacteu amb Maria (m@valencia.example)",
    "No soc la persona adequada per a l'indicador 3, pregunteu a Núria Vidal",
    "3 = 128. La resta, escriviu a Núria Vidal (nvidal@valencia.example)",
    "3 = 128\n\nNo soc la persona adequada per als altres, escriviu a Núria Vidal",
    "No soc la persona adequada.",
    "Ja no porto aquest tema.",
    "Bon dia,\n3 = 128\n\nNúria Vidal\nnvidal@valencia.example",
    "D'acord, gràcies.\n\nNúria Vidal\nnvidal@valencia.example",
    "Please contact Ann Smith.",
    "Please contact me at ann@city.example",
    "Em podeu escriure a nuria@valencia.example",
    "El meu correu és nvidal@valencia.example",
    "No soy el responsable. Escribid a Ana (ana@ciudad.example) o a Luis (luis@ciudad.example)",
    "No soc la persona adequada però us ho envio demà",
    "He preguntat a Núria Vidal i em diu que encara no.",
    "Hem de contactar amb Núria Vidal per tenir les dades",
    "Us envio les dades per correu a nvidal@valencia.example",
    "No escriviu a Núria Vidal, ja ho faig jo",
    "Núria Vidal porta aquest tema",
    "Ho he parlat amb Laura Mas (lmas@v.example) i us contestarà demà",
    "Poso en còpia la Laura Mas, que us ho enviarà",
    "I think you should ask Bob Brown about this.",
    "Je ne suis pas disponible cette semaine, voir avec Paul Martin",
    "I no longer have the data that Ann Smith sent",
    "",
]


def wish(text: str) -> PassOnWish | None:
    return read_wish(split_reply(text))


@pytest.mark.parametrize(("reply", "name", "address"), WISHES)
def test_who_is_named_instead_is_read(reply: str, name: str, address: str):
    found = wish(reply)
    assert found is not None
    assert (found.name, found.address) == (name, address)
    assert name in found.excerpt or "\n" in reply


@pytest.mark.parametrize(("reply", "name", "address"), WISHES)
def test_a_wish_is_read_among_greetings_and_above_a_quote(reply: str, name: str, address: str):
    above = "El dt., 26 d'ag. 2026 a les 10:12, Oficina (<oficina@valencia.example>) va escriure:"
    found = wish(f"Bon dia Pere,\n\n{reply}\n\nSalutacions,\n\nMaria Mas\nmmas@valencia.example\n\n{above}\n> 1 = ")
    assert found is not None
    assert (found.name, found.address) == (name, address)


@pytest.mark.parametrize("reply", NO_WISHES)
def test_in_doubt_there_is_no_wish(reply: str):
    assert wish(reply) is None


def test_the_excerpt_says_why():
    found = wish("Bon dia,\n\nNo soc la persona adequada.\nEscriviu a Núria Vidal.")
    assert found is not None
    assert found.excerpt == "No soc la persona adequada. Escriviu a Núria Vidal."


@given(st.one_of(st.text(), st.lists(st.sampled_from([*NO_WISHES, *(reply for reply, *_ in WISHES)])).map("\n".join)))
def test_any_text_is_read_without_error(text: str):
    found = wish(text)
    assert found is None or found.name or found.address


@pytest.mark.drill
@pytest.mark.parametrize(
    "text", ["No soc la persona. Escriviu a Núria ", "a@b.example ", "Ñ", "és ", "Núria Vidal ", "hola. "]
)
def test_long_texts_take_no_time(text: str):
    split = split_reply(text * (200_000 // len(text)))
    started = process_time()
    read_wish(split)
    assert process_time() - started < 2
