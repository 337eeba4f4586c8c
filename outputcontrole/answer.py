"""What comes of an output: its verdict, its findings, and the files that would leave, made from protected numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from outputcontrole.checks import Finding
from outputcontrole.spec import Output, Verdict
from zoo_analyse.errors import AnalysisError
from zoo_formaat.errors import UserError


def nothing_drawn() -> dict[str, bytes]:
    """Return no files: what an answer without figures draws."""
    return {}


@dataclass(frozen=True)
class Answer:
    """The answer to one output.

    tables: file name -> bytes as the recipient would get them; empty when refused. draw: makes the files with figures
    from the same protected numbers; a verdict alone does not need them, and drawing costs more than judging. preview:
    JSON values for the analyst's and the officer's screen, inside only (marks and reasons are themselves information).
    """

    output: Output
    verdict: Verdict
    findings: tuple[Finding, ...]
    tables: Mapping[str, bytes] = field(default_factory=dict)
    draw: Callable[[], Mapping[str, bytes]] = nothing_drawn
    preview: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Every file that would leave, by name: the tables, and the figures drawn when first asked for.

        Raises UserError for a figure that cannot be drawn.
        """
        try:
            return {**self.tables, **self.draw()}
        except AnalysisError as error:
            raise UserError(f"uitvoer '{self.output.naam}' is niet te tekenen: {error}") from None

    def record(self) -> dict[str, Any]:
        """Return verdict, findings and preview as JSON values, as `toets --json` prints them."""
        return {
            "naam": self.output.naam,
            "soort": self.output.soort,
            "titel": self.output.titel,
            "oordeel": self.verdict.value,
            "bevindingen": [finding.record() for finding in self.findings],
            "voorbeeld": dict(self.preview),
        }


def refused(output: Output, findings: "tuple[Finding, ...]") -> Answer:
    """Return the refusal of an output, with the reasons."""
    return Answer(output, Verdict.REFUSED, findings)
