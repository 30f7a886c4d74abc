"""What attached files say: read whatever the format, never a reason to refuse one, and told when they are published."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import psutil
import pytest

from services.submissions.reading.media_types import ODF, OOXML, PDF
from services.submissions.reading.reader import MOST_CHARACTERS, Reader
from tests.services.submissions import documents as made
from tests.services.submissions.desk import Desk

_W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_T = b'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
_DOCX = made.archive(
    {
        "word/document.xml": b"<w:d " + _W + b"><w:p><w:r><w:t>Aner</w:t></w:r><w:r><w:t>kennung</w:t><w:tab/>"
        b"<w:t>abroad</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p><w:p><w:r><w:t>Second</w:t></w:r></w:p>"
        b"</w:d>",
        "word/footnotes.xml": b"<w:f " + _W + b"><w:p><w:r><w:t>A note</w:t></w:r></w:p></w:f>",
        "word/styles.xml": b"<w:s " + _W + b"><w:p><w:r><w:t>not text</w:t></w:r></w:p></w:s>",
    }
)
_PPTX = made.archive(
    {
        f"ppt/slides/slide{n}.xml": b"<a:s " + _A + b"><a:p><a:r><a:t>Slide %d</a:t></a:r></a:p></a:s>" % n
        for n in (10, 9)
    }
)
_XLSX = made.archive({"xl/sharedStrings.xml": b"<sst><si><t>Placements</t></si><si><t>Credits</t></si></sst>"})
_ODT = made.archive(
    {
        "content.xml": b"<o " + _T + b"><style>hidden</style><t:h>Heading</t:h><t:p>One<t:line-break/>two "
        b"<t:span>th</t:span>ree</t:p></o>"
    }
)


def pdf(*pages: str) -> bytes:
    """A PDF with a line on each page (ISO 32000-2), its table of objects left for the reader to mend."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    font = "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    parts = [
        "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj",
        f"2 0 obj\n<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>\nendobj",
    ]
    for n, line in enumerate(pages):
        drawn = f"BT /F 12 Tf 72 700 Td ({line}) Tj ET"
        parts.append(
            f"{3 + 2 * n} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {font} "
            f"/Contents {4 + 2 * n} 0 R >>\nendobj"
        )
        parts.append(f"{4 + 2 * n} 0 obj\n<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream\nendobj")
    return "\n".join(["%PDF-1.7", *parts, "trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"]).encode("latin-1")


@pytest.mark.parametrize(
    ("content", "media_type", "said"),
    [
        (pdf("Placements in Porto", "Credits"), PDF, "Placements in Porto Credits"),
        (_DOCX, f"{OOXML}wordprocessingml.document", "Anerkennung abroad Second A note"),
        (_PPTX, f"{OOXML}presentationml.presentation", "Slide 9 Slide 10"),
        (_XLSX, f"{OOXML}spreadsheetml.sheet", "Placements Credits"),
        (_ODT, f"{ODF}text", "Heading One two three"),
        ("\ufeffÜber  Grenzen\r\n\tund".encode(), "text/plain", "Über Grenzen und"),
        (b"a;b\nc;d", "text/csv", "a;b c;d"),
        (made.PNG, "image/png", ""),
    ],
)
async def test_what_a_file_says(content: bytes, media_type: str, said: str) -> None:
    assert await Reader().read(content, media_type) == said


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n" + bytes(range(256)) * 64, PDF),
        (made.PDF, PDF),
        (b"PK\x03\x04 no archive", f"{OOXML}wordprocessingml.document"),
        (made.archive({"word/document.xml": b"<w:d><w:p>"}), f"{OOXML}wordprocessingml.document"),
        (made.archive({"word/other.xml": b"<w/>"}), f"{OOXML}wordprocessingml.document"),
    ],
)
async def test_a_damaged_file_says_nothing(content: bytes, media_type: str) -> None:
    assert await Reader().read(content, media_type) == ""


async def test_entities_are_neither_resolved_nor_fetched() -> None:
    layers = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE w [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">' + layers + b"]>"
    content = made.archive({"word/document.xml": bomb + b"<w " + _W + b"><w:p><w:t>a &f; &e11;</w:t></w:p></w>"})
    said = await Reader().read(content, f"{OOXML}wordprocessingml.document")
    assert "lol" not in said
    assert "root" not in said


async def test_no_more_is_kept_than_fits_in_an_event() -> None:
    said = await Reader().read(b"words" * MOST_CHARACTERS, "text/plain")
    assert len(said) == MOST_CHARACTERS


async def test_a_file_that_takes_too_long_says_nothing_and_leaves_no_process() -> None:
    assert await Reader(seconds=0.01).read(pdf("Placements"), PDF) == ""
    children = [child.cmdline() for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert not [words for words in children if "services.submissions.reading" in words]


async def test_a_reader_has_only_so_much_memory() -> None:
    program = (
        "import sys; from services.submissions.reading import __main__ as reading; "
        "reading.text_of = lambda *_, **__: bytearray(2 << 30); sys.exit(reading.main(['text/plain', '1']))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 1


async def _published(desk: Desk, *files: tuple[str, bytes]) -> dict[str, Any]:
    draft = await desk.draft()
    for name, content in files:
        where = f"/contributions/{draft['id']}/attachments"
        await desk.ok("POST", where, params={"name": name}, content=content)
    submitted = await desk.ok("POST", f"/contributions/{draft['id']}/submit")
    await desk.open(submitted)
    await desk.approve(submitted)
    return draft


async def _told(desk: Desk) -> dict[str, Any]:
    practice: dict[str, Any] = (await desk.events("practice.published"))[0]["data"]["practice"]
    return practice


async def test_it_is_told_at_publication_and_nowhere_else(desk: Desk) -> None:
    draft = await _published(desk, ("plan.pdf", pdf("Placements")), ("broken.pdf", made.PDF), ("notes.txt", b"Credits"))
    assert (await _told(desk))["attached_text"] == "Placements\nCredits"
    for event in await desk.events("submission.submitted"):
        assert "Placements" not in str(event)
    for path in (f"/practices/{draft['id']}", f"/practices/{draft['id']}/versions/1", "/practices"):
        assert "attached_text" not in (await desk.call("GET", path, who=None)).text


async def test_files_share_what_an_event_holds(desk: Desk) -> None:
    await _published(desk, ("a.txt", b"a " * MOST_CHARACTERS), ("b.txt", b"b " * MOST_CHARACTERS))
    said = (await _told(desk))["attached_text"]
    assert len(said) <= MOST_CHARACTERS + 1
    assert "a a" in said
    assert "b b" in said
