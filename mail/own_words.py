"""A city's own words for its mails: a folder with sentences (`<language>.po`) and templates (`email/<mail>/<file>`).

They win over ours and fall back to ours (`mail.translation.use_words`); here is what begins such a folder, and what
holds it to the contract that our own words are held to (`mail.contract`). For coordinators: docs/words.md.
"""

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import jinja2.ext
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from mail.answer_sheet import headings
from mail.contract import mail_faults, name_faults, sentence_faults, thread_faults
from mail.headers import UnsafeHeader
from mail.registry import MAILS
from mail.render import OWN_TEMPLATES, TEMPLATES, mail_environment, write_out
from mail.samples import samples
from mail.translation import (
    DIRECTORIES,
    LANGUAGES,
    OWN_FILES,
    ROOT,
    babel_locale,
    forms,
    own_words,
    read_own,
    translations,
    use_words,
    written_words,
)
from models.contracts.files import Problem
from models.contracts.mail import Context, Language, OverdueTask, RemindedTask, TaskContext
from models.contracts.refusal import Refused

Samples = Mapping[str, Mapping[str, Context]]
"""Contexts by the mail's name and the sample's."""
FAULTS = (jinja2.TemplateError, UnsafeHeader, TypeError, ValueError, KeyError)
"""What writing a mail may fail with when its words are wrong."""
_HEAD = """\
# Our city's own words for mails in “{language}”; see docs/words.md.
# Write between the empty quotes after msgstr. What stays empty is said as it is today.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
_NO_WRAPPING = 1_000_000
_SHOWN = 60
_TRIMMED = {"trimmed": "true", "silent": "true"}


def use_own_words(folder: Path | None) -> None:
    """Let this process write mails in the words of a folder, if one is given; for the start of what writes mails.

    One sample of each mail that the folder touches is written in each language, which takes up to four seconds.

    Raises:
        Refused: the words break the contract; every problem is named.

    """
    use_words(folder)
    if folder is not None and (problems := check_words(folder, every_sample=False)):
        raise Refused(
            f"The words in {folder} (FOCAL_WORDS_DIR) cannot be used:",
            *(f"  {problem}" for problem in problems),
            "Correct them and look with `focal mail check`, or start without FOCAL_WORDS_DIR.",
        )


def check_words(
    folder: Path | None, *, every_sample: bool = True, wrote: Callable[[], None] = lambda: None
) -> tuple[Problem, ...]:
    """Everything wrong with the mails as a folder's words (None: ours alone) make them, each problem once.

    Mails are only written when the files themselves are right: all of them or, without `every_sample`, one sample of
    each mail and language that the folder touches. `wrote` is called after each.
    """
    before = own_words()
    use_words(folder)
    try:
        problems = [] if folder is None else list(_file_problems(folder))
        return tuple(dict.fromkeys(problems or _mail_problems(_chosen(folder, every_sample=every_sample), wrote)))
    except Refused as fault:
        return tuple(Problem(str(folder), 0, "", sentence) for sentence in fault.problems)
    finally:
        use_words(before)


def _file_problems(folder: Path) -> Iterator[Problem]:
    """What is wrong with the files, before any mail is written."""
    if not folder.is_dir():
        yield Problem(str(folder), 0, "", "there is no such folder: make it with `focal mail words`")
        return
    templates = _own_templates(folder)
    known = {forms(message.id)[0]: len(forms(message.id)) for message in _asked()}
    known |= {said[0]: len(said) for file in templates for said in _sentences(file)}
    for file in sorted(folder.glob("*.po")):
        if file.stem not in LANGUAGES:
            names = ", ".join(f"{language}.po" for language in LANGUAGES)
            yield Problem(str(file), 0, "", f"is never read: name it after its language, one of {names}")
            continue
        yield from _sentence_problems(file, next(each for each in LANGUAGES if each == file.stem), known)
    for file in templates:
        yield from _template_problems(file, file.relative_to(folder / OWN_TEMPLATES))


def _sentences(file: Path) -> Iterator[tuple[str, ...]]:
    """The sentences of a template, each with its plural if it has one; none where it is no template."""
    with file.open("rb") as source:
        for found in jinja2.ext.babel_extract(source, ("gettext", "ngettext"), (), _TRIMMED):
            yield tuple(form for form in forms(found[2]) if form)


def _sentence_problems(file: Path, language: Language, known: dict[str, int]) -> Iterator[Problem]:
    """`known`: every sentence that some mail asks for, and the number of its forms."""
    try:
        written = written_words(file, language)
    except Refused as refusal:
        yield Problem(str(file), 0, "", str(refusal).removeprefix(f"{file}, "))
        return
    for message in written:
        sentence = forms(message.id)[0]
        if not sentence or not any(forms(message.string)):
            continue
        shown = sentence if len(sentence) <= _SHOWN else f"{sentence[:_SHOWN]}…"
        faults = sentence_faults(message)
        if sentence not in known:
            faults = iter(("is no sentence of our mails (any more): compare with a new `focal mail words`",))
        elif known[sentence] != len(forms(message.id)):
            faults = iter(("has lost its msgid_plural, or got one: copy the entry anew from `focal mail words`",))
        for fault in faults:
            yield Problem(str(file), message.lineno or 0, f"“{shown}”", fault)


def _template_problems(file: Path, name: Path) -> Iterator[Problem]:
    if not (TEMPLATES / name).is_file():
        near = TEMPLATES / name.parent
        names = sorted(each.name for each in (near if near.is_dir() else TEMPLATES).iterdir())
        reason = f"is never read: none of our mails has {name.as_posix()}; there are {', '.join(names)}"
        yield Problem(str(file), 0, "", reason)
        return
    try:
        env, source = mail_environment("en", html=name.suffix == ".html"), file.read_text(encoding="utf-8")
        env.compile(source, filename=str(file))
        for fault in name_faults(env, source, _names(name)):
            yield Problem(str(file), 0, "", fault)
    except jinja2.TemplateSyntaxError as error:
        yield Problem(str(file), error.lineno, "", f"is no template: {error.message}; compare with ours")
    except (OSError, ValueError) as error:
        yield Problem(str(file), 0, "", f"cannot be read: {error}; save it as text in UTF-8")


def _names(name: Path) -> set[str]:
    """What a template may speak of: what its mail has; one that many mails share, what any of them has."""
    mail = MAILS.get(name.parts[0])
    contexts = [mail.context] if mail else [each.context for each in MAILS.values()]
    names = {field for context in contexts for field in context.model_fields}
    if name.stem == "section":
        names |= RemindedTask.model_fields.keys() | OverdueTask.model_fields.keys()
    return names


def _mail_problems(chosen: Mapping[Language, Samples], wrote: Callable[[], None]) -> Iterator[Problem]:
    """What is wrong with the mails as they are written; what is wrong in many is told once."""
    told: set[tuple[str, str]] = set()
    for language, mails in chosen.items():
        subjects: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name, contexts in mails.items():
            for sample, context in contexts.items():
                place = f"{name}, sample “{sample}”, {language}"
                try:
                    written = write_out(name, context)
                    faults: Iterable[str] = mail_faults(context, written)
                except FAULTS as error:
                    problem = _of_error(error, place)
                    if (name, problem.reason) not in told:
                        told.add((name, problem.reason))
                        yield problem
                    continue
                finally:
                    wrote()
                if isinstance(context, TaskContext):
                    subjects[context.kind, context.task_reference][name].add(written.subject)
                for fault in faults:
                    kind = fault.partition("“")[0]
                    if (name, kind) not in told:
                        told.add((name, kind))
                        yield Problem(place, 0, "", fault)
        if len(set(map(str.casefold, columns := headings(translations(language, "mail"))))) < len(columns):
            reason = f"two columns have the same heading ({', '.join(columns)}): give each its own"
            yield Problem(f"the sheet with a request, {language}", 0, "", reason)
        for fault in chain.from_iterable(thread_faults(of_task) for of_task in subjects.values()):
            yield Problem(f"all mails, {language}", 0, "", fault)


def _chosen(folder: Path | None, *, every_sample: bool) -> dict[Language, Samples]:
    """The samples to be written."""
    if folder is None or every_sample:
        return {language: {name: samples(name, language) for name in MAILS} for language in LANGUAGES}
    first = {language: {name: dict([*samples(name, language).items()][:1]) for name in MAILS} for language in LANGUAGES}
    templates = [file.relative_to(folder / OWN_TEMPLATES) for file in _own_templates(folder)]
    touched = {name.parts[0] for name in templates}
    # What several mails share, or the subject of their conversation, touches them all.
    if not touched <= MAILS.keys() or any(name.name == "subject.txt" for name in templates):
        touched = {*MAILS}
    spoken = {name for name in LANGUAGES if (file := folder / f"{name}.po").is_file() and read_own(file, name)}
    return {
        language: mails if spoken.intersection(OWN_FILES[language]) else {name: mails[name] for name in sorted(touched)}
        for language, mails in first.items()
    }


def _own_templates(folder: Path) -> list[Path]:
    """The templates of a folder; not what editors and systems hide beside them."""
    return sorted(
        file for file in (folder / OWN_TEMPLATES).rglob("*") if file.is_file() and not file.name.startswith(".")
    )


def count_mails() -> int:
    """How many mails a check of every sample writes."""
    return sum(len(samples(name, language)) for name in MAILS for language in LANGUAGES)


def _of_error(error: Exception, place: str) -> Problem:
    """Why a mail cannot be written, at the line of the template where it stopped, if it was one."""
    lines = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).suffix in {".txt", ".html", ".css"}
    ]
    reason = f"cannot be written: {error}; compare with ours"
    return Problem(lines[-1].filename, lines[-1].lineno or 0, place, reason) if lines else Problem(place, 0, "", reason)


def _asked() -> Catalog:
    """Every sentence of our mails: a test holds the Catalan file complete."""
    return _ours("ca")


def _ours(directory: str) -> Catalog:
    with (ROOT / "locale" / directory / "LC_MESSAGES" / "mail.po").open("rb") as source:
        return read_po(source)


def write_starter(folder: Path, languages: Iterable[Language]) -> list[Path]:
    """Write a .po file for each language, with every sentence of every mail, empty, beside what we say today.

    Raises:
        Refused: one of the files is there already, or cannot be written; none was changed.

    """
    files = {folder / f"{language}.po": language for language in languages}
    for file in files:
        if file.exists():
            raise Refused(f"{file} is there already and is left as it is: choose another folder, and copy from it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, language in files.items():
            with file.open("xb") as target:
                plural = Catalog(babel_locale(language)).plural_forms
                target.write(_HEAD.format(language=language, plural=plural).encode())
                write_po(target, _starter(language), width=_NO_WRAPPING, omit_header=True, sort_by_file=True)
    except OSError as fault:
        raise Refused(f"{folder} cannot be written: {fault.strerror}.") from fault
    return list(files)


def _starter(language: Language) -> Catalog:
    said = [_ours(directory) for directory in DIRECTORIES[language]]
    starter = Catalog(babel_locale(language), charset="utf-8")
    for message in _asked():
        if not message.id:
            continue
        found = (ours.get(message.id) for ours in said)
        today = next((forms(each.string) for each in found if each and each.string), forms(message.id))
        starter.add(
            message.id,
            locations=message.locations,
            user_comments=[f"Today: {form}" for form in today],
            flags=message.flags - {"fuzzy"},
        )
    return starter
