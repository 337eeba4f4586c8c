"""What persons are compared by: surname parts, given names, date of birth, address, and the keys that bring them near.

Everything here is clear text of persons. It lives in memory only and never leaves zone 1.
"""

import polars as pl

from pseudonimisering.normalise import normalise_address

PREFIXES = frozenset(
    [
        *("VAN", "DE", "DER", "DEN", "DES", "TER", "TEN", "TE", "T", "HET", "S", "OP", "IN", "AAN", "AF", "BIJ", "UIT"),
        *("UYT", "VOOR", "ONDER", "OVER", "TOT", "VD", "VDE", "VDER", "VDEN", "VANDE", "VANDEN", "VANDER", "V", "D"),
        *("LA", "LE", "LES", "DU", "DA", "DOS", "EL", "AL", "BEN", "VON", "ZU", "ZUR", "DI", "DEL", "DELLA"),
    ]
)
"""Tussenvoegsels (folded): sources put them in their own column, before the name, behind it, or leave them out."""

_SOUNDS = (
    ("IJ|EI|EY|Y", "Y"),
    ("SCH", "SG"),
    ("CH", "G"),
    ("CK|C|Q", "K"),
    ("X", "KS"),
    ("PH|V", "F"),
    ("TH|DT", "T"),
    ("Z", "S"),
    ("OU|AU|AUW|OUW", "A"),
    ("D$", "T"),
    ("B$", "P"),
    ("H", ""),
)

FIELDS = (
    *("naam", "klank", "voornamen", "voornaam", "voorletters", "voorletter"),
    *("geboren", "geboortesleutel", "jaar", "maand", "dag", "adres", "adresnummer", "postcode"),
)
"""The columns of `persons` that hold text or numbers; `delen` (the parts of a double surname) is a list beside them."""


def persons(
    surname: pl.Series,
    given: pl.Series,
    birth: pl.Series,
    address: tuple[pl.Series, pl.Series, pl.Series | None, pl.Series | None] | None,
) -> pl.DataFrame:
    """Return what the rows are compared by (columns `FIELDS` and `delen`); null where a row does not say.

    address: postcode, house number, house letter, addition. A column with the prefix of the surname takes no part, and
    prefixes within the surname are left out: they are lost too often, and hardly tell two persons apart.
    """
    frame = pl.DataFrame({"delen": _surname_parts(surname)})
    frame = frame.with_columns(
        naam=pl.when(pl.col("delen").list.len() > 0).then(pl.col("delen").list.join("-")),
        dubbel=pl.col("delen").list.len() > 1,
        klank=_sound(frame.get_column("delen").list.last().fill_null("")),
    )
    frame = frame.hstack(_given_names(given)).hstack(_birth(birth))
    if address is None:
        nothing = pl.lit(None, dtype=pl.String)
        return frame.with_columns(adres=nothing, adresnummer=nothing, postcode=nothing)
    full = normalise_address(*address).values
    pieces = full.str.split("|")
    return frame.with_columns(
        adres=full, adresnummer=pieces.list.head(2).list.join("|"), postcode=pieces.list.first()
    ).with_columns(adresnummer=pl.when(pl.col("adres").is_not_null()).then("adresnummer"))


def fold(values: pl.Series) -> pl.Series:
    """Return upper-case text of letters, spaces and hyphens: diacritics, apostrophes and full stops are gone."""
    text = values.fill_null("").str.to_uppercase().str.replace_all("Ĳ", "IJ").str.replace_all("[ØŒÆ]", "O")
    text = text.str.normalize("NFKD").str.replace_all("ß", "SS").str.replace_all(r"[\p{M}\p{Cf}'’`´]", "")
    return text.str.replace_all(r"[^A-Z-]+", " ").str.replace_all(r"\s*-[\s-]*", "-").str.strip_chars(" -")


def _surname_parts(surname: pl.Series) -> pl.Series:
    """Parts of a double name without their prefixes: `van der Berg-De Vries` and `Berg-Vries, van der` are the same."""
    words = fold(surname).str.split("-").alias("delen").to_frame().with_row_index("rij").explode("delen")
    words = words.with_columns(woord=pl.col("delen").str.split(" ")).with_row_index("deel").explode("woord")
    plain = words.filter(~pl.col("woord").is_in(list(PREFIXES)) & (pl.col("woord") != ""))
    # a name that is nothing but prefixes ("De", "Al") keeps its words
    only = words.filter((pl.col("woord") != "").fill_null(False)).join(plain, on="rij", how="anti")
    kept = pl.concat([plain, only]).group_by("rij", "deel", maintain_order=True).agg(pl.col("woord").str.join(""))
    parts = kept.sort("rij", "deel").group_by("rij", maintain_order=True).agg(pl.col("woord").alias("delen"))
    rows = pl.DataFrame({"rij": pl.int_range(surname.len(), dtype=pl.UInt32, eager=True)})
    empty = pl.lit([], dtype=pl.List(pl.String))
    return rows.join(parts, on="rij", how="left").sort("rij").select(pl.col("delen").fill_null(empty)).to_series()


def _sound(name: pl.Series) -> pl.Series:
    """Return a key that Dutch spellings of one sound share: consonants, first letter kept, doubles written once."""
    key = name
    for spelling, sound in _SOUNDS:
        key = key.str.replace_all(spelling, sound)
    head = key.str.slice(0, 1).str.replace("[AEIOUY]", "A")
    tail = key.str.slice(1).str.replace_all("[AEIOUY ]", "")
    text = head + tail
    for letter in "BDFGKLMNPRSTW":
        text = text.str.replace_all(f"{letter}{letter}+", letter)
    return pl.select(pl.when(text != "").then(text)).to_series()


def _given_names(given: pl.Series) -> pl.DataFrame:
    """Columns voornamen and voornaam (null where there are initials only), voorletters, and the first of them."""
    frame = pl.DataFrame({"ruw": given.fill_null(""), "tekst": fold(given).str.replace_all("-", " ")})
    # "J.P.", "J P", "Th.": full stops behind at most two letters, or single letters
    stops = r"^\s*(?:\p{L}{1,2}\.[\s-]*)+\p{L}?\s*$"
    single = r"^\s*\p{L}(?:[\s-]+\p{L})*\s*$"
    solid = r"^\s*[B-DF-HJ-NP-TV-XZ]{2,4}\s*$"
    frame = frame.with_columns(
        letters=pl.col("ruw").str.contains(stops)
        | pl.col("ruw").str.contains(single)
        | pl.col("ruw").str.contains(solid),
        woorden=pl.col("tekst").str.split(" ").list.eval(pl.element().filter(pl.element() != "")),
    )
    solid_written = pl.col("letters") & pl.col("ruw").str.contains(solid)
    frame = frame.with_columns(
        voorletters=pl.when(solid_written)
        .then(pl.col("tekst").str.replace_all(" ", ""))
        .otherwise(pl.col("woorden").list.eval(pl.element().str.slice(0, 1)).list.join("")),
    )
    full = ~pl.col("letters") & (pl.col("woorden").list.len() > 0)
    return frame.select(
        voornamen=pl.when(full).then(pl.col("woorden").list.join(" ")),
        voornaam=pl.when(full).then(pl.col("woorden").list.first()),
        voorletters=pl.when(pl.col("voorletters") != "").then("voorletters"),
        voorletter=pl.when(pl.col("voorletters") != "").then(pl.col("voorletters").str.slice(0, 1)),
    )


def _birth(birth: pl.Series) -> pl.DataFrame:
    """Columns jaar, maand, dag (null where partial), geboren (JJJJMMDD) and a key for swapped day and month too."""
    text = birth.fill_null("").str.strip_chars().str.replace(r"[T ][0-9:.]+(?:Z|[+-][0-9:]+)?$", "")
    text = text.str.replace(r"\.0+$", "").alias("tekst")
    first = r"^([0-9]{4})[-/. ]?([0-9]{2})[-/. ]?([0-9]{2})$"
    last = r"^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})$"
    year_only = pl.col("tekst").str.extract("^([0-9]{4})$")
    pieces = text.to_frame().select(
        jaar=pl.coalesce(pl.col("tekst").str.extract(first, 1), pl.col("tekst").str.extract(last, 3), year_only),
        maand=pl.coalesce(pl.col("tekst").str.extract(first, 2), pl.col("tekst").str.extract(last, 2)),
        dag=pl.coalesce(pl.col("tekst").str.extract(first, 3), pl.col("tekst").str.extract(last, 1)),
    )
    numbers = pieces.select(pl.all().cast(pl.Int32, strict=False))
    month_known, day_known = pl.col("maand").is_between(1, 12), pl.col("dag").is_between(1, 31)
    known = numbers.select(
        jaar=pl.when(pl.col("jaar").is_between(1850, 2100)).then("jaar"),
        maand=pl.when(month_known).then("maand"),
        dag=pl.when(month_known & day_known).then("dag"),
    )
    two = pl.col("maand", "dag").cast(pl.String).str.zfill(2)
    low, high = pl.min_horizontal("maand", "dag"), pl.max_horizontal("maand", "dag")
    return known.with_columns(
        geboren=pl.concat_str(pl.col("jaar").cast(pl.String), two),
        geboortesleutel=pl.when(pl.col("dag").is_not_null()).then(pl.col("jaar") * 10_000 + low * 100 + high),
    )
