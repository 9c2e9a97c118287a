"""Samples of the mails about European calls: invented calls, deadlines on the clocks of their programmes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mail.call_reasons import why_said
from mail.question_words import assignment_name
from mail.samples_shared import HOST, OFFICE, basics
from models.contracts.mail import (
    CallAlarm,
    CallLine,
    CallNews,
    CallsDigest,
    CallWords,
    Context,
    FeedTrouble,
    InterestLine,
    Language,
    MilestoneLine,
    OfficeCall,
)

PROJECTS = "Oficina Tècnica de Projectes Europeus"
PORTAL = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities/topic-details"
BRUSSELS, MADRID = ZoneInfo("Europe/Brussels"), ZoneInfo("Europe/Madrid")
DEADLINE = datetime(2027, 4, 15, 17, tzinfo=BRUSSELS)
WHY = "El programa finança justament el que preveu el pla de soledat no desitjada."


def _milestones(language: Language, *, late: bool) -> tuple[MilestoneLine, ...]:
    """The whole way to a proposal; too `late` for its first steps, or in good time."""
    days = (
        ("concept", HOST, (1, 29), (2, 12), 10),
        ("partners", HOST, (2, 5), (2, 26), 15),
        ("budget", HOST, (2, 22), (3, 8), 10),
        ("cofunding", HOST, (3, 8), (3, 15), 5),
        ("intervention_report", PROJECTS, (3, 15), (3, 22), 5),
        ("legal_report", PROJECTS, (3, 15), (3, 22), 5),
        ("council_approval", PROJECTS, (3, 22), (4, 8), 10),
        ("upload", HOST, (4, 8), (4, 13), 3),
    )
    slacks = (-3, -1, 0, 1, 7, 7, 12, 24) if late else (2, 7, 8, 15, 21, 21, 26, 38)
    return tuple(
        MilestoneLine(
            key=key,
            name=assignment_name({"key": key}, language),
            unit_name=unit,
            latest_start=date(2027, *start),
            due_on=date(2027, *due),
            needed=needed,
            left=max(slack + needed, 0),
            slack=slack,
        )
        for (key, unit, start, due, needed), slack in zip(days, slacks, strict=True)
    )


def _interests(language: Language) -> tuple[InterestLine, ...]:
    return (
        InterestLine(unit_name=HOST, state="lead", remark="El pla de barris i dos tècniques"),
        InterestLine(unit_name="Servei de Joventut", state="partner"),
        InterestLine(unit_name="Àrea Ecologia Urbana", state="watch"),
        InterestLine(unit_name="Servei de Comerç", state="no", remark=why_said("no_capacity", language)),
        InterestLine(unit_name="Servei d'Esports", state="silent"),
    )


def call(
    language: Language,
    *,
    full: bool = False,
    late: bool = True,
    moved: bool = False,
    sent: bool = False,
    years: int = 0,
) -> CallWords:
    """A call in one stage; `full`: for whoever decides; `sent`: with the number of its proposal; years after it."""
    return CallWords(
        reference="call/CERV-2027-CITIZENS-TOWN-NT",
        identifier="CERV-2027-CITIZENS-TOWN-NT",
        title="Networks of Towns",
        programme="Citizens, Equality, Rights and Values",
        url=f"{PORTAL}/CERV-2027-CITIZENS-TOWN-NT",
        deadline=DEADLINE,
        old_deadline=datetime(2027, 4, 1, 17, tzinfo=BRUSSELS) if moved else None,
        reason="La Comissió ha ajornat la convocatòria." if moved else "",
        budget=12_000_000,
        largest_grant=450_000,
        lead_name=HOST,
        proposal_number="101234567" if sent or years else "",
        milestones=_milestones(language, late=late) if full else (),
        interests=_interests(language) if full else (),
        project_ends_on=date(2030, 5, 31) if years else None,
        years=years,
    )


def in_stages(language: Language, *, stage: int = 1, deadline: bool = True) -> CallWords:
    """A call in two stages, of a programme with a portal and an hour of its own; perhaps without a day so far."""
    days = {1: datetime(2027, 11, 17, 13, tzinfo=MADRID), 2: datetime(2028, 4, 20, 13, tzinfo=MADRID)}
    return CallWords(
        reference="call/DUT-2027",
        identifier="DUT-2027",
        title="Driving Urban Transitions: Positive Energy Districts, the 15-minute City and Circular Urban Economies",
        programme="Driving Urban Transitions",
        deadline=days[stage] if deadline else None,
        stage=stage,
        milestones=_milestones(language, late=False)[:3] if deadline and stage == 1 else (),
    )


def calls_digest(language: Language) -> dict[str, Context]:
    """A week with something in every group, one with forty calls, and a quiet one."""
    office = basics(language, OFFICE) | {"week_of": date(2027, 1, 11)}
    towns, life = "CERV-2027-CITIZENS-TOWN-NT", "LIFE-2027-SAP-ENV"
    town = CallLine(
        identifier=towns,
        title="Networks of Towns",
        programme="CERV",
        news="new",
        status="open",
        deadline=DEADLINE,
        budget=12_000_000,
        found=("loneliness", "citizen participation"),
        units=(HOST,),
        url=f"{PORTAL}/{towns}",
        command=f"focal calls follow {towns}",
    )
    announced = CallLine(
        identifier=life,
        title="Environment and resource efficiency",
        programme="LIFE",
        news="new",
        status="forthcoming",
        deadline=datetime(2027, 9, 21, 17, tzinfo=BRUSSELS),
        estimate=True,
        url=f"{PORTAL}/{life}",
        command=f"focal calls follow {life}",
    )
    changed = {
        "news": "changed",
        "status": "unclear",
        "deadline": None,
        "change": "Abans: 14/9/2027",
        "estimate": False,
    }
    review = "“to be announced” is no day: enter one with `focal calls move`."
    moved = announced.model_copy(update=changed | {"review": review})
    closing = town.model_copy(update={"news": "closing", "status": "closing", "command": ""})
    gone = announced.model_copy(update={"news": "gone", "status": "gone", "url": "", "command": ""})
    forty = tuple(
        (town if place % 3 else announced).model_copy(
            update={
                "identifier": f"HORIZON-CL5-2027-D2-01-{place:02d}",
                "command": f"focal calls follow HORIZON-CL5-2027-D2-01-{place:02d}",
                "url": f"{PORTAL}/HORIZON-CL5-2027-D2-01-{place:02d}",
                "title": f"Resilient and liveable neighbourhoods that leave nobody alone, part {place}",
            }
        )
        for place in range(1, 41)
    )
    return {
        "every group": CallsDigest(**office, calls=(town, moved, closing, announced, gone), command="focal calls list"),
        "forty": CallsDigest(**office, calls=forty, more=12, command="focal calls list"),
        "quiet": CallsDigest(**office, calls=(), stale=(("CERV", date(2027, 1, 2)), ("LIFE", None))),
    }


def feed_trouble(language: Language) -> dict[str, Context]:
    """A crawl that cannot be trusted, and a programme that was never read."""
    office = basics(language, OFFICE)
    return {
        "refused": FeedTrouble(
            **office,
            programme="CERV",
            reason="The portal lists 0 calls of CERV, where there were 23.",
            problems=(("CERV-2027-GENDER", "the status 31094599 is none that is known"),),
            known=23,
            last_taken=date(2027, 1, 10),
            command="focal calls sync --programme CERV",
        ),
        "never read": FeedTrouble(**office, programme="LIFE", reason="The portal did not answer: 503, three times."),
    }


def call_news(language: Language) -> dict[str, Context]:
    """All that units are told of a call."""
    lead = basics(language, "Núria Ferrer Mas") | {"unit_name": HOST, "part": "lead"}
    partner = lead | {"unit_name": "Servei de Joventut", "part": "partner"}
    watching, office = lead | {"part": "watch"}, lead | {"unit_name": PROJECTS, "part": "office"}
    asked = lead | {"part": "asked"}
    known, sent, amparo = call(language), call(language, sent=True), {"by_name": "Amparo Soler Vidal"}
    second = in_stages(language, stage=2)
    return {
        "go, lead": CallNews(**lead, **amparo, news="go", call=known, reason=WHY),
        "go, partner": CallNews(**partner, **amparo, news="go", call=known, reason=WHY),
        "go, watching": CallNews(**watching, **amparo, news="go", call=known),
        "no go": CallNews(
            **asked, **amparo, news="no_go", call=known, reason=why_said("no_go_time: Falta l'informe", language)
        ),
        "moved": CallNews(**lead, news="moved", call=call(language, moved=True), reason="La Comissió l'ha ajornada."),
        "moved, without a day": CallNews(**partner, news="moved", call=in_stages(language, deadline=False)),
        "stage": CallNews(**partner, news="stage", call=second.model_copy(update={"lead_name": HOST})),
        "submitted": CallNews(**partner, news="submitted", call=sent),
        "awarded": CallNews(**office, news="awarded", call=sent),
        "rejected": CallNews(**lead, news="rejected", call=sent),
        "reserve": CallNews(**watching, news="reserve", call=sent),
        "dropped": CallNews(**lead, **amparo, news="dropped", call=known, reason="S'ha retirat el soci principal."),
        "cancelled": CallNews(**lead, news="cancelled", call=known, reason="La Comissió ha retirat la convocatòria."),
        "missed": CallNews(**office, news="missed", call=known),
        "amended": CallNews(**partner, news="amended", call=call(language, years=1), reason="S'ha retirat un soci."),
    }


def call_alarm(language: Language) -> dict[str, Context]:
    """The day before: to whoever has the task, to their head, and where nobody could be asked."""
    head = basics(language, "Amparo Soler Vidal") | {"call": call(language), "unit_name": HOST}
    asked = {"asked": "Núria Ferrer Mas", "asked_address": "nuria.ferrer@valencia.example"}
    link = "https://focal.valencia.example/a/p4vxq7hzt3nmc2dwr6ykbg8sj5"
    return {
        "asked": CallAlarm(**head | asked | {"reader_name": "Núria Ferrer Mas"}, link=link),
        "head": CallAlarm(**head, **asked),
        "nobody asked": CallAlarm(**head, asked="", asked_address=""),
    }


def office_call(language: Language) -> dict[str, Context]:
    """All that the coordinator is told of a call."""
    office = basics(language, OFFICE)
    known, full, sent = call(language), call(language, full=True), call(language, sent=True)
    good = call(language, full=True, late=False)
    project = call(language, years=1)
    amparo, show = {"by_name": "Amparo Soler Vidal"}, "focal calls status CERV-2027-CITIZENS-TOWN-NT"
    asked = known.model_copy(
        update={"interests": tuple(each.model_copy(update={"state": "asked", "remark": ""}) for each in full.interests)}
    )
    return {
        "opened": OfficeCall(**office, news="opened", call=asked, command=show),
        "interest": OfficeCall(**office, news="interest", call=full),
        "nobody interested": OfficeCall(
            **office,
            news="nobody_interested",
            call=in_stages(language),
            command="focal calls ask-unit DUT-2027 UNIT",
        ),
        "go": OfficeCall(**office, **amparo, news="go", call=good, note=WHY),
        "no go": OfficeCall(**office, **amparo, news="no_go", call=full, note=why_said("no_go_capacity", language)),
        "undecided": OfficeCall(**office, news="undecided", call=full, command=show),
        "moved": OfficeCall(
            **office, news="moved", call=call(language, full=True, moved=True), note="La Comissió l'ha ajornada."
        ),
        "moved, without a day": OfficeCall(**office, news="moved", call=in_stages(language, deadline=False)),
        "stage": OfficeCall(**office, news="stage", call=in_stages(language, stage=2)),
        "unconfirmed": OfficeCall(**office, news="unconfirmed", call=known, command="focal task answer B4XN-7GTD …"),
        "submitted": OfficeCall(**office, news="submitted", call=sent, by_name="Núria Ferrer Mas"),
        "missed": OfficeCall(**office, news="missed", call=known),
        "result": OfficeCall(
            **office, news="result", call=sent, by_name="Núria Ferrer Mas", note=why_said("reserve", language)
        ),
        "unanswered": OfficeCall(**office, news="unanswered", call=sent, by_name="Núria Ferrer Mas"),
        "no result": OfficeCall(**office, news="no_result", call=sent),
        "awarded": OfficeCall(**office, news="awarded", call=sent),
        "signed": OfficeCall(**office, news="signed", call=project),
        "amended": OfficeCall(**office, news="amended", call=project, note="El soci de Bolonya s'ha retirat."),
        "gone": OfficeCall(**office, news="gone", call=known, command=show),
        "nobody": OfficeCall(**office, news="nobody", call=known, by_name=HOST),
        "dropped": OfficeCall(**office, **amparo, news="dropped", call=known, note="No hi ha temps."),
        "cancelled": OfficeCall(**office, news="cancelled", call=known),
        "recorded": OfficeCall(**office, news="recorded", call=project, records_until=date(2035, 5, 31)),
        "recorded, no grant": OfficeCall(**office, news="recorded", call=sent),
    }
