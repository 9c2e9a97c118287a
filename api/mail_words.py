"""Words that mails and pages share: what could not be read, and what a coordinator has to settle.

They are written once, in the templates of the mails, and translated there.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2.environment import TemplateModule

from mail.render import mail_environment
from models.contracts.mail import Language


@cache
def problem_words(language: Language) -> Mapping[str, str]:
    """A sentence for each `UnreadProblem` and each `SheetProblem`."""
    words: Any = mail_environment(language, html=False).get_template("_base/problems.txt").make_module()
    sentences: Mapping[str, str] = words.of_lines | words.of_files
    return sentences


@cache
def matter_words(language: Language) -> TemplateModule:
    """Macros about a `MatterLine`: `of` (its title), `happened`, `proposed`, and `commands`, one a line.

    `proposal` is what to call that which is proposed.
    """
    template = mail_environment(language, html=True).get_template("office_matters/words.txt")
    return template.make_module({"new": (), "again": ()})
