"""Documents handed in with an answer: added, listed, opened, removed; refused with a reason; nobody else's."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import func, select

from models.policies.evidence import FILES_LIMIT, SIZE_LIMIT
from models.tables.evidence import EvidenceFile
from models.tables.process import AuditEvent
from tests.api.desk import put
from tests.api.house import COUNT, House
from tests.api.test_accessibility import LANGUAGES, inspector
from tests.api.test_answer_form import enter

PDF = b"%PDF-1.7\nInforme"


async def hand_in(client: httpx.AsyncClient, home: str, name: str, content: bytes, **fields: str) -> httpx.Response:
    """Send a document as the form does."""
    return await client.post(f"{home}/evidence", files={"file": (name, content)}, data=fields)


async def kept(house: House) -> list[EvidenceFile]:
    """Every file that was ever kept, the first first."""
    async with house.database.reading() as session:
        return list(await session.scalars(select(EvidenceFile).order_by(EvidenceFile.uploaded_at)))


async def recorded(house: House) -> list[tuple[str, str, Mapping[str, object]]]:
    """What the record says of files: what, by whom, and the detail."""
    async with house.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action.like("task.evidence%")).order_by(AuditEvent.id)
        return [(row.action, row.actor, row.detail) for row in await session.scalars(query)]


async def test_a_document_is_added_opened_and_removed_and_the_record_says_so(house: House):
    home, ids = f"/answer/{await house.reference('health')}", await house.ids("health")
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        added = await hand_in(client, home, "C:\\x\\Memòria <b>1.pdf", PDF, item=str(ids[COUNT]))
        again = await hand_in(client, home, "Una altra.pdf", PDF, item=str(ids[COUNT]))
        assert [added.status_code, again.status_code] == [303, 303]
        page = await client.get(added.headers["location"])
        (file,) = await kept(house)
        assert "The document was added." in page.text
        assert "Memòria _b_1.pdf</a>" in page.text
        assert "Indicator 1" in page.text
        assert "Look at the documents" in (await client.get(home)).text
        opened = await client.get(f"{home}/evidence/{file.id}")
        assert opened.content == PDF
        assert opened.headers["content-type"] == "application/pdf"
        assert opened.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in opened.headers["content-security-policy"]
        disposition = opened.headers["content-disposition"]
        assert disposition.startswith("attachment; filename=\"Mem_ria _b_1.pdf\"; filename*=UTF-8''Mem%C3%B2ria")
        for _ in range(2):
            removed = await client.post(f"{home}/evidence/{file.id}/remove")
            assert removed.headers["location"] == f"{home}/evidence?removed=1"
        assert "None yet." in (await client.get(removed.headers["location"])).text
        assert (await client.get(f"{home}/evidence/{file.id}")).status_code == 404
        assert (await hand_in(client, home, "memòria.pdf", PDF)).status_code == 303, "it may be added again"
    gone, new = await kept(house)
    assert (gone.content, gone.removed_by, new.removed_at) == (None, "health", None)
    events = await recorded(house)
    assert [(action, actor) for action, actor, _ in events] == [
        ("task.evidence_added", "health"),
        ("task.evidence_removed", "health"),
        ("task.evidence_added", "health"),
    ]
    assert events[1][2]["before"] == "kept"
    assert events[1][2]["sha256"] == gone.sha256


async def test_what_is_not_taken_is_said_in_the_readers_language_and_nothing_is_kept(house: House):
    home = f"/answer/{await house.reference('health')}"
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "es")
        refused = {
            "de un tipo que no se admite": await hand_in(client, home, "programa.exe", b"MZ"),
            "no contiene lo que dice su nombre": await hand_in(client, home, "a.pdf", b"MZ"),
            "está vacío": await hand_in(client, home, "a.pdf", b""),
            "ocupa más de 10 MB": await hand_in(client, home, "a.txt", b"x" * (SIZE_LIMIT + 1)),
            "Primero hay que elegir un archivo": await client.post(f"{home}/evidence", data={"item": ""}),
            "Hay que elegir de la lista": await hand_in(client, home, "a.pdf", PDF, item=str(uuid4())),
        }
        nonsense = await hand_in(client, home, "a.pdf", PDF, item="x")
        broken = await client.post(
            f"{home}/evidence", content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"}
        )
        kind = {"content-type": "multipart/form-data; boundary=y; charset=undefined"}
        head = b'--y\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        unreadable = await client.post(f"{home}/evidence", content=head + PDF + b"\r\n--y--\r\n", headers=kind)
        assert unreadable.status_code == 422
        far_too_large = await hand_in(client, home, "a.txt", b"x" * (SIZE_LIMIT + 2 * 1024 * 1024))
        long_form = await client.post(home, content=b"x" * (5 * 1024 * 1024))
    for sentence, answer in refused.items():
        assert answer.status_code == 422, sentence
        assert "<title>Error: " in answer.text
        assert answer.text.count(sentence) == 2, "at the head, and at its field"
    assert (nonsense.status_code, broken.status_code, far_too_large.status_code) == (422, 422, 413)
    assert "ocupa más de 10 MB" in far_too_large.text
    assert long_form.status_code == 413, "only where files are taken, more is read"
    assert await kept(house) == []
    assert await recorded(house) == []


@pytest.mark.drill
async def test_there_are_never_more_files_than_there_may_be(house: House):
    task, room = await house.task("health"), 2
    async with house.database.transaction() as session:
        session.add_all(
            EvidenceFile(
                id=uuid4(),
                task_id=task.id,
                item_id=None,
                person_code="health",
                name="nota.txt",
                media_type="text/plain",
                size=1,
                sha256=str(number),
                content=b"x",
                uploaded_at=datetime.now(UTC),
                removed_at=None,
                removed_by=None,
            )
            for number in range(FILES_LIMIT - room)
        )
    home = f"/answer/{task.reference}"
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        sent = (hand_in(client, home, f"{number}.txt", f"{number}".encode()) for number in range(room + 2))
        answers = await asyncio.gather(*sent)
        page = await client.get(f"{home}/evidence")
    assert sorted(answer.status_code for answer in answers) == [303] * room + [422] * 2
    assert len(await kept(house)) == FILES_LIMIT
    assert "remove one before you add another" in page.text
    assert 'type="file"' not in page.text


async def test_nobody_elses_files_are_found_and_an_unknown_one_is_the_same(house: House):
    home, other = [f"/answer/{await house.reference(person)}" for person in ("health", "ecology-head")]
    async with house.visitor("health") as client:
        await hand_in(client, home, "a.pdf", PDF)
    (file,) = await kept(house)
    async with house.visitor("ecology-head") as client:
        for address in (f"{other}/evidence/{file.id}", f"{other}/evidence/{uuid4()}", f"{other}/evidence/x"):
            assert (await client.get(address)).status_code == 404
        assert (await client.post(f"{other}/evidence/{file.id}/remove")).status_code == 303
        assert (await client.get(f"{home}/evidence/{file.id}")).status_code == 403
        assert (await hand_in(client, home, "b.pdf", PDF)).status_code == 403
    assert [file.removed_at for file in await kept(house)] == [None]
    async with house.client(office=True) as client:
        address = f"/tasks/{await house.reference('health')}/evidence/{file.id}"
        assert (await client.get(address)).headers["location"].startswith("/sign-in")
    for staff, status in (
        (house.staff("coordinator"), 200),
        (house.staff("manager", person="health-head", unit="HEALTH"), 200),
        (house.staff("manager", person="ecology-head", unit="ECOLOGY"), 404),
        (house.staff("operator", person="health"), 404),
    ):
        async with staff as client:
            opened = await client.get(address)
            assert opened.status_code == status
            assert (await client.get(address.replace(str(file.id), str(uuid4())))).status_code == 404
    assert (await recorded(house))[1:] == []


async def test_whoever_decides_sees_what_others_handed_in_about_it_and_cannot_remove_it(house: House):
    hosting = await put(house, "hosting_request")
    agenda = await put(house, "agenda_approval", within=hosting)
    async with house.client() as client:
        await hosting.enter(client)
        await hand_in(client, hosting.home, "Oferta.pdf", PDF)
    (file,) = await kept(house)
    async with house.client() as client:
        client.cookies.set("focal-language", "en")
        await agenda.enter(client)
        assert "1 document was handed in." in (await client.get(agenda.home)).text
        page = await client.get(f"{agenda.home}/evidence")
        assert "What others handed in about it" in page.text
        assert "/remove" not in page.text
        assert (await client.get(f"{agenda.home}/evidence/{file.id}")).content == PDF
        assert (await client.post(f"{agenda.home}/evidence/{file.id}/remove")).status_code == 303
    assert [file.removed_at for file in await kept(house)] == [None]


@pytest.mark.drill
async def test_once_it_is_closed_files_are_opened_and_nothing_is_taken(house: House):
    home = f"/answer/{await house.reference('health')}"
    async with house.visitor("health") as client:
        client.cookies.set("focal-language", "en")
        await hand_in(client, home, "a.pdf", PDF)
        (file,) = await kept(house)
        await house.close_collection()
        page = await client.get(f"{home}/evidence")
        assert "No more documents are taken." in page.text
        assert "<form" not in page.text.partition("<main")[2]
        assert (await client.get(f"{home}/evidence/{file.id}")).content == PDF
        assert (await hand_in(client, home, "b.pdf", PDF + b"2")).status_code == 409
        assert (await client.post(f"{home}/evidence/{file.id}/remove")).status_code == 409
    async with house.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(EvidenceFile)) == 1


@pytest.mark.drill
async def test_what_was_typed_is_saved_on_the_way_to_the_documents_and_back_without_script(house: House):
    ids = await house.ids("health")
    async with house.window(java_script_enabled=False) as page:
        await enter(house, page, "health")
        await page.locator(".languages button[value=fr]").click()
        await page.fill(f"#value-{ids[COUNT]}", "12")
        await page.locator(".way[value=evidence]").click()
        await page.set_input_files("#file", {"name": "rapport.pdf", "mimeType": "application/pdf", "buffer": PDF})
        await page.locator("main .button").first.click()
        await expect(page.locator("[role=status]")).to_be_focused()
        await page.locator(".languages a[lang=en]").click()
        await expect(page).to_have_url(re.compile(r"/evidence\?lang=en$"))
        await expect(page.locator(".file")).to_contain_text("rapport.pdf")
        async with page.expect_download() as download:
            await page.locator(".file a").click()
        assert (await download.value).suggested_filename == "rapport.pdf"
        await page.locator(".back a").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator(f"#value-{ids[COUNT]}")).to_have_value("12")
    assert [file.name for file in await kept(house)] == ["rapport.pdf"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.drill
async def test_the_pages_of_documents_are_accessible_empty_full_and_with_errors(house: House, language: str):
    async with inspector(house, language) as see:
        page = see.page
        await page.goto(f"{house.settings.answer_url}/a/{await house.token('health')}?lang={language}")
        await page.locator("main button").click()
        await page.locator(".way[value=evidence]").click()
        await see.look("documents")
        name = "Memòria_de_l’acció_internacional_de_la_ciutat_del_quart_trimestre.pdf"
        for content, error in ((b"no", True), (PDF, False)):
            await page.set_input_files("#file", {"name": name, "mimeType": "application/pdf", "buffer": content})
            await page.locator("main .button").first.click()
            await see.look("documents" + ", with errors" * error, error=error)
