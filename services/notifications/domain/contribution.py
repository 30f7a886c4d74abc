"""What this service remembers of a contribution from its events: whom to tell, where it stands, who reviewed it.

Both families of events tell of it, in any order; it is ``known`` once its own did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.notifications.domain.schedule import Stage, Standing

_BEFORE_ANY = Standing(stage=Stage.DRAFT, version=0, round=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The words that came with an approval, for its authors."""

    text: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """``approvals`` and ``reviewers`` (who finished a review) are by version."""

    contribution_id: str
    standing: Standing = _BEFORE_ANY
    known: bool = False
    author_ids: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    source_language: str | None = None
    what: str | None = None
    approvals: Mapping[int, Approval] = field(default_factory=dict)
    reviewers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def drafted(self, author_ids: tuple[str, ...], what: str | None) -> "Contribution":
        """It is a draft, for the first time or again."""
        return replace(self.moved(Stage.DRAFT), author_ids=author_ids, what=what)

    def submitted(
        self,
        standing: Standing,
        *,
        author_ids: tuple[str, ...],
        titles: Mapping[str, str],
        source_language: str,
        what: str,
    ) -> "Contribution":
        """A version was handed in."""
        return replace(
            self,
            known=True,
            standing=standing,
            author_ids=author_ids,
            titles=titles,
            source_language=source_language,
            what=what,
        )

    def moved(self, stage: Stage) -> "Contribution":
        """It is at another stage; version and round stay."""
        return replace(self, known=True, standing=replace(self.standing, stage=stage))

    def reviewed(self, version: int, reviewer_id: str) -> "Contribution":
        """Somebody finished a review of a version."""
        before = self.reviewers.get(version, ())
        return replace(self, reviewers={**self.reviewers, version: tuple(dict.fromkeys((*before, reviewer_id)))})

    def unreviewed(self, version: int, reviewer_id: str) -> "Contribution":
        """Somebody is kept from a version that they may have finished a review of."""
        left = tuple(one for one in self.reviewers.get(version, ()) if one != reviewer_id)
        return replace(self, reviewers={**self.reviewers, version: left})

    def decided(self, version: int, approval: Approval | None) -> "Contribution":
        """It was decided on a version; the words of an approval are kept."""
        others = {other: words for other, words in self.approvals.items() if other != version}
        return replace(self, approvals=others | ({version: approval} if approval else {}))
