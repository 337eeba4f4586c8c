"""What comes of an output: its verdict, its findings, and the files that would leave, made from protected numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outputcontrole.checks import Finding
from outputcontrole.spec import Output, Verdict


@dataclass(frozen=True)
class Answer:
    """The answer to one output.

    files: file name -> bytes as the recipient would get them; empty when refused. preview: JSON values for the
    analyst's and the officer's screen, inside only (marks and reasons are themselves information).
    """

    output: Output
    verdict: Verdict
    findings: tuple[Finding, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    preview: Mapping[str, Any] = field(default_factory=dict)

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
