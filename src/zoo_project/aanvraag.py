"""Ask results out: write a request as specifications, have it judged, hand it in.

    vraag = Aanvraag(project, vraag="…", populatie="…", gebruik="…", ontvangers="…")
    vraag.tabel("doorsluis-wijk", "Doorsluishuizen per wijk", bron="doorsluishuis", dimensies=["wijkcode", "waarde"])
    vraag.toets()

A request holds no numbers: the checker computes them itself from the registered packages.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from outputcontrole.spec import (
    Choropleth,
    ClusterProfile,
    DecisionTree,
    Density,
    FrequencyTable,
    IndicatorSource,
    MagnitudeTable,
    OpenFigure,
    Output,
    Request,
    Share,
    TableSource,
    Verdict,
    parse_request,
)
from zoo_formaat.atomic import write_file
from zoo_formaat.document import Model, parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.project import Member
from zoo_formaat.signature import PrivateKey
from zoo_project import checker
from zoo_project.project import Project
from zoo_project.statement import closest

Indicator = str
Kenmerk = Indicator | Share | Density | OpenFigure
Bron = str | IndicatorSource | TableSource
Voorwaarde = tuple[str, str] | tuple[str, str, object]

MARKS = {Verdict.FREE: "✓", Verdict.PROTECTED: "▣", Verdict.MANUAL: "?", Verdict.REFUSED: "✗"}
_MEANING = {
    Verdict.FREE: "mag zo",
    Verdict.PROTECTED: "mag in beschermde vorm",
    Verdict.MANUAL: "vraagt een oordeel van beide toetsers",
    Verdict.REFUSED: "mag niet",
}
_SHOWN = 5
SIGNED_SUFFIX = ".dsse.json"


def indicator(name: str, **parameters: object) -> IndicatorSource:
    """Return an indicator as source of a table, with other parameters than its defaults where given."""
    return _model(IndicatorSource, {"indicator": name, "parameters": _plain(parameters)}, f"indicator '{name}'")


def aandeel(naam: str, indicator: str, **parameters: object) -> Share:
    """Return the share (per cent) of an area's counted units that an indicator points at, as a feature `naam`."""
    values = {"naam": naam, "indicator": indicator, "parameters": _plain(parameters)}
    return _model(Share, values, f"kenmerk '{naam}'")


def dichtheid(
    naam: str, tabel: str, *, tel: str, per: str, maal: int = 1000, filter: Sequence[Voorwaarde] = ()
) -> Density:
    """Return the number of units `tel` in `tabel` per `maal` of the open figure `per` (`bron.tabel.kolom`)."""
    values = {
        "naam": naam,
        "bron": {"tabel": tabel},
        "filter": _conditions(filter),
        "tel": tel,
        "per": per,
        "maal": maal,
    }
    return _model(Density, values, f"kenmerk '{naam}'")


def kerncijfer(naam: str, kolom: str) -> OpenFigure:
    """Return an open figure of the area (`bron.tabel.kolom`) as a feature `naam`."""
    return _model(OpenFigure, {"naam": naam, "kolom": kolom}, f"kenmerk '{naam}'")


class Aanvraag:
    """A request under construction; every method that adds an output checks it at once and returns the request."""

    def __init__(
        self, project: Project, *, vraag: str, populatie: str, gebruik: str, ontvangers: str, auteur: str | None = None
    ) -> None:
        """Begin a request.

        vraag: research question. populatie: whom the numbers are about. gebruik: what is done with them. ontvangers:
        who gets them. auteur: id of the analyst; may be left out when the project has one analyst.
        """
        self._project = project
        self._head: dict[str, Any] = {
            "versie": 1,
            "project": project.file.id,
            "auteur": auteur or _only_analyst(project),
            "vraag": vraag,
            "populatie": populatie,
            "gebruik": gebruik,
            "ontvangers": ontvangers,
        }
        self._outputs: list[Output] = []

    def tabel(
        self,
        naam: str,
        titel: str,
        *,
        bron: Bron,
        dimensies: Sequence[str],
        tel: str | None = None,
        filter: Sequence[Voorwaarde] = (),
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask a frequency table: how many units `tel` in each combination of 1 to 3 `dimensies`.

        bron: name of an indicator, or `bron.tabel`. tel: column with the unit that is counted; an indicator counts
        what its definition says. filter: conditions (`kolom`, `is`[, `waarde`]) that all hold. bescherming:
        "onderdrukken" to have unsafe cells hidden, otherwise a table with an unsafe cell is refused whole.
        """
        values = _table_values(bron, dimensies, filter, bescherming)
        return self._add(FrequencyTable, naam, titel, toelichting, values | {"tel": tel})

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
        filter: Sequence[Voorwaarde] = (),
        bescherming: str = "geen",
        toelichting: str = "",
    ) -> Self:
        """Ask the sum or mean (`statistiek`: "som" or "gemiddelde") of the column `maat`; the rest as `tabel`."""
        values = _table_values(bron, dimensies, filter, bescherming)
        more = {"maat": maat, "tel": tel, "statistiek": statistiek}
        return self._add(MagnitudeTable, naam, titel, toelichting, values | more)

    def kaart(
        self,
        naam: str,
        titel: str,
        *,
        kenmerk: Kenmerk,
        klassen: Sequence[float],
        gebied: str = "buurt",
        toelichting: str = "",
    ) -> Self:
        """Ask a map of areas coloured by `kenmerk` (name of an indicator, or a feature).

        klassen: ascending upper bounds between classes, chosen from the subject and not from the data.
        """
        values = {"kenmerk": _feature(kenmerk), "klassen": [float(bound) for bound in klassen], "gebied": gebied}
        return self._add(Choropleth, naam, titel, toelichting, values)

    def clusterprofiel(
        self,
        naam: str,
        titel: str,
        *,
        kenmerken: Sequence[Kenmerk],
        clusters: int,
        gebied: str = "buurt",
        toeval: int = 1,
        toelichting: str = "",
    ) -> Self:
        """Ask areas grouped by K-means on `kenmerken`: the profile of each group and which areas are in it."""
        values = {
            "kenmerken": [_feature(feature) for feature in kenmerken],
            "clusters": clusters,
            "gebied": gebied,
            "toeval": toeval,
        }
        return self._add(ClusterProfile, naam, titel, toelichting, values)

    def beslisboom(
        self,
        naam: str,
        titel: str,
        *,
        doel: Kenmerk,
        kenmerken: Sequence[Kenmerk],
        aandeel: float = 0.2,
        diepte: int = 3,
        gebied: str = "buurt",
        toeval: int = 1,
        toelichting: str = "",
    ) -> Self:
        """Ask a tree that explains which areas belong to the hottest share `aandeel` on `doel`."""
        values = {
            "doel": _feature(doel),
            "kenmerken": [_feature(feature) for feature in kenmerken],
            "aandeel": aandeel,
            "diepte": diepte,
            "gebied": gebied,
            "toeval": toeval,
        }
        return self._add(DecisionTree, naam, titel, toelichting, values)

    def _add(self, kind: type[Any], naam: str, titel: str, toelichting: str, values: Mapping[str, Any]) -> Self:
        head = {"naam": naam, "titel": titel, "toelichting": toelichting}
        self._outputs.append(_model(kind, {**head, **values}, f"uitvoer '{naam}'"))
        return self

    def zonder(self, naam: str) -> Self:
        """Take an output, for instance a refused one, out of the request. Raises UserError for an unknown name."""
        names = [output.naam for output in self._outputs]
        if naam not in names:
            raise UserError(f"uitvoer '{naam}' staat niet in de aanvraag; {closest(naam, names)}")
        self._outputs = [output for output in self._outputs if output.naam != naam]
        return self

    def request(self) -> Request:
        """Return the request as it stands. Raises UserError when a text is too short or there is no output yet."""
        outputs = [output.model_dump(mode="json", by_alias=True) for output in self._outputs]
        return _model(Request, {**self._head, "uitvoer": outputs}, "aanvraag")

    def bewaar(self, path: Path | str) -> Path:
        """Write the request as JSON and return its path; a name without folder is kept in the project's `klad/`."""
        file = Path(path)
        if file.parent == Path():
            file = self._project.scratch / file
        write_file(file, self.request().content() + b"\n")
        return file

    def toets(self) -> "Toets":
        """Have the checker judge the request as it stands: a preview, nothing is handed in."""
        request = self.request()
        file = self.bewaar(f".{request.id}.json")
        try:
            return Toets.of(checker.check(file))
        finally:
            file.unlink(missing_ok=True)


@dataclass(frozen=True, repr=False)
class Toets:
    """The checker's preliminary judgement; in a notebook it shows as a table. For inside only."""

    oordeel: Verdict
    verslag: Mapping[str, Any]

    @classmethod
    def of(cls, answer: checker.Answer) -> Self:
        """Take over what the checker said."""
        return cls(answer.verdict, answer.report)

    @property
    def uitvoer(self) -> list[dict[str, Any]]:
        """Per output: naam, soort, titel, oordeel, bevindingen, voorbeeld."""
        return list(self.verslag.get("uitvoer", []))

    def lines(self) -> list[str]:
        """Return the judgement as lines of text: per output its mark, verdict and the first reasons with remedies."""
        result = []
        for output in self.uitvoer:
            verdict = _verdict(output)
            result.append(f"{MARKS[verdict]} {output.get('naam')}: {verdict.value} ({_MEANING[verdict]})")
            result += [f"    {reason}" for reason in _reasons(output)]
        result.append(f"Oordeel: {self.oordeel.value} — voorlopig, tot ook de eerdere vrijgaven zijn meegewogen.")
        return result

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        rows = []
        for output in self.uitvoer:
            verdict = _verdict(output)
            reasons = "<br>".join(html.escape(reason) for reason in _reasons(output))
            cells = [
                f"{MARKS[verdict]} {verdict.value}",
                str(output.get("titel") or output.get("naam")),
                str(output.get("soort")),
            ]
            style = "text-align:left;vertical-align:top"
            columns = "".join(f"<td style='{style}'>{html.escape(cell)}</td>" for cell in cells)
            rows.append(f"<tr>{columns}<td style='{style}'>{reasons}</td></tr>")
        head = "".join(
            f"<th style='text-align:left'>{name}</th>" for name in ("oordeel", "uitvoer", "soort", "reden en uitweg")
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
            f"<p>Oordeel over het geheel: <b>{self.oordeel.value}</b> — voorlopig, tot ook de eerdere vrijgaven zijn "
            "meegewogen.</p>"
        )


def _verdict(output: Mapping[str, Any]) -> Verdict:
    """Return an output's verdict; one that is not known counts as refused."""
    text = output.get("oordeel")
    return Verdict(text) if text in list(Verdict) else Verdict.REFUSED


def _reasons(output: Mapping[str, Any]) -> list[str]:
    """Return the findings of an output as sentences, equal ones together with the cells they are about."""
    cells: dict[tuple[str, str], list[str]] = {}
    for finding in output.get("bevindingen", []):
        where = " ".join(str(label) for label in (finding.get("cel") or {}).values())
        cells.setdefault((str(finding.get("zin", "")), str(finding.get("oplossing") or "")), []).append(where)
    reasons = []
    for (sentence, remedy), places in cells.items():
        named = [place for place in places if place]
        more = f" en nog {len(named) - _SHOWN}" if len(named) > _SHOWN else ""
        where = f" [{'; '.join(named[:_SHOWN])}{more}]" if named else ""
        reasons.append(f"{sentence}{where}" + (f" → {remedy}" if remedy else ""))
    return reasons


def read_request(path: Path) -> Request:
    """Read a request file; raises UserError with the field that is wrong and the fix."""
    return parse_request(read_bytes(path, "aanvraag"), str(path))


def sign_request(project: Project, path: Path, key: PrivateKey) -> Path:
    """Sign a request as its author and return the signed file beside it.

    Raises UserError when the request is for another project, or the key is not that of the request's author, an
    analyst of the project whose membership has not ended.
    """
    request = read_request(path)
    if request.project != project.file.id:
        raise UserError(f"{path}: aanvraag voor project '{request.project}'; deze werkmap is van '{project.file.id}'")
    holder = key.public.houder
    if request.auteur != holder:
        raise UserError(f"{path}: auteur is '{request.auteur}', de sleutel is van '{holder}'; onderteken zelf")
    member = project.file.member(holder)
    if member is None or member.rol != "analist":
        raise UserError(f"'{holder}' is geen analist in project '{project.file.id}'; alleen een analist dient in")
    if member.key.id != key.public.id:
        raise UserError(f"deze sleutel van '{holder}' is niet die uit het projectbestand; gebruik die sleutel")
    if member.tot < date.today():
        raise UserError(f"de deelname van '{holder}' liep tot {member.tot}; laat het projectbestand verlengen")
    signed = path.with_suffix(SIGNED_SUFFIX)
    write_file(signed, request.signed(key).to_bytes())
    return signed


def _only_analyst(project: Project) -> str:
    analysts: list[Member] = [member for member in project.file.leden if member.rol == "analist"]
    if len(analysts) != 1:
        names = ", ".join(member.id for member in analysts)
        raise UserError(
            f"noem de auteur: Aanvraag(…, auteur='…'); analisten zijn: {names}"
            if analysts
            else f"project '{project.file.id}' heeft geen analist; voeg er een toe aan het projectbestand"
        )
    return analysts[0].id


def _table_values(
    bron: Bron, dimensies: Sequence[str], filter: Sequence[Voorwaarde], bescherming: str
) -> dict[str, Any]:
    if isinstance(bron, str):
        bron = TableSource(tabel=bron) if "." in bron else indicator(bron)
    return {
        "bron": bron.model_dump(),
        "dimensies": list(dimensies),
        "filter": _conditions(filter),
        "bescherming": bescherming,
    }


def _conditions(filter: Sequence[Voorwaarde]) -> list[dict[str, object]]:
    names = ("kolom", "is", "waarde")
    return [_plain(dict(zip(names, condition, strict=False))) for condition in filter]


def _feature(feature: Kenmerk) -> dict[str, Any]:
    if isinstance(feature, str):
        feature = aandeel(feature, feature)
    return feature.model_dump(mode="json", by_alias=True)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as JSON has them: a date as YYYY-MM-DD."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _model(kind: type[Model], values: dict[str, Any], where: str) -> Model:
    return parse_values(values, kind, where)
