"""What a mail's HTML says, as lines of plain text.

Read as a stream by libxml2, without building a tree: pages that are nested or malformed on purpose cost no more than
others. Nothing is fetched, nothing runs.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from mail.inbound.header_text import UNSEEN

_MAX_DEPTH = 250
_MAX_FRAMES = 40
_MAX_EVENTS = 80_000
_CHUNK = 8192  # the parser goes on to the end of what it was fed before it stops
_LINES = frozenset(
    re.findall(
        r"\w+",
        "address article aside body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3"
        " h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody tfoot thead ul",
    )
)
_UNREAD = frozenset(
    re.findall(
        r"\w+",
        "applet audio button canvas datalist del frameset head iframe map math noembed noframes object option"
        " s script select strike style svg template textarea title video",
    )
)
_EMPTY = frozenset(re.findall(r"\w+", "area base br col embed frame hr img input link meta param source track wbr"))
_HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|(?:font-size|max-height|opacity):0(?![.\d]*[1-9])"
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_NUMBER = re.compile(r"\d{1,6}")


class _EnoughError(Exception):
    """Beyond the limits: what was read so far is all that is looked at."""


@dataclass(slots=True)
class _Frame:
    """A block whose lines are finished when it ends: the whole, a quote, a row of a table or a cell."""

    tag: str
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    bullet: str = ""
    """What stands before the next text, even if that is in a block of its own."""

    def add(self, text: str) -> None:
        """Text of the line that is being written; a space after a space says nothing."""
        if not self.line or self.line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            if self.bullet:
                self.line.append(self.bullet)
                self.bullet = ""
            self.line.append(text)

    def end_line(self, *, always: bool = False) -> None:
        text = "".join(self.line).rstrip(" ")
        if text or always:
            self.lines.append(text)
        self.line = []


def html_lines(html: str, *, max_characters: int) -> tuple[list[str], bool]:
    """The lines that a reader sees, and whether some were left out for the limits. Never raises, whatever the text.

    A quoted block begins each line with `> `; a row of a table is one line with ` | ` between its cells, unless a
    cell holds several lines; items of a numbered list bear their number. What is hidden, crossed out or a control is
    left out; no-break spaces stay.
    """
    reader = _Reader(max_characters)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", no_network=True)
    data = UNSEEN.sub("", html[:max_characters]).encode()
    try:
        for place in range(0, len(data), _CHUNK):
            parser.feed(data[place : place + _CHUNK])
        parser.close()
    except _EnoughError:
        reader.cut = True
    except etree.LxmlError:
        # An empty page, or one that even libxml2 gives up on: what it said until then stands.
        reader.cut = reader.cut or bool(reader.frames[0].lines)
    reader.end_all()
    lines = reader.frames[0].lines
    cut = reader.cut or len(html) > max_characters
    return (lines[:-1] if cut else lines), cut


class _Reader:
    """Takes the events of the parser. Its methods are named as lxml wants them."""

    def __init__(self, max_characters: int) -> None:
        self.left = max_characters
        self.events = 0
        self.cut = False
        self.frames = [_Frame("")]
        self.open: list[str] = []
        self.unread_from: int | None = None
        self.pre = 0
        self.counters: list[int | None] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count()
        if tag == "br" and self.unread_from is None:
            self.frames[-1].end_line(always=True)
        if tag in _EMPTY:
            if tag == "hr" and self.unread_from is None:
                self.frames[-1].end_line()
            self.open.append(tag)
            return
        self.open.append(tag)
        if len(self.open) > _MAX_DEPTH:
            raise _EnoughError
        if self.unread_from is not None:
            return
        if tag in _UNREAD or "hidden" in attributes or _HIDDEN.search(_style(attributes)):
            self.unread_from = len(self.open)
            return
        if tag in {"blockquote", "tr", "td", "th"}:
            self.begin(tag)
        elif tag in _LINES:
            self.frames[-1].end_line()
        if tag == "pre":
            self.pre += 1
        elif tag in {"ol", "ul"}:
            self.counters.append(_number(attributes.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self.frames[-1].bullet = self.bullet(attributes)

    def end(self, tag: str) -> None:
        if self.unread_from is not None:
            if len(self.open) <= self.unread_from:
                self.unread_from = None
            self.open.pop()
            return
        self.open.pop()
        if tag in {"blockquote", "tr", "td", "th"}:
            self.finish(tag)
        elif tag in _LINES:
            self.frames[-1].end_line()
        if tag == "pre":
            self.pre -= 1
        elif tag in {"ol", "ul"}:
            self.counters.pop()
        elif tag == "li":
            self.frames[-1].bullet = ""

    def data(self, text: str) -> None:
        self.count()
        if self.unread_from is not None:
            return
        self.left -= len(text)
        if self.left < 0:
            raise _EnoughError
        text = UNSEEN.sub("", text)
        frame = self.frames[-1]
        if self.pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            frame.line.append(first)
            for line in others:
                frame.end_line(always=True)
                frame.line.append(line)
            return
        frame.add(_SPACES.sub(" ", text))

    def count(self) -> None:
        self.events += 1
        if self.events > _MAX_EVENTS:
            raise _EnoughError

    def close(self) -> None:
        """The parser has come to the end."""

    def bullet(self, attributes: dict[str, str]) -> str:
        counter = self.counters[-1] if self.counters else None
        if counter is None:
            return "• "
        number = _number(attributes.get("value"), counter)
        self.counters[-1] = number + 1
        return f"{number}. "

    def begin(self, tag: str) -> None:
        if len(self.frames) < _MAX_FRAMES:
            self.frames[-1].end_line()
            self.frames.append(_Frame(tag))
        else:
            self.frames[-1].end_line()

    def finish(self, tag: str) -> None:
        """The block ends: its lines become those of the block around it."""
        if self.frames[-1].tag != tag:
            self.frames[-1].end_line()  # nested deeper than blocks are told apart
            return
        frame = self.frames.pop()
        frame.end_line()
        around = self.frames[-1]
        if tag in {"td", "th"} and around.tag == "tr":
            around.cells.append(frame.lines)
        elif tag == "tr":
            around.lines += _row(frame)
        elif tag == "blockquote":
            around.lines += [f"> {line}" for line in frame.lines]
        else:
            around.lines += frame.lines

    def end_all(self) -> None:
        while len(self.frames) > 1:
            self.finish(self.frames[-1].tag)
        self.frames[0].end_line()


def _row(frame: _Frame) -> list[str]:
    if any(len(cell) > 1 for cell in frame.cells):
        return frame.lines + [line for cell in frame.cells for line in cell]
    texts = [cell[0] if cell else "" for cell in frame.cells]
    return frame.lines + ([" | ".join(texts)] if any(texts) else [])


def _style(attributes: dict[str, str]) -> str:
    return _SPACES.sub("", attributes.get("style", "")[:2000]).lower()


def _number(written: str | None, otherwise: int) -> int:
    return int(written) if written is not None and _NUMBER.fullmatch(written.strip()) else otherwise
