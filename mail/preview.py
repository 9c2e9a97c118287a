"""Every mail in every sample and language as files, to look through before anybody receives one."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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


def preview(folder: Path, languages: Iterable[Language] = LANGUAGES, *, pictures: bool = True) -> int:
    """Write every mail as .html, .txt and .eml, with an index.html, and give their number.

    Pictures, light and dark, wide and narrow, are added when Playwright and Chromium are installed: about one
    second per mail.

    Raises:
        OSError: the folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = tuple(languages)
    pages = [
        _write(folder, name, sample, language)
        for name in MAILS
        for language in chosen
        for sample in samples(name, language)
    ]
    kinds = (*FILES, *PICTURES) if pictures and _take_pictures(folder, pages) else FILES
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


def _take_pictures(folder: Path, pages: list[Page]) -> bool:
    """Photograph every page; False when there is nothing to photograph with."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return False
    if chromium is None:
        return False
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
            context.close()
        browser.close()
    return True
