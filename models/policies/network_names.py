"""Which networks an area means that writes which ones it has joined. Pure.

It was asked for one network a line: its name, and behind a comma since when and what for.
"""

import re
from dataclasses import dataclass

NAME_ENDS = re.compile(r"[,;:(\t]|\s[-–—]\s")
"""What stands between the name of a network and the rest of its line."""
LISTS = re.compile(r"[,;]")
"""What people also write between one network and the next."""
MARKS = " \t-•*·"
NAME_LIMIT = 200
NONE = frozenset({"none", "no", "cap", "res", "ninguna", "ninguno", "nada", "aucun", "aucune", "rien", "néant"})
"""Words that people type where they could have chosen “none”."""
DENIALS = NONE | {"ningú", "ningun", "ningún", "pas", "not", "non", "nothing", "sense", "sin", "sans"}
"""Words of a line that more likely says that there is none than names one."""


@dataclass(frozen=True, slots=True)
class ReadNames:
    """The names of networks in an answer, and the lines of which a person has to say what they name."""

    names: tuple[str, ...]
    doubtful: tuple[str, ...]


def read_names(words: str) -> ReadNames:
    """Read an answer line by line. In doubt nothing is invented and nothing is lost."""
    names, doubtful = [], []
    for written in words.splitlines():
        line = written.strip(MARKS)
        if not line or line.casefold().rstrip(".!") in NONE:
            continue
        name = NAME_ENDS.split(line, maxsplit=1)[0].strip(MARKS)
        rest = [part.strip(MARKS) for part in LISTS.split(line)[1:]]
        if _is_name(name) and not _denies(line) and not any(_begins_as_a_name(part) for part in rest):
            names.append(name)
        else:
            doubtful.append(line)
    return ReadNames(tuple(names), tuple(doubtful))


def _is_name(written: str) -> bool:
    return len(written) <= NAME_LIMIT and any(character.isalpha() for character in written)


def _denies(line: str) -> bool:
    return not DENIALS.isdisjoint(re.findall(r"\w+", line.casefold()))


def _begins_as_a_name(part: str) -> bool:
    """Whether what stands behind a comma may be another network: reasons and days begin small, or with a digit."""
    return part[:1].isalpha() and not part[:1].islower()
