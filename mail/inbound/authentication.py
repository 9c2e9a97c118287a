"""How far a mail's From is vouched for, by what the configured server wrote into Authentication-Results (RFC 8601).

Only that server's own headers count, and only where it writes them itself (see `_results_of`). Such a server must
take headers with its name out of what it receives (RFC 8601, 5), as they all can.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from models.contracts.inbound import Grade, Opened

_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_SERVER = re.compile(rf'\s*+({_QUOTED}|[^\s;"]++)(?:\s++\d++)?\s*+(?=;|\Z)')
_PAIR = re.compile(rf'\s*+([A-Za-z0-9._/-]++)\s*+=\s*+((?:{_QUOTED}|[^\s;"]++)++)(?=[\s;]|\Z)', re.DOTALL)
_REST_OF_RESULT = re.compile(rf'((?:{_QUOTED}|[^;"]++)*+)(?:;|\Z)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_COMMENT_MARK = re.compile(r'\\.|[()"]', re.DOTALL)
_BY = re.compile(r"\sby\s+([A-Za-z0-9._:-]+)", re.IGNORECASE)
_FROM = re.compile(r"\s*from\s", re.IGNORECASE)
_NO_POLICY = {"none", "bestguesspass"}


class _Result(NamedTuple):
    method: str
    result: str
    properties: dict[str, str]


def grade(opened: Opened, *, server: str | None) -> Grade:
    """The grade of a mail's sender. `server`: the authserv-id of the one server that is believed; None: nobody is.

    A DMARC result of `fail` is never made good by another. What cannot be read counts as unknown.
    """
    if "two_senders" in opened.trouble or len(opened.senders) > 1:
        return Grade(letter="D", reason="From names several senders")
    if not opened.senders:
        return Grade(letter="C", reason="From names nobody")
    if not server:
        return Grade(letter="C", reason="no server is trusted to check senders")
    domain = _domain(opened.senders[0].address)
    results = list(_results_of(opened, server.lower()))
    dmarc = [result for result in results if result.method == "dmarc"]
    if any(result.result == "fail" for result in dmarc):
        return Grade(letter="D", reason=f"DMARC failed for {domain}")
    if any(result.result == "pass" for result in dmarc):
        passed = {(result.result, _domain(result.properties.get("header.from", ""))) for result in dmarc}
        if passed == {("pass", domain)}:
            return Grade(letter="A", reason=f"DMARC passed for {domain}")
        return Grade(letter="C", reason=f"DMARC passed, but not for {domain}")
    if any(result.result not in _NO_POLICY for result in dmarc):
        return Grade(letter="C", reason=f"DMARC could not be checked for {domain}")
    for result in results:
        vouched = _vouched_domain(result)
        if vouched and (domain == vouched or domain.endswith(f".{vouched}")):
            return Grade(letter="B", reason=f"no DMARC policy; {result.method.upper()} passed for {vouched}")
    return Grade(letter="C", reason=f"nothing vouches for {domain}")


def _vouched_domain(result: _Result) -> str:
    """The domain that DKIM or SPF passed for; empty if none did, and for a domain at the top, which is nobody's."""
    if result.result != "pass":
        return ""
    written = {
        # Some servers name only the signed identity. The signing domain is that identity's or above it.
        "dkim": result.properties.get("header.d") or result.properties.get("header.i", ""),
        "spf": result.properties.get("smtp.mailfrom", ""),
    }.get(result.method, "")
    domain = _domain(written)
    return domain if "." in domain else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().rstrip(".").lower()


def _results_of(opened: Opened, server: str) -> Iterator[_Result]:
    """What the server's own headers say, as far as nobody else can have written them.

    A server writes above what it receives: on top of its own Received all its headers count, up to the first header
    that is none of them. Some write below their own Received, where what came with the mail begins as well: there
    only the first counts. Below the Received of a foreign host nothing does.
    """
    begun = below_received = False
    for name, value in opened.headers:
        if name.lower() == "authentication-results":
            results = _results(value, server)
            if results is not None:
                yield from results
                if below_received:
                    return
                begun = True
                continue
        if begun:
            return
        if name.lower() == "received":
            written = _without_comments(value)
            # A host that only hands a mail on inside its house does not say from whom it took it.
            if _FROM.match(written):
                if not _is_of_the_house(written, server):
                    return
                below_received = True


def _is_of_the_house(received: str, server: str) -> bool:
    """Whether a Received was written by the server or by a host of the same domain."""
    by = _BY.search(received)
    host = _domain(by[1]) if by else ""
    house = server.partition(".")[2]
    return host == server or ("." in house and (host == house or host.endswith(f".{house}")))


def _results(value: str, server: str) -> list[_Result] | None:
    """The results of a header if it is the server's; one that cannot be read has the result `unreadable`.

    The form is `server [version] *( ; method [/ version] = result *( type.name = value ) )`.
    """
    written = _without_comments(value)
    match = _SERVER.match(written)
    if match is None or _unquoted(match[1]).lower() != server:
        return None
    results: list[_Result] = []
    place = match.end() + 1
    while place < len(written):
        pairs: list[tuple[str, str]] = []
        pair = _PAIR.match(written, place)
        while pair:
            pairs.append((pair[1].lower(), _unquoted(pair[2]).lower()))
            place = pair.end()
            pair = _PAIR.match(written, place)
        rest = _REST_OF_RESULT.match(written, place)
        if pairs:
            method, result = pairs[0]
            properties = dict(pairs[1:])
            readable = rest is not None and not rest[1].strip() and len(properties) == len(pairs) - 1
            # A failure counts however it is written.
            result = result if readable or result == "fail" else "unreadable"
            results.append(_Result(method.partition("/")[0], result, properties))
        if rest is None:
            break
        place = rest.end()
    return results


def _unquoted(value: str) -> str:
    return re.sub(_QUOTED, lambda match: _ESCAPE.sub(r"\1", match[0][1:-1]), value)


def _without_comments(value: str) -> str:
    """A value without its comments, which may hold others; a bracket inside quotes begins none."""
    kept: list[str] = []
    depth, place, quoted = 0, 0, False
    for match in _COMMENT_MARK.finditer(value):
        mark = match[0]
        if mark == '"' and depth == 0:
            quoted = not quoted
        elif mark == "(" and not quoted:
            if depth == 0:
                kept.append(value[place : match.start()])
            depth += 1
        elif mark == ")" and not quoted and depth:
            depth -= 1
            place = match.end()
    if depth == 0:
        kept.append(value[place:])
    return " ".join(kept)
