"""A small office in CSV, written by hand in the tests, and the ways to import it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.contracts.people import ImportSummary, PeopleFile, PeopleProblems
from models.policies.people_checks import People
from operations.people import examine, import_people
from store.database import Database

NOBODY = People({}, {}, (), ())
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

UNITS = """unit,name,kind,institution,parent,head
MAYOR,Alcaldia,office,Ajuntament de Prova,,maria
HEALTH,Àrea Salut,area,Ajuntament de Prova,MAYOR,hector
ECO,"Àrea Parcs, Jardins i Horta",area,Ajuntament de Prova,MAYOR,elena
"""
PERSONS = """person,name,address,language,unit
maria,Maria Vidal,maria@prova.example,ca,MAYOR
hector,Hèctor Puig,hector@prova.example,es,HEALTH
elena,Elena Roca,elena@prova.example,ca-ES-valencia,ECO
sofia,Sofia Mas,sofia@prova.example,en,HEALTH
eric,Èric Pla,eric@prova.example,fr,ECO
nora,Nora Coll,nora@prova.example,ca,MAYOR
"""
FOCAL_POINTS = """unit,person,first_day,last_day
MAYOR,nora,2024-01-01,
HEALTH,sofia,2024-01-01,
ECO,eric,2024-01-01,2027-12-31
"""
ABSENCES = """person,first_day,last_day,substitute
sofia,2026-12-01,2026-12-31,nora
"""


@dataclass(slots=True)
class Files:
    """The office's four files; a test says what is different."""

    units: str = UNITS
    persons: str = PERSONS
    focal_points: str = FOCAL_POINTS
    absences: str = ABSENCES

    def files(self) -> list[PeopleFile]:
        texts = {
            "units.csv": self.units,
            "persons.csv": self.persons,
            "focal_points.csv": self.focal_points,
            "absences.csv": self.absences,
        }
        return [PeopleFile(name, text.encode()) for name, text in texts.items() if text]


async def imported(database: Database, *files: PeopleFile, dry_run: bool = False) -> ImportSummary:
    """Import some files in a transaction of its own."""
    async with database.transaction() as session:
        return await import_people(session, files, now=NOW, dry_run=dry_run)


def examined(*files: PeopleFile, known: People = NOBODY) -> People:
    """Everybody as they would be known after some files."""
    return examine(files, known=known, now=NOW).people


def complaints(*files: PeopleFile, known: People = NOBODY) -> list[str]:
    """What is wrong with some files."""
    try:
        examine(files, known=known, now=NOW)
    except PeopleProblems as error:
        return [str(problem) for problem in error.problems]
    return []
