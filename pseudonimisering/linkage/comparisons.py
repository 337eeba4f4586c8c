"""How two persons are compared and which pairs are compared at all: the settings of Splink.

Levels count down from full agreement; every pair gets the highest level that holds, and none (null) where one of the
two says nothing. Blocking rules are equalities of prepared columns, so that their pairs can be counted beforehand.
"""

from typing import Any

NAME, GIVEN, BIRTH, ADDRESS = "naam", "voornaam", "geboorte", "adres"
COMPARISONS = (NAME, GIVEN, BIRTH, ADDRESS)


def _near(column: str) -> str:
    """Return what must hold before two names can differ by one letter; it is cheap, the distance is not."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"abs(len({left}) - len({right})) <= 1 "
        f"AND (left({left}, 3) = left({right}, 3) OR right({left}, 3) = right({right}, 3))"
    )


# level number -> SQL; Splink numbers levels from the last (else, 0) up to the first
_LEVELS: dict[str, list[tuple[str, str]]] = {
    NAME: [
        ("zelfde geslachtsnaam", "naam_l = naam_r"),
        ("een deel van een dubbele naam", "(dubbel_l OR dubbel_r) AND list_has_any(delen_l, delen_r)"),
        (
            "bijna dezelfde geslachtsnaam",
            f"({_near('naam')} AND damerau_levenshtein(naam_l, naam_r) <= 1) "
            f"OR (left(naam_l, 1) = left(naam_r, 1) AND jaro_winkler_similarity(naam_l, naam_r) >= 0.95)",
        ),
        ("zelfde klank", "klank_l = klank_r"),
        (
            "verwante geslachtsnaam",
            "left(naam_l, 1) = left(naam_r, 1) AND jaro_winkler_similarity(naam_l, naam_r) >= 0.88",
        ),
    ],
    GIVEN: [
        ("zelfde voornamen", "voornamen_l = voornamen_r"),
        ("zelfde eerste voornaam", "voornaam_l = voornaam_r"),
        (
            "bijna dezelfde eerste voornaam",
            f"({_near('voornaam')} AND damerau_levenshtein(voornaam_l, voornaam_r) <= 1) "
            f"OR (voorletter_l = voorletter_r AND jaro_winkler_similarity(voornaam_l, voornaam_r) >= 0.9)",
        ),
        (
            "zelfde voorletters, twee of meer",
            "voorletters_l = voorletters_r AND len(voorletters_l) > 1 AND (voornaam_l IS NULL OR voornaam_r IS NULL)",
        ),
        ("zelfde eerste voorletter", "voorletter_l = voorletter_r AND (voornaam_l IS NULL OR voornaam_r IS NULL)"),
        ("andere voornaam met dezelfde letter", "voorletter_l = voorletter_r"),
    ],
    BIRTH: [
        ("zelfde datum", "geboren_l = geboren_r"),
        ("dag en maand verwisseld", "geboortesleutel_l = geboortesleutel_r"),
        ("zelfde jaar, datum onvolledig", "jaar_l = jaar_r AND (dag_l IS NULL OR dag_r IS NULL)"),
        (
            "één cijfer anders",
            "(jaar_l = jaar_r OR right(geboren_l, 4) = right(geboren_r, 4)) "
            "AND damerau_levenshtein(geboren_l, geboren_r) = 1",
        ),
        ("zelfde jaar", "jaar_l = jaar_r"),
    ],
    ADDRESS: [
        ("zelfde adres", "adres_l = adres_r"),
        ("zelfde postcode en huisnummer", "adresnummer_l = adresnummer_r"),
        ("zelfde postcode", "postcode_l = postcode_r"),
    ],
}
_MISSING = {NAME: "naam", GIVEN: "voorletter", BIRTH: "jaar", ADDRESS: "adres"}

TOP = {name: len(levels) for name, levels in _LEVELS.items()}
"""The highest level of every comparison; level 0 is disagreement, -1 unknown."""

FREQUENCY_OF_LEVEL: dict[str, dict[int, str]] = {
    NAME: {5: "naam"},
    GIVEN: {6: "voornamen", 5: "voornaam", 3: "voorletters", 2: "voorletter", 1: "voorletter"},
    BIRTH: {5: "geboren", 4: "jaar", 3: "jaar", 2: "jaar", 1: "jaar"},
}
"""Levels on which it matters which value is shared, and the column of that value: a rare surname says more."""

EQUALITIES: dict[str, dict[int, str]] = {
    NAME: {5: "naam"},
    BIRTH: {5: "geboren", 4: "geboortesleutel"},
    ADDRESS: {3: "adres", 2: "adresnummer", 1: "postcode"},
}
"""Levels that are the equality of one column: how often random pairs reach them is counted, not sampled."""

SHARES_HOME = (2, 3)
"""Levels of the address comparison at which two persons share a home."""

BLOCKING: dict[str, tuple[str, ...]] = {
    "geboortedatum en voorletter": ("geboortesleutel", "voorletter"),
    "geboortedatum en klank van de naam": ("geboortesleutel", "klank"),
    "adres": ("adresnummer",),
    "klank van de naam, voorletter en geboortejaar": ("klank", "voorletter", "jaar"),
    "geslachtsnaam en voornaam": ("naam", "voornaam"),
}
"""Pairs that agree on all columns of at least one rule are compared; all others are taken for non-links."""

TRAINING = (("geboortesleutel", "voorletter"), ("adresnummer", "klank"))
"""Blocks within which Splink's EM estimates the m of the comparisons that the block does not decide."""


def settings(prior: float) -> dict[str, Any]:
    """Return the settings of Splink for two tables of persons. prior: probability that two random records match."""
    comparisons = []
    for name in COMPARISONS:
        missing = _MISSING[name]
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": f"{missing}_l IS NULL OR {missing}_r IS NULL",
                "label_for_charts": "onbekend",
                "is_null_level": True,
            }
        ]
        for label, condition in _LEVELS[name]:
            level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": label}
            if label == "zelfde geslachtsnaam":
                level["tf_adjustment_column"] = "naam"
            levels.append(level)
        levels.append({"sql_condition": "ELSE", "label_for_charts": "anders"})
        comparisons.append({"output_column_name": name, "comparison_levels": levels})
    return {
        "link_type": "link_only",
        "probability_two_random_records_match": prior,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": equality(columns)} for columns in BLOCKING.values()
        ],
        # Splink hands the levels over only together with the compared columns
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "em_convergence": 0.001,
        "max_iterations": 20,
    }


def equality(columns: tuple[str, ...]) -> str:
    """Return as SQL that a pair agrees on all the columns."""
    return " AND ".join(f"l.{column} = r.{column}" for column in columns)
