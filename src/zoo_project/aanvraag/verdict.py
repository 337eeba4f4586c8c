"""What the checker says of a request beforehand, as an analyst reads it: marks, reasons in words, remedies as code."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from outputcontrole.spec import Output, Verdict
from zoo_project import checker
from zoo_project.aanvraag.code import python, question

MARKS = {Verdict.FREE: "✓", Verdict.PROTECTED: "▣", Verdict.MANUAL: "?", Verdict.REFUSED: "✗"}
_MEANING = {
    Verdict.FREE: "mag zo",
    Verdict.PROTECTED: "mag in beschermde vorm",
    Verdict.MANUAL: "vraagt een oordeel van beide toetsers",
    Verdict.REFUSED: "mag niet",
}
_SHOWN = 5
_COARSER = {"buurtcode": "wijkcode", "wijkcode": "gemeentecode"}
_COARSER_AREA = {"buurt": "wijk", "wijk": "gemeente"}


@dataclass(frozen=True, repr=False)
class Toets:
    """The checker's preliminary judgement; in a notebook it shows as a table. For inside only.

    gevraagd: what was asked, from which remedies are written as code; empty when it is not known.
    """

    oordeel: Verdict
    verslag: Mapping[str, Any]
    gevraagd: Sequence[Output] = field(default=())

    @classmethod
    def of(cls, answer: checker.Answer, asked: Sequence[Output] = ()) -> Self:
        """Take over what the checker said."""
        return cls(answer.verdict, answer.report, tuple(asked))

    @property
    def uitvoer(self) -> list[dict[str, Any]]:
        """Per output: naam, soort, titel, oordeel, bevindingen, voorbeeld."""
        return list(self.verslag.get("uitvoer", []))

    def remedies(self, naam: str) -> list[str]:
        """Return lines of code that change the request so that the output may pass, the gentlest first."""
        for output in self.gevraagd:
            if output.naam == naam:
                return _remedies(output)
        return []

    def lines(self) -> list[str]:
        """Return the judgement as lines of text: per output its mark, verdict and the first reasons with remedies."""
        result = []
        if "reden" in self.verslag:
            result.append(f"{MARKS[self.oordeel]} {self.verslag['reden']}")
        for output in self.uitvoer:
            verdict = _verdict(output)
            result.append(f"{MARKS[verdict]} {output.get('naam')}: {verdict.value} ({_MEANING[verdict]})")
            result += [f"    {reason}" for reason in _reasons(output)]
            if verdict is Verdict.REFUSED:
                result += [f"    >>> {code}" for code in self.remedies(str(output.get("naam")))]
        result.append(f"Oordeel: {self.oordeel.value} — voorlopig, tot ook de eerdere vrijgaven zijn meegewogen.")
        return result

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        rows = []
        for output in self.uitvoer:
            verdict = _verdict(output)
            reasons = "<br>".join(html.escape(reason) for reason in _reasons(output))
            if verdict is Verdict.REFUSED and (remedies := self.remedies(str(output.get("naam")))):
                reasons += f"<pre>{html.escape(chr(10).join(remedies))}</pre>"
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
        refusal = f"<p>{html.escape(str(self.verslag['reden']))}</p>" if "reden" in self.verslag else ""
        return (
            f"{refusal}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
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


def _remedies(output: Output) -> list[str]:
    """What can be tried for a refused output: hide unsafe cells, look coarser, ask what is offered, take it out."""
    values = output.model_dump(mode="json", by_alias=True, exclude={"naam", "titel", "soort"})
    for name, described in type(output).model_fields.items():
        if not described.is_required() and getattr(output, name) == described.get_default(call_default_factory=True):
            values.pop(name, None)
    changes: list[tuple[str, dict[str, Any]]] = []
    dimensions = getattr(output, "dimensies", None) or []
    if output.soort == "extremen" and dimensions:
        side = "laagste" if output.statistiek == "minimum" else "hoogste"
        values.pop("statistiek", None)
        changes.append(("gemiddelde_van_uitersten", {"kant": side}))
    if getattr(output, "bescherming", None) == "geen":
        changes.append((output.soort, {"bescherming": "onderdrukken"}))
    if output.soort != "extremen" and any(name in _COARSER for name in dimensions):
        changes.append((output.soort, {"dimensies": [_COARSER.get(name, name) for name in dimensions]}))
    if (area := getattr(output, "gebied", None)) in _COARSER_AREA:
        changes.append((output.soort, {"gebied": _COARSER_AREA[str(area)]}))
    again = f"vraag.zonder({python(output.naam)})"
    asked = [question(kind, values | change, output.naam, output.titel) for kind, change in changes]
    return [*(f"{again}.{code}" for code in asked), again]
