import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vocabulary import UnknownCode, Vocabularies, vocabulary

ALL = Vocabularies.load()


def test_every_list_is_found_by_name() -> None:
    assert {"sectors", "themes", "countries", "languages", "licences", "decision-reasons"} <= set(ALL)
    assert ALL["sectors"] is vocabulary("sectors")
    with pytest.raises(KeyError):
        vocabulary("weather")
    with pytest.raises(KeyError):
        vocabulary("../vocabulary")


def test_a_label_falls_back_to_the_base_language_then_english_then_the_code() -> None:
    themes = vocabulary("themes")
    assert themes.label("recognition", "pt-BR") == themes.label("recognition", "pt")
    assert themes.label("recognition", "ja") == themes.label("recognition", "en")
    assert themes.label("weather", "en") == "weather"


def test_an_unknown_code_is_refused_with_the_codes_allowed() -> None:
    with pytest.raises(UnknownCode) as refused:
        vocabulary("reach").check("galactic")
    assert refused.value.allowed == ("local", "regional", "national", "cross-border", "european", "global")
    assert vocabulary("reach").check("global") == "global"
    with pytest.raises(UnknownCode):
        vocabulary("reach")["galactic"]


@given(st.sampled_from(sorted(ALL)), st.text())
def test_checking_accepts_the_codes_and_nothing_else(name: str, text: str) -> None:
    codes = ALL[name]
    assert (text in codes) == (text in codes.codes)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("erasmus-key-actions", "Cooperation for innovation and the exchange of good practices", "KA2"),
        ("erasmus-key-actions", "Learning Mobility of Individuals", "KA1"),
        ("erasmus-key-actions", "Jean Monnet Activities", "JM"),
        ("erasmus-action-types", "School education  staff mobility", "KA101"),
        ("erasmus-action-types", "Jean Monnet Chairs", "JM-CHAIR"),
        ("erasmus-action-types", "Strategic Partnerships addressing more than one field", "KA200"),
        ("erasmus-action-types", "ka210-sch", "KA210-SCH"),
        ("countries", "Türkiye", "TR"),
        ("countries", "turkey", "TR"),
        ("countries", "EL", "GR"),
        ("countries", "UK", "GB"),
        ("countries", "DEU", "DE"),
        ("countries", "Allemagne", "DE"),
        ("countries", "Czech Republic", "CZ"),
        ("languages", "griechisch", "el"),
        ("languages", "", None),
        ("countries", "Atlantis", None),
    ],
)
def test_a_code_is_found_by_any_of_its_names(name: str, text: str, code: str | None) -> None:
    assert vocabulary(name).find(text) == code


def test_a_client_gets_all_labels_or_those_of_one_language() -> None:
    everything = vocabulary("sectors").as_json()
    assert everything["terms"][2]["labels"]["de"] == "Berufliche Bildung"
    german = vocabulary("sectors").as_json("de-AT")
    assert german["terms"][2] == {"code": "vet", "label": "Berufliche Bildung"}
    assert vocabulary("erasmus-action-types").as_json("en")["terms"][0]["broader"] == "KA1"


def test_the_etag_tells_one_list_from_another() -> None:
    assert len({codes.etag for codes in ALL.values()}) == len(ALL)
