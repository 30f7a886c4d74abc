"""The page of threats names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/security/threats.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CHECKS = sorted(set(NAMED.findall(PAGE.read_text("utf-8"))))


@pytest.mark.parametrize(("file", "test"), CHECKS)
def test_a_test_that_the_page_names_is_there(file: str, test: str) -> None:
    assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), f"{file}::{test}"


def test_each_row_names_its_tests() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "attack |" not in line]
    assert len(rows) > 15
    assert [row for row in rows if not NAMED.search(row)] == []
