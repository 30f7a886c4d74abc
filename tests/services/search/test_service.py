"""The running service: what is published is found, over HTTP, and what is refused is refused well."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from pydantic_core import Url

from services.search import api
from tests.access_table import assert_access_holds
from tests.http_fuzz import assert_api_holds
from tests.services.search.desk import Desk, open_desk
from tests.services.search.making import NOW, Publisher, practice, worded
from tests.services.search.record import Record, serving


async def test_published_revised_withdrawn(desk: Desk) -> None:
    made = practice(title="Apprentices in Porto")
    await desk.reaches(await desk.publisher.publish(made))
    assert await desk.ids(q="apprentices") == [made.id]

    revised = practice(made.id, title="Trainees in Porto", version=2)
    await desk.reaches(await desk.publisher.publish(revised, said=2))
    assert await desk.ids(q="apprentices") == []
    assert await desk.ids(q="trainees") == [made.id]

    await desk.reaches(await desk.publisher.withdraw(made.id, version=2, said=3))
    assert await desk.ids(q="trainees") == []
    assert (await desk.get("/status"))["practices"] == 0


async def test_an_answer_tells_all_of_it(desk: Desk) -> None:
    made = practice(
        "it",
        titles=worded(de="Anerkennung im Ausland", en="Recognition abroad"),
        language="de",
        summary=worded(de="Lernergebnisse aus dem Praktikum"),
        themes=["recognition"],
        countries=["DE", "PT"],
        sectors=["vet"],
    )
    await desk.reaches(await desk.publisher.publish(made))
    answer = await desk.get("/search", q="Praktikum", theme="recognition", country="pt", lang="fr")
    (item,) = answer["items"]
    assert item["title_html"] == "Anerkennung im Ausland"
    assert item["snippet_html"] == "Lernergebnisse aus dem <mark>Praktikum</mark>"
    assert (item["language"], item["source_language"], item["matched_languages"]) == ("de", "de", ["de"])
    assert item["organisations"] == [{"code": "escola", "name": "Escola do Mar"}]
    assert item["address"] == made.address
    assert item["published_at"].startswith("2026-03-01T12:00:00")
    assert {"code": "DE", "label": "Allemagne", "count": 1, "selected": False, "broader": None} in answer["facets"][
        "country"
    ]
    assert {"code": "PT", "label": "Portugal", "count": 1, "selected": True, "broader": None} in answer["facets"][
        "country"
    ]
    assert answer["facets"]["organisation"] == [
        {"code": "escola", "label": "Escola do Mar", "count": 1, "selected": False, "broader": None}
    ]
    assert answer["lag"] == {"events": 0, "seconds": 0, "connected": True}
    assert (answer["total"], answer["next"], answer["partial"]) == (1, None, False)
    (english,) = (await desk.get("/search", q="Praktikum", lang="en"))["items"]
    assert (english["title"], english["language"]) == ("Recognition abroad", "en")


async def test_pages_by_cursor_stay_put_while_practices_are_published(desk: Desk) -> None:
    made = [practice(f"p{n}", published=NOW + timedelta(minutes=n)) for n in range(7)]
    await desk.reaches(await desk.publisher.publish_all(made))
    came, cursor = [], None
    for _ in range(4):
        page = await desk.get("/search", sort="newest", limit=2, **({"cursor": cursor} if cursor else {}))
        came += [item["id"] for item in page["items"]]
        cursor = page["next"]
        await desk.reaches(await desk.publisher.publish(practice(published=NOW + timedelta(days=1))))
    assert came == [f"p{n}" for n in reversed(range(7))]
    assert cursor is None
    assert len(await desk.ids(limit=3, page=2)) == 3


async def test_the_home_page_in_one_call(desk: Desk) -> None:
    made = [practice(countries=["PT"]), practice(countries=["FI", "PT"], themes=["recognition"])]
    await desk.reaches(await desk.publisher.publish_all(made))
    answer = await desk.get("/search", limit=0, lang="de")
    assert (answer["items"], answer["total"], answer["next"]) == ([], 2, None)
    assert answer["facets"]["region"] == [
        {"code": "039", "label": "Südeuropa", "count": 2, "selected": False, "broader": "150"},
        {"code": "150", "label": "Europa", "count": 2, "selected": False, "broader": None},
        {"code": "154", "label": "Nordeuropa", "count": 1, "selected": False, "broader": "150"},
    ]
    assert all(answer["facets"][facet] for facet in ("kind", "sector", "theme", "country", "language", "year"))
    assert len(await desk.ids(region="154")) == 1


async def test_suggestions(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish(practice(title="Teachers in Trondheim")))
    found = (await desk.get("/suggest", q="tron", lang="en"))["items"]
    assert [(one["kind"], one["text"]) for one in found] == [("title", "Teachers in Trondheim")]
    assert (await desk.get("/suggest"))["items"] == []


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [
        ({"theme": "teleportation"}, "query.theme", "recognition"),
        ({"country": "XX"}, "query.country", "PT"),
        ({"region": "999"}, "query.region", "150"),
        ({"limit": "-1"}, "query.limit", None),
        ({"language": "elvish"}, "query.language", "de"),
        ({"kind": "poem"}, "query.kind", "practice"),
        ({"sort": "best"}, "query.sort", "newest"),
        ({"evidence_level": "x"}, "query.evidence_level", "experience"),
        ({"year": "soon"}, "query.year", None),
        ({"q": "x" * 2001}, "query.q", None),
        ({"limit": "1000"}, "query.limit", None),
        ({"cursor": "abc"}, "query.cursor", None),
        ({"page": "9999", "limit": 100}, "query.page", None),
        ({"lang": "not a language"}, "query.lang", None),
    ],
)
async def test_what_is_unknown_is_refused_with_what_is_known(
    desk: Desk, query: dict[str, str], parameter: str, allowed: str | None
) -> None:
    answer = await desk.client.get("/search", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert allowed is None or allowed in error["allowed"]


@pytest.mark.parametrize("raw", [b"%ff%fe", b"%00", b"%ED%A0%80", b"%22%22%22", b"-", b"%E2%80%AE", b"*?~^:()[]{}"])
async def test_any_bytes_are_answered(desk: Desk, raw: bytes) -> None:
    for path in ("/search", "/suggest"):
        answer = await desk.client.get(f"{path}?q={raw.decode()}")
        assert answer.status_code in {200, 422}


@pytest.mark.parametrize("query", [{"q": "x" * 2001}, {"organisation": "x" * 201}])
async def test_too_long_is_told_in_characters(desk: Desk, query: dict[str, str]) -> None:
    answer = await desk.client.get("/search", params=query)
    (error,) = answer.json()["errors"]
    assert f"at most {len(next(iter(query.values()))) - 1} characters" in error["message"]


@pytest.mark.parametrize("raw", ["*", "%F0%9F%9A%82", "%E2%80%AE"])
async def test_signs_find_nothing_and_no_query_lists_all(desk: Desk, raw: str) -> None:
    await desk.reaches(await desk.publisher.publish(practice()))
    assert (await desk.client.get("/search?q=%00")).status_code in {400, 422}
    answer = await desk.client.get(f"/search?q={raw}")
    assert (answer.status_code, answer.json()["total"], answer.json()["items"]) == (200, 0, [])
    assert len(await desk.ids(q="")) == len(await desk.ids()) == 1


async def test_access(desk: Desk) -> None:
    assert await assert_access_holds(desk.service.app, desk.issuer) > 20


async def test_strange_requests(
    nats_url: str, publisher: Publisher, tmp_path: Path, mongodb_url: str, database: str
) -> None:
    record, kept = Record(), (mongodb_url, database)
    async with serving(record):
        address = Url(record.address)
        async with open_desk(nats_url, tmp_path / "shelf", publisher, record=kept, submissions_url=address) as desk:
            await desk.reaches(await desk.publisher.publish(practice()))
            headers = desk.issuer.headers(roles=["administrator"])
            assert await assert_api_holds(desk.service.app, headers=headers, examples=25) > 50


async def test_metrics_and_readiness(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish(practice()))
    assert (await desk.get("/health/ready"))["status"] == "ready"
    metrics = (await desk.client.get("/metrics")).text
    for line in ("search_practices 1.0", "search_lag_events 0.0", "search_lag_seconds 0.0", "search_rebuilding 0.0"):
        assert f"practice_exchange_{line}" in metrics


HOSTILE = (
    *(
        b'"',
        b'""""',
        b'a "b',
        b"*",
        b"*a",
        b"a*",
        b"(a|b)+$",
        b"[a-z]{1000}",
        b"\\",
        b"a~9",
        b"a^9",
        b"field:",
        b"body:x",
    ),
    *(b"-", b"--a", b"-a", b"AND OR NOT", b"\x00", b"a\x00b", b"\xff\xfe", b"\xed\xa0\x80", b"x" * 20_000),
    *(b"a " * 990, b"a " * 10_000, b"zq" * 990, b"country:", b"country:zz", b"year:1e9", b"country:pt " * 150),
    *(text.encode() for text in ("🚂🚂", "e" + "\u0301" * 500, "\u202eabc\u202c", "学" * 600)),
    " ".join(f"unknown{number}" for number in range(200)).encode(),
)


async def test_hostile_and_random_bytes_are_answered_or_refused(desk: Desk) -> None:
    await desk.reaches(await desk.publisher.publish(practice(title="Teachers abroad")))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - repeats the run
    rng = random.Random(seed)
    for raw in (*HOSTILE, *(rng.randbytes(rng.randint(0, 60)) for _ in range(100))):
        for path in ("/search", "/suggest"):
            answer = await desk.client.get(f"{path}?q={quote_from_bytes(raw)}")
            assert answer.status_code == 200 or 400 <= answer.status_code < 500, (raw[:80], answer.text)
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json"


async def test_a_query_past_its_time_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.reaches(await desk.publisher.publish(practice()))
    held = threading.Event()
    monkeypatch.setattr(api, "find", lambda *_, **__: held.wait(30))
    monkeypatch.setattr(api.Searching, "limit", 0.05)
    answer = await desk.client.get("/search", params={"q": "teachers"})
    held.set()
    assert answer.status_code == 503
    assert "too long" in answer.json()["detail"]


async def test_filters_typed_among_the_words_and_the_language_of_a_query(desk: Desk) -> None:
    made = practice("here", titles=worded(de="Mobilität der Lehrkräfte"), language="de", countries=["DE"])
    await desk.publisher.publish(made)
    await desk.reaches(await desk.publisher.publish(practice("there", title="Mobilität", countries=["FI"])))
    answer = await desk.get("/search", q="Mobilität Lehrkräfte country:de", lang="fr")
    assert [item["id"] for item in answer["items"]] == ["here"]
    assert answer["words"] == "Mobilität Lehrkräfte"
    assert answer["query_language"] == {"code": "de", "label": "allemand"}
    refused = await desk.client.get("/search", params={"q": "country:zz"})
    (error,) = refused.json()["errors"]
    assert refused.status_code == 422
    assert "PT" in error["allowed"]
