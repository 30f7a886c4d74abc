"""The command, on a real database: what it keeps, what it leaves alone, what it says, how it ends."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from services.submissions.importing.command import arguments, import_file
from services.submissions.settings import SubmissionsSettings
from tests.services.submissions.desk import Desk, open_desk
from tests.services.submissions.importing.exports import real_export, row, saved, written


class Importing:
    """The command against one database, and the service over it."""

    def __init__(self, desk: Desk, settings: SubmissionsSettings, folder: Path) -> None:
        self.desk = desk
        self.settings = settings
        self.folder = folder
        self.owner = desk.issuer.person_id("ana")
        self.said = ""

    async def __call__(self, content: bytes | Path, *options: str) -> int:
        path = content if isinstance(content, Path) else saved(self.folder, content)
        spoken = io.StringIO()
        console = Console(file=spoken, width=200)
        given = [str(path), *(options or ("--owner", self.owner))]
        code = await import_file(arguments(given), self.settings, console)
        self.said = spoken.getvalue()
        return code

    async def mine(self) -> dict[str, dict[str, object]]:
        page = await self.desk.ok("GET", "/contributions?limit=100")
        found = [await self.desk.ok("GET", f"/contributions/{one['id']}") for one in page["items"]]
        return {one["project"]: one for one in found}


@pytest.fixture
async def bring(mongodb_url: str, database: str, tmp_path: Path) -> AsyncIterator[Importing]:
    settings = SubmissionsSettings(mongodb_url=mongodb_url, database=database)
    async with open_desk(mongodb_url, database) as desk:
        yield Importing(desk, settings, tmp_path)


async def test_importing_twice_changes_nothing(bring: Importing) -> None:
    content = written([row("A-1"), row("A-2")])
    assert await bring(content) == 0
    assert "Imported: 2 new, 0 updated, 0 unchanged, 0 left alone, 0 bad." in bring.said
    first = await bring.mine()
    assert sorted(first) == ["A-1", "A-2"]
    assert await bring(content) == 0
    assert "Imported: 0 new, 0 updated, 2 unchanged, 0 left alone, 0 bad." in bring.said
    assert await bring.mine() == first
    assert len(await bring.desk.events("submission.drafted")) == 2


async def test_a_newer_row_updates_an_untouched_draft_only(bring: Importing) -> None:
    await bring(written([row("A-1"), row("A-2")]))
    before = await bring.mine()
    touched = before["A-2"]["id"]
    patch = {"content": {"title": {"en": {"text": "My own words"}}}}
    await bring.desk.ok("PATCH", f"/contributions/{touched}", json=patch, headers={"If-Match": '"1"'})
    newer = {"Project Title": "A title that the platform mended"}
    assert await bring(written([row("A-1", **newer), row("A-2", **newer)])) == 0
    assert "0 new, 1 updated, 0 unchanged, 1 left alone, 0 bad" in bring.said
    assert "line 3: project A-2 left alone: somebody has worked on it" in bring.said
    after = await bring.mine()
    assert after["A-1"]["content"]["title"]["en"]["text"] == newer["Project Title"]  # type: ignore[index]
    assert after["A-1"]["revision"] == 2
    assert after["A-2"]["content"]["title"]["en"]["text"] == "My own words"  # type: ignore[index]
    # And once more: the update is known, the touched one still stands.
    await bring(written([row("A-1", **newer)]))
    assert "1 unchanged" in bring.said


async def test_bad_rows_are_told_with_their_line_and_the_rest_goes_on(bring: Importing) -> None:
    content = written([row("A-1"), row(""), row("A-3", **{"Call year": "soon"}), row("A-1"), row("A-5")])
    assert await bring(content) == 1
    assert "line 3: not imported: has no project identifier" in bring.said
    assert "line 4: not imported: has 'soon' as its call year (project A-3)" in bring.said
    assert "line 5: not imported: repeats project A-1 of line 2" in bring.said
    assert "2 new, 0 updated, 0 unchanged, 0 left alone, 3 bad" in bring.said
    assert sorted(await bring.mine()) == ["A-1", "A-5"]


@pytest.mark.parametrize(
    "content",
    [
        written([row("A-1"), row("A-2", Topics="cut here")]).partition(b"cut here")[0] + b'"cut',
        written([row("A-1")]).decode("utf-8-sig").encode("utf-16"),
        b"name,age\nana,5\n",
    ],
)
async def test_a_broken_file_imports_nothing_and_ends_with_two(bring: Importing, content: bytes) -> None:
    assert await bring(content) == 2
    assert bring.said.startswith("Nothing imported: ")
    assert bring.said.count("\n") == 1
    assert await bring.mine() == {}


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(bring: Importing) -> None:
    assert await bring(written([row("A-1"), row("")]), "--dry-run", "--owner", bring.owner) == 1
    assert "Would import: 1 new, 0 updated, 0 unchanged, 0 left alone, 1 bad." in bring.said
    assert await bring.mine() == {}
    assert await bring.desk.events() == []


async def test_drafts_without_an_owner_are_handed_over_by_the_next_import(bring: Importing) -> None:
    content = written([row("A-1")])
    await bring(content, "--dry-run")
    assert await bring(content, "--account", "ana") == 0
    assert await bring.mine() == {}, "another sign-in, another person"
    await bring.desk.records.store.db["contributions"].delete_many({})
    path = saved(bring.folder, content)
    assert await import_file(arguments([str(path)]), bring.settings, Console(file=io.StringIO())) == 0
    assert await bring.mine() == {}
    assert await bring(content) == 0
    assert "1 updated" in bring.said
    assert list(await bring.mine()) == ["A-1"]
    assert await bring(content) == 0
    assert "1 unchanged" in bring.said


@pytest.mark.parametrize("option", ["--account", "--owner"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_owner_is_told_in_one_line(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(["export.csv", option, value])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"python -m services.submissions import: {option} is empty; --help tells more\n"


async def test_no_database_is_told_in_one_line(bring: Importing) -> None:
    settings = SubmissionsSettings(mongodb_url="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    spoken = io.StringIO()
    path = saved(bring.folder, written([row()]))
    code = await import_file(arguments([str(path)]), settings, Console(file=spoken, width=400))
    assert code == 2
    assert "MONGODB_URL" in spoken.getvalue()


async def test_the_real_export_is_imported_and_can_be_completed(bring: Importing) -> None:
    path = real_export()
    if path is None:
        pytest.skip("the real export does not lie beside the project (../shared/data)")
    assert await bring(path) == 0
    assert "6 new" in bring.said
    assert await bring(path) == 0
    assert "6 unchanged" in bring.said
    for draft in (await bring.mine()).values():
        told = await bring.desk.ok("GET", f"/contributions/{draft['id']}/completeness")
        assert not told["complete"]
        assert "/kind" not in {error["pointer"] for error in told["errors"]}
