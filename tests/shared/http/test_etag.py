import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Malformed, PreconditionRequired, Stale
from shared.http.etag import etag, if_match, require_version


@given(st.integers(0, 10**15 - 1))
def test_a_version_survives_its_header(version: int) -> None:
    assert if_match(etag(version)) == version


@pytest.mark.parametrize("sent", [None, "", "  ", "*"])
def test_a_change_must_say_what_it_changes(sent: str | None) -> None:
    with pytest.raises(PreconditionRequired):
        if_match(sent)


@pytest.mark.parametrize("sent", ['W/"1"', "1", '"1', '"01"', '"-1"', '"1", "2"', '"a"', '"' + "9" * 30 + '"', '"١"'])
def test_anything_but_one_strong_tag_of_ours_is_malformed(sent: str) -> None:
    with pytest.raises(Malformed) as caught:
        if_match(sent)
    assert caught.value.errors[0].parameter == "header.If-Match"


@given(st.text())
def test_no_header_breaks_it(sent: str) -> None:
    with contextlib.suppress(Malformed, PreconditionRequired):
        assert if_match(sent) >= 0


def test_an_old_version_is_stale_and_the_present_one_is_told() -> None:
    require_version(3, 3)
    with pytest.raises(Stale) as caught:
        require_version(3, 4)
    assert caught.value.extra == {"version": 4}
