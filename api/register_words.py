"""What the pages of networks and calls say of codes. English is the source; `pages.po` has the others."""

from collections.abc import Mapping

from api.sentences import N_

NETWORK_STATES: Mapping[str, str] = {
    "member": N_("Member"),
    "leaving": N_("Being left"),
    "left": N_("No longer a member"),
    "candidate": N_("Candidate"),
    "watched": N_("Watched"),
    "declined": N_("Not joined"),
    "named": N_("Only named in the plans"),
}
REVIEW_STEPS: Mapping[str, str] = {
    "evidence": N_("The unit says what the network brought"),
    "opinion": N_("The office gives a second opinion"),
    "recommended": N_("A recommendation is computed"),
    "decision": N_("A manager decides"),
    "improvement plan": N_("A plan says what will improve"),
    "check day": N_("It is checked whether it has improved"),
    "notice": N_("Last day for notice"),
    "exit": N_("The membership ends"),
    "everything done": N_("All that follows is done"),
}
MEMBERSHIP_DECISIONS: Mapping[str, str] = {
    "continue": N_("Stay in it"),
    "optimise": N_("Stay, and get more out of it"),
    "leave": N_("Leave it"),
    "join": N_("Join it"),
    "watch": N_("Watch it for now"),
    "no": N_("Do not join"),
}
CALL_STATUSES: Mapping[str, str] = {
    "forthcoming": N_("Not open yet"),
    "open": N_("Open now"),
    "closing": N_("Closes soon"),
    "closed": N_("The deadline is over"),
    "gone": N_("Not listed any more"),
    "cancelled": N_("Cancelled by its programme"),
    "unclear": N_("To be looked at"),
}
"""One for each `EffectiveStatus`."""
CALL_DECISIONS: Mapping[str, str] = {
    "follow": N_("Followed"),
    "watch": N_("Watched"),
    "ignore": N_("Left aside"),
    "": N_("Not decided"),
}
CALL_SHOWS: Mapping[str, str] = {
    "new": N_("To be decided"),
    "changed": N_("Changed lately"),
    "closing": N_("Closing soon"),
    "watch": N_("Watched"),
    "follow": N_("Followed"),
    "ignore": N_("Left aside"),
    "ahead": N_("All that are ahead"),
    "over": N_("Those that are over"),
}
"""The parts of the register, as tabs."""
WHY_IGNORED: Mapping[str, str] = {
    "not_for_cities": N_("Cities cannot apply, or not as what this city is"),
    "not_our_theme": N_("It is about something else than the plan"),
    "no_capacity": N_("Nobody has the time to prepare or to carry it out"),
    "no_cofunding": N_("The city’s own share cannot be paid"),
    "too_small": N_("The grant is not worth the work"),
    "too_late": N_("The time to the deadline is too short"),
    "covered": N_("The city has, or follows, something of the kind already"),
}
"""One for each code of `models.policies.calls.WHY_IGNORED`."""
CALL_CHANGES: Mapping[str, str] = {
    "deadline": N_("deadline moved"),
    "deadline_added": N_("deadline added"),
    "deadline_removed": N_("deadline gone"),
    "status": N_("status"),
    "title": N_("title"),
    "text": N_("text"),
    "budget": N_("money"),
    "gone": N_("not listed any more"),
    "back": N_("listed again"),
}
DEADLINE_MODELS: Mapping[str, str] = {
    "single_stage": N_("One stage"),
    "two_stage": N_("Two stages"),
    "cut_offs": N_("Several cut-offs"),
}
CALL_STEPS: Mapping[str, str] = {
    "interest": N_("The units say whether they are interested"),
    "decision": N_("A manager decides whether the city applies"),
    "alarm": N_("A day before the deadline: whoever sends it is warned"),
    "deadline": N_("Deadline"),
    "sent or missed": N_("It is known whether the proposal was sent"),
    "result": N_("The result is known"),
    "agreement": N_("The grant agreement is signed"),
    "project end": N_("The project ends"),
    "1 years": N_("One year later: what is left of it"),
    "3 years": N_("Three years later: what is left of it"),
    "5 years": N_("Five years later: what is left of it"),
    "everything settled": N_("Everything is settled"),
}
"""The milestones of a `Standing`, in their order."""
INTERESTS: Mapping[str, str] = {
    "asked": N_("No answer yet"),
    "lead": N_("Would lead"),
    "partner": N_("Would take part"),
    "watch": N_("Wants to be kept informed"),
    "no": N_("Not interested"),
    "silent": N_("Gave no answer"),
}
PROPOSAL_ROLES: Mapping[str, str] = {"coordinator": N_("Coordinator"), "partner": N_("Partner")}
RESULTS: Mapping[str, str] = {
    "awarded": N_("Funded"),
    "rejected": N_("Not funded"),
    "reserve": N_("On the reserve list"),
    "nothing_yet": N_("Nothing is known yet"),
    "invited": N_("Invited to the second stage"),
    "not_invited": N_("Not invited to the second stage"),
}
CLOCK_EVENTS: Mapping[str, str] = {
    "stage_result": N_("Result of the first stage"),
    "result": N_("Result"),
    "signature": N_("Grant agreement"),
    "report": N_("Report of a period"),
    "reserve": N_("Reserve list: ask again"),
    "records": N_("Records are kept until"),
}
COUNTED_FROM: Mapping[str, str] = {
    "deadline": N_("after the deadline"),
    "result": N_("after the result"),
    "period_end": N_("after the end of the period"),
    "project_end": N_("after the end of the project"),
    "last_asked": N_("after it was last asked"),
}
CLOCK_UNITS: Mapping[str, str] = {"months": N_("Months"), "days": N_("Days")}

REGISTERS: Mapping[str, Mapping[str, str]] = {
    "network_state": NETWORK_STATES,
    "review_step": REVIEW_STEPS,
    "membership_decision": MEMBERSHIP_DECISIONS,
    "call_status": CALL_STATUSES,
    "call_decision": CALL_DECISIONS,
    "call_show": CALL_SHOWS,
    "why_ignored": WHY_IGNORED,
    "call_change": CALL_CHANGES,
    "deadline_model": DEADLINE_MODELS,
    "call_step": CALL_STEPS,
    "interest": INTERESTS,
    "proposal_role": PROPOSAL_ROLES,
    "call_result": RESULTS,
    "clock_event": CLOCK_EVENTS,
    "counted_from": COUNTED_FROM,
    "clock_unit": CLOCK_UNITS,
}
