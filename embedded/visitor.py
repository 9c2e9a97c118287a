"""A person at a browser without script: opens a link, fills the form that is there, presses its buttons."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx


@dataclass
class Form:
    """A form as a page gives it: where it goes, what it holds now, which choices each radio button offers."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.forms.append(Form(given.get("action", "")))
        if not self.forms or not name:
            return
        form = self.forms[-1]
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "input" and given.get("type") == "radio":
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.values[name] = value
        elif tag == "input":
            form.values[name] = value

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


class Visitor:
    """One person's visit to the answer pages, with their own cookies."""

    def __init__(self, answer_url: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=answer_url, follow_redirects=True, headers={"Origin": answer_url}, timeout=60
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def open(self, link: str) -> Form:
        """Follow a link from a mail, press its one button, and look at the form behind it.

        Raises:
            LookupError: there is none, for nothing is taken any more.

        """
        page = await self._client.get(link)
        page.raise_for_status()
        forms = await self.press(page, {})
        if not forms:
            raise LookupError("nothing can be filled in any more")
        return forms[0]

    async def press(self, page: httpx.Response | Form, values: Mapping[str, str], button: str = "") -> list[Form]:
        """Send a form with some fields filled in, and read the forms of the page that follows.

        Raises:
            httpx.HTTPStatusError: the page came back as an error, or refused what was typed.

        """
        form = page if isinstance(page, Form) else read_forms(page)[0]
        chosen = dict(item for item in form.buttons if item[1] == button)
        answer = await self._client.post(form.action, data={**form.values, **values, **chosen})
        answer.raise_for_status()
        return read_forms(answer)


def read_forms(page: httpx.Response) -> list[Form]:
    """Every form of a page that sends something, with addresses made whole."""
    reader = _FormReader()
    reader.feed(page.text)
    for form in reader.forms:
        form.action = urljoin(str(page.url), form.action)
    return reader.forms


def link_in(mail_text: str, answer_url: str) -> str:
    """The personal link that a mail carries.

    Raises:
        LookupError: it carries none.

    """
    match = re.search(rf"{re.escape(answer_url)}(/a/[A-Za-z0-9_-]+)", mail_text)
    if match is None:
        raise LookupError(f"no link to {urlsplit(answer_url).netloc} in the mail")
    return match[1]
