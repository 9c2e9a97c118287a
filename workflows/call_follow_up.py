"""A European call, from the question who is interested to what is left of the project five years after its end."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.call_follow_up import CallFollowUpActivities as Calls
    from models.contracts.orders import Outcome, ProcessOrder
    from models.policies.call_follow_up import YEARS_AFTER
    from workflows.following import CalledOff, Changed, Following

RECORDED_AT_ONCE = "202611-call-recorded-with-its-result"


@workflow.defn
class CallFollowUp:
    """One call that the city follows.

    Deadlines move, stages come, the city gives up: all that is done to the rows, and the story is told again from the
    question who is interested; whoever was asked or told before is not asked or told twice. It lasts for years, in one
    history after the other.
    """

    @workflow.init
    def __init__(self, order: ProcessOrder) -> None:
        self._call = Following(order, Calls.look)

    @workflow.run
    async def run(self, order: ProcessOrder) -> Outcome:
        """Follow the call to its end; gives what became of the tasks."""
        call = self._call
        await call.follow_for_years(await call.do(Calls.begin))
        try:
            await self._apply()
            await self._carry_out_project()
            await self._see_what_lasts()
        except CalledOff:
            pass  # no-go, given up, or cancelled: whoever did it has told everybody, and ended what was asked
        outcome: Outcome = await call.do(Calls.close)
        return outcome

    async def _apply(self) -> None:
        """From interest to result; once more whenever the deadline changes, and for a second stage."""
        while True:
            try:
                await self._propose()
                await self._learn_result()
            except Changed:
                continue
            return

    async def _propose(self) -> None:
        """Interest, go or no-go, milestones, the proposal sent."""
        call = self._call
        await call.do(Calls.ask_interest)
        await call.until("interest")
        await call.do(Calls.tell_of_interest)
        await call.until("decision", meanwhile=Calls.ask_for_decision)
        await call.do(Calls.tell_of_decision)
        await call.do(Calls.plan_milestones)
        await call.until("alarm", meanwhile=Calls.ask_for_upload)
        await call.do(Calls.raise_alarm)
        await call.until("deadline")
        await call.do(Calls.ask_whether_it_was_sent)
        await call.until("sent or missed")
        await call.do(Calls.tell_of_submission)

    async def _learn_result(self) -> None:
        """Ask on the programme's clock, and ask again while there is none, or while the city is on a reserve list."""
        call = self._call
        await call.until("result", meanwhile=Calls.ask_for_result)
        await call.do(Calls.tell_of_result)
        if workflow.patched(RECORDED_AT_ONCE):
            await call.do(Calls.keep_interim_record)

    async def _carry_out_project(self) -> None:
        """The agreement, the reports, the end; or what is learned from a proposal that was not funded."""
        call = self._call
        await call.do(Calls.draw_lessons)
        await call.until("agreement", meanwhile=Calls.prepare_agreement)
        await call.do(Calls.tell_of_agreement)
        await call.until("project end", meanwhile=Calls.ask_for_reports)

    async def _see_what_lasts(self) -> None:
        """One, three and five years after the end; then the record is complete."""
        call = self._call
        await call.do(Calls.keep_record)
        for years in YEARS_AFTER:
            await call.until(f"{years} years")
            await call.do(Calls.ask_what_lasts)
        await call.until("everything settled")

    @workflow.signal
    def poke(self) -> None:
        """Something of the call changed, or a task of it was settled."""
        self._call.poke()
