"""A source contract as an Open Data Contract Standard document (ODCS v3.1.0, bitol-io, LF AI & Data).

It describes the delivery: what the holder's own tooling can check before it sends anything. What the standard has no
place for (legal ground, purposes, role, protected unit) stands in `customProperties`.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pseudonimisering.contract import Address, Column, Contract, Person, Table
from pseudonimisering.contract.notices import is_draft
from zoo_formaat.atomic import write_file

API_VERSION = "v3.1.0"

Json = dict[str, Any]

_LOGICAL_TYPES = {"geheel": "integer", "jaar": "integer", "decimaal": "number", "janee": "boolean", "tekst": "string"}
_CLASSIFICATION = {"gewoon": "personal", "bijzonder": "special-category", "strafrechtelijk": "criminal"}
"""Article 4, 9 and 10 GDPR; the standard leaves the words to the contract."""


def as_odcs(contract: Contract, today: date) -> Json:
    """Return the document as JSON values.

    status: `draft` while texts are still to be filled in, `retired` after the retention date, else `active`.
    """
    status = "draft" if is_draft(contract) else "retired" if today > contract.bewaren_tot else "active"
    own: Json = {
        "legalGround": contract.grondslag.strip(),
        "exceptionToProhibition": contract.uitzondering and contract.uitzondering.strip(),
        "purposes": contract.doelen,
        "periodStart": contract.van and str(contract.van),
        "periodEnd": contract.tot and str(contract.tot),
        "synthetic": contract.synthetisch or None,
        "deleteAfterEvent": [deletion.model_dump() for deletion in contract.verwijderen_na] or None,
    }
    document: Json = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"urn:zoo:broncontract:{contract.bron}",
        "name": contract.bron,
        "version": f"{contract.versie}.0.0+{contract.digest.removeprefix('sha256:')[:12]}",
        "status": status,
        "description": {
            "purpose": ", ".join(contract.doelen),
            "limitations": f"Uitsluitend voor deze doelen en tot en met {contract.bewaren_tot}.",
        },
        "team": {"name": contract.houder},
        "slaProperties": [
            {
                "property": "endOfLife",
                "value": str(contract.bewaren_tot),
                "driver": "regulatory",
                "description": "last day on which a copy may exist",
            }
        ],
        "schema": [_object(name, table) for name, table in contract.tabellen.items()],
        "customProperties": _custom(own),
    }
    register = contract.verwerkingsregister
    if register is not None:
        document["support"] = [{"channel": register.contact}]
    return document


def write_odcs(contract: Contract, target: Path, today: date) -> None:
    """Write the document to a file. JSON is YAML 1.2, so every YAML reader of the standard takes it."""
    write_file(target, (json.dumps(as_odcs(contract, today), ensure_ascii=False, indent=2) + "\n").encode())


def _object(name: str, table: Table) -> Json:
    result: Json = {
        "name": name,
        "physicalName": table.bestand,
        "physicalType": "file",
        "logicalType": "object",
        "description": table.omschrijving,
        "properties": list(_properties(table)),
        "customProperties": _custom({"format": table.formaat, "delivery": table.levering, "period": table.periode}),
    }
    checks: list[Json] = []
    if table.verwacht_rijen is not None:
        least, most = table.verwacht_rijen
        # the standard wants two different numbers
        bounds: Json = {"mustBe": least} if least == most else {"mustBeBetween": [least, most]}
        checks.append({"type": "library", "metric": "rowCount", "dimension": "completeness", "unit": "rows"} | bounds)
    if table.uniek:
        checks.append(
            {
                "type": "library",
                "metric": "duplicateValues",
                "dimension": "uniqueness",
                "arguments": {"properties": table.uniek},
                "mustBe": 0,
            }
        )
    if checks:
        result["quality"] = checks
    return result


def _properties(table: Table) -> Iterator[Json]:
    for name, column in table.kolommen.items():
        yield _property(name, column, table)
    composed: dict[str, Address | Person] = {**table.adressen, **table.namen}
    seen = set(table.kolommen)
    for output, source in composed.items():
        for part in source.parts:
            if part not in seen:
                seen.add(part)
                yield {
                    "name": part,
                    "logicalType": "string",
                    "required": False,
                    "classification": _CLASSIFICATION[source.categorie],
                    "encryptedName": output,
                    "description": source.omschrijving,
                    "customProperties": _custom({"unit": source.eenheid}),
                }


def _property(name: str, column: Column, table: Table) -> Json:
    logical = "date" if column.rol == "datum" else _LOGICAL_TYPES[column.type or "tekst"]
    result: Json = {
        "name": name,
        "logicalType": logical,
        "required": column.verplicht,
        "classification": _CLASSIFICATION[column.categorie],
        "description": column.omschrijving,
    }
    if name in table.uniek:
        result |= {"primaryKey": True, "primaryKeyPosition": table.uniek.index(name) + 1}
    if column.rol in {"identifier", "recordnummer"}:
        result |= {"encryptedName": column.naar or name, "criticalDataElement": True}
    elif not column.kept:
        result["transformDescription"] = "not passed on"
    elif column.generalisation is not None:
        result["transformDescription"] = f"generaliseer {column.generaliseer or column.bewerking}"
    if column.dekking is not None:
        result["quality"] = [
            {
                "type": "library",
                "metric": "missingValues",
                "dimension": "coverage",
                "unit": "percent",
                "arguments": {"missingValues": [None, "", *column.ontbrekend]},
                "mustBeLessOrEqualTo": round(100 * (1 - column.dekking), 6),
            }
        ]
    own: Json = {
        "role": column.rol,
        "identifierKind": column.vorm,
        "unit": column.eenheid,
        "domain": column.domein,
        "measure": column.maat,
        "codes": column.waarden,
        "missing": column.ontbrekend or None,
    }
    return result | {"customProperties": _custom(own)}


def _custom(values: Json) -> list[Json]:
    """Return the properties of the standard's key-value list; what has no value is left out."""
    return [{"property": name, "value": value} for name, value in values.items() if value is not None]
