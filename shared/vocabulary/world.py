"""Which countries lie in which region of the world: the standard country or area codes for statistical use of the
United Nations (M49, https://unstats.un.org/unsd/methodology/m49/), regions and the sub-regions in them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Region → its sub-regions.
REGIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "150": ("155", "154", "039", "151"),
        "002": ("015", "202"),
        "019": ("419", "021"),
        "142": ("143", "030", "035", "034", "145"),
        "009": ("053", "054", "057", "061"),
    }
)
# Sub-region → its countries. Taiwan and Kosovo, which M49 does not list, stand with their neighbours; Antarctica lies
# in no region.
_COUNTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "155": "AT BE CH DE FR LI LU MC NL",
        "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
        "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
        "151": "BG BY CZ HU MD PL RO RU SK UA",
        "015": "DZ EG EH LY MA SD TN",
        "202": "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW IO KE KM LR LS MG ML MR MU MW MZ NA NE NG"
        " RE RW SC SH SL SN SO SS ST SZ TD TF TG TZ UG YT ZA ZM ZW",
        "419": "AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF"
        " MQ MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI",
        "021": "BM CA GL PM US",
        "143": "KG KZ TJ TM UZ",
        "030": "CN HK JP KP KR MN MO TW",
        "035": "BN ID KH LA MM MY PH SG TH TL VN",
        "034": "AF BD BT IN IR LK MV NP PK",
        "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
        "053": "AU CC CX HM NF NZ",
        "054": "FJ NC PG SB VU",
        "057": "FM GU KI MH MP NR PW UM",
        "061": "AS CK NU PF PN TK TO TV WF WS",
    }
)
SUBREGION_OF: Final[Mapping[str, str]] = MappingProxyType(
    {country: subregion for subregion, countries in _COUNTRIES.items() for country in countries.split()}
)
REGION_OF: Final[Mapping[str, str]] = MappingProxyType(
    {subregion: region for region, subregions in REGIONS.items() for subregion in subregions}
)


def regions_of(country: str) -> tuple[str, ...]:
    """Return the M49 codes of the region and the sub-region of an ISO 3166-1 country; nothing where it has none."""
    subregion = SUBREGION_OF.get(country)
    return (REGION_OF[subregion], subregion) if subregion else ()
