"""Every mail in every sample and language as files, to look through before anybody receives one."""

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from mail.message import Envelope, build, thread_root
from mail.registry import MAILS
from mail.render import mail_environment, render
from mail.samples import samples
from mail.translation import LANGUAGES
from models.contracts.mail import Language

DOMAIN = "focal.valencia.example"
WRITTEN_AT = datetime(2027, 1, 4, 8, 30, tzinfo=ZoneInfo("Europe/Madrid"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FILES = ("html", "txt", "eml")
PICTURES = {
    "light.png": ("light", 700),
    "dark.png": ("dark", 700),
    "narrow-light.png": ("light", 360),
    "narrow-dark.png": ("dark", 360),
}
"""Colour scheme and width in pixels of each picture."""


@dataclass(frozen=True, slots=True)
class Page:
    """One mail of the preview; `stem` begins the names of its files."""

    name: str
    sample: str
    language: Language
    subject: str
    stem: str


def camera() -> str | None:
    """What the pictures would be taken with: where Chromium is; None without it, or without Playwright."""
    if find_spec("playwright") is None:
        return None
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def count(languages: Iterable[Language]) -> int:
    """How many mails a preview has."""
    return sum(len(samples(name, language)) for name in MAILS for language in languages)


def preview(
    folder: Path,
    languages: Iterable[Language] = LANGUAGES,
    *,
    browser: str | None,
    done: Callable[[], None] = lambda: None,
) -> int:
    """Write every mail as .html, .txt and .eml, with an index.html, and give their number.

    With a `browser` (see `camera`), pictures are taken, light and dark, wide and narrow: about one second per mail.
    `done` is called after each mail and after each of its pictures.

    Raises:
        OSError: the folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = tuple(languages)
    pages = []
    for name in MAILS:
        for language in chosen:
            for sample in samples(name, language):
                pages.append(_write(folder, name, sample, language))
                done()
    if browser:
        _take_pictures(folder, pages, browser, done)
    kinds = (*FILES, *PICTURES) if browser else FILES
    index = mail_environment("en", html=True).get_template("_preview/index.html")
    written = index.render(pages=pages, languages=chosen, kinds=kinds)
    (folder / "index.html").write_text(written, encoding="utf-8")
    return len(pages)


def _write(folder: Path, name: str, sample: str, language: Language) -> Page:
    context = samples(name, language)[sample]
    rendered = render(name, context)
    stem = re.sub(r"\W+", "-", f"{name}-{sample}-{language}")
    envelope = Envelope(
        key=f"preview:{stem}",
        name=name,
        sender_name=context.coordinator_name,
        sender_address=f"focal@{DOMAIN}",
        recipient_name=context.reader_name,
        recipient_address="reader@valencia.example",
        reply_to=None,
        domain=DOMAIN,
        language=language,
        date=WRITTEN_AT,
        thread=thread_root(f"{name}:{sample}", DOMAIN),
    )
    (folder / f"{stem}.html").write_text(rendered.html, encoding="utf-8")
    (folder / f"{stem}.txt").write_text(rendered.text, encoding="utf-8")
    (folder / f"{stem}.eml").write_bytes(build(envelope, rendered))
    return Page(name=name, sample=sample, language=language, subject=rendered.subject, stem=stem)


def _take_pictures(folder: Path, pages: list[Page], chromium: str, done: Callable[[], None]) -> None:
    """Photograph every page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        for kind, (scheme, width) in PICTURES.items():
            context = browser.new_context(
                color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
            )
            tab = context.new_page()
            for page in pages:
                tab.goto((folder.resolve() / f"{page.stem}.html").as_uri())
                tab.screenshot(path=folder / f"{page.stem}.{kind}", full_page=True)
                done()
            context.close()
        browser.close()
