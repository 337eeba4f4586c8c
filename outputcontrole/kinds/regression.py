"""Regression on rows: coefficients, standard errors, bounds, p-values and fit.

What it tells: the score equations. Least squares with p coefficients gives, to whoever knows the regressors of all
rows, p weighted totals of the outcome within the published three digits; a category gives the total over each of its
levels, and a model of categories only is a table of means, whose counts and sums are therefore judged and protected as
tables. Logit, probit and count models give the same totals of their outcome: so every level is counted within each
class of the outcome. Every coefficient is a difference of two weighted totals, of which nobody may hold the dominance
share. Standard errors give the diagonal of the regressors' inverse cross products, the fit one sum of squares. The
intercept is the outcome of whoever has every reference value: it leaves only when asked, and then that group is
counted too. The count of rows, where it is not that of the units, leaves in three digits like everything else.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AREA_LEVELS, AskedTable, columns_of, count_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.degrees_of_freedom import RULE, degrees_of_freedom
from outputcontrole.checks.group_disclosure import RULE as GROUP_DISCLOSURE
from outputcontrole.checks.influence import influence
from outputcontrole.evidence import UNKNOWN
from outputcontrole.kinds.row_statistics import (
    NUMERIC,
    Population,
    check_numbers,
    check_spread,
    freedom,
    not_shown,
    read,
    rounded,
    with_values,
)
from outputcontrole.policy import Policy
from outputcontrole.render.model_summary import coefficient_csv, summary
from outputcontrole.spec import Condition, Regression, Regressor, Verdict
from zoo_analyse.regression import BINARY, COUNT, LINEAR, Design, Fit, Term, design, fit, logarithm
from zoo_formaat.canonical import canonical_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import FieldDescription

WORDS = "regressie"
WHOLE = True

MOST_COEFFICIENTS = 200
# Numbers in a design matrix: 320 MB, of which a fit holds some copies.
MOST_NUMBERS = 40_000_000
P_LEAST = 0.001
# A share of explained variance that is 1 at the published precision.
_EXACT = 0.9995
_PARAMETERS_BESIDE = {"negbin": 1, "multiniveau": 2}


def tables(output: Regression) -> tuple[AskedTable, ...]:
    """Return the count of the population and of every level of a category, also within each class of the outcome.

    With interactions of categories also of their crossing; with the intercept of the group that it is about; and for a
    model of categories only the sums of the outcome.
    """
    whole = _population(output)
    spans = _spans(output)
    counts = [AskedTable(whole.source, whole.filter, span, output.tel) for span in spans]
    # Of a yes or no the two classes are the population; a count of both would be a third number about the same units.
    found = [] if output.model in BINARY else list(counts)
    for by_class in _class_tables(output, counts):
        found += by_class
    reference = _reference_group(output, whole) if output.snijpunt else None
    if reference is not None:
        found.append(reference)
    if all(_is_category(regressor) for regressor in output.regressoren) and output.model in LINEAR | COUNT:
        about = [*counts[1:], *([reference] if reference is not None else [])]
        sums = [_sums(output, table) for table in about]
        found += [*sums, *(count_behind(table) for table in sums)]
    return tuple({table.key: table for table in found}.values())


def _population(output: Regression) -> AskedTable:
    """The rows in which every number is there, the outcome last; a missing category is a level of its own."""
    numbers = [regressor.kolom for regressor in output.regressoren if not _is_category(regressor)]
    known = [*numbers, *([output.gewicht] if output.gewicht else [])]
    if any(name in AREA_LEVELS for name in [*_categories(output), output.groep]):
        known.append("buurtcode")
    return AskedTable(output.bron, with_values(output.filter, [*known, output.uitkomst]), (), output.tel)


def _class_tables(output: Regression, counts: list[AskedTable]) -> list[list[AskedTable]]:
    """The count tables within each class of the outcome, in the order of the classes."""
    (present,) = with_values((), [output.uitkomst])
    return [
        [replace(table, filter=(*(part for part in table.filter if part != present), condition)) for table in counts]
        for condition in _classes(output)
    ]


def _sums(output: Regression, table: AskedTable) -> AskedTable:
    """The sums of the outcome in the cells of a table; that it is there goes without saying in a table of sums."""
    (present,) = with_values((), [output.uitkomst])
    left = tuple(part for part in table.filter if part != present)
    return replace(table, filter=left, measure=output.uitkomst)


def _reference_group(output: Regression, whole: AskedTable) -> AskedTable | None:
    same = [
        Condition.model_validate({"kolom": regressor.kolom, "is": "=", "waarde": regressor.referentie})
        for regressor in output.regressoren
        if _is_category(regressor)
    ]
    return replace(whole, filter=(*whole.filter, *same)) if same else None


def _is_category(regressor: Regressor) -> bool:
    return regressor.referentie is not None


def _categories(output: Regression) -> list[str]:
    return [regressor.kolom for regressor in output.regressoren if _is_category(regressor)]


def _spans(output: Regression) -> list[tuple[str, ...]]:
    """The dimensions to count over: none, each category, and all of them crossed when some interact."""
    categories = _categories(output)
    spans: list[tuple[str, ...]] = [(), *((name,) for name in categories)]
    if any(set(pair) <= set(categories) for pair in output.interacties):
        spans.append(tuple(categories))
    return spans


def _classes(output: Regression) -> list[Condition]:
    """The classes of the outcome in which every level needs units; a count is zero or more."""
    if output.model in BINARY:
        wanted: list[tuple[str, object]] = [("=", False), ("=", True)]
    elif output.model in COUNT:
        wanted = [("=", 0), (">", 0)]
    else:
        wanted = []
    return [Condition.model_validate({"kolom": output.uitkomst, "is": is_, "waarde": at}) for is_, at in wanted]


def answer(output: Regression, basis: Basis) -> Answer:
    """Fit the model on the rows of the population, and publish it when no number of it hangs on too few units.

    Raises UserError and ModelError for a column or model that cannot be; no message holds a value or label.
    """
    columns = columns_of(output.bron, basis.access)
    _check_columns(output, columns)
    shown = [basis.of(table) for table in tables(output)]
    problems = not_shown(shown)
    if problems:
        return refused(output, problems)
    one_sided = _one_sided(output, basis)
    if one_sided is not None:
        return refused(output, (one_sided,))
    population = _read(output, columns, basis)
    outcome = _outcome(output, population)
    terms, pairs = _terms(output, population), [(one, other) for one, other in output.interacties]
    size = _width(terms, pairs)
    if size > MOST_COEFFICIENTS or size * len(outcome) > MOST_NUMBERS:
        raise UserError(
            f"{size} coëfficiënten is te veel voor zo veel rijen; neem grovere klassen of minder regressoren"
        )
    made = design(population.rows, terms, pairs)
    _check_design(made, population, basis.policy)
    short = freedom(population, len(made.columns) + _PARAMETERS_BESIDE.get(output.model, 0), basis.policy)
    if short is not None:
        return refused(output, (short,))
    weights = None if output.gewicht is None else population.rows[output.gewicht].to_numpy()
    if weights is not None and not (weights > 0).all():
        raise UserError(f"gewicht '{output.gewicht}' is niet overal positief; filter die rijen")
    groups = _groups(output, population, basis.policy)
    if isinstance(groups, Finding):
        return refused(output, (groups,))
    fitted = fit(output.model, outcome, made, weights, groups)
    problems = tuple(_problems(output, fitted, outcome, population, basis.policy))
    if problems:
        return refused(output, problems)
    record = _record(output, fitted, _units(output, basis), len(outcome))
    files = {
        "model.json": canonical_bytes(record) + b"\n",
        "coefficienten.csv": coefficient_csv(record),
        "samenvatting.md": summary(output, record, basis),
    }
    return Answer(output, Verdict.FREE, (), files, preview=record)


def _units(output: Regression, basis: Basis) -> int:
    """Return the number of units, from tables that were judged: of yes and no together, of which a unit in both counts
    in each.
    """
    whole = _population(output)
    tables_of_whole = [by_class[0] for by_class in _class_tables(output, [whole])]
    told = tables_of_whole if output.model in BINARY else [whole]
    return sum(int(basis.of(table).evidence.cells["n"].iloc[0]) for table in told)


def _one_sided(output: Regression, basis: Basis) -> Finding | None:
    """Refuse a group of which (nearly) all whose outcome is known are in one class of it."""
    whole, limit = _population(output), basis.policy.group_share
    counts = [replace(whole, dimensions=span) for span in _spans(output)]
    classes = [[basis.of(table).evidence.cells["n"] for table in held] for held in _class_tables(output, counts)]
    for low, high in zip(*classes, strict=True) if classes else ():
        both = low + high
        if ((both > 0) & (np.maximum(low, high) >= limit * both)).any():
            return Finding(
                rule=GROUP_DISCLOSURE,
                sentence=f"{limit:.0%} of meer van een groep heeft dezelfde uitkomst".replace("%", " %"),
                remedy="voeg klassen samen, laat het kenmerk weg, of kies een andere populatie",
            )
    return None


def _check_columns(output: Regression, columns: dict[str, FieldDescription]) -> None:
    for regressor in output.regressoren:
        field = columns.get(regressor.kolom)
        if not _is_category(regressor) and field is not None and field.type not in {*NUMERIC, "uuid"}:
            raise UserError(f"kolom '{regressor.kolom}' is geen getal; geef een 'referentie', dan telt ze als kenmerk")
    check_numbers([regressor.kolom for regressor in output.regressoren if not _is_category(regressor)], columns)
    check_numbers([output.gewicht] if output.gewicht else [], columns)
    if output.model not in BINARY or columns[output.uitkomst].type != "boolean":
        check_numbers([output.uitkomst], columns)
    if output.groep is not None and output.groep not in AREA_LEVELS:
        if output.groep not in columns:
            raise UserError(f"kolom '{output.groep}' bestaat niet in deze bron; er zijn: {', '.join(sorted(columns))}")
        if columns[output.groep].type == "uuid":
            raise UserError(f"groep '{output.groep}' is een pseudoniem; neem een kenmerk of gebied als groep")


def _read(output: Regression, columns: dict[str, FieldDescription], basis: Basis) -> Population:
    whole = _population(output)
    spans = (*_categories(output), *([output.groep] if output.groep else []))
    numbers = [regressor.kolom for regressor in output.regressoren if not _is_category(regressor)]
    numbers += [output.uitkomst, *([output.gewicht] if output.gewicht else [])]
    return read(AskedTable(whole.source, whole.filter, spans, output.tel), numbers, basis)


def _outcome(output: Regression, population: Population) -> np.ndarray:
    outcome = population.rows[output.uitkomst].to_numpy(dtype=float)
    different = np.unique(outcome)
    if output.model in BINARY and not np.isin(different, (0.0, 1.0)).all():
        raise UserError(f"uitkomst '{output.uitkomst}' heeft andere waarden dan 0 en 1; vraag model 'ols'")
    if output.model in COUNT and ((different < 0) | (different != np.floor(different))).any():
        raise UserError(f"uitkomst '{output.uitkomst}' is geen aantal (0, 1, 2, …); vraag model 'ols'")
    if output.model in LINEAR and len(different) == 2:
        raise UserError(f"uitkomst '{output.uitkomst}' heeft maar twee waarden; vraag model 'logit'")
    return logarithm(population.rows, output.uitkomst) if output.log_uitkomst else outcome


def _terms(output: Regression, population: Population) -> list[Term]:
    terms = []
    for regressor in output.regressoren:
        levels: tuple[str, ...] = ()
        if _is_category(regressor):
            labels = sorted(str(label) for label in population.rows[regressor.kolom].unique())
            reference = [label for label in labels if _is_reference(label, regressor)]
            if not reference:
                raise UserError(f"de referentie van '{regressor.kolom}' komt hier niet voor; kies een andere")
            if len(labels) == 1:
                raise UserError(f"kenmerk '{regressor.kolom}' heeft in de populatie één waarde; laat het weg")
            levels = (reference[0], *(label for label in labels if label != reference[0]))
        terms.append(Term(regressor.kolom, levels, regressor.log))
    return terms


def _width(terms: list[Term], pairs: list[tuple[str, str]]) -> int:
    """Return how many columns a design has, the intercept included."""
    own = {term.name: max(len(term.levels) - 1, 1) for term in terms}
    return 1 + sum(own.values()) + sum(own[one] * own[other] for one, other in pairs)


def _is_reference(label: str, regressor: Regressor) -> bool:
    """Whether a label of the data is the reference as it was asked: true is shown as ja, 1 may be stored as 1.0."""
    asked = regressor.referentie
    if isinstance(asked, bool):
        return label == ("ja" if asked else "nee")
    if isinstance(asked, int):
        try:
            return label != UNKNOWN and float(label) == asked
        except ValueError:
            return False
    return label == asked


def _check_design(made: Design, population: Population, policy: Policy) -> None:
    """Refuse columns of the design of which few units differ; products too may single somebody out."""
    for number, column in enumerate(made.columns[1:], start=1):
        name = "regressor '" + " × ".join(column.names) + "'"
        values = made.values[:, number]
        if all(level is not None for level in column.levels):
            # Their counts are tables that were judged; here only what a sample without any would show.
            if values.min() == values.max():
                raise UserError(f"{name} heeft een combinatie die niet voorkomt; laat de interactie weg")
            continue
        kind = "geef een 'referentie', dan telt hij als kenmerk" if len(column.names) == 1 else "laat de interactie weg"
        check_spread(name, values, population, policy, two=kind)


def _groups(output: Regression, population: Population, policy: Policy) -> np.ndarray | Finding | None:
    """Return a code per row for the groups of a multilevel model, or why there are too few of them."""
    if output.groep is None:
        return None
    groups = population.rows[output.groep].astype(str)
    codes = groups.rank(method="dense").to_numpy(dtype=np.int64)
    few = degrees_of_freedom(int(codes.max()), 1, policy)
    if few is None:
        return codes
    return Finding(RULE, "te weinig groepen voor een spreiding tussen groepen", "neem kleinere groepen of model 'ols'")


def _problems(
    output: Regression, fitted: Fit, outcome: np.ndarray, population: Population, policy: Policy
) -> Iterable[Finding]:
    """Yield what is wrong with a fitted model: an exact fit, or a number that is mostly one unit's."""
    share = max(fitted.statistics.get("r2", 0.0), fitted.statistics.get("pseudo_r2", 0.0), _between(fitted, outcome))
    if share >= _EXACT:
        yield Finding(
            rule="volledige verklaring",
            sentence="het model verklaart de uitkomst (bijna) volledig; het geeft dan ieders eigen waarde",
            remedy="laat de regressor weg waaruit de uitkomst berekend is",
        )
    shares = [population.units.largest_share(column) for column in fitted.leverage.T]
    if output.model not in BINARY:
        amounts = fitted.pull * outcome[:, None]
        for sign in (fitted.pull > 0, fitted.pull < 0):
            shares += [population.units.largest_share(column) for column in np.abs(np.where(sign, amounts, 0.0)).T]
    few = max(population.units.largest_share(column, policy.n_min - 1) for column in fitted.leverage.T)
    finding = influence(max(shares), policy, few)
    if finding is not None:
        yield finding


def _between(fitted: Fit, outcome: np.ndarray) -> float:
    """The share of variance that a multilevel model leaves unexplained within groups, as a share explained."""
    within = fitted.statistics.get("variantie_binnen_groepen")
    return 0.0 if within is None else 1 - within / float(outcome.var())


def _record(output: Regression, fitted: Fit, units: int, rows: int) -> dict[str, Any]:
    logs = {regressor.kolom for regressor in output.regressoren if regressor.log}
    coefficients = [
        {
            "kenmerk": " × ".join(f"ln({name})" if name in logs else name for name in column.names) or "snijpunt",
            "niveau": " × ".join(level for level in column.levels if level is not None),
            "coefficient": rounded(fitted.coefficients[number]),
            "standaardfout": rounded(fitted.errors[number]),
            "laag_95": rounded(fitted.low[number]),
            "hoog_95": rounded(fitted.high[number]),
            "p": max(rounded(fitted.p[number]), P_LEAST),
        }
        for number, column in enumerate(fitted.columns)
        if column.names or output.snijpunt
    ]
    return {
        "model": output.model,
        "uitkomst": f"ln({output.uitkomst})" if output.log_uitkomst else output.uitkomst,
        "eenheden": units,
        "waarnemingen": int(rounded(rows)),
        "coefficienten": coefficients,
        "maten": {name: rounded(value) for name, value in fitted.statistics.items()},
        "p_ten_minste": P_LEAST,
    }
