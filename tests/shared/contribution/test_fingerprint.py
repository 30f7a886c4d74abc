import random
import subprocess
import sys
from time import process_time

import pytest

from shared.contribution import fingerprint, parse, similarity
from shared.contribution.fingerprint import Fingerprint, fingerprint_text
from tests.contents import complete_content, said

SEED = 20_260_331


def words(number: int, seed: int = SEED) -> list[str]:
    drawn = random.Random(seed)
    return [f"word{drawn.randrange(4000)}" for _ in range(number)]


def of(text: list[str]) -> Fingerprint:
    made = fingerprint_text(" ".join(text))
    assert made
    return made


def jaccard(one: list[str], other: list[str]) -> float:
    a, b = ({*zip(w, w[1:], w[2:], strict=False)} for w in (one, other))
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0])
@pytest.mark.parametrize("number", [60, 300, 1500])
def test_the_estimate_is_near_the_true_similarity(number: int, share: float) -> None:
    drawn = random.Random(SEED)
    before = words(number)
    after = [f"new{word}" if drawn.random() < share else word for word in before]
    assert similarity(of(before), of(after)) == pytest.approx(jaccard(before, after), abs=0.17)


def test_near_duplicates_share_a_band_and_strangers_seldom_do() -> None:
    missed = false = 0
    for seed in range(200):
        drawn = random.Random(SEED + seed)
        before = words(400, seed)
        after = [f"new{word}" if drawn.random() < 0.08 else word for word in before]
        missed += not set(of(before).bands) & set(of(after).bands)
        false += bool(set(of(before).bands) & set(of(words(400, seed + 1000)).bands))
    assert missed <= 2
    assert false <= 2


def test_it_is_the_same_in_every_process() -> None:
    text = "The same text gives the same fingerprint in every process, whatever its hash seed."
    program = (
        f"from shared.contribution.fingerprint import fingerprint_text; print(fingerprint_text({text!r}).signature)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    made = fingerprint_text(text)
    assert made
    assert printed == {made.signature}
    assert made.bands[0] == "00" + made.signature[:16]
    assert (len(made.signature), len(made.bands), len(set(made.bands))) == (512, 32, 32)


def test_a_fingerprint_kept_years_ago_still_compares() -> None:
    made = fingerprint_text("one two three four five six")
    assert made
    assert made.signature[:32] == SIGNATURE_OF_ONE_TO_SIX


SIGNATURE_OF_ONE_TO_SIX = "67a0abd7679067a06790abd78b2eabd7"


@pytest.mark.parametrize("text", ["", "two words", "...", "你好"])
def test_too_little_text_has_none(text: str) -> None:
    assert fingerprint_text(text) is None


def test_case_punctuation_and_spacing_do_not_count() -> None:
    one, other = fingerprint_text("Two weeks, abroad; paid!"), fingerprint_text("two  weeks abroad\npaid")
    assert one
    assert one == other


@pytest.mark.parametrize("text", ["学生们在国外学习两周并获得学分认可", "นักเรียนเรียนในต่างประเทศสองสัปดาห์"])
def test_languages_without_spaces_have_one_too(text: str) -> None:
    one, other = fingerprint_text(text), fingerprint_text(text[:-1])
    assert one
    assert other
    assert similarity(one, other) > 0.6


def test_only_the_source_language_counts() -> None:
    one = fingerprint(parse(complete_content()))
    translated = fingerprint(
        parse(complete_content(green=said("Vert", "fr"), summary=_summary() | said("Résumé", "fr")))
    )
    other = fingerprint(parse(complete_content("joint_action")))
    assert one
    assert one == translated
    assert other
    assert one != other
    assert fingerprint(parse({})) is None


def _summary() -> dict[str, dict[str, str]]:
    summary: dict[str, dict[str, str]] = complete_content()["summary"]
    return summary


def test_fifteen_hundred_words_take_under_three_milliseconds() -> None:
    text = " ".join(words(1500))
    fingerprint_text(text)
    best = min(_seconds(text) for _ in range(20))
    assert best < 0.003


def _seconds(text: str) -> float:
    started = process_time()
    fingerprint_text(text)
    return process_time() - started
