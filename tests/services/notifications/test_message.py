"""The bytes of a letter: nothing can be smuggled into its head, and what machines read stands as it must."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.addresses import read_address
from services.notifications.domain.titles import one_line, shorten
from services.notifications.message import Letter, to_bytes

LETTER = Letter(
    message_id="<0123456789abcdef0123456789abcdef@practice-exchange.example>",
    date=datetime(2026, 3, 31, 12, tzinfo=UTC),
    sender_name="Practice Exchange",
    sender=read_address("no-reply@practice-exchange.example"),
    recipient_name="Ana",
    recipient=read_address("ana@example.org"),
    language="en",
    subject="Published",
    text="Hello\n",
    html="<p>Hello</p>\n",
    unsubscribe="https://a-rather-long-name-of-a-site.practice-exchange.example.org/unsubscribe/abcdefghijklmnopqrstuv",
)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted",
    "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
]  # fmt: skip
texts = st.text(st.characters(exclude_categories=[]), max_size=200)


def parsed(letter: Letter) -> EmailMessage:
    message = message_from_bytes(to_bytes(letter), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


@given(texts, texts, texts)
def test_no_text_breaks_out_of_its_place(name: str, subject: str, text: str) -> None:
    raw = to_bytes(replace(LETTER, recipient_name=name, subject=subject, text=text, html=text))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = message_from_bytes(raw, policy=policy.default)
    assert message.keys() == HEADERS
    assert len(list(message.iter_parts())) == 2


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=300).filter(lambda t: "=?" not in t))
def test_names_and_subjects_of_any_script_arrive_as_they_were(text: str) -> None:
    message = parsed(replace(LETTER, subject=text))
    assert str(message["Subject"]) == shorten(one_line(text), 160)
    # The other decoder, because Python's structured one keeps the blank between encoded words of a name.
    told = message_from_bytes(to_bytes(replace(LETTER, recipient_name=text)), policy=policy.compat32)["To"]
    name, address = parseaddr(told)
    assert str(make_header(decode_header(name))) == shorten(one_line(text), 70)
    assert address == "ana@example.org"


def test_the_unsubscribe_header_is_neither_folded_nor_encoded() -> None:
    raw = to_bytes(LETTER)
    assert f"\r\nList-Unsubscribe: <{LETTER.unsubscribe}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_bodies_arrive_as_they_were() -> None:
    text = "Zoë\n\n.\n..x\nFrom here\n" + "long " * 400 + "ü" * 2000 + "\n"
    message = parsed(replace(LETTER, text=text, html=f"<p>{text}</p>"))
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    assert "ü" * 2000 in html.get_content()


def test_what_looks_like_an_encoded_word_is_told_as_text() -> None:
    assert str(parsed(replace(LETTER, subject="=?utf-8?q?Bank?= alert"))["Subject"]) == "=?utf-8?q?Bank?= alert"
