"""A source contract in words, for somebody who reads agreements and no TOML: in the terminal or as one HTML page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from pseudonimisering.contract import Address, Column, Contract, Flag, Output, Person, Table
from pseudonimisering.contract.notices import notices
from pseudonimisering.processing_register import IDENTIFIER_NAMES

_UNIT_NAMES = {
    "persoon": "een persoon",
    "huishouden": "een huishouden",
    "adres": "een adres",
    "eigenaar": "een eigenaar",
    "rechtspersoon": "een rechtspersoon",
}
_TYPE_NAMES = {
    "tekst": "tekst",
    "geheel": "geheel getal",
    "decimaal": "getal",
    "janee": "ja of nee",
    "jaar": "jaar",
}
_COARSER = {
    "jaar": "alleen het jaar",
    "kwartaal": "alleen het kwartaal",
    "maand": "alleen de maand",
    "jaren": "in klassen van {} jaar",
    "pc4": "alleen de vier cijfers van de postcode",
    "afronden": "afgerond op {}",
    "top": "boven {} als {}, onder -{} als -{}",
    "zeldzaam": "waarden van minder dan {} rijen als 'overig'",
}
_HEADINGS = ("kolom", "betekenis", "categorie", "wat ermee gebeurt")


@dataclass(frozen=True)
class Chapter:
    """One table of the source in words: what it is, a row per delivered column, and what is checked."""

    title: str
    about: list[str]
    rows: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Page:
    """A contract in words: title, pairs of heading and text, a chapter per table, and what deserves a second look."""

    title: str
    agreement: list[tuple[str, str]]
    chapters: list[Chapter]
    notices: list[str]


def describe(contract: Contract, today: date) -> Page:
    """Put a contract into Dutch words; `today` decides whether its retention date has passed."""
    return Page(
        f"Broncontract {contract.bron}: {contract.houder}",
        list(_agreement(contract)),
        [_chapter(contract.bron, name, table) for name, table in contract.tabellen.items()],
        notices(contract, today),
    )


def show(page: Page, console: Console) -> None:
    """Print the page on a terminal."""
    console.print(Text(page.title, style="bold"))
    facts = RichTable.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for heading, text in page.agreement:
        facts.add_row(Text(heading), Text(text))
    console.print(facts)
    for chapter in page.chapters:
        console.print()
        console.print(Text(chapter.title, style="bold"))
        for line in chapter.about:
            console.print(Text(line))
        table = RichTable(*_HEADINGS)
        for row in chapter.rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    for notice in page.notices:
        console.print(Text(f"Let op: {notice}"))


def as_html(page: Page) -> str:
    """Return the page as one HTML document without outside references."""
    parts = [f"<h1>{escape(page.title)}</h1>", "<dl>"]
    parts += [f"<dt>{escape(heading)}</dt><dd>{escape(text)}</dd>" for heading, text in page.agreement]
    parts.append("</dl>")
    if page.notices:
        parts += ["<h2>Let op</h2><ul>", *(f"<li>{escape(notice)}</li>" for notice in page.notices), "</ul>"]
    for chapter in page.chapters:
        parts.append(f"<h2>{escape(chapter.title)}</h2>")
        parts += [f"<p>{escape(line)}</p>" for line in chapter.about]
        parts.append("<table><thead><tr>" + "".join(f"<th>{name}</th>" for name in _HEADINGS) + "</tr></thead><tbody>")
        for row in chapter.rows:
            parts.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
        parts.append("</tbody></table>")
    return _HTML.format(title=escape(page.title), body="\n".join(parts))


_HTML = """<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
dt {{ font-weight: bold; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #767676; padding: .3rem .5rem; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def _agreement(contract: Contract) -> Iterator[tuple[str, str]]:
    yield "Houder", contract.houder
    yield "Grondslag", " ".join(contract.grondslag.split())
    if contract.uitzondering is not None:
        yield "Uitzondering", " ".join(contract.uitzondering.split())
    yield "Doelen", ", ".join(contract.doelen)
    if contract.van or contract.tot:
        yield "Periode", f"{contract.van or 'onbepaald'} tot en met {contract.tot or 'onbepaald'}"
    yield "Bewaren", f"tot en met {contract.bewaren_tot}; daarna worden de pakketten verwijderd"
    for deletion in contract.verwijderen_na:
        what = f" ({deletion.omschrijving})" if deletion.omschrijving else ""
        yield "Eerder weg", f"{', '.join(deletion.tabellen)}, na '{deletion.gebeurtenis}'{what}"
    wrong = {"stoppen": "weigeren de levering", "melden": "blijven leeg en worden per reden geteld"}
    yield "Fouten", f"onbruikbare waarden {wrong[contract.fouten]}"
    if contract.openbaar:
        yield "Openbaar", "open gegevens zonder personen"
    if contract.synthetisch:
        yield "Synthetisch", "verzonnen gegevens"
    register = contract.verwerkingsregister
    if register is not None:
        yield "Verantwoordelijk", f"{register.verwerkingsverantwoordelijke}, {register.contact}"
        yield "Betrokkenen", ", ".join(register.categorieen_betrokkenen)
        yield "Ontvangers", ", ".join(register.ontvangers)
        yield "Doorgifte", register.doorgifte or "geen doorgifte buiten de Europese Economische Ruimte"
        yield "Maatregelen", "; ".join(register.maatregelen)


def _chapter(source: str, name: str, table: Table) -> Chapter:
    outputs = list(table.outputs(source, name))
    rows = [_row(column_name, column, outputs) for column_name, column in table.kolommen.items()]
    composed: list[Address | Person | Flag] = [
        *table.adressen.values(),
        *table.namen.values(),
        *table.kenmerken.values(),
    ]
    rows += [_composed_row(output) for output in outputs if any(output.source is one for one in composed)]
    return Chapter(f"Tabel {name}", list(_about(table)), rows)


def _about(table: Table) -> Iterator[str]:
    how = {"vervangt": "vervangt de vorige", "vult_aan": "vult de vorige aan"}[table.levering]
    yield f"{table.omschrijving or 'Zonder omschrijving'}."
    yield f"Bestand {table.bestand} ({table.formaat}); een nieuwe levering {how}."
    if table.uniek:
        yield f"Rijen zijn dubbel als deze kolommen gelijk zijn: {', '.join(table.uniek)}."
    if table.periode is not None:
        yield f"Rijen buiten de periode van het project worden niet geladen (kolom {table.periode})."
    if table.verwacht_rijen is not None:
        yield f"Verwacht tussen {_number(table.verwacht_rijen[0])} en {_number(table.verwacht_rijen[1])} rijen."
    for rarity in table.zeldzaam:
        named = ", ".join(rarity.kolommen)
        yield f"Combinaties van {named} die minder dan {rarity.k} personen, adressen of rijen delen, worden gemeld."


def _row(name: str, column: Column, outputs: list[Output]) -> tuple[str, str, str, str]:
    output = next((one for one in outputs if one.source is column), None)
    return name, column.omschrijving, column.categorie, ", ".join(_fate(column, output)) + _named(name, output)


def _fate(column: Column, output: Output | None) -> Iterator[str]:
    if output is None:
        yield "vrije tekst: wordt niet doorgegeven" if column.rol == "vrije_tekst" else "wordt niet doorgegeven"
        return
    if output.domain is not None:
        yield _pseudonym(IDENTIFIER_NAMES.get(column.vorm or "", "eigen nummer van de bron"), output)
    elif column.rol == "vrije_tekst":
        yield f"vrije tekst, behouden omdat: {column.behouden_omdat}"
    else:
        kind = {"datum": "datum", "gebied": "gebiedscode"}.get(column.rol) or _TYPE_NAMES[column.type or "tekst"]
        yield f"{kind} in {column.maat}" if column.maat else kind
    if column.generalisation is not None:
        step, number = column.generalisation
        yield _COARSER[step].replace("{}", _number(number or 0))
    if column.waarden is not None:
        yield f"codelijst van {len(column.waarden)}"
    yield from _demands(column)


def _composed_row(output: Output) -> tuple[str, str, str, str]:
    source = output.source
    parts = " + ".join(output.columns)
    if isinstance(source, Flag):
        return (
            parts,
            source.omschrijving,
            source.categorie,
            f"ja of nee: {' of '.join(source.gelijk_aan)}" + _named("", output),
        )
    what = "adres" if isinstance(source, Address) else "naam en geboortedatum"
    fate = [_pseudonym(what, output), *_demands(source)]
    return parts, source.omschrijving, source.categorie, ", ".join(fate) + _named("", output)


def _demands(source: Column | Address | Person | Flag) -> Iterator[str]:
    if isinstance(source, Flag):
        return
    if source.verplicht:
        yield "verplicht"
    if source.dekking is not None:
        yield f"gevuld in minstens {100 * source.dekking:g} % van de rijen".replace(".", ",")


def _pseudonym(what: str, output: Output) -> str:
    unit = f" voor {_UNIT_NAMES[output.unit]}" if output.unit else ""
    return f"{what} wordt een pseudoniem{unit}"


def _named(name: str, output: Output | None) -> str:
    return "" if output is None or output.name == name else f"; heet in het pakket {output.name}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")
