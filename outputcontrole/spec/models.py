"""Models and statistics of association: regressions, correlations, tests, components, importances."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase
from outputcontrole.spec.feature import AreaLevel, Feature
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.source import Scalar
from outputcontrole.spec.text import Column
from zoo_formaat.document import Strict

Pair = Annotated[list[Column], Field(min_length=2, max_length=2)]
# Models in which a row may weigh more than another: those whose score equations are sums over the rows.
_WEIGHTED = {"ols", "logit", "poisson"}


class Regressor(Strict):
    """An explaining column of a regression: a number, or with `referentie` a category.

    referentie: the value that all other values are compared with; text, a whole number, true or false. A missing
    category is a value of its own (`onbekend`); a row with a missing number does not take part. log: take the natural
    logarithm of a number.
    """

    kolom: Column
    referentie: Scalar | None = None
    log: bool = False

    @model_validator(mode="after")
    def _log_of_a_number(self) -> "Regressor":
        if self.log and self.referentie is not None:
            raise ValueError("'log' is voor getallen; laat 'referentie' of 'log' weg")
        return self


class Regression(Selection, OutputBase):
    """A regression on the rows of a source: coefficients, standard errors, 95 % bounds, p-values and fit.

    model: `ols` (linear), `logit` and `probit` (outcome true/false or 0/1), `poisson` and `negbin` (counts; negative
    binomial with variance mu + alpha mu^2) or `multiniveau` (linear with a random intercept per `groep`, maximum
    likelihood). interacties: pairs of regressors whose product is added. gewicht: weights of rows, scaled to a mean of
    one; standard errors are those of the model, not of a sampling design. snijpunt: publish the intercept, which then
    asks that enough units have every reference value; without it the intercept is estimated and withheld. log_uitkomst:
    explain the natural logarithm of the outcome. tel: the column with the unit that is counted; of `logit` and
    `probit` a unit with rows of both outcomes counts in both.

    Every value of a category needs the policy's number of units; for `logit`, `probit`, `poisson` and `negbin` so does
    every value within each class of the outcome (no and yes, zero and more). A linear or count model of categories only
    is a table of means and passes the rules of a magnitude table. No coefficient may hang on one unit. Refused are
    models with too few degrees of freedom (over units, not rows), separated outcomes, dependent regressors, a fit of
    (nearly) 1, and numbers with two values or of which few units differ from the rest. All numbers leave in three
    significant digits, p-values as at least 0.001. Files: `model.json`, `coefficienten.csv`, `samenvatting.md`.

        {"soort": "regressie", "naam": "prijs", "titel": "Wat een woning duur maakt", "model": "ols",
         "bron": {"tabel": "bag.woningen"}, "tel": "woning", "uitkomst": "woz_waarde", "log_uitkomst": true,
         "regressoren": [{"kolom": "bouwjaar"}, {"kolom": "woningtype", "referentie": "appartement"}]}
    """

    soort: Literal["regressie"] = "regressie"
    model: Literal["ols", "logit", "probit", "poisson", "negbin", "multiniveau"] = "ols"
    uitkomst: Column
    log_uitkomst: bool = False
    regressoren: list[Regressor] = Field(min_length=1, max_length=20)
    interacties: list[Pair] = Field(default_factory=list, max_length=10)
    gewicht: Column | None = None
    groep: Column | None = None
    snijpunt: bool = False
    tel: Column

    @model_validator(mode="after")
    def _consistent(self) -> "Regression":
        names = [regressor.kolom for regressor in self.regressoren]
        others = [name for name in (self.uitkomst, self.gewicht, self.groep) if name is not None]
        if len(set(names + others)) < len(names + others):
            raise ValueError("een kolom heeft twee rollen; uitkomst, regressoren, gewicht en groep zijn elk een andere")
        for pair in self.interacties:
            if pair[0] == pair[1] or not set(pair) <= set(names):
                raise ValueError("een interactie noemt twee verschillende kolommen die ook regressor zijn")
        if len({frozenset(pair) for pair in self.interacties}) < len(self.interacties):
            raise ValueError("een interactie staat er twee keer")
        if self.interacties and sum(regressor.referentie is not None for regressor in self.regressoren) > 4:
            raise ValueError("met interacties kunnen er hooguit vier categorieën zijn")
        if self.gewicht is not None and self.model not in _WEIGHTED:
            raise ValueError("'gewicht' kan bij ols, logit en poisson")
        if (self.groep is not None) != (self.model == "multiniveau"):
            raise ValueError("'groep' hoort bij model 'multiniveau', en alleen daarbij")
        if self.log_uitkomst and self.model not in {"ols", "multiniveau"}:
            raise ValueError("'log_uitkomst' kan bij ols en multiniveau")
        return self


class Residuals(Selection, OutputBase):
    """Residuals, fitted values, leverage or influence. Always refused: each is one unit's own number."""

    soort: Literal["residuen"] = "residuen"
    grafiek: Literal["residuen", "voorspellingen", "invloed", "qq"] = "residuen"


class Correlation(Selection, OutputBase):
    """The matrix of correlations (Pearson, Spearman) or covariances of numbers, with the units behind each.

    ontbrekend: `volledig` uses rows in which every number is there, `paarsgewijs` those in which both of a pair are. A
    coefficient of (nearly) 1 or -1 is refused, and so is a column with two values: its correlation is a table of means.
    A covariance may not be mostly one unit's. Three significant digits.
    """

    soort: Literal["correlatie"] = "correlatie"
    kolommen: list[Column] = Field(min_length=2, max_length=12)
    methode: Literal["pearson", "spearman", "covariantie"] = "pearson"
    ontbrekend: Literal["volledig", "paarsgewijs"] = "volledig"
    tel: Column

    @model_validator(mode="after")
    def _distinct(self) -> "Correlation":
        _refuse_equal(self.kolommen)
        return self


class StatisticalTest(Selection, OutputBase):
    """A statistical test: its statistic, degrees of freedom and p-value.

    toets: `t` (Welch's, two groups), `anova` (all groups), `mann_whitney` (two), `kruskal` (all), `ks` (Kolmogorov-
    Smirnov, two), which compare `maat` between groups of the column `groep`; `groepen` names the two of a test of two.
    `chi2` tests whether the columns `groep` and `kenmerk` are independent: the table of the two must be one that could
    be released itself, and a unit may be in one cell only. A missing group is a group of its own (`onbekend`). Groups
    that do not overlap at all are refused.
    """

    soort: Literal["toetsing"] = "toetsing"
    toets: Literal["t", "anova", "chi2", "mann_whitney", "kruskal", "ks"]
    groep: Column
    groepen: list[Scalar] | None = Field(default=None, min_length=2, max_length=2)
    maat: Column | None = None
    kenmerk: Column | None = None
    tel: Column

    @model_validator(mode="after")
    def _consistent(self) -> "StatisticalTest":
        if (self.toets == "chi2") != (self.maat is None) or (self.toets == "chi2") != (self.kenmerk is not None):
            raise ValueError("chi2 heeft 'kenmerk' nodig, de andere toetsen 'maat'")
        if (self.toets in {"t", "mann_whitney", "ks"}) != (self.groepen is not None):
            raise ValueError("t, mann_whitney en ks noemen twee 'groepen'; anova, kruskal en chi2 nemen ze alle")
        if self.groepen is not None and self.groepen[0] == self.groepen[1]:
            raise ValueError("'groepen' noemt twee keer dezelfde groep")
        if self.groep in {self.maat, self.kenmerk}:
            raise ValueError("'groep' is ook maat of kenmerk; neem twee verschillende kolommen")
        return self


class FactorAnalysis(Selection, OutputBase):
    """Principal components or common factors of standardised numbers: loadings and explained variance, never scores.

    methode: `pca`, or `factor` (principal axes). rotatie: varimax or none. Rows in which a number is missing do not
    take part. The rules are those of a correlation matrix. Three significant digits.
    """

    soort: Literal["factoranalyse"] = "factoranalyse"
    kolommen: list[Column] = Field(min_length=3, max_length=30)
    componenten: int = Field(default=2, ge=1, le=10)
    methode: Literal["pca", "factor"] = "pca"
    rotatie: Literal["geen", "varimax"] = "geen"
    tel: Column

    @model_validator(mode="after")
    def _consistent(self) -> "FactorAnalysis":
        _refuse_equal(self.kolommen)
        if self.componenten >= len(self.kolommen):
            raise ValueError("vraag minder componenten dan er kolommen zijn")
        return self


class ForestImportance(OutputBase):
    """How much each feature of areas helps a random forest to find the hottest `aandeel` on a target feature.

    Made from protected features only, as a decision tree is. Importances are mean decreases in impurity, in whole per
    cents that add up to about 100; `bomen` trees of at most `diepte` levels, grown with the seed `toeval`.
    """

    soort: Literal["bosbelang"] = "bosbelang"
    doel: Feature
    kenmerken: list[Feature] = Field(min_length=2, max_length=20)
    gebied: AreaLevel = "buurt"
    aandeel: float = Field(default=0.2, ge=0.05, le=0.5)
    bomen: int = Field(default=200, ge=50, le=500)
    diepte: int = Field(default=4, ge=1, le=8)
    toeval: int = Field(default=1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _target_is_not_a_feature(self) -> "ForestImportance":
        _refuse_equal([feature.naam for feature in self.kenmerken] + [self.doel.naam])
        definitions = [feature.model_dump(exclude={"naam"}) for feature in self.kenmerken]
        if self.doel.model_dump(exclude={"naam"}) in definitions:
            raise ValueError("het doel is ook kenmerk; een bos verklaart een doel niet met zichzelf")
        return self


def _refuse_equal(names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("een naam staat er twee keer; noem elke kolom of elk kenmerk één keer")
