import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.addresses import Refused, read_address
from services.notifications.domain.titles import Title, choose_title, one_line, shorten

texts = st.text(st.characters(exclude_categories=[]), max_size=200)


@pytest.mark.parametrize(
    ("given_address", "kept", "mask"),
    [
        ("ana@example.org", "ana@example.org", "a…@example.org"),
        (" Ana.B+x@Example.org ", "Ana.B+x@example.org", "A…@example.org"),
        ("ana@exämple.org", "ana@xn--exmple-cua.org", "a…@xn--exmple-cua.org"),
        ("δοκιμή@παράδειγμα.ελ", "δοκιμή@xn--hxajbheg2az3al.xn--qxam", "δ…@xn--hxajbheg2az3al.xn--qxam"),
    ],
)
def test_addresses_are_kept_with_their_domain_in_ascii(given_address: str, kept: str, mask: str) -> None:
    address = read_address(given_address)
    assert (address.text, address.mask) == (kept, mask)
    assert address.needs_smtputf8 is (not kept.isascii())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@example.org",
        "ana@",
        "ana@exa mple.org",
        "a b@example.org",
        "ana\r\nRCPT TO:<eve@example.org>@example.org",
        "ana@example.org>\r\nDATA",
        "ana@-example-.org",
        ".ana@example.org",
        '"a b"@example.org',
        "a" * 65 + "@example.org",
        "ana@" + "a." * 130 + "org",
        "ana@example.org, eve@example.org",
        "\ud800@example.org",
    ],
)
def test_what_no_relay_takes_is_refused_with_a_reason(address: str) -> None:
    with pytest.raises(Refused, match=r"\w"):
        read_address(address)


@given(texts)
def test_an_address_that_is_taken_can_break_no_smtp_command(text: str) -> None:
    try:
        address = read_address(text)
    except Refused:
        return
    assert not set(address.text) & set(" \r\n\t<>\x00,")


@given(texts)
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert "\x00" not in line
    line.encode()


@given(texts, st.integers(1, 60))
def test_what_is_shortened_fits_and_begins_as_before(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= max(length, 1)
    if short != text:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


def test_shortening_splits_no_word_and_nothing_that_reads_as_one_character() -> None:
    assert shorten("Learning without borders", 20) == "Learning without…"
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert shorten("ab" + family + "cdef", 6) == "ab…"
    assert shorten("abcde\u0301fgh", 6) == "abcd…"


def test_a_reader_gets_the_title_in_their_language_else_as_it_was_written() -> None:
    titles = {"fi": "Suomeksi", "en": "In English", "de": "Auf Deutsch"}
    assert choose_title(titles, "de", "fi") == Title(text="Auf Deutsch", language="de")
    assert choose_title(titles, "de-AT", "fi").text == "Auf Deutsch"
    assert choose_title(titles, "fr", "fi").text == "Suomeksi"
    assert choose_title(titles, "fr", None).text == "In English"
    assert choose_title({"el": "Ελληνικά"}, "fr", None).text == "Ελληνικά"
    assert choose_title({"fr": "  \n "}, "fr", None).text == ""


def test_a_title_from_right_to_left_cannot_turn_the_text_around_it() -> None:
    title = Title(text="למידה: 2026", language="he")
    assert title.direction == "rtl"
    assert title.isolated() == "\u2068למידה: 2026\u2069"
    assert Title(text="2026 Lernen", language="de").isolated() == "2026 Lernen"
