"""The report to a holder as an HTML page."""

from pseudonimisering.pages import Language, number, render
from pseudonimisering.report import Delivery, HolderReport

_RESULTS = {
    "gelukt": ("gelukt", "succeeded"),
    "geweigerd": ("geweigerd", "refused"),
    "mislukt": ("mislukt", "failed"),
    "begonnen": ("begonnen", "begun"),
}
_ACTS = {
    "verlopen": ("bewaartermijn of gebeurtenis", "retention date or event"),
    "vergeet": ("een eenheid vergeten", "one unit forgotten"),
    "vernietig": ("geheim vernietigd", "secret destroyed"),
    "geheim vernietig": ("geheim vernietigd", "secret destroyed"),
}


def report_page(report: HolderReport, language: Language = "nl") -> str:
    """Return the page of a report to a holder."""
    english = language == "en"

    def rejects(delivery: Delivery) -> list[str]:
        return [
            f"{table}: {reason} {number(count, language)}"
            for table, reasons in (delivery.verworpen or {}).items()
            for reason, count in reasons.items()
        ]

    return render(
        "report.html.j2",
        language,
        report=report,
        rejects=rejects,
        results={name: words[english] for name, words in _RESULTS.items()},
        acts={name: words[english] for name, words in _ACTS.items()},
    )
