"""Surname with prefix, given names and date of birth: the last resort where no number exists.

Sources: Logisch Ontwerp BRP (RvIG): elements 02.10 voornamen, 02.30 voorvoegsel, 02.40 geslachtsnaam, 03.10
geboortedatum (eight digits, 00 or 0000 for what is unknown); table 36 of voorvoegsels.

Nothing is guessed. Given names written in full never equal initials, and a partial date never equals a complete one:
what is unknown is part of the form. Merged is what is one spelling: case, diacritics, hyphens and apostrophes, a
prefix in its own column, in front of the surname or behind it. 'v.d.' stands for 'van de', 'van den' and 'van der', so
these are one form (`VAN D`); 'het' and 't' are one (`T`), and 'v.' is 'van'. Pairs that differ more are found by
probabilistic linkage, not here.
"""

import polars as pl

from pseudonimisering.normalise.reason import Normalised, Reason, normalised
from pseudonimisering.normalise.text import clean, empty, is_ascii

# Letters that Unicode does not decompose, as passports and the BRP without diacritics write them
_PLAIN = {
    "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Ħ": "H", "Ŧ": "T", "Ŋ": "N",
    "ẞ": "SS", "ı": "I", "Ə": "E",
}  # fmt: skip
_PREFIX = r"(?:VAN|IN|OP|AAN|UIT|TER|TEN|TE|DEN|DER|DE|D|T)"
_SMALL = r"(?:DEN|DER|DE|D|T)"
_SHORT_SLASH = r"\bV ?/ ?D\b"
_NOBODY = ["ONBEKEND", "NN", "N N"]
"""Surnames that say that there is none; a dot, the sign of the BRP for unknown, leaves nothing at all."""


def normalise_person(surname: pl.Series, prefix: pl.Series | None, given: pl.Series, birth: pl.Series) -> Normalised:
    """Return `VAN D BERG|JOHANNES P.|19700500`: prefix and surname, given names, date of birth.

    Given names keep their order; a single letter is an initial and gets a point. Dates: JJJJMMDD, JJJJ-MM-DD (with or
    without a time) or DD-MM-JJJJ, each with zeros for what is unknown. Reasons: onvolledig when surname, given names
    or date are empty, formaat for digits and other signs in a name, datum for a date that cannot be.
    """
    front = empty(len(surname)) if prefix is None else prefix.fill_null("")
    frame = pl.DataFrame(
        {"naam": surname.fill_null(""), "voor": front, "voornamen": given.fill_null(""), "geboren": birth.fill_null("")}
    )
    # Names and days repeat: each spelling is worked out once
    for columns, work in ((["naam", "voor"], _family_names), (["voornamen"], _given_names), (["geboren"], _dates)):
        distinct = frame.select(columns).unique()
        frame = frame.join(distinct.hstack(work(distinct)), on=columns, how="left", maintain_order="left")
    name, names, day = pl.col("familie"), pl.col("namen"), pl.col("dag")
    reason = (
        pl.when((name == "") & (names == "") & (day == ""))
        .then(pl.lit(Reason.LEEG.value))
        .when(name.is_in(["", *_NOBODY]) | (names == "") | (day == ""))
        .then(pl.lit(Reason.ONVOLLEDIG.value))
        .when(name.is_null() | names.is_null())
        .then(pl.lit(Reason.FORMAAT.value))
        .when(day.is_null())
        .then(pl.lit(Reason.DATUM.value))
    )
    return normalised(frame, pl.concat_str(name, names, day, separator="|"), reason)


def _family_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `familie`: prefix and surname in one form; empty without a letter, null with a sign of no name."""
    frame = frame.select(
        naam=_fold(frame.get_column("naam")).str.replace_all(_SHORT_SLASH, "V D"),
        voor=_fold(frame.get_column("voor")).str.replace_all(_SHORT_SLASH, "V D"),
    )
    name, front = pl.col("naam"), pl.col("voor")
    behind = name.str.extract("^[^,]*,([^,]*)$")
    turned = _words(behind).str.contains(f"^{_PREFIX}(?: {_PREFIX})*$").fill_null(False)
    frame = frame.with_columns(
        naam=pl.when(turned).then(pl.concat_str(behind, name.str.extract("^([^,]*),"), separator=" ")).otherwise(name)
    )
    frame = frame.with_columns(
        leeg=~name.str.contains(r"\p{L}"),
        vreemd=name.str.contains(r"[^\p{L} .]") | front.str.contains(r"[^\p{L} .]"),
        naam=_prefix_in_front(_words(name)),
        voor=_words(front),
    )
    double = (front == "") | (name == front) | name.str.starts_with(pl.concat_str(front, pl.lit(" ")))
    whole = pl.when(double).then(name).otherwise(_prefix_in_front(_words(pl.concat_str(front, name, separator=" "))))
    return frame.select(familie=pl.when("leeg").then(pl.lit("")).when(~pl.col("vreemd")).then(whole))


def _given_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `namen`: one space between names; a single letter is an initial, with or without a point in the source."""
    names = pl.col("voornamen")
    spaced = (
        names.str.replace_all(r"\s*\.", ". ")
        .str.replace_all(r"^[. ]+|( )[. ]+", "${1}")
        .str.replace_all(r"\b(\p{L})\b\.?", "${1}.")
        .str.strip_chars()
    )
    return (
        _fold(frame.get_column("voornamen"))
        .to_frame()
        .select(
            namen=pl.when(~names.str.contains(r"\p{L}"))
            .then(pl.lit(""))
            .when(~names.str.contains(r"[^\p{L} .]"))
            .then(spaced)
        )
    )


def _dates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `dag`: eight digits, 00 or 0000 for what the source says is unknown; empty, or null when it cannot be."""
    text = pl.col("geboren").str.replace(r"^([0-9]{8})[.,]0+$", "${1}")
    year_first = r"^([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})(?:[T ][0-9:.]*(?:Z|[+-][0-9:]+)?)?$"
    day_first = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})$"
    digits = pl.coalesce(
        pl.concat_str(*(text.str.extract(year_first, k) for k in (1, 2, 3))),
        pl.concat_str(text.str.extract(day_first, 3), *(text.str.extract(day_first, k).str.zfill(2) for k in (2, 1))),
    )
    exists = digits.str.to_date("%Y%m%d", strict=False).is_not_null()
    partial = digits.str.contains("^....(?:0[0-9]|1[0-2])00$")
    possible = (digits.str.contains("^(?:1[89]|20|21)") & (exists | partial)) | (digits == "00000000")
    cleaned = clean(frame.get_column("geboren")).to_frame()
    return cleaned.select(
        dag=pl.when(pl.col("geboren") == "").then(pl.lit("")).when(possible.fill_null(False)).then(digits)
    )


def _fold(values: pl.Series) -> pl.Series:
    """Upper case without diacritics; hyphens and apostrophes are spaces."""
    text = clean(values).str.to_uppercase()
    if not is_ascii(text):
        for _ in range(2):  # upper case and decomposition undo each other for a few letters
            text = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
            text = text.str.replace_many(list(_PLAIN), list(_PLAIN.values()))
    return text.str.replace_all(r"[\s'’‘ʼʹʻ′`\u{2010}-\u{2015}\u{2212}-]+", " ").str.strip_chars()


def _words(text: pl.Expr) -> pl.Expr:
    """Points and the comma are spaces; the short forms of prefixes become one form."""
    return (
        text.str.replace_all(r"[., ]+", " ")
        .str.strip_chars()
        .str.replace_all(r"\bVD\b", "V D")
        .str.replace_all(r"\bV\b", "VAN")
        .str.replace_all(r"\bVAN (?:DEN|DER|DE)\b", "VAN D")
        .str.replace_all(r"\bHET\b", "T")
    )


def _prefix_in_front(name: pl.Expr) -> pl.Expr:
    """Move a prefix behind the surname to its front ('BERG VAN D'), unless there is one in front already."""
    moved = name.str.replace(rf"^(.+?) ({_PREFIX}(?: {_SMALL})*)$", "${2} ${1}")
    return pl.when(name.str.contains(rf"^{_PREFIX}\b")).then(name).otherwise(moved)
