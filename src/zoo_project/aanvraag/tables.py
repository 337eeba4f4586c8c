"""Tables, positions and prose."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from outputcontrole.spec import (
    ConcentrationTable,
    Extremes,
    FrequencyTable,
    MagnitudeTable,
    MeanOfExtremes,
    ModeTable,
    ProseText,
    QuantileTable,
    RatioTable,
)
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_project.aanvraag.aggregation import Aggregation, aggregation
from zoo_project.aanvraag.classes import Klassen, boundaries, cut_edges
from zoo_project.aanvraag.prose import text_of
from zoo_project.aanvraag.questions import Questions, refuse, refuse_unknown
from zoo_project.aanvraag.sources import Bron, Filter, Periode, filter_values, source_values
from zoo_project.project import Project

_CROSSTAB = {
    *("index", "columns", "values", "aggfunc", "bron", "tel", "filter", "periode", "klassen", "gewicht"),
    *("bescherming", "toelichting"),
}
_INSTEAD = {
    "normalize": "aandelen rekent de lezer uit de aantallen, of vraag aanvraag.verhouding(…)",
    "rownames": "de kolomnaam staat boven de tabel",
    "colnames": "de kolomnaam staat boven de tabel",
    "margins_name": "het totaal heet Totaal",
    "dropna": "een lege waarde is een klasse van zichzelf (onbekend); sluit haar uit met filter='niet leeg(kolom)'",
}
_SUFFIX = {".md": "markdown", ".txt": "tekst", ".py": "python", ".sql": "sql", ".r": "r", ".ipynb": "python"}


class TableQuestions(Questions):
    """Methods that ask tables."""

    _project: Project

    def tabel(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        tel: str | None = None,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        gewicht: str | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask a frequency table: how many units `tel` in each combination of 1 to 3 `dimensies`.

        bron: name of an indicator, or `bron.tabel`. tel: column with the unit that is counted; an indicator counts
        what its definition says. filter: text (`woz_waarde > 200000 en niet leeg(bouwjaar)`), or conditions (`kolom`,
        `is`[, `waarde`]) that all hold. periode: a column with dates or years, its first and its last day (or year).
        klassen: per dimension that is a number, the ascending boundaries of its classes (`{"leeftijd": [18, 65]}`); a
        class holds its lower boundary. gewicht: the column with the weight of each unit of a sample. bescherming:
        "onderdrukken" to have unsafe cells hidden, otherwise a table with an unsafe cell is refused whole.
        """
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        return self._add(FrequencyTable, naam, titel, values | {"tel": tel, "gewicht": gewicht})

    def crosstab(
        self,
        naam: str,
        titel: str,
        *,
        index: Any,
        columns: Any = (),
        values: Any = None,
        aggfunc: Any = None,
        bron: Bron,
        tel: str | None = None,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        gewicht: str | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
        **more: Any,
    ) -> Self:
        """Ask what `pd.crosstab` makes. Always with margins.

        index, columns: a column, or a list of them, as names or as pandas Series, also as `pd.cut(df.x, [0, 18, 65])`.
        values, aggfunc: the measure and what of it: "sum", "mean", "std", "var", "skew", "kurt", "median", "quantile",
        "count" or "size". tel: the unit that is counted. The rest as `tabel`.
        """
        where = f"uitvoer '{naam}'"
        if not more.pop("margins", True):
            refuse(where, "'margins' is altijd waar: zonder totalen is een tabel niet te toetsen; laat het weg")
        refuse_unknown(where, more, _CROSSTAB, _INSTEAD)
        dimensions = [*column_names(index, where), *column_names(columns, where)]
        cut = self._cut_classes([index, columns], bron, where)
        if not cut.keys().isdisjoint(klassen or ()):
            refuse(where, "geef klassen met pd.cut of met klassen=…, niet allebei")
        measure = None if values is None else column_names(values, where)[0]
        chosen = aggregation(aggfunc, measure, where)
        fields = _table(bron, dimensions, {**(klassen or {}), **cut}, filter, periode, bescherming, toelichting)
        return self.geaggregeerd(naam, titel, chosen, fields | {"tel": tel, "gewicht": gewicht})

    def _cut_classes(self, given: Sequence[Any], bron: Bron, where: str) -> dict[str, list[float]]:
        """Return the boundaries of the dimensions that were given as a Series of `pd.cut`."""
        found = {}
        listed = [column for part in given for column in (part if isinstance(part, list | tuple) else [part])]
        for column in listed:
            known = self._project.engine.tables.get(str(source_values(bron).get("tabel")), {})
            described = known.get(str(getattr(column, "name", "")))
            kind = None if described is None else described.type
            cut = cut_edges(column, where, numeric=kind in {"integer", "number"})
            if cut is not None:
                edges, closed_above = cut
                if closed_above and kind != "integer":
                    refuse(where, "een klasse bevat haar ondergrens; schrijf pd.cut(…, right=False)")
                found[column.name] = boundaries(edges, where, closed_above=closed_above)
        return found

    def geaggregeerd(self, naam: str, titel: str, chosen: Aggregation, fields: dict[str, Any]) -> Self:
        """Ask the kind of table that an aggregation of pandas stands for, with the fields that all tables have."""
        if chosen.filled is not None:
            fields = fields | {"filter": narrowed(fields.get("filter", ()), chosen.filled)}
        return self.uitvoer(chosen.kind, naam, titel, **{**fields, **chosen.fields})

    def magnitude(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        maat: str,
        tel: str,
        statistiek: str = "gemiddelde",
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        gewicht: str | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask a statistic of the column `maat`; the rest as `tabel`.

        statistiek: "som", "gemiddelde", "standaardafwijking" or "variantie".
        """
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        more = {"maat": maat, "tel": tel, "statistiek": statistiek, "gewicht": gewicht}
        return self._add(MagnitudeTable, naam, titel, values | more)

    def verhouding(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        teller: str | None = None,
        noemer: str | None = None,
        teller_filter: Filter = (),
        noemer_filter: Filter = (),
        maal: int = 1,
        basis: Sequence[str] | None = None,
        tel: str | None = None,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask one number per another: a rate, a price per unit, a share, or with `basis` an index.

        teller, noemer: the column that is added up, or None to count units. teller_filter, noemer_filter: whose; the
        filter of the output holds for both. maal: 100 for per cents, 1000 for a rate. basis: the labels of the cell
        that is 100. The rest as `tabel`.
        """
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        more = {
            "teller": {"maat": teller, "filter": filter_values(teller_filter)},
            "noemer": {"maat": noemer, "filter": filter_values(noemer_filter)},
            "maal": maal,
            "basis": None if basis is None else list(basis),
            "tel": tel,
        }
        return self._add(RatioTable, naam, titel, values | more)

    def kwantielen(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        maat: str,
        tel: str,
        punten: Sequence[float] = (0.25, 0.5, 0.75),
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask quantiles of `maat` at `punten` (0.5 is the median), each between 0.01 and 0.99; the rest as `tabel`."""
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        more = {"maat": maat, "tel": tel, "punten": [float(point) for point in punten]}
        return self._add(QuantileTable, naam, titel, values | more)

    def modus(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        kenmerk: str,
        tel: str,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask the most frequent value of the column `kenmerk`; the rest as `tabel`."""
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        return self._add(ModeTable, naam, titel, values | {"kenmerk": kenmerk, "tel": tel})

    def concentratie(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        maat: str,
        tel: str,
        maatstaf: str = "gini",
        hoogste: int = 10,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask how unevenly `maat` is spread over units; the rest as `tabel`.

        maatstaf: "gini", "herfindahl" or "aandeel_hoogste" (what the `hoogste` largest units hold together).
        """
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        more = {"maat": maat, "tel": tel, "maatstaf": maatstaf, "hoogste": hoogste}
        return self._add(ConcentrationTable, naam, titel, values | more)

    def gemiddelde_van_uitersten(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        maat: str,
        tel: str,
        kant: str = "hoogste",
        aantal: int = 10,
        filter: Filter = (),
        periode: Periode | None = None,
        klassen: Klassen | None = None,
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask the mean of the `aantal` most extreme units (`kant`: "hoogste" or "laagste"): in place of a maximum."""
        values = _table(bron, dimensies, klassen, filter, periode, bescherming, toelichting)
        return self._add(
            MeanOfExtremes, naam, titel, values | {"maat": maat, "tel": tel, "kant": kant, "aantal": aantal}
        )

    def uitersten(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        maat: str,
        tel: str,
        dimensies: Sequence[str] = (),
        statistiek: str = "maximum",
        filter: Filter = (),
        periode: Periode | None = None,
        toelichting: str = "",
    ) -> Self:
        """Ask a minimum, maximum or range: always refused, and the verdict says what can be asked in its place."""
        values = _table(bron, dimensies, None, filter, periode, "geen", toelichting)
        del values["bescherming"]
        return self._add(Extremes, naam, titel, values | {"maat": maat, "tel": tel, "statistiek": statistiek})

    def tekst(
        self,
        naam: str,
        titel: str,
        *,
        tekst: str | None = None,
        bestand: Path | str | None = None,
        vorm: str | None = None,
        toelichting: str = "",
    ) -> Self:
        """Ask prose or code out, not computed again: both officers read all of it.

        tekst, or bestand: a file in UTF-8, or a notebook without outputs, of which text and code are taken. vorm:
        "markdown", "tekst", "python", "sql" or "r"; otherwise by the name of the file.
        """
        where = f"uitvoer '{naam}'"
        if (tekst is None) == (bestand is None):
            refuse(where, "geef 'tekst' of 'bestand', niet beide")
        if bestand is not None:
            path = Path(bestand)
            if path.suffix.lower() not in _SUFFIX:
                raise UserError(
                    f"{where}: {path.name} is geen tekst of programmacode ({', '.join(_SUFFIX)}); een gegevensbestand "
                    "heeft geen weg naar buiten. Vraag de uitkomst aan als tabel, figuur of model"
                )
            vorm = vorm or _SUFFIX[path.suffix.lower()]
            tekst = text_of(path, read_bytes(path, "bestand"))
        return self._add(
            ProseText, naam, titel, {"tekst": tekst, "vorm": vorm or "markdown", "toelichting": toelichting}
        )


def narrowed(filter: Filter, filled: str) -> Filter:
    """Return a filter with the condition that a column is filled in."""
    if not isinstance(filter, str):
        return [*filter, (filled, "niet leeg")]
    return f"({filter}) en niet leeg({filled})" if filter.strip() else f"niet leeg({filled})"


def column_names(columns: Any, where: str) -> list[str]:
    """Return the names of columns given as name, as pandas Series, or as a list of these."""
    listed = list(columns) if isinstance(columns, list | tuple) else [columns]
    names = [column if isinstance(column, str) else getattr(column, "name", None) for column in listed]
    if not all(isinstance(name, str) for name in names):
        refuse(where, "noem kolommen bij hun naam; een berekende reeks heeft geen recept. Vraag klassen of een filter")
    return [str(name) for name in names]


def _table(
    bron: Bron,
    dimensies: Sequence[str],
    klassen: Klassen | None,
    filter: Filter,
    periode: Periode | None,
    bescherming: str,
    toelichting: str,
) -> dict[str, Any]:
    return {
        "bron": bron,
        "dimensies": list(dimensies),
        "klassen": klassen or None,
        "filter": filter,
        "periode": periode,
        "bescherming": bescherming,
        "toelichting": toelichting,
    }
