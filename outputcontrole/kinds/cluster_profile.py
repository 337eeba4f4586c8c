"""The answer to a cluster profile: groups of areas, made from protected numbers and nothing else."""

import pandas as pd

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, tables_of_features
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.degrees_of_freedom import degrees_of_freedom
from outputcontrole.checks.leaf_size import leaf_size
from outputcontrole.features import ProtectedFeature, protected_feature
from outputcontrole.policy import Policy
from outputcontrole.render.area_map import by_buurt, map_areas
from outputcontrole.render.caption import in_words, source_line
from outputcontrole.render.tables import csv_bytes, decimal_comma
from outputcontrole.spec import ClusterProfile, Verdict
from zoo_analyse.profiles import Profiles, cluster_profiles
from zoo_formaat.canonical import canonical_bytes

WORDS = "profielen van gebieden"


def tables(output: ClusterProfile) -> tuple[AskedTable, ...]:
    """Return the counts behind every feature."""
    return tables_of_features(output)


def answer(output: ClusterProfile, basis: Basis) -> Answer:
    """Group areas on protected features; refuse groups that are too small.

    Hidden numbers are filled with what the shown margins leave, pooled, so that the groups are a function of what
    may be known outside. No medoids: a medoid is a real area picked out.
    """
    features = [protected_feature(feature, output.gebied, basis) for feature in output.kenmerken]
    blocked = [feature.blocked for feature in features if feature.blocked is not None]
    findings = tuple(finding for feature in features for finding in feature.findings)
    if blocked:
        return refused(output, (*blocked, *findings))
    table = feature_table(features)
    labels = {feature.feature.naam: in_words(feature.feature.naam) for feature in features}
    profiles = cluster_profiles(table, clusters=output.clusters, seed=output.toeval, labels=labels)
    problems = [*_too_small(profiles, features, basis.policy)]
    freedom = degrees_of_freedom(len(table), output.clusters, basis.policy)
    problems += [freedom] if freedom is not None else []
    if problems:
        return refused(output, (*problems, *findings))
    files = {
        "profielen.csv": _profiles_csv(profiles, features),
        "indeling.csv": csv_bytes(
            ["gebied", "profiel"], [[str(code), str(number)] for code, number in profiles.assignment.items()]
        ),
        "profielen.json": canonical_bytes(_record(profiles)) + b"\n",
    }
    areas = map_areas(basis.access)
    title, source = output.titel, source_line(output, tables(output), basis.access)

    def draw() -> dict[str, bytes]:
        from zoo_analyse import figures

        numbers = [int(number) for number in profiles.sizes.index]
        descriptions = {number: str(profiles.descriptions[number]) for number in numbers}
        sizes = {number: int(profiles.sizes[number]) for number in numbers}
        heat = figures.heatmap(profiles.standardised, sizes=sizes, title=title, source=source, labels=labels)
        assignment = by_buurt(profiles.assignment.astype("float64"), areas, output.gebied)
        drawn = figures.profile_map(areas, assignment, descriptions=descriptions, title=title, source=source)
        return {
            "profielen.svg": figures.to_svg(heat),
            "profielen.png": figures.to_png(heat),
            "kaart.svg": figures.to_svg(drawn),
            "kaart.png": figures.to_png(drawn),
        }

    preview = {"profielen": _record(profiles)["profielen"], "gebieden": len(table)}
    return Answer(output, Verdict.PROTECTED, findings, files, draw, preview)


def feature_table(features: list[ProtectedFeature]) -> pd.DataFrame:
    """Return areas x features without gaps, for the areas that every feature knows, in order of code."""
    filled = pd.DataFrame({feature.feature.naam: feature.filled() for feature in features})
    return filled.dropna().sort_index()


def _too_small(profiles: Profiles, features: list[ProtectedFeature], policy: Policy) -> list[Finding]:
    """A profile needs enough published units behind it, in every feature that counts units.

    The policy's minimum of areas is not asked of a profile: its numbers are the means of numbers that may be shown
    one by one, so even a profile of one area tells no more than the map does. A feature that is hidden in all areas
    of a profile has nobody behind it there: its value was filled from margins.
    """
    found = []
    for number in profiles.sizes.index:
        codes = profiles.assignment.index[profiles.assignment == number]
        units = {}
        for feature in features:
            counts = feature.own()["noemer"].reindex(codes)
            if counts.notna().any():
                units[feature.feature.naam] = int(counts.sum())
        finding = leaf_size(f"profiel {number}", policy.leaf_min, units, policy)
        found += [finding] if finding is not None else []
    return found


def _profiles_csv(profiles: Profiles, features: list[ProtectedFeature]) -> bytes:
    decimals = {feature.feature.naam: feature.decimals for feature in features}
    names = list(profiles.centroids.columns)
    rows = [
        [
            str(number),
            str(profiles.sizes[number]),
            *(decimal_comma(float(profiles.centroids.loc[number, name]), decimals[name]) for name in names),
            str(profiles.descriptions[number]),
        ]
        for number in profiles.centroids.index
    ]
    return csv_bytes(["profiel", "gebieden", *(f"gemiddelde_{name}" for name in names), "omschrijving"], rows)


def _record(profiles: Profiles) -> dict[str, list[dict[str, object]]]:
    return {
        "profielen": [
            {
                "profiel": int(number),
                "gebieden": int(profiles.sizes[number]),
                "omschrijving": str(profiles.descriptions[number]),
                "standaardscores": {
                    str(name): round(float(z), 2) for name, z in profiles.standardised.loc[number].items()
                },
            }
            for number in profiles.centroids.index
        ]
    }
