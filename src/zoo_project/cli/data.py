"""`data`: which tables and columns there are, what they mean, and how full they are."""

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from zoo_project.cli.application import JsonOption, ProjectOption, app
from zoo_project.cli.display import INSIDE_ONLY, dutch_count, print_json, print_table

if TYPE_CHECKING:
    from zoo_project.catalog import ColumnFacts, TableFacts
    from zoo_project.project import Project


@app.command("data")
def show_data(
    name: Annotated[str | None, typer.Argument(metavar="[BRON.TABEL[.KOLOM]]")] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Toon welke gegevens er zijn: tabellen, kolommen, betekenis, eenheid, grondslag, vulling."""
    from zoo_project import catalog, open_project

    opened = open_project(project)
    parts = (name or "").split(".")
    if name is None:
        _show_tables(catalog.tables(opened), as_json)
    elif len(parts) == 2:
        _show_columns(opened, name, as_json)
    elif len(parts) == 3:
        _show_column(catalog.column(opened, f"{parts[0]}.{parts[1]}", parts[2]), as_json)
    else:
        catalog.known_table(opened, name)


def _show_tables(tables: "list[TableFacts]", as_json: bool) -> None:
    if as_json:
        print_json({"tabellen": [dataclasses.asdict(table) for table in tables], "let_op": INSIDE_ONLY})
        return
    rows = []
    for table in tables:
        period = f"{table.van} – {table.tot}" if table.van else ""
        count = "niet geleverd" if table.rijen is None else dutch_count(table.rijen)
        rows.append([table.tabel, count, period, table.omschrijving, table.houder])
    print_table(["tabel", "rijen", "periode", "wat", "bronhouder"], rows)
    grounds = {table.tabel.split(".")[0]: table.grondslag for table in tables if table.grondslag}
    print("\nGrondslag per bron:")
    for source, ground in grounds.items():
        print(f"  {source}: {' '.join(ground.split())}")
    print(f"\nKolommen: zoo data BRON.TABEL. Let op: {INSIDE_ONLY}.")


def _show_columns(opened: "Project", name: str, as_json: bool) -> None:
    from zoo_project import catalog

    table = catalog.known_table(opened, name)
    frame = catalog.columns(opened, table)
    facts = next(facts for facts in catalog.tables(opened) if facts.tabel == table)
    if as_json:
        columns = json.loads(frame.drop(columns="tabel").to_json(orient="records"))
        print_json({**dataclasses.asdict(facts), "kolommen": columns, "let_op": INSIDE_ONLY})
        return
    period = f"; {facts.van} tot en met {facts.tot}" if facts.van else ""
    rejected = ", ".join(f"{reason}: {dutch_count(number)}" for reason, number in facts.verworpen.items())
    print(f"{table}: {facts.omschrijving}")
    print(f"{dutch_count(facts.rijen or 0)} rijen{period}; te bewaren tot {facts.bewaren_tot}; {facts.houder}")
    print(f"grondslag: {' '.join(facts.grondslag.split())}")
    print(f"niet te gebruiken bij de bron: {rejected or 'niets'}")
    rows = [
        [
            row["kolom"],
            row["type"] + (f" ({row['maat']})" if row["maat"] else ""),
            row["eenheid"] or "",
            row["categorie"],
            "" if row["gevuld"] is None else f"{100 * row['gevuld']:.1f}".replace(".", ",") + " %",
            row["betekenis"],
        ]
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]
    print_table(["kolom", "type", "eenheid", "categorie", "gevuld", "betekenis"], rows)
    if facts.ontbreekt:
        print(f"Toegestaan maar niet geleverd: {', '.join(facts.ontbreekt)}")


def _show_column(facts: "ColumnFacts", as_json: bool) -> None:
    if as_json:
        print_json({**dataclasses.asdict(facts), "let_op": INSIDE_ONLY})
        return
    print(f"{facts.tabel}.{facts.kolom}: {facts.betekenis}")
    unit = f"; beschermde eenheid: {facts.eenheid}" if facts.eenheid else ""
    measure = f" ({facts.maat})" if facts.maat else ""
    print(f"{facts.type}{measure}; categorie: {facts.categorie}{unit}")
    filled = "geen rijen" if facts.gevuld is None else f"gevuld: {100 * facts.gevuld:.1f} %".replace(".", ",")
    print(f"{dutch_count(facts.rijen)} rijen; {filled}; {dutch_count(facts.verschillend)} verschillende waarden")
    if facts.verdeling is None:
        print("Een pseudoniem: de waarden betekenen niets en worden niet getoond.")
        return
    labels = facts.waarden or {}
    rows = [[labels.get(value, value), dutch_count(number)] for value, number in facts.verdeling.items()]
    print_table(["waarde", "rijen"], rows)
    print(f"Let op: {INSIDE_ONLY}.")
