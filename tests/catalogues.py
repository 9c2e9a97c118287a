"""What is wrong with the translations, as sentences; used by the tests of every domain."""

from collections.abc import Iterator, Mapping

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from mail.contract import sentence_faults
from mail.translation import ROOT, Domain, forms

WHOLE = ("ca", "es", "fr")
"""Directories that hold every string; the others hold what differs and fall back."""
PARTIAL = {"ca@valencia": "ca"}


def faults(domains: tuple[Domain, ...], sources: tuple[str, ...]) -> list[str]:
    """Every string of the sources (folders of the project) that some language lacks, doubts or gets wrong.

    Give several domains where the sources look a string up in one and then in another.
    """
    return faults_of(domains, extracted(sources))


def faults_of(domains: tuple[Domain, ...], asked: Mapping[str, Message]) -> list[str]:
    """The same for strings that were found otherwise, by their singular."""
    found: list[str] = []
    for directory in WHOLE:
        written = translated(domains, directory)
        found += [f"{directory} lacks {key!r}" for key in asked if key not in written]
        found += [f"{directory}: {fault}" for fault in _faults_of(asked, written)]
    for directory, fallback in PARTIAL.items():
        written, behind = translated(domains, directory), translated(domains, fallback)
        found += [f"{directory}: {fault}" for fault in _faults_of(asked, written)]
        found += [
            f"{directory} repeats {fallback}: {key!r}"
            for key, message in written.items()
            if key in behind and message.string == behind[key].string
        ]
    return found


def extracted(sources: tuple[str, ...]) -> dict[str, Message]:
    """The strings that the sources ask for, by their singular."""
    with (ROOT / "babel.cfg").open() as configuration:
        methods, options = parse_mapping_cfg(configuration)
    catalogue = Catalog()
    for source in sources:
        for _file, _line, words, _comments, _context in extract_from_dir(
            ROOT / source, methods, options, directory_filter=lambda _folder: True
        ):
            catalogue.add(words)
    return {_key(message): message for message in catalogue if message.id}


def translated(domains: tuple[Domain, ...], directory: str) -> dict[str, Message]:
    """The strings that one language has, by their singular."""
    found: dict[str, Message] = {}
    for domain in domains:
        with (ROOT / "locale" / directory / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
            found |= {_key(message): message for message in read_po(file) if message.id}
    return found


def _faults_of(asked: Mapping[str, Message], written: dict[str, Message]) -> Iterator[str]:
    for key, message in written.items():
        if key not in asked:
            yield f"nobody asks for {key!r} any more"
            continue
        wanted = asked[key]
        if forms(wanted.id) != forms(message.id):
            yield f"{key!r} has another plural than its source"
        yield from (f"{key!r} {fault}" for fault in sentence_faults(message))


def _key(message: Message) -> str:
    return str(forms(message.id)[0])
