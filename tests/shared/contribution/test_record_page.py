import pytest

from shared.contribution import docs


def test_the_page_is_up_to_date() -> None:
    docs.main(["--check"])


def test_a_page_that_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "page", lambda: "another page")
    with pytest.raises(SystemExit, match="not up to date"):
        docs.main(["--check"])


def test_the_page_tells_what_each_kind_needs() -> None:
    lines = {line.split("|")[1].strip(): line for line in docs.page().splitlines() if line.startswith("| `")}
    assert lines["`causes`"].endswith("| L |")
    assert lines["`duration_days`"].endswith("| Pᴹ Lᴹ |")
    assert lines["`joint_action`"].endswith(("| J |", "joint action |"))
    assert lines["`green`"].endswith("|  |")
