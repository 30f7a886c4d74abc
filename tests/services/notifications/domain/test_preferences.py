import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.kinds import ALLOWED, RULES, Channel, Frequency, Kind
from services.notifications.domain.preferences import (
    ALL_SCOPE,
    DIGEST_SCOPE,
    NotAllowed,
    Preferences,
    is_scope,
    kind_of,
    scope_of,
)

scopes = st.sampled_from([DIGEST_SCOPE, ALL_SCOPE, *(rule.code for rule in RULES.values())])
choices = st.dictionaries(
    st.tuples(st.sampled_from(Kind), st.just(Channel.MAIL)), st.sampled_from(Frequency), max_size=8
)


def mails(preferences: Preferences) -> dict[Kind, Frequency]:
    return {kind: preferences.frequency(kind, Channel.MAIL) for kind in Kind}


def test_every_kind_has_a_rule_with_a_code_of_its_own_and_an_allowed_default() -> None:
    assert set(RULES) == set(Kind)
    codes = [rule.code for rule in RULES.values()]
    assert len({*codes, DIGEST_SCOPE, ALL_SCOPE}) == len(codes) + 2
    assert all(len(code) == 2 and code.isascii() and code.islower() for code in codes)
    assert all(rule.default(channel) in ALLOWED[channel] for rule in RULES.values() for channel in Channel)


def test_a_confirmation_of_ones_own_click_is_no_mail() -> None:
    assert Preferences().frequency(Kind.REVIEW_CLAIMED, Channel.MAIL) is Frequency.OFF
    assert Preferences().frequency(Kind.REVIEW_CLAIMED, Channel.INBOX) is Frequency.AT_ONCE


def test_the_inbox_knows_no_digest() -> None:
    with pytest.raises(NotAllowed) as refused:
        Preferences().choose({(Kind.PUBLISHED, Channel.INBOX): Frequency.DAILY})
    assert refused.value.allowed == (Frequency.AT_ONCE, Frequency.OFF)


@given(choices, scopes)
def test_unsubscribing_stops_the_scope_and_nothing_else_and_can_be_undone(
    chosen: dict[tuple[Kind, Channel], Frequency], scope: str
) -> None:
    before = Preferences().choose(chosen)
    stopped = before.unsubscribe(scope)
    assert stopped.is_stopped(scope)
    assert stopped.unsubscribe(scope) == stopped
    for kind in Kind:
        was, now = mails(before)[kind], mails(stopped)[kind]
        assert now in (was, Frequency.OFF)
        assert stopped.frequency(kind, Channel.INBOX) is before.frequency(kind, Channel.INBOX)
        if scope not in (ALL_SCOPE, DIGEST_SCOPE) and kind is not kind_of(scope):
            assert now is was
    assert mails(stopped.resubscribe(scope)) == mails(before)


@given(choices, scopes, scopes)
def test_undoing_never_overrules_a_choice_made_since(
    chosen: dict[tuple[Kind, Channel], Frequency], scope: str, other: str
) -> None:
    considered = Preferences().unsubscribe(scope).unsubscribe(other).choose(chosen)
    assert mails(considered.resubscribe(scope)) == mails(considered)


def test_scopes_are_told_apart() -> None:
    assert is_scope(DIGEST_SCOPE)
    assert is_scope(ALL_SCOPE)
    assert not is_scope("xx")
    assert scope_of(None) == DIGEST_SCOPE
    assert all(kind_of(scope_of(kind)) is kind for kind in Kind)
