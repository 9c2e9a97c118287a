"""Header values as text: unfolded, decoded, without controls; their parameters; the mailboxes they name.

Structure is read before words are decoded, so that nothing written inside an encoded word can become an address or
a parameter. The standard library does neither: it decodes first, and raises on some of what people send.
"""

import binascii
import codecs
import re
import string
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from models.contracts.inbound import Mailbox

# Everything that has no place in text that people read or a database keeps: controls, marks that turn the reading
# direction or have no width, halves of surrogate pairs. Tab and line end stay.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")
_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*+)\?=")
_CHARSET = re.compile(r"[A-Za-z0-9._:+-]{1,40}")
_TEXT_CODECS = re.compile(r"utf|ascii|iso8859|cp\d|koi8|mac|gb|big5|euc|iso2022|shift|tis")
_WESTERN = {"ascii", "iso8859-1"}
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.?)*+)(?:"|\Z)|([^;]*+))')
_NUMBERED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_MAX_PARAMETER_BYTES = 4096
_MAX_PARAMETERS = 60
_MAILBOX_TOKEN = re.compile(r'"((?:[^"\\]++|\\.?)*+)(?:"|\Z)|<([^<>]*+)>|([,;:])|(\()|([^",;:<>()]++)|.', re.DOTALL)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ADDRESS = re.compile(
    r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+"|[^\s@<>()\[\],;:\\"\x00-\x1f\x7f-\x9f]+)'
    r"@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f-\x9f]+"
)


def header_lines(head: bytes, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Names as written and unfolded values of a header section, from the line that starts there, in their order."""
    for match in _FIELD.finditer(head, start):
        yield match[1].decode("ascii"), unfolded(match[2])


def unfolded(value: bytes) -> bytes:
    """A value on one line, as it stood otherwise."""
    return value.replace(b"\r\n", b"").replace(b"\n", b"").strip(b" \t\r")


def charset_of(name: str) -> str | None:
    """The codec for a charset's name; None for one that is unknown or does not make text of bytes."""
    if not _CHARSET.fullmatch(name.strip()):
        return None
    try:
        codec = codecs.lookup(name.strip()).name
    except LookupError:
        return None
    if not _TEXT_CODECS.match(codec):
        return None
    # What calls itself Latin-1 or ASCII is Windows-1252 wherever the two differ, as in every mail program.
    return "cp1252" if codec in _WESTERN else codec


def decode_bytes(data: bytes, charset: str, *, cut: bool = False) -> tuple[str, bool]:
    """Bytes as text, and whether they are what `charset` says; otherwise read as UTF-8, or else as Windows-1252.

    `cut`: the end is missing, perhaps in the middle of a character.
    """
    named = charset_of(charset)
    if named in {"cp1252", "utf-8"} and data.isascii():
        return data.decode("ascii"), True
    for codec in (named, "utf-8"):
        if codec is None:
            continue
        # ASCII is read as Windows-1252, which allows nearly all; but bytes that are UTF-8 are so by no accident.
        if codec == "cp1252" and _decodes(data, "utf-8", cut=cut) is not None:
            continue
        text = _decodes(data, codec, cut=cut)
        if text is not None:
            return text, codec == named
    return data.decode("cp1252", "replace"), named == "cp1252"


def _decodes(data: bytes, codec: str, *, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(data, not cut)
    except (UnicodeError, LookupError):
        return None


def plain_value(value: bytes) -> str:
    """A value as text on one line, without controls; encoded words stay as they are."""
    return _one_line(decode_bytes(value, "utf-8")[0])


def worded_value(value: bytes) -> str:
    """A value as people read it: on one line, encoded words decoded, without controls."""
    return _one_line(decode_words(decode_bytes(value, "utf-8")[0]))


def _one_line(text: str) -> str:
    return UNSEEN.sub("", _LINE_BREAKS.sub(" ", text)).strip()


def decode_words(value: str) -> str:
    """Text with its encoded words (RFC 2047) decoded; neighbours of one charset are joined before that.

    Some programs cut a word in the middle of a character.
    """
    said: list[str] = []
    waiting, charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        if waiting and (between.strip() or match[1].lower() != charset):
            said.append(decode_bytes(waiting, charset)[0])
            waiting = b""
        if between.strip() or not end:
            said.append(between)
        charset, end = match[1].lower(), match.end()
        waiting += _word_bytes(match[2].lower(), match[3])
    if waiting:
        said.append(decode_bytes(waiting, charset)[0])
    return "".join(said) + value[end:]


def _word_bytes(encoding: str, written: str) -> bytes:
    data = written.encode("utf-8", "replace")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    return decode_base64(data)[0]


_BASE64_LETTERS = string.ascii_letters.encode() + string.digits.encode() + b"+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64_LETTERS))


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """What the letters of base64 in it say, however many are missing, and whether it was whole."""
    try:
        return binascii.a2b_base64(data.translate(None, b" \t\r\n"), strict_mode=True), True
    except binascii.Error:
        letters = data.partition(b"=")[0].translate(None, _NOT_BASE64)
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), False


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The value of a Content-Type or Content-Disposition in lower case, and its parameters decoded.

    Continued and encoded parameters (RFC 2231) are put together; names are in lower case, the first of a name counts.
    """
    text = decode_bytes(value[:_MAX_PARAMETER_BYTES], "utf-8")[0]
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in islice(_PARAMETER.finditer(text), _MAX_PARAMETERS):
        numbered = _NUMBERED.fullmatch(match[1].lower())
        if numbered is None:
            continue
        given = match[3].strip() if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        pieces.setdefault(numbered[1], {}).setdefault(int(numbered[2] or 0), (given, bool(numbered[3])))
    main = text.partition(";")[0].strip().lower()
    return main, {name: _joined(found) for name, found in pieces.items()}


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    charset, data, encoded_once = "utf-8", b"", False
    for number in sorted(pieces):
        written, encoded = pieces[number]
        if encoded and number == 0 and written.count("'") >= 2:  # noqa: PLR2004 - charset'language'value
            charset, _, written = written.split("'", 2)
        data += unquote_to_bytes(written) if encoded else written.encode("utf-8", "replace")
        encoded_once |= encoded
    return decode_bytes(data, charset or "utf-8")[0] if encoded_once else decode_words(data.decode("utf-8"))


ADDRESS_LIMIT = 320
"""Characters: RFC 5321, 4.5.3.1, 64 before the sign and 255 behind it."""


def mailboxes(value: bytes) -> tuple[Mailbox, ...]:
    """The mailboxes of an address header, in their order. What is no address is left out.

    In `"mayor@town" <clerk@other>` the address is the one in brackets: all before it is a name.
    """
    text = decode_bytes(value, "utf-8")[0]
    found: list[Mailbox] = []
    words: list[str] = []
    loose: list[str] = []
    bracketed: list[str] = []

    def flush() -> None:
        name = _one_line(decode_words(" ".join(" ".join(words).split())))
        written = bracketed or [word for word in " ".join(loose).split() if "@" in word]
        found.extend(
            Mailbox(name=name if bracketed else "", address=address.strip().lower())
            for address in written
            if _ADDRESS.fullmatch(address.strip()) and len(address) <= ADDRESS_LIMIT
        )
        for kept in (words, loose, bracketed):
            kept.clear()

    position = 0
    while position < len(text):
        match = _MAILBOX_TOKEN.match(text, position)
        if match is None:
            break
        position = match.end()
        quoted, bracket, mark, comment, word = match.groups()
        if comment:
            position = _after_comment(text, position)
        elif mark == ":":
            words.clear()  # the name of a group
            loose.clear()
        elif mark:
            flush()
        elif bracket is not None:
            bracketed.append(bracket)
        elif quoted is not None:
            words.append(re.sub(r"\\(.)", r"\1", quoted))
        elif word:
            words.append(word)
            loose.append(word)
    flush()
    return tuple(found)


def _after_comment(text: str, position: int) -> int:
    depth = 1
    for match in _COMMENT_MARK.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)
