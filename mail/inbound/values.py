"""Reads the values out of a reply: what its writer gave for which item, and what was not understood.

Nothing is guessed. A line that could mean two things is given back as unread.
"""

from collections.abc import Sequence

from mail.inbound.answer_lines import Piece, row
from mail.inbound.courtesy import is_courtesy
from mail.inbound.gathering import LINES, Given, Reply
from mail.inbound.loose_lines import read_first_words, read_loose_lines, read_rest
from mail.inbound.named_lines import read_named_lines
from mail.inbound.quoted_lines import read_between, read_block
from mail.inbound.sentences import read_sentences
from models.contracts.inbound import AskedEntry, Split, ValuesRead
from models.contracts.mail import Language

__all__ = ["LINES", "read_values"]

_SENTENCES = 200
"""Lines that are looked at as sentences; nobody answers in more of them."""


def read_values(split: Split, asked: Sequence[AskedEntry], language: Language) -> ValuesRead:
    """Read a reply to a task that asks for these items; `language` is the one in which its writer writes numbers.

    At most one value for each item, in the order in which they are asked.
    """
    reply = Reply(split, asked, language)
    read_named_lines(reply)
    _read_open_lines(reply)
    read_block(reply)
    reply.loose = [(number, line) for number, line in reply.loose if not is_courtesy(line)]
    read_between(reply)
    read_first_words(reply)
    read_loose_lines(reply)
    read_rest(reply)
    return reply.settled()


def _read_open_lines(reply: Reply) -> None:
    """Lines that no rule above has understood, as sentences; of a sentence that is read, its lines are none."""
    open_lines = {number for number, _ in reply.loose} | {number for number, _ in reply.unread}
    lines = [(number, line) for number, line in reply.said if number in open_lines and not row(line)][:_SENTENCES]
    numbers = {entry.number: entry for entry in reply.asked}
    among = any(given.where == "said" for given, _ in reply.found)
    sentences = list(read_sentences(lines, reply.names, numbers, reply.language, among=among))
    understood: set[int] = set()
    for sentence in sentences:
        for entry, read in sentence.readings or ():
            piece = Piece(entry, "", "", by_code=True, corrects=sentence.corrects)
            given = Given(piece, [], sentence.first, sentence.text, "said", "likely")
            reply.found.append((given, read))
            understood.update(range(sentence.first, sentence.last + 1))
    reply.loose = [(number, line) for number, line in reply.loose if number not in understood]
    reply.unread = [(number, unread) for number, unread in reply.unread if number not in understood]
    for sentence in sentences:
        if not sentence.readings and sentence.last in understood and not is_courtesy(sentence.text):
            reply.not_read(sentence.first, sentence.text, "not_understood")
