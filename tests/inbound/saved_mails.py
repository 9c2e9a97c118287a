"""The mails saved beside the tests, by name: written for them, in the forms in which programs really write."""

from pathlib import Path

from mail.inbound.opening import open_mail
from models.contracts.inbound import Opened

FOLDER = Path(__file__).with_name("mails")


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def opened(name: str) -> Opened:
    return open_mail(raw(name))


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.eml"))
