"""Pages that come after a form: what somebody fills in, which button they press. Tests and screenshots send them."""

from dataclasses import dataclass

from playwright.async_api import FilePayload, Page, expect

from tests.services.submissions.importing.exports import row, written
from tests.web import lives
from tests.web.scene import Scene, names_in

_NOBODY = "http://127.0.0.1:9/hooks"  # a closed port


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form of the page at ``path``, sent by ``sub``.

    ``fill`` are names of fields and what is typed there, ``tick`` values of boxes, ``file`` is chosen where one is
    asked for. ``button`` is a selector; of several that match, the last is pressed.
    """

    name: str
    sub: str
    path: str
    button: str = "main form .actions button"
    fill: tuple[tuple[str, str], ...] = ()
    tick: tuple[str, ...] = ()
    file: FilePayload | None = None


_LOOK = ".actions button[value=look]"

# Forms that are not right yet: each comes back and says what is wrong.
MISTAKES = (
    Sent(name="share-begin", sub=lives.AUTHOR, path="/share"),
    Sent(
        name="share-step",
        sub=lives.AUTHOR,
        path="/share/{draft}/terms",
        button=".actions button[value=continue]",
        fill=(("contact.email", "no address"),),
    ),
    Sent(name="import", sub=lives.AUTHOR, path="/mine/import", button="main form button"),
    Sent(name="answers", sub=lives.AUTHOR, path="/mine/{waiting}/answers", button="button[value=hand-in]"),
    Sent(name="profile", sub="reviewer-4", path="/reviews/profile", fill=(("load_cap", "-3"),)),
    Sent(name="review", sub=lives.REVIEWER, path="/cases/{claimed}-1", button="button[value=finish]"),
    Sent(name="conflict", sub=lives.REVIEWER, path="/cases/{claimed}-1/conflict"),
    Sent(name="decision", sub=lives.COORDINATOR, path="/board/{reviewed}-1/decision?outcome=reject", button=_LOOK),
    Sent(name="agreement", sub=lives.COORDINATOR, path="/board/practices/{proposal}/agreement", button=_LOOK),
    Sent(name="take-down", sub=lives.COORDINATOR, path="/board/practices/{public}/take-down", button=_LOOK),
    Sent(name="appeal", sub=lives.AUTHOR, path="/mine/{refused}/appeal"),
    Sent(name="subscription", sub=lives.AUTHOR, path="/subscriptions/new", fill=(("url", "ftp://example.org/"),)),
    Sent(name="replay", sub=lives.AUTHOR, path="/subscriptions/{hook}/replay"),
    Sent(name="search-unnamed", sub=lives.AUTHOR, path="/searches/save?q=welders", fill=(("name", ""),)),
)

# Pages that only a form leads to.
ANSWERS = (
    Sent(
        name="subscriptions-secret",
        sub=lives.AUTHOR,
        path="/subscriptions/new",
        fill=(("name", "Our intranet"), ("url", _NOBODY)),
    ),
    Sent(name="subscriptions-secret-again", sub=lives.AUTHOR, path="/subscriptions/{hook}/rotate"),
    Sent(
        name="searches-saved-already",
        sub=lives.AUTHOR,
        path="/searches/save?q=placements&theme=recognition&country=FI",
    ),
    Sent(name="searches-deleted", sub=lives.AUTHOR, path="/searches", button=".card:last-child button[value=delete]"),
    Sent(
        name="mine-import-report",
        sub=lives.AUTHOR,
        path="/mine/import",
        button="main form button",
        file={
            "name": "export.csv",
            "mimeType": "text/csv",
            "buffer": written(
                [row("2021-1-EL01-KA122-VET-000001"), row("2021-1-EL01-KA122-VET-000002", **{"Call year": "soon"})]
            ),
        },
    ),
    Sent(
        name="board-decision-look",
        sub=lives.COORDINATOR,
        path="/board/{reviewed}-1/decision?outcome=approve",
        button=_LOOK,
        fill=(("text", "We are glad to have it."),),
        tick=("innovative",),
    ),
    Sent(
        name="board-agreement-look",
        sub=lives.COORDINATOR,
        path="/board/practices/{proposal}/agreement",
        button=_LOOK,
        fill=(
            ("agreed_on", "2026-03-30"),
            ("parties", "Advisory Committee on Adult Learning\nVaria Evening School"),
            ("words-en", "Placements of two weeks count in both frameworks from autumn on."),
        ),
    ),
    Sent(
        name="board-take-down-look",
        sub=lives.COORDINATOR,
        path="/board/practices/{public}/take-down",
        button=_LOOK,
        fill=(("reason", "Its authors asked for it."),),
        tick=("author-request",),
    ),
    Sent(name="inbox-read", sub=lives.AUTHOR, path="/inbox", button="form[action='/inbox/read'] button"),
    Sent(name="preferences-kept", sub=lives.REVIEWER, path="/preferences"),
)


async def send(page: Page, form: Sent, scene: Scene, language: str = "en") -> None:
    """Open the page, fill the form in and send it; returns when the page that follows is there."""
    path = form.path.format_map(names_in(scene))
    await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
    for name, text in form.fill:
        await page.locator(f"main [name='{name}']").fill(text)
    for value in form.tick:
        await page.locator(f"main input[value='{value}']").check()
    if form.file:
        await page.locator("main input[type=file]").set_input_files(form.file)
    async with page.expect_navigation():
        await page.locator(form.button).last.click()
    await expect(page.locator("h1")).to_be_visible()
