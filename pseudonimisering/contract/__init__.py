"""The source contract: one TOML file per source, written to be read by a lawyer.

Nothing of a delivery is read that the contract does not describe, and nothing leaves zone 1 that the contract does
not name as an output.
"""

from pseudonimisering.contract.columns import (
    DOMAIN_OF_KIND,
    GENERALISATIONS,
    Address,
    Category,
    Column,
    Flag,
    Kind,
    Person,
    Role,
    ValueType,
)
from pseudonimisering.contract.contract import Contract, Deletion, Register, load_contract
from pseudonimisering.contract.table import GEOMETRY, Output, Rarity, Table, closest

__all__ = [
    "DOMAIN_OF_KIND",
    "GENERALISATIONS",
    "GEOMETRY",
    "Address",
    "Category",
    "Column",
    "Contract",
    "Deletion",
    "Flag",
    "Kind",
    "Output",
    "Person",
    "Rarity",
    "Register",
    "Role",
    "Table",
    "ValueType",
    "closest",
    "load_contract",
]
