"""The answer to a small-area estimate: rates that chance has been taken out of, as far as it can be.

What it tells: estimate, weight and prior are one equation in an area's count (theta = weight * own rate + the rest *
mean), so whoever has them has the count. The counts that go in are therefore those that `kaart` would show; a hidden
area is estimated together with the other hidden ones around it, from what the shown margins leave, which anybody can
compute. So the prior may stand beside the estimates.
"""

import pandas as pd

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.features import ProtectedFeature, protected_feature
from outputcontrole.render.area_map import by_buurt, map_areas
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import HIDDEN, csv_bytes, decimal_comma
from outputcontrole.spec import Share, SmallAreaEstimate, Verdict
from zoo_analyse.areas import pooled_fill
from zoo_analyse.smoothing import Model, Prior, moment_prior, smoothed_rates
from zoo_formaat.canonical import canonical_bytes

WORDS = "schatting voor kleine gebieden"
COVERAGE = 0.95
_NOTHING_LEFT = "gemiddelde"


def tables(output: SmallAreaEstimate) -> tuple[AskedTable, ...]:
    """Return the counts behind the feature."""
    return tables_of_features(output)


def answer(output: SmallAreaEstimate, basis: Basis) -> Answer:
    """Estimate the rate of every area from shown counts; the own rate of a hidden area stays hidden.

    Raises UserError without a registered map of areas.
    """
    feature = protected_feature(output.kenmerk, output.gebied, basis)
    if feature.blocked is not None:
        return refused(output, (feature.blocked, *feature.findings))
    own = feature.own().drop(index=list(feature.undefined), errors="ignore")
    if not own["waarde"].notna().any():
        nothing = Finding("niets over", "geen enkel gebied mag getoond worden", "kies een hoger gebiedsniveau")
        return refused(output, (nothing, *feature.findings))
    filled = _counts(feature, own)
    freedom = degrees_of_freedom(int(filled["eenheid"].nunique()), 2, basis.policy)
    if freedom is not None:
        return refused(output, (freedom, *feature.findings))
    share = isinstance(output.kenmerk, Share)
    scale = 100.0 if share else float(getattr(output.kenmerk, "maal", 1))
    table, prior = _estimates(filled, "beta-binomiaal" if share else "gamma-poisson", scale, output.drempel)
    table["waargenomen"] = own["waarde"]
    files = {
        "schattingen.csv": _csv(table, feature, with_chance=output.drempel is not None),
        "model.json": canonical_bytes(_record(prior, scale, output, feature.decimals)) + b"\n",
    }
    areas = map_areas(basis.access)
    source = source_line(output, tables(output), basis.access)
    called = in_words(output.kenmerk.naam)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        shown = table[table["waargenomen"].notna()]
        classes = figures.class_index(shown["schatting"].reindex(feature.own().index), output.klassen)
        places = max((len(f"{bound:.6f}".rstrip("0").split(".")[1]) for bound in output.klassen), default=0)
        drawn = figures.choropleth(
            areas,
            by_buurt(classes, areas, output.gebied),
            classes=figures.class_labels(output.klassen, decimals=places, unit=" %" if share else ""),
            title=output.titel,
            source=source,
            legend=f"{called}, geschat",
        )
        mean = round(prior.mean * scale, feature.decimals)
        unit = " (%)" if share else ""
        spread = figures.interval_plot(
            shown, mean=mean, title=output.titel, source=source, label=f"{called}{unit}, per {output.gebied}"
        )
        return {
            "kaart.svg": figures.to_svg(drawn),
            "kaart.png": figures.to_png(drawn),
            "schattingen.svg": figures.to_svg(spread),
            "schattingen.png": figures.to_png(spread),
        }

    hidden = bool(feature.findings) or bool(table["waargenomen"].isna().any())
    preview = {
        "gebieden": [
            {"gebied": str(code), "schatting": float(row["schatting"]), "over": str(row["over"])}
            for code, row in table.iterrows()
        ],
        "model": _record(prior, scale, output, feature.decimals),
    }
    return Answer(output, Verdict.PROTECTED if hidden else Verdict.FREE, feature.findings, files, draw, preview)


def _counts(feature: ProtectedFeature, own: pd.DataFrame) -> pd.DataFrame:
    """Counts per area, and the unit of estimation it belongs to: itself, or the rest that hidden areas have in common.

    Where the margins leave nothing for a hidden area, it has no units: what is usual is then all that can be said.
    """
    larger = feature.values.drop(feature.own().index)
    columns = ["teller", "noemer"]
    filled = pooled_fill(
        own[columns].rename_axis("gebied").reset_index(), larger[columns].rename_axis("gebied").reset_index()
    ).set_index("gebied")
    published = filled["herkomst"] == "gepubliceerd"
    left = filled["herkomst"].str.startswith("rest van ")
    filled.loc[~published & ~left, columns] = 0.0
    filled["over"] = filled["herkomst"].mask(published, "gebied").where(published | left, _NOTHING_LEFT)
    filled["eenheid"] = filled["over"].mask(published, pd.Series(filled.index, index=filled.index))
    return filled


def _estimates(filled: pd.DataFrame, model: Model, scale: float, threshold: float | None) -> tuple[pd.DataFrame, Prior]:
    """Estimates per area on the published scale, and the prior, to which every unit of estimation counts once."""
    units = filled.drop_duplicates("eenheid").set_index("eenheid")
    prior = moment_prior(units["teller"], units["noemer"], model)
    rates = smoothed_rates(
        units["teller"],
        units["noemer"],
        model,
        prior=prior,
        threshold=None if threshold is None else threshold / scale,
        coverage=COVERAGE,
    )
    table = rates.loc[filled["eenheid"]].set_index(filled.index)
    table[["schatting", "onder", "boven"]] *= scale
    return table.assign(over=filled["over"]), prior


def _csv(table: pd.DataFrame, feature: ProtectedFeature, *, with_chance: bool) -> bytes:
    header = ["gebied", "schatting", "ondergrens", "bovengrens", "waargenomen", "over"]
    header += ["kans_boven_drempel"] if with_chance else []
    rows = []
    for code in feature.own().index:
        if code not in table.index:
            rows.append([str(code), *[HIDDEN] * 4, "zonder noemer", *([HIDDEN] if with_chance else [])])
            continue
        row = table.loc[code]
        numbers = [row[name] for name in ("schatting", "onder", "boven", "waargenomen")]
        texts = [decimal_comma(float(number), feature.decimals) for number in numbers]
        # An estimate is never certain, so no chance is published as none or as certainty.
        chance = [f"{min(max(100 * row['kans'], 1), 99):.0f}"] if with_chance else []
        rows.append([str(code), *texts, str(row["over"]), *chance])
    return csv_bytes(header, rows)


def _record(prior: Prior, scale: float, output: SmallAreaEstimate, decimals: int) -> dict[str, object]:
    """The model in words and numbers; nothing in it that the estimates and their counts do not say."""
    return {
        "model": prior.model,
        "methode": "empirische Bayes, momenten van Marshall (1991)",
        "gemiddelde": round(prior.mean * scale, decimals),
        "standaardafwijking_tussen_gebieden": round(prior.variance**0.5 * scale, decimals),
        "eenheden_van_schatting": prior.areas,
        "interval": COVERAGE,
        "drempel": output.drempel,
    }
