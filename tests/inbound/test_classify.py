"""Who or what wrote a mail is told by signs that people's mail does not bear."""

import pytest

from mail.inbound.classify import classify
from mail.inbound.opening import open_mail
from tests.inbound import saved_mails
from tests.inbound.nasty import HEAD

OWN = "focal.example"
EXPECTED = {
    "own_mail_back": ("own_loop", "X-Focal-Loop: 1"),
    "read_receipt": ("read_receipt", "multipart/report of a read receipt"),
    "calendar_accepted": ("calendar", "iTIP REPLY"),
    "away_ca_subject_only": ("away", "Subject: Resposta automàtica: Indicadors"),
    "away_es": ("away", "Auto-Submitted: auto-replied"),
    "away_fr": ("away", "Auto-Submitted: auto-replied (zimbra; vacation)"),
    "away_en": ("away", "Subject: Out of Office: Indicadors"),
    "away_null_sender": ("away", "null sender"),
    "away_left": ("away", "X-Autoreply: yes"),
    "away_by_rule": ("away", "X-MS-Exchange-Inbox-Rules-Loop"),
    "automatic": ("automatic", "Auto-Submitted: auto-generated"),
    "no_reply": ("automatic", "From: no-reply@ajuntament.example"),
    "list_post": ("list", "List-Id: Tecnics"),
    "forwarding_rule": ("list", "X-MS-Exchange-Inbox-Rules-Loop"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_machine_is_told_by_its_sign(name: str):
    found = classify(saved_mails.opened(name), envelope_from=None, own_domain=OWN)
    mail_class, sign = EXPECTED[name]
    assert found.mail_class == mail_class
    assert found.sign.startswith(sign)


@pytest.mark.parametrize("name", [name for name in saved_mails.names() if name.startswith("bounce_")])
def test_a_bounce_is_told_by_its_form_or_its_sender(name: str):
    assert classify(saved_mails.opened(name), envelope_from=None, own_domain=OWN).mail_class == "bounce"


@pytest.mark.parametrize(
    "name", [name for name in saved_mails.names() if name not in EXPECTED and not name.startswith("bounce_")]
)
def test_all_else_is_of_a_human(name: str):
    found = classify(saved_mails.opened(name), envelope_from="joan.prat@ajuntament.example", own_domain=OWN)
    assert found.mail_class == "human", found.sign


def written(headers: str, words: str = "3 = 128") -> bytes:
    return HEAD + headers.replace("\n", "\r\n").encode() + b"\r\n" + words.encode() + b"\r\n"


@pytest.mark.parametrize(
    ("headers", "mail_class"),
    [
        ("", "human"),
        ("X-Auto-Response-Suppress: OOF, DR, RN, NRN, AutoReply\n", "human"),
        ("Auto-Submitted: no\n", "human"),
        ("Auto-Submitted: No (typed by hand)\n", "automatic"),
        ("Precedence: first-class\n", "human"),
        ("X-Autoreply: no\n", "human"),
        ("X-Forwarded-For: joan@ajuntament.example bustia@ajuntament.example\n", "human"),
        ("X-Focal-Loop: 1\n", "human"),
        ("X-Focal-Loop: 1\nMessage-ID: <abc@focal.example>\n", "own_loop"),
        ("X-Focal-Loop: 1\nMessage-ID: <abc@notfocal.example>\n", "human"),
        ("X-Focal-Loop: 0\nMessage-ID: <abc@focal.example>\n", "human"),
        ("Message-ID: <abc@focal.example>\n", "human"),
        ("Precedence: bulk\n", "automatic"),
        ("X-Autorespond: Indicadors\n", "automatic"),
        ("X-FC-MachineGenerated: true\n", "automatic"),
        ("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n", "list"),
        ("List-Unsubscribe: <mailto:out@llistes.example>\n", "list"),
        ("Return-Path: <>\n", "automatic"),
        ("Return-Path: <joan@ajuntament.example>\n", "human"),
        ("X-Failed-Recipients: joan@ajuntament.example\n", "bounce"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b\n", "automatic"),
        ("Content-Type: multipart/report; boundary=b\n", "bounce"),
        ("Content-Type: text/calendar; method=REPLY\n", "human"),
    ],
)
def test_headers_tell_machines_from_humans(headers: str, mail_class: str):
    assert classify(open_mail(written(headers)), envelope_from=None, own_domain=OWN).mail_class == mail_class


@pytest.mark.parametrize("sender", ["", "<>"])
def test_the_null_sender_is_of_a_machine_whatever_the_headers_say(sender: str):
    opened = open_mail(written("Return-Path: <joan@ajuntament.example>\n"))
    assert classify(opened, envelope_from=sender, own_domain=OWN).mail_class == "automatic"


@pytest.mark.parametrize("name", ["MAILER-DAEMON", "Mailer-Daemon", "postmaster", "mail-daemon"])
@pytest.mark.parametrize("headers", ["", "Auto-Submitted: auto-replied\n", "Return-Path: <>\n"])
def test_what_a_mail_server_says_of_itself_is_a_bounce(name: str, headers: str):
    raw = f"From: <{name}@mail.example>\r\nSubject: failure\r\n{headers}\r\nnot delivered\r\n".encode()
    assert classify(open_mail(raw), envelope_from=None, own_domain=OWN).mail_class == "bounce"


@pytest.mark.parametrize(
    "name", ["noreply", "no_reply", "do-not-reply", "no-reply-calendar", "noresponder", "nepasrepondre"]
)
def test_an_address_that_takes_no_answer_is_of_a_machine(name: str):
    raw = f"From: <{name}@mail.example>\r\n\r\nhola\r\n".encode()
    assert classify(open_mail(raw), envelope_from=None, own_domain=OWN).mail_class == "automatic"


@pytest.mark.parametrize(
    ("subject", "words", "mail_class"),
    [
        ("Resposta automàtica: Indicadors", "Seré fora de l’oficina.", "away"),
        ("Respuesta automática: Indicadors", "Estoy de vacaciones.", "away"),
        ("Réponse automatique : Indicadors", "Je suis absente.", "away"),
        ("Automatic reply: Indicators", "I am on annual leave.", "away"),
        ("Automatic reply: Indicators", "We have received your message.", "automatic"),
        ("Resposta automàtica", "Hem rebut el vostre missatge.", "automatic"),
        ("Fora de l'oficina: Indicadors", "", "away"),
        ("Fuera de la oficina", "", "away"),
        ("Absence du bureau", "", "away"),
        ("Absent du bureau : Indicateurs", "", "away"),
        ("Out of office", "", "away"),
        ("Auto: Out of the office", "", "away"),
        ("Re: Out of office", "I am out of the office", "human"),
        ("RE: Resposta automàtica", "de vacances", "human"),
        ("Informe d'absències", "3 = 128", "human"),
    ],
)
def test_absence_is_told_by_the_subject_alone(subject: str, words: str, mail_class: str):
    raw = f"From: joan@ajuntament.example\r\nSubject: {subject}\r\n\r\n{words}\r\n".encode()
    assert classify(open_mail(raw), envelope_from=None, own_domain=OWN).mail_class == mail_class


@pytest.mark.parametrize(
    "words",
    [
        "Hem rebut el vostre missatge.\r\n\r\n> Estic de vacances",
        "Hem rebut el vostre missatge.\r\n-----Missatge original-----\r\nEstic de vacances",
        "En l'absence de réponse, appelez-nous.",
        "In the absence of an answer, call us.",
    ],
)
def test_an_automatic_reply_that_only_quotes_an_absence_is_none(words: str):
    opened = open_mail(written("Auto-Submitted: auto-replied\n", words))
    assert classify(opened, envelope_from=None, own_domain=OWN).mail_class == "automatic"


def test_an_invitation_by_a_human_is_of_a_human():
    raw = saved_mails.raw("calendar_accepted").replace(b"METHOD:REPLY", b"METHOD:REQUEST")
    assert classify(open_mail(raw), envelope_from=None, own_domain=OWN).mail_class == "human"


def test_the_sign_is_short():
    opened = open_mail(written(f"Auto-Submitted: auto-replied {'x' * 5000}\n"))
    assert len(classify(opened, envelope_from=None, own_domain=OWN).sign) == 120
