"""The export is a document that the Open Data Contract Standard v3.1.0 allows.

SCHEMA is written by hand after the tables of the standard, for the parts that the export uses. Like the standard's own
JSON schema it allows no field that the standard does not have.
"""

import json
from datetime import date

import jsonschema
import pytest
from typer.testing import CliRunner

from pseudonimisering.cli import app
from pseudonimisering.contract import Contract, load_contract
from pseudonimisering.contract.models import model_names, model_text
from pseudonimisering.odcs import as_odcs
from zoo_formaat.document import parse_document

TODAY = date(2026, 1, 1)

STRING = {"type": "string"}
BOOLEAN = {"type": "boolean"}


def closed(needed, /, **properties):
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


CUSTOM = {"type": "array", "items": closed(["property", "value"], property=STRING, value={}, description=STRING)}
OPERATORS = ["mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
             "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"]  # fmt: skip
NUMBER = {"type": "number"}
BETWEEN = {"type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": True, "items": NUMBER}
QUALITY = {
    "type": "array",
    "items": closed(
        ["metric"],
        type={"enum": ["library"]},
        metric={"enum": ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]},
        dimension={
            "enum": ["accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"]
        },
        unit=STRING,
        arguments={"type": "object"},
        **{name: BETWEEN if name.endswith("Between") else NUMBER for name in OPERATORS},
    )
    | {"oneOf": [{"required": [name]} for name in OPERATORS]},
}
PROPERTY = closed(
    ["name"],
    name=STRING,
    logicalType={"enum": ["string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"]},
    required=BOOLEAN,
    primaryKey=BOOLEAN,
    primaryKeyPosition={"type": "integer", "minimum": 1},
    classification=STRING,
    encryptedName=STRING,
    criticalDataElement=BOOLEAN,
    transformDescription=STRING,
    description=STRING,
    quality=QUALITY,
    customProperties=CUSTOM,
)
SCHEMA = closed(
    ["version", "apiVersion", "kind", "id", "status"],
    version=STRING,
    apiVersion={"enum": ["v3.1.0"]},
    kind={"enum": ["DataContract"]},
    id=STRING,
    name=STRING,
    status={"enum": ["proposed", "draft", "active", "deprecated", "retired"]},
    description=closed([], usage=STRING, purpose=STRING, limitations=STRING),
    team=closed([], name=STRING, description=STRING),
    support={"type": "array", "items": closed(["channel"], channel=STRING)},
    slaProperties={
        "type": "array",
        "items": closed(["property", "value"], property=STRING, value={}, driver=STRING, description=STRING),
    },
    schema={
        "type": "array",
        "items": closed(
            ["name"],
            name=STRING,
            physicalName=STRING,
            physicalType=STRING,
            logicalType={"enum": ["object"]},
            description=STRING,
            properties={"type": "array", "items": PROPERTY},
            quality=QUALITY,
            customProperties=CUSTOM,
        ),
    },
    customProperties=CUSTOM,
)


def model(name: str) -> Contract:
    return parse_document(model_text(name).encode(), Contract, name)


def properties(document, table):
    (found,) = [one for one in document["schema"] if one["name"] == table]
    return {one["name"]: one for one in found["properties"]}


def custom(one):
    return {pair["property"]: pair["value"] for pair in one["customProperties"]}


@pytest.mark.parametrize("name", model_names())
def test_every_model_is_allowed_by_the_standard(name):
    contract = model(name)
    document = as_odcs(contract, TODAY)
    jsonschema.validate(document, SCHEMA)
    for table_name, table in contract.tabellen.items():
        assert list(properties(document, table_name)) == table.source_columns
        keys = [one for one in properties(document, table_name).values() if one.get("primaryKey")]
        assert len({one["primaryKeyPosition"] for one in keys}) == len(keys)


def test_the_agreement_is_in_it():
    document = as_odcs(model("fiu"), TODAY)
    assert "Wwft" in custom(document)["legalGround"]
    assert "UAVG" in custom(document)["exceptionToProhibition"]
    assert custom(document)["purposes"] == ["ondermijning-vastgoed", "ondermijning-drugs"]
    assert document["slaProperties"][0]["value"] == "2028-12-31"
    columns = properties(document, "transacties")
    assert columns["rekening"]["encryptedName"] == "rekening"
    assert columns["rekening"]["classification"] == "criminal"
    assert columns["bedrag"]["transformDescription"] == "generaliseer afronden:1000"
    assert columns["omschrijving"]["transformDescription"] == "not passed on"
    assert columns["geslachtsnaam"]["encryptedName"] == "betrokkene_naam"
    assert columns["rekening"]["quality"][0]["mustBeLessOrEqualTo"] == 50
    rows, double = document["schema"][0]["quality"]
    assert (rows["metric"], rows["mustBeBetween"]) == ("rowCount", [10, 5000000])
    assert double["arguments"] == {"properties": ["transactienummer", "rekening", "tegenrekening"]}


def test_the_status_follows_the_contract(town):
    assert as_odcs(model("brp"), TODAY)["status"] == "draft"
    contract = load_contract(town.contract())
    assert as_odcs(contract, TODAY)["status"] == "active"
    assert as_odcs(contract, date(3000, 1, 1))["status"] == "retired"


def test_another_content_is_another_version_of_the_same_contract(town):
    one = as_odcs(load_contract(town.contract()), TODAY)
    other = as_odcs(load_contract(town.contract(town.brp_contract.replace("artikel 1", "artikel 9"))), TODAY)
    assert one["id"] == other["id"]
    assert one["version"] != other["version"]


def test_exactly_one_number_of_rows_is_allowed(town):
    text = town.brp_contract.replace('uniek = ["bsn"]', "verwacht_rijen = [4, 4]")
    document = as_odcs(load_contract(town.contract(text)), TODAY)
    jsonschema.validate(document, SCHEMA)
    assert document["schema"][0]["quality"][0]["mustBe"] == 4


def test_the_command_writes_the_document(town):
    target = town.root / "brp.odcs.yaml"
    result = CliRunner().invoke(app, ["contract", "odcs", str(town.contract()), "--uit", str(target)])
    assert result.exit_code == 0, result.output
    jsonschema.validate(json.loads(target.read_text("utf-8")), SCHEMA)
