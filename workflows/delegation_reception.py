"""A delegation, from its announcement to the last commitment made on its visit."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.delegation_reception import DelegationReceptionActivities as Reception
    from models.contracts.orders import Outcome, ProcessOrder
    from workflows.following import CalledOff, Changed, Following


@workflow.defn
class DelegationReception:
    """One delegation that comes.

    The visit can be moved or called off, hosts come and go, agendas are composed anew: all that is done to the rows,
    and the story is told again from asking the hosts; whoever was asked or told before is not asked or told twice.
    """

    @workflow.init
    def __init__(self, order: ProcessOrder) -> None:
        self._visit = Following(order, Reception.look)

    @workflow.run
    async def run(self, order: ProcessOrder) -> Outcome:
        """Receive the delegation; gives what became of the tasks."""
        visit = self._visit
        follow_up = await visit.follow(await visit.do(Reception.begin))
        await visit.do(Reception.acknowledge)
        try:
            await self._receive()
            await visit.do(Reception.thank)
            await visit.do(Reception.ask_for_reports)
            await visit.until("reports", meanwhile=Reception.follow_commitments)
            await visit.do(Reception.keep_record)
            await visit.until("commitments", meanwhile=Reception.follow_commitments)
        except CalledOff:
            pass  # whoever called it off has told everybody, and ended what was asked
        await visit.do(Reception.close)
        return await follow_up

    async def _receive(self) -> None:
        """Prepare the visit until it is over; once more from the start whenever it changes."""
        while True:
            try:
                await self._prepare()
            except Changed:
                continue
            return

    async def _prepare(self) -> None:
        """Hosts, agenda, approval, confirmation, reminder, visit."""
        visit = self._visit
        await visit.do(Reception.ask_hosts)
        await visit.do(Reception.plan_preparations)
        await visit.until("hosts")
        await visit.do(Reception.tell_of_hosts)
        await visit.until("agenda")
        await visit.do(Reception.ask_for_approval)
        await visit.until("decision")
        await visit.do(Reception.tell_of_decision)
        await visit.until("approval", meanwhile=Reception.tell_of_decision)
        await visit.do(Reception.confirm)
        await visit.until("day before")
        await visit.do(Reception.remind)
        # An agenda of the last minute is confirmed when it is approved.
        await visit.until("day after", meanwhile=Reception.confirm)

    @workflow.signal
    def poke(self) -> None:
        """Something of the visit changed, or a task of it was settled."""
        self._visit.poke()
