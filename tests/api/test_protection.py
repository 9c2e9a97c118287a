"""What every response carries and what never reaches a page."""

from tests.api.house import COUNT, House

CROSS = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
)


async def test_a_form_from_another_site_is_refused_and_changes_nothing(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    async with house.visitor("health") as client:
        before = await house.counts()
        for headers in CROSS:
            answer = await client.post(f"/answer/{reference}", data={f"value-{ids[COUNT]}": "5"}, headers=headers)
            assert answer.status_code == 403, headers
    assert await house.counts() == before


async def test_what_no_browser_sends_is_refused_and_breaks_nothing(house: House):
    async with house.client() as client:
        assert (await client.post("/answer/x", headers={"Origin": "http://["})).status_code == 403
        assert (await client.get(f"/networks/N/reviews/{'9' * 5_000}")).status_code == 404
    async with house.client(office=True) as client:
        assert (await client.get(f"/networks/N/reviews/{'9' * 5_000}")).status_code == 404


async def test_a_form_from_our_own_pages_is_taken(house: House):
    ids, reference = await house.ids("health"), await house.reference("health")
    form = {f"value-{ids[COUNT]}": "5"}
    async with house.visitor("health") as client:
        own = ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": house.settings.answer_url})
        for headers in own:
            assert (await client.post(f"/answer/{reference}", data=form, headers=headers)).status_code == 303


async def test_a_browser_that_hides_where_a_form_came_from_can_still_open_a_link(house: House):
    async with house.client() as client:
        opened = await client.post(f"/a/{await house.token('health')}", headers={"Origin": "null"})
    assert opened.status_code == 303


async def test_every_response_carries_its_headers(house: House):
    async with house.visitor("health") as client:
        paths = ("/a/x", f"/a/{await house.token('health')}", f"/answer/{await house.reference('health')}", "/nowhere")
        responses = [await client.get(path) for path in paths] + [await client.request("PUT", "/answer/x")]
    async with house.staff() as client:
        responses += [await client.get(path) for path in ("/", "/tasks", "/mails", "/collections/TST/2026-Q4", "/x")]
    for response in responses:
        headers = response.headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == ("no-referrer" if response.url.path.startswith("/a/") else "same-origin")
        assert "server" not in headers
        assert "<script" not in response.text


async def test_static_files_are_kept_and_change_their_address_with_their_content(house: House):
    async with house.client() as client:
        page = await client.get("/nowhere")
        address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
        assert "?v=" in address
        assert "immutable" in (await client.get(address)).headers["cache-control"]
        assert (await client.get("/static/../api/pages.py")).status_code == 404


async def test_methods_are_closed_unless_a_page_needs_them(house: House):
    async with house.client() as client:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert (await client.request(method, "/health")).status_code == 405, method
        assert (await client.post("/health")).status_code == 405


async def test_the_office_answers_to_loopback_names_only(house: House):
    async with house.client(office=True) as client:
        answer = await client.get("/", headers={"Host": "rebound.example"})
        assert answer.status_code == 421
        assert "TST" not in answer.text
        port = house.settings.office_port
        assert (await client.get("/sign-in", headers={"Host": f"localhost:{port}"})).status_code == 200


async def test_health_says_whether_the_database_answers(house: House):
    async with house.client() as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
