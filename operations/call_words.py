"""A European call as mails and pages speak of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mail.call_reasons import why_said
from mail.question_words import assignment_name
from models.contracts.call_follow_up import Milestone
from models.contracts.calls import CallChange
from models.contracts.mail import CallWords, InterestLine, Language, MilestoneLine
from models.policies.people import UnitFacts
from models.tables.call_follow_up import CallFollowUp, CallInterest
from models.tables.calls import Call, CallDeadline, Programme
from models.tables.process import Process
from operations.call_feasibility import feasibility
from store.call_follow_up import aimed_at, deadlines_of, interests_of, stage_of
from store.call_project import shown
from store.database import ReadSession
from store.people import load_units


@dataclass(frozen=True, slots=True)
class CallFound:
    """A call that is followed, with the deadline aimed at, and all units by code.

    `interests` and `milestones`: for whoever has to know them, else empty.
    """

    process: Process
    pursuit: CallFollowUp
    call: Call
    programme: Programme
    deadline: CallDeadline | None
    interests: Sequence[CallInterest]
    milestones: Sequence[Milestone]
    units: Mapping[str, UnitFacts]

    def words(self, language: Language, years: int = 0) -> CallWords:
        """The call in the reader's language; `years`: since the end of its project, where that is asked about."""
        call, pursuit = self.call, self.pursuit
        return CallWords(
            reference=self.process.reference,
            identifier=call.identifier,
            title=call.title,
            programme=self.programme.name,
            url=call.url,
            deadline=None if self.deadline is None else shown(self.deadline),
            stage=stage_of(pursuit, call),
            old_deadline=self._old_deadline(),
            reason=pursuit.reason,
            budget=None if call.budget is None else int(call.budget),
            largest_grant=None if call.largest_grant is None else int(call.largest_grant),
            lead_name=self.units[pursuit.lead_unit].name if pursuit.lead_unit else "",
            proposal_number=pursuit.proposal_number,
            milestones=tuple(self._milestone(each, language) for each in self.milestones),
            interests=tuple(self._interest(each, language) for each in self.interests),
            project_ends_on=pursuit.ends_on,
            years=years,
        )

    def _old_deadline(self) -> datetime | None:
        """The deadline before it was moved, if that was the last change of the call, until the proposal is sent."""
        if self.call.change is None or self.deadline is None or self.pursuit.submitted_at is not None:
            return None
        change = CallChange.model_validate(self.call.change)
        if change.old_day is None or change.new_day != self.deadline.day or "deadline" not in change.what:
            return None
        return datetime.combine(change.old_day, self.deadline.hour, ZoneInfo(self.deadline.zone))

    def _milestone(self, milestone: Milestone, language: Language) -> MilestoneLine:
        return MilestoneLine(
            key=milestone.key,
            name=assignment_name({"key": milestone.key}, language),
            unit_name=self.units[milestone.unit_code].name,
            latest_start=milestone.latest_start,
            due_on=milestone.due_on,
            needed=milestone.needed,
            left=milestone.left,
            slack=milestone.slack,
        )

    def _interest(self, said: CallInterest, language: Language) -> InterestLine:
        remark = why_said(said.reason, language) if said.state == "no" else said.contribution
        return InterestLine(unit_name=self.units[said.unit_code].name, state=said.state, remark=remark)


async def find_said(
    session: ReadSession, process: Process, pursuit: CallFollowUp, call: Call, *, now: datetime, full: bool
) -> CallFound:
    """What there is to say of a call; `full`: with what its units said, and whether there is time for a proposal."""
    interests = await interests_of(session, process.id) if full else []
    milestones = await feasibility(session, process.id, now) if full else ()
    return CallFound(
        process=process,
        pursuit=pursuit,
        call=call,
        programme=await session.get_one(Programme, call.programme_code),
        deadline=aimed_at(pursuit, await deadlines_of(session, call.id)),
        interests=interests,
        milestones=milestones,
        units=await load_units(session),
    )


async def call_said(
    session: ReadSession,
    process: Process,
    pursuit: CallFollowUp,
    call: Call,
    *,
    language: Language,
    now: datetime,
    full: bool,
) -> CallWords:
    """A call in the reader's language; see `find_said`."""
    found = await find_said(session, process, pursuit, call, now=now, full=full)
    return found.words(language)
