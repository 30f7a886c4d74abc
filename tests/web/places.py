"""Every page of the site in its states: who comes, to which address. Accessibility tests and screenshots go there."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.web import lives
from tests.web.scene import Scene, names_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One page in one state. ``sub`` is who looks at it, None a visitor."""

    name: str
    path: str
    sub: str | None = None
    status: int = 200


Placed = Callable[[Scene], Place]

# Pages of other services that people come to, for everybody.
OUTSIDE = (
    ("docs-events", "syndication", "/docs/events"),
    ("docs-versioning", "syndication", "/docs/versioning"),
    ("docs-record", "syndication", "/docs/record"),
    ("sign-in", "web", "/sign-in"),
    ("mailbox", "mailbox", "/"),
    ("unsubscribe", "web", "/unsubscribe/{unsubscribe}"),
    ("unsubscribe-unknown", "web", "/unsubscribe/nobody"),
)

_STEPS = (
    "kind",
    "title",
    "actions",
    "lesson",
    "evidence",
    "fits",
    "mobility",
    "where",
    "who",
    "background",
    "files",
    "terms",
)
_SHARING = (
    ("share", "/share"),
    *((f"share-{step}", f"/share/{{draft}}/{step}") for step in (*_STEPS, "terms")),
    ("share-translation", "/share/{draft}/title?in=fr"),
    ("share-languages", "/share/{draft}/languages"),
    ("share-preview", "/share/{draft}/preview"),
    ("share-check", "/share/{draft}/check"),
    ("share-comment", "/share/{waiting}/title"),
    ("share-answers-missing", "/share/{waiting}/check"),
    ("share-submitted", "/share/{claimed}/submitted"),
)
_LIVES = ("draft", "waiting", "claimed", "public", "gone", "refused")
_MINE = (
    ("inbox", "/inbox"),
    ("searches-save", "/searches/save?q=placements&theme=recognition&country=FI"),
    ("mine", "/mine"),
    ("mine-drafts", "/mine?show=drafts"),
    ("mine-discarded", "/mine?show=discarded"),
    ("mine-import", "/mine/import"),
    *(
        (f"mine-life-{name}", f"/mine/{{{name}}}")
        for name in ("draft", "waiting", "claimed", "public", "gone", "refused")
    ),
    ("mine-life-arabic", "/mine/{foreign}"),
    ("mine-answers", "/mine/{waiting}/answers"),
    ("mine-version", "/mine/{public}/versions/1.1"),
    ("mine-changes", "/mine/{public}/changes"),
    ("mine-changes-none", "/mine/{draft}/changes"),
    ("mine-withdraw", "/mine/{claimed}/withdraw"),
    ("mine-discard", "/mine/{draft}/discard"),
    ("mine-revise", "/mine/{public}/revise"),
    ("mine-confirm", "/mine/{public}/confirm"),
    ("mine-appeal", "/mine/{refused}/appeal"),
)

_GAPS = (
    ("board-gaps", "/board/gaps"),
    ("board-gaps-unopened", "/board/gaps?show=no_click"),
    ("board-gaps-cells", "/board/gaps?show=cells"),
)


_OPEN = (
    ("home", "/"),
    ("search", "/search"),
    ("search-filtered", "/search?q=placements&theme=recognition&country=FI"),
    ("search-most-re-used", "/search?q=placements&sort=most_reused"),
    ("search-misspelt", "/search?q=aprentices"),
    ("search-language-first", "/search?q=Wie+das+Praktikum+im+Ausland+angerechnet+wird"),
    ("search-left-out", "/search?q=placements&theme=no-such-theme"),
    ("search-empty", "/search?q=zzqqxx&sector=vet"),
    ("practice", "/practices/{public}"),
    ("practice-in-arabic", "/practices/{foreign}"),
    ("practice-before", "/practices/{public}/versions/1"),
    ("practice-versions", "/practices/{public}/versions"),
    ("practice-cite", "/practices/{public}/versions/1/cite"),
    ("practice-changes", "/practices/{public}/changes?from=1&to=2"),
    ("share-visitor", "/share"),
    ("accessibility", "/accessibility"),
    ("about", "/about"),
    ("developers", "/developers"),
)
_LISTS = (
    ("home-member", "/", lives.AUTHOR),
    ("home-coordinator", "/", lives.COORDINATOR),
    ("mine-empty", "/mine", lives.REVIEWER),
    ("searches", "/searches", lives.AUTHOR),
    ("searches-empty", "/searches?lang=en", "administrator-1"),
    ("subscriptions-empty", "/subscriptions?lang=en", "member-6"),
    ("subscriptions-all", "/subscriptions", lives.COORDINATOR),
)
_SUBSCRIPTIONS = (
    ("subscriptions", "/subscriptions"),
    ("subscriptions-new", "/subscriptions/new"),
    ("subscriptions-one", "/subscriptions/{hook}"),
    ("subscriptions-change", "/subscriptions/{hook}/change"),
    ("subscriptions-log", "/subscriptions/{hook}/deliveries"),
    ("subscriptions-log-empty", "/subscriptions/{hook}/deliveries?state=delivered"),
    ("subscriptions-delivery", "/subscriptions/{hook}/deliveries/{ping}"),
    *((f"subscriptions-{step}", f"/subscriptions/{{hook}}/{step}") for step in ("rotate", "replay", "remove")),
)


def everywhere() -> list[tuple[str, Placed]]:
    """Return the places by name; where they are depends on the scene."""
    found: list[tuple[str, Placed]] = []

    def at(name: str, path: str, sub: str | None = None, status: int = 200) -> None:
        found.append(
            (name, lambda scene: Place(name=name, path=path.format_map(names_in(scene)), sub=sub, status=status))
        )

    at("practice-agreed", "/practices/{agreed}")
    at("practice-gone", "/practices/{gone}", status=410)
    for name, path in _OPEN:
        at(name, path)
    at("searches-stop", "/searches/stop/{stop}")
    at("searches-stop-unknown", "/searches/stop/nobody", status=404)
    for name, path in (*_SHARING, *_MINE, *_SUBSCRIPTIONS):
        at(name, path, lives.AUTHOR)
    at("mine-not-now", "/mine/{draft}/withdraw", lives.AUTHOR, 409)
    at("inbox-empty", "/inbox?lang=en", "administrator-1")
    at("preferences", "/preferences", lives.REVIEWER)
    for name, path, sub in _LISTS:
        at(name, path, sub)
    at("reviews", "/reviews", lives.REVIEWER)
    at("reviews-filtered", "/reviews?country=AQ", "reviewer-3")
    at("reviews-profile", "/reviews/profile", lives.REVIEWER)
    at("case-open", "/cases/{open}-1", "reviewer-3")
    at("case-writing", "/cases/{claimed}-1?about=/results", lives.REVIEWER)
    at("case-taken", "/cases/{claimed}-1", "reviewer-3")
    at("case-finished", "/cases/{reviewed}-1", lives.REVIEWER)
    at("case-closed", "/cases/{waiting}-1", lives.REVIEWER)
    at("case-read", "/cases/{claimed}-1", lives.COORDINATOR)
    at("case-conflict", "/cases/{claimed}-1/conflict", lives.REVIEWER)
    for name, path in (("board", "/board"), ("board-all", "/board?show=all"), *_GAPS):
        at(name, path, lives.COORDINATOR)
    at("board-empty", "/board?show=withdrawn&country=AQ", lives.COORDINATOR)
    at("board-case", "/board/{claimed}-1", lives.COORDINATOR)
    at("board-case-ready", "/board/{reviewed}-1", lives.COORDINATOR)
    at("board-case-decided", "/board/{waiting}-1", lives.COORDINATOR)
    at("board-decision", "/board/{reviewed}-1/decision", lives.COORDINATOR)
    at("board-decision-approve", "/board/{reviewed}-1/decision?outcome=approve", lives.COORDINATOR)
    at("board-decision-against", "/board/{reviewed}-1/decision?outcome=reject", lives.COORDINATOR)
    at("board-decision-short", "/board/{claimed}-1/decision?outcome=reject", lives.COORDINATOR)
    at("board-trail", "/board/{waiting}-1/trail", lives.COORDINATOR)
    at("board-take-down", "/board/practices/{public}/take-down", lives.COORDINATOR)
    at("board-agreement", "/board/practices/{proposal}/agreement", lives.COORDINATOR)
    at("board-agreement-back", "/board/practices/{agreed}/agreement", lives.COORDINATOR)
    at("board-case-published", "/board/{agreed}-1", lives.COORDINATOR)
    at("board-case-kept-out", "/board/{kept}-1", lives.COORDINATOR)
    at("well", "/well", lives.COORDINATOR)
    at("well-administrator", "/well?lang=en", "administrator-1")
    at("case-hand-back", "/cases/{claimed}-1/hand-back", lives.REVIEWER)
    at("not-found", "/no/such/page", status=404)
    at("forbidden", "/reviews", lives.AUTHOR, 403)
    at("not-signed-in", "/signed-in?state=x&code=y", status=400)
    return found
