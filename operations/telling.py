"""Tells the coordinator by mail what is to be settled: what is new within the hour, what is open again each week."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.contracts.inbound import AwayNote
from models.contracts.mail import MatterLine, OfficeMatters
from operations.incoming import examination_of
from operations.notices import hand_over, reader_context, write
from settings import Settings
from store.database import WriteSession
from store.matters import MatterFacts, matters_to_tell
from store.outbox import keys_written

AGAIN_AFTER = timedelta(days=7)
AT_ONCE = 40
"""Matters in one mail; the others follow within the next hours."""
EXCERPT = 400
"""Characters of a mail that are shown; the whole is behind the link."""


async def tell_matters(session: WriteSession, settings: Settings, *, now: datetime) -> int:
    """Write one mail about all that is to be told; gives how many matters it speaks of.

    At most one mail an hour: its key is the hour, and what was told is marked in the same transaction.
    """
    key = f"office_matters:{now:%Y-%m-%dT%H}"
    if await keys_written(session, [key]):
        return 0
    told = await matters_to_tell(session, told_before=now - AGAIN_AFTER, limit=AT_ONCE)
    if not told:
        return 0
    lines = [(facts.matter.told_at is None, matter_line(facts, settings)) for facts in told]
    context = OfficeMatters(
        **reader_context(settings, settings.coordinator_language, settings.coordinator_name),
        plan_title=settings.coordinator_name,
        new=tuple(line for new, line in lines if new),
        again=tuple(line for new, line in lines if not new),
        link=f"{settings.office_url}/matters",
    )
    mail = write(
        settings,
        key=key,
        name="office_matters",
        context=context,
        thread=key,
        now=now,
    )
    await hand_over(session, [mail])
    for facts in told:
        facts.matter.told_at = now
    return len(told)


def matter_line(facts: MatterFacts, settings: Settings) -> MatterLine:
    """A matter as a mail or a list shows it."""
    matter, incoming = facts.matter, facts.incoming
    # A mail that could not be read has no examination.
    found = examination_of(incoming) if incoming and incoming.examination else None
    away = AwayNote.model_validate(matter.detail) if matter.kind in {"away", "left"} else None
    wish = found.pass_on if found else None
    guess = found.match.task_reference if found and matter.kind == "quarantined" else None
    other = (wish.name or wish.address) if wish else guess
    # Of a mail that came back or could not be read, what was said instead.
    otherwise = str(matter.detail.get("excerpt") or matter.detail.get("error") or "")
    said = away.excerpt if away else (wish.excerpt if wish else (found.said if found else otherwise))
    return MatterLine(
        reference=matter.reference,
        kind=matter.kind,
        opened_on=matter.opened_at.astimezone(ZoneInfo(settings.office_zone)).date(),
        person_code=matter.person_code,
        person_name=facts.person.name if facts.person else None,
        address=_address(facts),
        unit_name=facts.unit.name if facts.unit else None,
        task_reference=facts.task.reference if facts.task else None,
        other=", ".join(away.contacts) or None if away else other,
        first_day=away.first_day if away else None,
        last_day=away.last_day if away else None,
        excerpt=said[:EXCERPT],
    )


def _address(facts: MatterFacts) -> str | None:
    if facts.outgoing is not None:
        return facts.outgoing.recipient
    return facts.incoming.sender if facts.incoming else None
