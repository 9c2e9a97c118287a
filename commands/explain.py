"""`focal task explain` and `focal mail why`: what happened, what comes next, and why."""

from typing import get_args
from uuid import UUID

import click

from commands.shared import database, now, run
from models.contracts.mail import Language
from settings import load_settings

LANGUAGE = click.option(
    "--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Tell it in this one."
)


@click.command()
@click.argument("reference")
@LANGUAGE
def explain(reference: str, language: Language) -> None:
    """Tell what happened to task REFERENCE, what happens next and when, and what would stop it."""
    from operations.explaining import explain
    from operations.story_words import task_text
    from store.task import find_task

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            story = await explain(session, (await find_task(session, reference)).id, now=now())
        click.echo(task_text(story, language), nl=False)

    run(work())


@click.command()
@click.argument("mail")
@LANGUAGE
def why(mail: str, language: Language) -> None:
    """Tell why MAIL was written; give its Message-ID or its id."""
    from operations.explaining import why_mail
    from operations.story_words import mail_text

    async def work() -> None:
        async with database(load_settings()) as data, data.reading() as session:
            told = await why_mail(session, _id_or_message_id(mail))
        click.echo(mail_text(told, language), nl=False)

    run(work())


def _id_or_message_id(given: str) -> UUID | str:
    try:
        return UUID(given)
    except ValueError:
        return given
