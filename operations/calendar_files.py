"""Whether a person gets due days as files for their own calendar."""

from datetime import datetime

from models.contracts.refusal import Refused, said
from models.tables.people import Person
from operations.audit import record
from store.database import WriteSession
from store.people import lock_people


async def choose_calendar_files(
    session: WriteSession, person_code: str, *, wanted: bool, by: str, now: datetime
) -> None:
    """From now on the mails to a person bring due days as calendar files, or bring none; choosing twice is once.

    Raises:
        Refused: the person is unknown.

    """
    await lock_people(session)
    person = await session.get(Person, person_code)
    if person is None:
        raise Refused(said("There is no person “%(person)s”.", person=person_code))
    if person.calendar_files != wanted:
        person.calendar_files = wanted
        record(session, "person.calendar_files_chosen", by=by, now=now, person=person_code, wanted=wanted)
