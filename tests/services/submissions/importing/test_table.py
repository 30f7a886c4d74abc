"""From bytes to rows: what is an export, where its rows are, and what is told when it is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.submissions.importing.columns import columns_of
from services.submissions.importing.table import BadRow, Row, Unreadable, open_export
from tests.services.submissions.importing.exports import FRENCH, HEADER, row, saved, written
from tests.thoroughness import examples_of

TWO_LINES = 'First line,\nsecond "line"'
LAST = written([row("A-3")]).split(b"\r\n")[1]
LATIN = written([row(**{"Project Summary": FRENCH, "Coordinating organisation name": "x"})])
LATIN = LATIN.decode("utf-8-sig").replace("–", "-").encode("latin-1")


def test_rows_come_with_the_line_they_start_on(tmp_path: Path) -> None:
    content = written([row("A-1", Topics=TWO_LINES), row("A-2")]) + b"\r\n\r\n" + LAST
    export = open_export(saved(tmp_path, content))
    found = list(export.read())
    assert [one.line for one in found] == [2, 4, 7]
    assert export.rows == 3
    assert isinstance(found[0], Row)
    assert export.columns.cell(found[0].cells, "topics") == TWO_LINES


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [True, False])
def test_delimiter_and_byte_order_mark_may_differ(tmp_path: Path, delimiter: str, bom: bool) -> None:
    export = open_export(saved(tmp_path, written([row("A-1")], delimiter=delimiter, bom=bom)))
    (found,) = export.read()
    assert isinstance(found, Row)
    assert export.columns.cell(found.cells, "identifier") == "A-1"


def test_columns_are_found_by_name_in_any_order_case_and_apostrophe() -> None:
    header = [name.replace("'", "’").upper() for name in reversed(HEADER)]
    columns = columns_of(header)
    assert columns is not None
    assert columns.places["lead_country"] == header.index("COORDINATOR’S COUNTRY")
    assert columns.places["grant"] == next(i for i, name in enumerate(header) if name.startswith("EU GRANT"))


def test_missing_columns_and_any_number_of_partners_are_fine() -> None:
    names = [f"Partner {number} name" for number in (1, 3, 104)]
    columns = columns_of(["Project Title", "Project Identifier", "Programme", *names])
    assert columns is not None
    cells = ["T", "I", "Erasmus+", "one", "three", "far away"]
    assert [partner["name"] for partner in columns.partner_cells(cells)] == ["one", "three", "far away"]
    assert columns.cell(cells, "topics") == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name,age\nana,5\n", "not an export"),
        (b"Project Identifier,Project Title\nA,B\n", "not an export"),
        (written([]), "no projects"),
        (b"%PDF-1.7\nnot a table at all", "not an export"),
        (written([row()]).decode("utf-8-sig").encode("utf-16"), "UTF-16"),
        (written([row()]).decode("utf-8-sig").encode("utf-16-le"), "UTF-16"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01" + bytes(43), "no text"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, "a spreadsheet"),
        (LATIN, "line 2 looks like Latin-1"),
        (written([row("A-1"), row("A-2", Topics="cut here")]).partition(b"cut here")[0] + b'"cut', "cut off"),
        (written([row(**{"Partner 2 name": "é"})]).partition("é".encode())[0] + b"\xc3", "middle of a character"),
    ],
)  # fmt: skip
def test_what_is_no_whole_export_gets_one_clear_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_export(saved(tmp_path, content))
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_gets_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        open_export(tmp_path / "nothing.csv")


def test_a_row_of_another_width_is_bad_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = written([row("A-1")]) + b"Erasmus+,only,three\r\n" + LAST
    found = list(open_export(saved(tmp_path, content)).read())
    assert found[1] == BadRow(line=3, reason=f"has 3 columns where the header has {len(HEADER)}")
    assert [isinstance(one, Row) for one in found] == [True, False, True]


def test_a_file_cut_between_cells_says_so_at_its_last_row(tmp_path: Path) -> None:
    content = written([row("A-1"), row("A-2")]).rpartition("Σχολή".encode())[0]
    found = list(open_export(saved(tmp_path, content)).read())
    assert isinstance(found[0], Row)
    assert isinstance(found[1], BadRow)
    assert found[1].reason.endswith("the file is cut off here")


def test_a_stray_quote_is_bad_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = written([row("A-1")]) + b'"Erasmus+"stray,x\r\n' + LAST
    found = list(open_export(saved(tmp_path, content)).read())
    assert [isinstance(one, Row) for one in found] == [True, False, True]


@given(cut=st.integers(min_value=1))
@settings(max_examples=examples_of(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_anywhere_never_gives_a_broken_row(tmp_path: Path, cut: int) -> None:
    whole = written([row("A-1", Topics=TWO_LINES), row("A-2"), row("A-3", Topics=TWO_LINES)])
    path = saved(tmp_path, whole[: cut % len(whole)])
    try:
        export = open_export(path)
    except Unreadable:
        return
    complete = [one.cells for one in open_export(saved(tmp_path, whole, "whole.csv")).read() if isinstance(one, Row)]
    got = [one.cells for one in export.read() if isinstance(one, Row)]
    # What is cut within the last cell cannot be told from a short cell: our exports end in an empty one.
    assert got == complete[: len(got)]
