"""A contract to start from, for a file that has been looked at.

What a column most likely is, stands in it; what is not recognised, is left out, because leaving a column out can do no
harm. Everything that only people can know has to be filled in before the contract is valid.
"""

import json
import re
from pathlib import Path

from pseudonimisering.readers.detect import ColumnLook, FileLook
from zoo_formaat.errors import UserError

_IDENTIFIERS = ("kvk", "verblijfsobject", "pand", "nummeraanduiding", "vestiging", "iban")
_NUMBERS = {"geheel": "geheel", "decimaal": "decimaal", "jaar": "jaar", "janee": "janee"}
_ROLES = {
    "datum": 'rol = "datum"\ngeneraliseer = "jaar"\n',
    "code": 'rol = "attribuut"\ntype = "tekst"\n',
    "geometrie": 'rol = "attribuut"\ntype = "tekst"\n',
    "buurt-, wijk- of gemeentecode": 'rol = "gebied"\n',
}
_HEAD = """\
# Begin van een contract, gemaakt uit {path}. Kijk elke kolom na: herkend is de vorm van de waarden, niet wat ze
# betekenen. Vul in wat leeg is; zonder houder, grondslag, doelen en bewaartermijn is het contract niet geldig.
versie = 1
bron = {source}
houder = ""
grondslag = ""
doelen = []
# bewaren_tot = JJJJ-MM-DD

[tabellen.{table}]
omschrijving = ""
bestand = {file}
formaat = {format}
"""


def contract_skeleton(path: Path, found: FileLook) -> str:
    """Return the TOML text. Raises UserError when the file has no column names, because they would be data."""
    if not found.header:
        raise UserError(
            f"bestand {path.name}: de eerste regel lijkt geen kolomnamen te bevatten; vraag een levering met kolomnamen"
        )
    name = re.sub(r"[^a-z0-9]+", "_", path.name.partition(".")[0].lower()).strip("_")
    name = name if re.match("[a-z]", name) else f"bron_{name}"
    text = _HEAD.format(
        path=json.dumps(path.suffix), source=_toml(name), table=name, file=_toml(path.name), format=_toml(found.format)
    )
    if found.encoding is not None and found.format == "csv":
        text += f"codering = {_toml(found.encoding)}\n"
    if found.separator is not None:
        text += f"scheiding = {_toml(found.separator)}\n"
    for column in found.columns:
        text += f"\n[tabellen.{name}.kolommen.{_toml(column.name)}]\n" + _column(column)
    return text


def _column(column: ColumnLook) -> str:
    kind = column.kind
    if kind.startswith("bsn"):
        return f'# {kind}\nrol = "identifier"\nvorm = "bsn"\neenheid = "persoon"\n'
    if kind in _IDENTIFIERS:
        return f'rol = "identifier"\nvorm = "{kind}"\n'
    if kind in _NUMBERS:
        return f'rol = "attribuut"\ntype = "{_NUMBERS[kind]}"\n'
    return _ROLES.get(kind, f'# {kind}\nrol = "weglaten"\n')


def _toml(text: str) -> str:
    # a JSON string is a TOML string, but for the characters that TOML wants escaped anyway
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
