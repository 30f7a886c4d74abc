"""Mails and inbox lines in their reader's language, from templates that are compiled and inlined once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from services.notifications.domain.digest import Digest, Line
from services.notifications.domain.facts import Facts
from services.notifications.domain.kinds import Kind
from services.notifications.domain.titles import Title, choose_title, one_line, shorten
from services.notifications.links import Links
from services.notifications.words import Words, placeholders

TEMPLATES = Path(__file__).parent / "templates"
COMMENTS_SHOWN = 12
_FRAME = ("product", "tagline", "colon", "link_hint", "preferences", "unsubscribe")
_LONGEST_NAME = 80
_LONGEST_COMMENT = 600
_LONGEST_QUOTE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads it: the name may be empty, ``language`` is one we write."""

    name: str
    language: str
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a mail says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing in one sentence, with the label of its kind and the page it leads to."""

    label: str
    text: str
    title: Title | None
    url: str


class Renderer:
    """Writes for one site. Cheap to call: about half a millisecond a mail."""

    def __init__(self, words: Mapping[str, Words], links: Links) -> None:
        self._words = words
        self._links = links
        plain = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - text/plain
        safe = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True)
        self._text = plain.from_string((TEMPLATES / "mail.txt.j2").read_text("utf-8"))
        self._html = safe.from_string(inlined((TEMPLATES / "mail.html.j2").read_text("utf-8")))

    def mail(self, kind: Kind, facts: Facts, reader: Reader, *, unsubscribe: str) -> Written:
        """Write the mail that tells one thing; ``unsubscribe`` is the whole address that stops its like."""
        words = self._words[reader.language]
        own = words.kinds[kind]
        values, title = self._values(facts, reader, words)
        subject = own.subject.format_map({**values, "title": title.shortened().isolated()})
        shown = facts.comments[:COMMENTS_SHOWN]
        left = len(facts.comments) - len(shown)
        common = {
            **self._frame(words, reader, unsubscribe),
            "subject": subject,
            "action": own.action,
            "url": self._links.about(kind, facts),
            "caption": words.groups["what"].get(facts.what or "", ""),
            "why": words.say("common", "why").format(label=own.label),
            "news": (),
            "more": "",
            "quote": shorten(facts.quote.strip(), _LONGEST_QUOTE) if facts.quote else "",
            "quote_label": words.say("common", facts.quote_is),
            "remarks": [shorten(remark.strip(), _LONGEST_QUOTE) for remark in facts.remarks if remark.strip()],
            "remarks_label": words.say("common", "remarks"),
            "comments": [_comment(words, one.severity, one.text) for one in shown],
            "comments_label": words.say("common", "comments"),
            "comments_more": words.say("common", "comments_more").format(count=left) if left else "",
        }
        sentences = [one for one in own.body if all(values.get(name) for name in placeholders(one))]

        def written(template: Template, voice: _Voice) -> str:
            paragraphs = [voice.say(sentence) for sentence in sentences]
            said = {"heading": voice.say(own.subject), "preview": voice.say(own.line), "paragraphs": paragraphs}
            return template.render(common, **said)

        in_text = _Voice(form=str, values={**values, "title": title.isolated()})
        in_html = _Voice(form=_safe, values={**values, "title": _marked(title, reader.language)})
        return Written(subject=subject, text=written(self._text, in_text), html=written(self._html, in_html))

    def digest(self, digest: Digest, reader: Reader, *, unsubscribe: str) -> Written:
        """Write the mail of a day."""
        words = self._words[reader.language]
        count = len(digest.shown) + digest.more
        subject = _counted(words, "subject", count)
        common = {
            **self._frame(words, reader, unsubscribe),
            "subject": subject,
            "action": words.say("digest", "action"),
            "url": self._links.inbox,
            "caption": "",
            "why": words.say("common", "why_digest"),
            "more": _counted(words, "more", digest.more) if digest.more else "",
            "quote": "",
            "remarks": (),
            "comments": (),
            "comments_more": "",
            "heading": subject,
            "paragraphs": [words.say("digest", "intro")],
        }
        in_text = [self._news(line, reader, html=False) for line in digest.shown]
        in_html = [self._news(line, reader, html=True) for line in digest.shown]
        preview = in_text[0]["text"]
        return Written(
            subject=subject,
            text=self._text.render(common, news=in_text, preview=preview),
            html=self._html.render(common, news=in_html, preview=preview),
        )

    def told(self, kind: Kind, facts: Facts, reader: Reader) -> Told:
        """Tell one thing in one sentence, for the inbox."""
        words = self._words[reader.language]
        values, title = self._values(facts, reader, words)
        text = words.kinds[kind].line.format_map({**values, "title": title.text})
        named = title if facts.titles else None
        return Told(label=words.kinds[kind].label, text=text, title=named, url=self._links.about(kind, facts))

    def _news(self, line: Line, reader: Reader, *, html: bool) -> dict[str, str]:
        words = self._words[reader.language]
        values, title = self._values(line.facts, reader, words)
        if html:
            voice = _Voice(form=_safe, values={**values, "title": _marked(title, reader.language)})
        else:
            voice = _Voice(form=str, values={**values, "title": title.isolated()})
        own = words.kinds[line.kind]
        return {"label": own.label, "text": voice.say(own.line), "url": self._links.about(line.kind, line.facts)}

    def _frame(self, words: Words, reader: Reader, unsubscribe: str) -> dict[str, Any]:
        name = shorten(one_line(reader.name), 70)
        greeting = words.say("common", "greeting" if name else "greeting_unnamed").format(name=name)
        return {
            **{key: words.say("common", key) for key in _FRAME},
            "language": words.language,
            "greeting": greeting,
            "preferences_url": self._links.preferences,
            "unsubscribe_url": unsubscribe,
            "quote_label": "",
            "remarks_label": "",
            "comments_label": "",
        }

    def _values(self, facts: Facts, reader: Reader, words: Words) -> tuple[dict[str, str], Title]:
        title = choose_title(facts.titles, reader.language, facts.source_language)
        if not title.text:
            title = Title(text=words.say("common", "untitled"), language=words.language)

        def date(moment: datetime | None, where: tzinfo) -> str:
            return words.date(moment.astimezone(where).date()) if moment else ""

        values = {
            "title": title.text,
            "begun": date(facts.begun_at, reader.zone),
            "asked": date(facts.asked_at, reader.zone),
            "due": date(facts.due_at, reader.zone),
            "until": date(facts.lease_until, reader.zone),
            "publish_at": date(facts.publish_at, reader.zone),
            "appeal_until": date(facts.appeal_until, reader.zone),
            "review_by": date(facts.review_by, UTC),
            "agreed_on": date(facts.agreed_on, UTC),
            "outcome": words.say("outcome", facts.outcome) if facts.outcome else "",
            "completed": "" if facts.completed is None else str(facts.completed),
            "required": "" if facts.required is None else str(facts.required),
            "search": _named(facts.search),
            "endpoint": _named(facts.endpoint),
            "ended": words.say("ended", facts.ended) if facts.ended else "",
        }
        return values, title


def _named(name: str | None) -> str:
    """Return what somebody calls a thing of theirs, on one line and in a direction of its own."""
    return Title(text=shorten(one_line(name or ""), _LONGEST_NAME), language="").isolated()


def inlined(source: str) -> str:
    """Return a template with its style sheet written into its elements; rules for dark screens stay in the head."""
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    return str(inliner.inline(source))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """A way to say sentences: as plain text, or as markup that escapes what it is filled with."""

    form: Callable[[str], str]
    values: Mapping[str, str]

    def say(self, sentence: str) -> str:
        return self.form(sentence).format_map(self.values)


def _safe(sentence: str) -> Markup:
    """Return a sentence of ours as markup whose values are escaped when it is formatted."""
    return Markup(escape(sentence))  # noqa: S704 - escaped in the same breath


def _marked(title: Title, language: str) -> Markup:
    if title.language == language and title.direction == "ltr":
        return escape(title.text)
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(title.language, title.direction, title.text)


def _comment(words: Words, severity: str, text: str) -> dict[str, str]:
    return {"severity": words.say("severity", severity), "text": shorten(one_line(text), _LONGEST_COMMENT)}


def _counted(words: Words, key: str, count: int) -> str:
    form = "one" if count == 1 else "many"
    return words.say("digest", f"{key}_{form}").format(count=count)
