"""Models and statistics of association, asked as one would fit them."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from zoo_project.aanvraag.estimators import estimator_question, is_estimator
from zoo_project.aanvraag.formula import parse_formula
from zoo_project.aanvraag.questions import Questions, refuse
from zoo_project.aanvraag.sources import Bron, Filter
from zoo_project.statement import closest

_REGRESSIONS = {
    "OLS": "ols",
    "WLS": "ols",
    "Logit": "logit",
    "Probit": "probit",
    "Poisson": "poisson",
    "NegativeBinomial": "negbin",
    "MixedLM": "multiniveau",
}


class ModelQuestions(Questions):
    """Methods that ask models."""

    def model(self, naam: str, titel: str, model: Any, **velden: Any) -> Self:
        """Ask a model as one writes it: a formula, a model of statsmodels, or an estimator of scikit-learn.

            vraag.model("waarde", "Waarde van woningen", "woz_waarde ~ bouwjaar + C(woningtype)",
                        bron="bag.woningen", tel="woning", referenties={"woningtype": "appartement"})
            vraag.model("profielen", "Profielen", KMeans(n_clusters=4, random_state=1), kenmerken=["doorsluishuis", …])

        A formula holds names, + and C(); the rest goes as arguments of `regressie`. Of an object only its class,
        formula and parameters are read; it is fitted again by the checker. An estimator takes the fields of its kind
        (`clusterprofiel`, `beslisboom`, …) beside what its parameters say.
        """
        where = f"uitvoer '{naam}'"
        if isinstance(model, str):
            return self.regressie(naam, titel, formule=model, **velden)
        fitted = getattr(model, "model", model)
        formula = getattr(fitted, "formula", None)
        if isinstance(formula, str):
            kind = type(fitted).__name__
            if kind not in _REGRESSIONS:
                refuse(where, f"{kind} kan niet; {closest(kind, _REGRESSIONS)}")
            return self.regressie(naam, titel, formule=formula, **{"soort": _REGRESSIONS[kind], **velden})
        if not is_estimator(model):
            refuse(where, "geef een formule ('y ~ x'), een model van statsmodels met een formule, of een schatter")
        soort, chosen = estimator_question(model, where)
        twice = sorted(set(chosen) & set(velden))
        if twice:
            refuse(where, f"'{twice[0]}' staat ook in de schatter; laat er één weg")
        return self.uitvoer(soort, naam, titel, **chosen, **velden)

    def regressie(
        self,
        naam: str,
        titel: str,
        *,
        formule: str,
        bron: Bron,
        tel: str,
        soort: str = "ols",
        referenties: Mapping[str, Any] | None = None,
        log: Sequence[str] = (),
        filter: Filter = (),
        **velden: Any,
    ) -> Self:
        """Ask a regression by its formula.

        soort: "ols", "logit", "probit", "poisson", "negbin" or "multiniveau" (with `groep`). referenties: per category
        the value that the others are compared with. log: columns of which the logarithm is taken. velden: interacties,
        gewicht, groep, snijpunt, log_uitkomst, toelichting.
        """
        where = f"uitvoer '{naam}'"
        formula = parse_formula(formule, where, referenties)
        if formula.without:
            column = formula.without[0]
            refuse(
                where,
                f'zeg met welke waarde van \'{column}\' vergeleken wordt: referenties={{"{column}": "…"}}, of in de '
                f'formule C({column}, Treatment("…"))',
            )
        strange = sorted(set(log) - set(formula.regressors))
        if strange:
            refuse(where, f"'log' noemt '{strange[0]}', dat niet in de formule staat")
        regressors = [
            {"kolom": name, "log": name in log} | ({} if reference is None else {"referentie": reference})
            for name, reference in formula.regressors.items()
        ]
        fields = {"bron": bron, "tel": tel, "filter": filter, "model": soort, "uitkomst": formula.outcome}
        return self.uitvoer("regressie", naam, titel, **fields, regressoren=regressors, **velden)

    def correlatie(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        kolommen: Sequence[str],
        tel: str,
        filter: Filter = (),
        **velden: Any,
    ) -> Self:
        """Ask the correlations of numbers; methode: "pearson", "spearman" or "covariantie"."""
        fields = {"bron": bron, "kolommen": list(kolommen), "tel": tel, "filter": filter}
        return self.uitvoer("correlatie", naam, titel, **fields, **velden)

    def toetsing(
        self, naam: str, titel: str, toets: str, *, bron: Bron, groep: str, tel: str, filter: Filter = (), **velden: Any
    ) -> Self:
        """Ask a test: "t", "anova", "chi2", "mann_whitney", "kruskal" or "ks", with `maat` (chi2: `kenmerk`)."""
        fields = {"bron": bron, "groep": groep, "tel": tel, "filter": filter}
        return self.uitvoer("toetsing", naam, titel, toets=toets, **fields, **velden)
