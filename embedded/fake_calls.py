"""The calls of the fake portal: invented, in our own words, each with an oddity that the real portal has shown."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

Row = dict[str, Any]
"""One document of the index, in the form of the search interface."""

FORTHCOMING, OPEN, CLOSED = "31094501", "31094502", "31094503"
TOPIC, EXTERNAL, CASCADE = "1", "2", "8"
PORTAL_CODES = {
    "CERV": "43251589",
    "LIFE": "43252405",
    "HORIZON": "43108390",
    "ERASMUS": "43353764",
    "DIGITAL": "43152860",
}
RELEX = "111111"
ACTIONS = {
    "CERV": "CERV-LS  CERV Lump Sum Grants",
    "LIFE": "LIFE-PJG  LIFE Project Grants",
    "HORIZON": "HORIZON-IA  HORIZON Innovation Actions",
    "ERASMUS": "ERASMUS-LS  ERASMUS Lump Sum Grants",
    "DIGITAL": "DIGITAL-SIMPLE  DIGITAL Simple Grants",
}
SEDIA, EARLIER = "SEDIA", "SEDIA_PRD_CENTRICITY"
HOST = "https://ec.europa.eu/info/funding-tenders/opportunities"


@dataclass(frozen=True)
class Theme:
    """What some calls are about: the word in their codes, a title, keywords, and what is expected of a project."""

    code: str
    title: str
    keywords: tuple[str, ...]
    expected: str


THEMES = (
    Theme(
        "HEAT",
        "Shade and water against heat in dense districts",
        ("urban heat", "climate adaptation", "green infrastructure", "public health"),
        "Streets, schools and squares that stay usable in August, with plans that other cities can take over.",
    ),
    Theme(
        "ENERGY",
        "Energy communities in neighbourhoods of rented homes",
        ("energy communities", "renewable energy", "energy poverty", "housing"),
        "Tenants who share the electricity of their roofs, and a model contract for municipal buildings.",
    ),
    Theme(
        "TOWNS",
        "Networks of towns that remember together",
        ("networks of towns", "town twinning", "citizen participation", "European remembrance"),
        "Meetings of citizens of at least five towns, prepared by young people, with a common programme.",
    ),
    Theme(
        "EQUAL",
        "Municipal services against gender-based violence",
        ("gender equality", "gender-based violence", "victim support", "local authorities"),
        "Police, health and social services of a city that act on the same protocol, in every language spoken there.",
    ),
    Theme(
        "TWIN",
        "Digital twins for works in the street",
        ("digital twin", "urban planning", "open data", "smart cities"),
        "A shared model of what lies under a street, kept up to date by all who dig there.",
    ),
    Theme(
        "SKILLS",
        "Skills for artificial intelligence in town halls",
        ("artificial intelligence", "public administration", "digital skills", "training"),
        "Municipal staff who can judge a system before it is bought, and explain its decisions afterwards.",
    ),
    Theme(
        "YOUTH",
        "Exchanges between schools of partner cities",
        ("youth", "school partnerships", "learning mobility", "inclusion"),
        "Classes that have never travelled spend two weeks with a class of a partner city, and host it in turn.",
    ),
    Theme(
        "PORT",
        "Visitors and residents in port cities",
        ("sustainable tourism", "port cities", "blue economy", "Mediterranean"),
        "Cruise and ferry traffic that leaves clean air and local jobs behind, measured with the residents.",
    ),
    Theme(
        "REUSE",
        "Centres for repair and second use",
        ("circular economy", "waste prevention", "reuse", "social economy"),
        "One centre for every hundred thousand inhabitants, run with social enterprises.",
    ),
    Theme(
        "GOODS",
        "Quiet deliveries on the last kilometre",
        ("urban mobility", "urban logistics", "air quality", "zero emission"),
        "Goods that reach the old town by cargo bicycle or tram, at hours agreed with its neighbours.",
    ),
    Theme(
        "FOOD",
        "Municipal markets in short food chains",
        ("urban food systems", "local markets", "food waste", "public procurement"),
        "School kitchens that buy from farms of the region through the city's markets.",
    ),
    Theme(
        "ARRIVE",
        "Cities that welcome: first steps of newcomers",
        ("migration", "social inclusion", "integration", "social innovation"),
        "A first contact within a week, a course within a month, and a municipal card that opens both.",
    ),
)


def midnight(day: date) -> str:
    """A day as recent rows of the portal have it."""
    return f"{day}T00:00:00.000+0000"


def description(theme: Theme, more: str = "") -> str:
    """A text of the usual length, in HTML, with the labels that the portal sets before its parts."""
    scope = "".join(
        f"<li>{word.capitalize()}: what is done in this field is planned with those who live with it, tried in at "
        f"least two cities of different size, and described so that a third can begin without asking.</li>"
        for word in theme.keywords
    )
    return (
        f'<span class="topicdescriptionkind">Expected Outcome:</span><p>{theme.expected}</p>{more}'
        f'<span class="topicdescriptionkind">Scope:</span><p>Proposals bring together local authorities, residents and '
        f"those who provide services. They address:</p><ul>{scope}</ul><p>Conditions are in the "
        f'<a href="{HOST}/docs/2021-2027/invented/guide.pdf" target="_blank">guide for applicants</a>.</p>'
    )


def budget(identifier: str, year: int, euros: str | int, *, grants: int = 0, largest: int = 0) -> dict[str, Any]:
    """The budget of one topic within its call."""
    return {
        "action": f"{identifier} - Grants of this topic",
        "expectedGrants": grants,
        "minContribution": 0,
        "maxContribution": largest,
        "budgetYearMap": {str(year): euros},
    }


def overview(year: int, entries: Sequence[dict[str, Any]]) -> str:
    """The budget of a call, with all of its topics, as the portal writes it: JSON for a string."""
    return json.dumps({"budgetYearsColumns": [str(year)], "budgetTopicActionMap": {"990001": list(entries)}})


class Inventor:
    """Writes rows. `today`: days are counted from it."""

    def __init__(self, today: date) -> None:
        self.today = today

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)

    def topic(
        self,
        programme: str,
        identifier: str,
        theme: Theme,
        *,
        status: str,
        opens: int,
        deadlines: Iterable[str],
        **more: Any,
    ) -> Row:
        """A topic of a programme. `more`: other values of its metadata, as lists of strings."""
        year = self.today.year + 1
        call = identifier.rpartition("-")[0]
        metadata = {
            "type": [TOPIC],
            "identifier": [identifier],
            "callIdentifier": [call],
            "callTitle": [f"{programme} call for cities {year}"],
            "title": [theme.title],
            "status": [status],
            "deadlineDate": list(deadlines),
            "deadlineModel": ["single-stage"],
            "frameworkProgramme": [PORTAL_CODES.get(programme, RELEX)],
            "typesOfAction": [ACTIONS.get(programme, "Action Grants")],
            "keywords": list(theme.keywords),
            "budgetOverview": [overview(year, [budget(identifier, year, "4000000", grants=4, largest=1_000_000)])],
            "descriptionByte": [description(theme)],
        }
        return self._row(metadata | more, opens)

    def _row(self, metadata: dict[str, list[str]], opens: int) -> Row:
        """One document of the current index."""
        (identifier,), (kind,) = metadata["identifier"], metadata["typesOfAction"]
        # A number of its own, whoever else invents calls.
        number, day = str(zlib.crc32(identifier.encode())), self.day(opens)
        began = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
        reference = f"{number}{''.join(kind.split())}{began}"
        common = {
            "ccm2Id": [number],
            "callccm2Id": [number],
            "programmePeriod": ["2021 - 2027"],
            "startDate": [midnight(day)],
            "sortStatus": ["2"],
            "destination": [],
            "language": ["en"],
            "DATASOURCE": [SEDIA],
            "es_ContentType": ["text/plain"],
        }
        own = common | metadata
        return {
            "apiVersion": "2.101",
            "reference": reference,
            "url": f"{HOST}/data/topicDetails/{identifier}.json",
            "title": None,
            "content": own["title"][0],
            "summary": own["title"][0],
            "language": "en",
            "database": "SEDIA",
            "databaseLabel": "SEDIA",
            "weight": 2,
            "groupById": own["sortStatus"][0],
            "contentType": "text/plain",
            "accessRestriction": False,
            "pages": None,
            "checksum": number.zfill(32),
            "children": [],
            "metadata": own,
        }


def invented(number: int, today: date) -> list[Row]:
    """So many rows, the odd ones first. Their days are counted from `today`."""
    inventor = Inventor(today)
    return list(islice(_every(inventor), number))


def last_sunday_of_october(after: date) -> date:
    """The next day on which clocks are set back."""
    for year in (after.year, after.year + 1):
        last = date(year, 10, 31)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7)
        if sunday > after:
            return sunday
    raise AssertionError("every year has one")


def _every(inventor: Inventor) -> Iterator[Row]:
    yield from _odd(inventor)
    yield from _plain(inventor)


def _odd(inventor: Inventor) -> Iterator[Row]:
    """One row for each way in which the portal has surprised those who read it."""
    heat, energy, towns, equal, twin, skills, youth, port, reuse, goods, food, arrive = THEMES
    year, day, topic = inventor.today.year + 1, inventor.day, inventor.topic
    yield topic(
        "CERV",
        f"CERV-{year}-TOWNS-NT-01",
        towns,
        status=OPEN,
        opens=-20,
        deadlines=[midnight(day(75))],
        budgetOverview=[overview(year, [budget(f"CERV-{year}-TOWNS-NT-01", year, "12,000,000")])],
    )
    # Two stages, the later one first.
    yield topic(
        "LIFE",
        f"LIFE-{year}-HEAT-TWO-01",
        heat,
        status=OPEN,
        opens=-10,
        deadlines=[midnight(day(220)), midnight(day(65))],
        deadlineModel=["two-stage"],
    )
    # The portal closes it after the first stage, with the second one ahead.
    yield topic(
        "LIFE",
        f"LIFE-{year}-REUSE-TWO-02",
        reuse,
        status=CLOSED,
        opens=-150,
        deadlines=[midnight(day(-20)), midnight(day(150))],
        deadlineModel=["two-stage"],
    )
    # Several cut-offs in no order, one of them over.
    yield topic(
        "ERASMUS",
        f"ERASMUS-{year}-YOUTH-CUT-01",
        youth,
        status=OPEN,
        opens=-200,
        deadlines=[midnight(day(230)), midnight(day(-30)), midnight(day(100))],
        deadlineModel=["multiple cut-off"],
    )
    yield topic("HORIZON", f"HORIZON-{year}-GOODS-01", goods, status=FORTHCOMING, opens=60, deadlines=[])
    # Still open for the portal, with all of its days over.
    yield topic(
        "ERASMUS",
        f"ERASMUS-{year - 3}-SKILLS-OLD-01",
        skills,
        status=OPEN,
        opens=-900,
        deadlines=[midnight(day(-500)), midnight(day(-400))],
        deadlineModel=["multiple cut-off"],
    )
    # Older rows have their keywords as JSON within one string, and an hour that is not that of the deadline.
    yield topic(
        "CERV",
        f"CERV-{year}-EQUAL-01",
        equal,
        status=OPEN,
        opens=-30,
        deadlines=[f"{day(45)}T19:00:00.000+0200"],
        keywords=[json.dumps(equal.keywords)],
    )
    # The budget is that of the whole call, with eleven topics.
    eleven = [f"DIGITAL-{year}-TWIN-{number:02d}" for number in range(1, 12)]
    yield topic(
        "DIGITAL",
        eleven[2],
        twin,
        status=OPEN,
        opens=-15,
        deadlines=[midnight(day(95))],
        budgetOverview=[
            overview(year, [budget(each, year, 1_000_000 * place) for place, each in enumerate(eleven, start=1)])
        ],
    )
    yield topic(
        "LIFE",
        f"LIFE-{year}-FOOD-01",
        food,
        status=OPEN,
        opens=-5,
        deadlines=[midnight(day(120))],
        title=["Municipal markets &amp; short food chains:  from field to school"],
        descriptionByte=[description(food, "<p>Caf&eacute;s &amp; kitchens, &lt; 50&nbsp;km from the field.</p>")],
    )
    # On the day on which the clocks are set back.
    clocks = last_sunday_of_october(inventor.day(30))
    yield topic("HORIZON", f"HORIZON-{year}-ENERGY-01", energy, status=OPEN, opens=-3, deadlines=[midnight(clocks)])
    # A call of a funded project, listed under the topic by which that was funded.
    yield topic(
        "HORIZON",
        f"HORIZON-{year - 3}-PORT-01",
        port,
        status=OPEN,
        opens=-12,
        deadlines=[f"{day(55)}T13:00:00.000+0200"],
        type=[CASCADE],
        callIdentifier=[],
        budgetOverview=[],
        callTitle=["Small grants for quays without engines"],
        callccm2Id=["95000777"],
        descriptionByte=[],
        furtherInformation=["<p>For ports of fewer than 300,000 inhabitants; up to 60,000 euros each.</p>"],
        projectAcronym=["QUIETQUAY"],
        duration=["12 months"],
    )
    # A call outside the Union, published elsewhere; of its own it has only a number.
    yield topic(
        "RELEX",
        "RELEX-PARENT",
        arrive,
        status=OPEN,
        opens=-8,
        deadlines=[midnight(day(40))],
        type=[EXTERNAL],
        callIdentifier=["990411"],
        callTitle=["Local authorities as partners: southern neighbourhood"],
        url=["https://webgate.ec.europa.eu/prospect/external/publishedcalls.htm?callId=990411"],
        deadlineModel=[],
        budgetOverview=[],
    )


def _plain(inventor: Inventor) -> Iterator[Row]:
    """Calls as most are, without end: every theme in every programme, forthcoming and open."""
    programmes, number = tuple(PORTAL_CODES), 100
    while True:
        number += 1
        programme = programmes[number % len(programmes)]
        theme = THEMES[number % len(THEMES)]
        opens = -40 + number * 7 % 80
        identifier = f"{programme}-{inventor.today.year + 1}-{theme.code}-{number}"
        yield inventor.topic(
            programme,
            identifier,
            theme,
            status=FORTHCOMING if opens > 0 else OPEN,
            opens=opens,
            deadlines=[midnight(inventor.day(opens + 70 + number * 11 % 90))],
        )
