"""Estimators of scikit-learn as specifications: what one would fit oneself, fitted by the checker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo_formaat.errors import UserError
from zoo_project.statement import closest


@dataclass(frozen=True)
class _Known:
    """kind: of output. fields: parameter of the estimator -> field. needed: parameters without a usable default."""

    kind: str
    fields: Mapping[str, str]
    needed: tuple[str, ...]


_KNOWN = {
    "KMeans": _Known("clusterprofiel", {"n_clusters": "clusters", "random_state": "toeval"}, ("n_clusters",)),
    "DecisionTreeClassifier": _Known("beslisboom", {"max_depth": "diepte", "random_state": "toeval"}, ("max_depth",)),
    "RandomForestClassifier": _Known(
        "bosbelang", {"n_estimators": "bomen", "max_depth": "diepte", "random_state": "toeval"}, ("max_depth",)
    ),
    "PCA": _Known("factoranalyse", {"n_components": "componenten"}, ("n_components",)),
}
_INSTEAD = {
    "KNeighborsClassifier": "het model bewaart rijen; vraag een DecisionTreeClassifier",
    "SVC": "het model bewaart rijen; vraag een DecisionTreeClassifier",
    "GaussianProcessRegressor": "het model bewaart rijen; vraag een regressie",
    "LinearRegression": 'geef een formule: aanvraag.model(…, "y ~ x")',
    "LogisticRegression": 'geef een formule: aanvraag.model(…, "y ~ x", soort="logit")',
    "RandomForestRegressor": "het doel is de heetste groep gebieden; neem RandomForestClassifier",
    "DecisionTreeRegressor": "het doel is de heetste groep gebieden; neem DecisionTreeClassifier",
    "DBSCAN": "punten die nergens bij horen zijn eenlingen; neem KMeans",
    "KMedoids": "een medoïde is een echt gebied; neem KMeans",
}
# Parameters that change how long fitting takes or what is printed, not what is found.
_WITHOUT_EFFECT = {"n_jobs", "verbose", "copy_x", "copy", "warm_start"}


def is_estimator(model: object) -> bool:
    """Whether an object has the parameters of a scikit-learn estimator."""
    return hasattr(model, "get_params") and hasattr(model, "fit")


def estimator_question(estimator: Any, where: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of output and the fields that an estimator stands for.

    Only its class and parameters are looked at; what it was fitted on plays no part. Raises UserError for an estimator
    that cannot be asked, and for a parameter that cannot be chosen, with the nearest that can.
    """
    name = type(estimator).__name__
    if name not in _KNOWN:
        raise UserError(f"{where}: {name} kan niet; {_INSTEAD.get(name) or closest(name, _KNOWN)}")
    known = _KNOWN[name]
    chosen = {
        parameter: value for parameter, value in estimator.get_params().items() if parameter not in _WITHOUT_EFFECT
    }
    defaults = type(estimator)().get_params()
    fields: dict[str, Any] = {}
    for parameter, value in chosen.items():
        if parameter in known.fields:
            if value is not None and (parameter in known.needed or value != defaults.get(parameter)):
                fields[known.fields[parameter]] = value
        elif not _same(value, defaults.get(parameter)):
            raise UserError(
                f"{where}: parameter '{parameter}' van {name} kan niet gekozen worden; "
                f"{closest(parameter, known.fields)} De rest bepaalt de toetser"
            )
    for parameter in known.needed:
        if known.fields[parameter] not in fields:
            raise UserError(f"{where}: zeg {parameter} van {name}, bijvoorbeeld {name}({parameter}=3)")
    return known.kind, fields


def _same(value: object, default: object) -> bool:
    try:
        return bool(value == default)
    except ValueError:
        # an array, which no default is
        return False
