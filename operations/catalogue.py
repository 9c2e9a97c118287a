"""Reading the plans' documents, and bringing the database up to date with them."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError

from models.contracts.catalogue import (
    ActorsDocument,
    CalendarsDocument,
    CatalogueCounts,
    DocumentProblem,
    Documents,
    NetworksDocument,
    PlanDocument,
    ProgrammesDocument,
    Record,
    ThemesDocument,
    UnreadableDocuments,
)
from models.contracts.refusal import Refused
from models.policies.catalogue import (
    ACTORS_FILE,
    CALENDARS_FILE,
    NETWORKS_FILE,
    PROGRAMMES_FILE,
    THEMES_FILE,
    document_findings,
    problems_across,
)
from models.policies.catalogue_counts import count_findings
from models.policies.catalogue_rows import catalogue_rows
from store.catalogue import compare, uses, write
from store.database import WriteSession

FOLDER = Path(__file__).resolve().parent.parent / "catalogue"
REASONS = {"missing": "is missing", "extra_forbidden": "is not known here"}
"""Plainer words for the commonest findings about a document's form."""

Document = TypeVar("Document", bound=Record)


def read_documents(folder: Path = FOLDER) -> Documents:
    """Read every plan (`*.yaml`) of a folder, actors, calendars, networks, programmes, themes; check that they fit.

    Raises:
        UnreadableDocuments: it lists all that is wrong, each with its file and its place in the document. What
            is only wrong between documents is looked for once each of them can be read.

    """
    problems: list[DocumentProblem] = []
    others = {ACTORS_FILE, CALENDARS_FILE, NETWORKS_FILE, PROGRAMMES_FILE, THEMES_FILE}
    files = [file for file in sorted(folder.glob("*.yaml")) if file.name not in others]
    read = {file.name: _read(file, PlanDocument, problems) for file in files}
    plans = {name: document for name, document in read.items() if document is not None}
    actors = _read(folder / ACTORS_FILE, ActorsDocument, problems)
    calendars = _read(folder / CALENDARS_FILE, CalendarsDocument, problems)
    networks = _read(folder / NETWORKS_FILE, NetworksDocument, problems)
    programmes = _read(folder / PROGRAMMES_FILE, ProgrammesDocument, problems)
    themes = _read(folder / THEMES_FILE, ThemesDocument, problems)
    if not files:
        problems.append(DocumentProblem(str(folder), "", "holds no plan (no other .yaml file)"))
    for name, document in plans.items():
        problems += [DocumentProblem(name, path, reason) for path, reason in document_findings(document)]
    if actors is not None:
        findings = count_findings(actors.counts, {"actors": len(actors.actors)})
        problems += [DocumentProblem(ACTORS_FILE, path, reason) for path, reason in findings]
    if networks is not None:
        found = {"networks": len(networks.networks), "criteria": len(networks.criteria)}
        problems += [DocumentProblem(NETWORKS_FILE, *finding) for finding in count_findings(networks.counts, found)]
    if actors is None or calendars is None or networks is None or len(plans) < len(files):
        raise UnreadableDocuments(tuple(problems))
    if programmes is None or themes is None:
        raise UnreadableDocuments(tuple(problems))
    documents = Documents(plans, actors, calendars, networks, programmes, themes)
    problems += problems_across(documents)
    if problems:
        raise UnreadableDocuments(tuple(problems))
    return documents


class _Loader(yaml.CSafeLoader):
    """Plain YAML in which a key may stand only once in a mapping; read in C, ten times as fast."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - inherited
        mapping = super().construct_mapping(node, deep)
        keys = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if key in keys:
                raise ConstructorError(None, None, f"“{key}” stands twice", key_node.start_mark)
            keys.add(key)
        return mapping


def _read(file: Path, form: type[Document], problems: list[DocumentProblem]) -> Document | None:
    """Read one file, adding what is wrong to `problems`."""
    try:
        text = file.read_bytes().decode()
        return form.model_validate(yaml.load(text, _Loader))  # noqa: S506 - the loader is a safe one
    except FileNotFoundError:
        problems.append(DocumentProblem(file.name, "", f"is missing in {file.parent}"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(DocumentProblem(file.name, f"line {line}", "is not UTF-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else ""
        problems.append(DocumentProblem(file.name, where, error.problem or "is not YAML"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.append(DocumentProblem(file.name, f"line {line}", "holds a character that YAML does not allow"))
    except ValidationError as error:
        for finding in error.errors():
            reason = REASONS.get(finding["type"], finding["msg"].removeprefix("Value error, "))
            problems.append(DocumentProblem(file.name, _path(finding["loc"]), reason))
    return None


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


async def load(session: WriteSession, documents: Documents) -> CatalogueCounts:
    """Bring the plans in the database up to date with the documents; a second time changes nothing.

    What is no longer in the documents is deleted, except calendars, networks, criteria, programmes and themes: an
    installation may have added its own. What people decide about them (a state, a weight, a clock, keywords) is set
    once and then theirs.

    Raises:
        Refused: something that is gone from the documents has been asked for or collected; each is named, and
            nothing is changed.

    """
    levels = await compare(session, catalogue_rows(documents))
    used = await uses(session, levels)
    if used:
        raise Refused(*used)
    await write(session, list(levels.values()))
    return CatalogueCounts(**{name: level.changes for name, level in levels.items()})
