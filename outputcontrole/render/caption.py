"""Words in and under figures."""

from collections.abc import Iterable

from outputcontrole.access import Access
from outputcontrole.asked import AskedTable, open_sources, selections_of
from outputcontrole.basis import Basis
from outputcontrole.history import used_sources
from outputcontrole.render.tables import HIDDEN
from outputcontrole.spec import Output


def source_line(output: Output, tables: Iterable[AskedTable], access: Access) -> str:
    """Return the line under a figure: the sources it rests on, the period, and the notice that areas are no persons.

    tables: those of the output's kind.
    """
    used = used_sources(tables, access.sources_of_recipes) | open_sources(output)
    packages = [package.manifest for package in access.packages if package.manifest.bron in used]
    names = ", ".join(sorted(manifest.bron for manifest in packages)) or "open data"
    kind = " (synthetische gegevens)" if any(manifest.synthetisch for manifest in packages) else ""
    return f"Bron: {names}{kind}.{about(output)} Een gebied is niet zijn inwoners; een afwijking is geen overtreding."


def about(output: Output) -> str:
    """Return the period and the weight of an output as sentences, each after a space; empty without."""
    periods = [selection.periode.in_words() for selection in selections_of(output) if selection.periode is not None]
    weight: str | None = getattr(output, "gewicht", None)
    sentences = [f" Periode: {'; '.join(dict.fromkeys(periods))}."] if periods else []
    sentences += [] if weight is None else [f" Gewogen met {in_words(weight)}."]
    return "".join(sentences)


def in_words(name: str) -> str:
    """Return a feature's name as a reader sees it."""
    return name.replace("_", " ")


def footnotes(output: Output, tables: Iterable[AskedTable], basis: Basis) -> list[str]:
    """Return what stands under a table: where it comes from, by which rules it was protected, how to read it."""
    return [
        source_line(output, tables, basis.access),
        f"Uitvoerregels: {basis.policy.naam}. '{HIDDEN}' is een getal dat niet getoond wordt, om welke reden ook.",
        "Datum en ondertekening van de vrijgave staan in de verklaring van de bundel.",
    ]
