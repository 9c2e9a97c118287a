"""The words of mails: looking at all of them, and a city's own words instead of ours."""

from pathlib import Path
from typing import get_args

import click
from pydantic import ValidationError

from commands.shared import counted, stop
from models.contracts.mail import Language
from settings import load_settings

LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = click.Path(file_okay=False, path_type=Path)
WORDS = click.option("--words", type=FOLDER, help="Where the city's own words are; by default FOCAL_WORDS_DIR.")
LANGUAGE = click.option(
    "--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Only this one; may be repeated."
)


def chosen_folder(words: Path | None) -> Path | None:
    """The folder that was named, or that of the settings. Looking at mails needs no other setting, nor a database."""
    try:
        return words or load_settings().words_dir
    except ValidationError:
        return None


@click.command("words")
@click.argument("folder", type=FOLDER)
@LANGUAGE
def words(folder: Path, languages: tuple[Language, ...]) -> None:
    """Begin a city's own words in FOLDER: every sentence of every mail, to be changed. See docs/words.md."""
    from mail.own_words import write_starter

    files = write_starter(folder, languages or LANGUAGES)
    click.echo(
        f"Change what you like in {', '.join(file.name for file in files)}, then: focal mail check --words {folder}"
    )


@click.command("check")
@WORDS
def check(words: Path | None) -> None:
    """Write every mail in every language with the city's own words, and tell what is wrong with them."""
    from mail.own_words import check_words, count_mails

    folder = chosen_folder(words)
    mails = count_mails()
    with click.progressbar(length=mails, label=f"Writing {mails} mails") as bar:
        problems = check_words(folder, wrote=lambda: bar.update(1))
    if problems:
        stop(*map(str, problems), f"{counted(len(problems), 'problem')}; nothing was changed.")
    click.echo(f"Every mail keeps its promises with {f'the words in {folder}' if folder else 'our own words'}.")


@click.command("preview")
@click.argument("folder", type=FOLDER)
@WORDS
@LANGUAGE
@click.option("--pictures/--no-pictures", default=True, help="About a second per mail.", show_default=True)
def preview(folder: Path, words: Path | None, languages: tuple[Language, ...], pictures: bool) -> None:
    """Write every mail in every language to FOLDER: as text, as HTML and, with Chromium, as pictures."""
    from mail.own_words import use_own_words
    from mail.preview import PICTURES, camera, count
    from mail.preview import preview as write

    use_own_words(chosen_folder(words))
    chosen = languages or LANGUAGES
    browser = camera() if pictures else None
    if pictures and browser is None:
        click.echo("No pictures: they need Chromium, and Playwright (`pip install playwright`).", err=True)
    mails = count(chosen)
    files = mails * (1 + len(PICTURES)) if browser else mails
    with click.progressbar(
        length=files, label=f"Writing {mails} mails{' and their pictures' if browser else ''}"
    ) as bar:
        write(folder, chosen, browser=browser, done=lambda: bar.update(1))
    click.echo(f"{mails} mails are in {folder}: open {folder / 'index.html'}")
