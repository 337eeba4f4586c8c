"""One spelling for every JSON value, so that equal content has equal bytes and an equal digest.

Source: RFC 8785, JSON Canonicalization Scheme.
"""

import hashlib
import json
from typing import Any

import rfc8785

from zoo_formaat.errors import UserError


def canonical_bytes(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value (dict, list, str, int up to 2**53, float, bool, None).

    Raises ValueError (rfc8785.CanonicalizationError) for NaN, infinities and larger integers, which JSON cannot carry.
    """
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return `sha256:<64 hex>` of bytes as they are, or of the canonical bytes of any other JSON value."""
    content = value if isinstance(value, bytes) else canonical_bytes(value)
    return "sha256:" + hashlib.sha256(content).hexdigest()


def parse_json(content: bytes, source: str) -> Any:
    """Parse JSON strictly: UTF-8, no duplicate keys, no NaN or Infinity.

    `source` names the file in the error. Raises UserError with the line and column of the first mistake. Duplicate
    keys are refused because two readers may disagree on which of the two counts.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                raise UserError(f"{source}: veld '{key}' staat er twee keer; laat er één staan")
            result[key] = value
        return result

    def no_constant(name: str) -> Any:
        raise UserError(f"{source}: {name} is geen geldig getal in JSON; gebruik null")

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    except UnicodeDecodeError as error:
        raise UserError(f"{source}: geen UTF-8 op byte {error.start}; bewaar het bestand als UTF-8") from None
    except json.JSONDecodeError as error:
        raise UserError(
            f"{source}, regel {error.lineno}, kolom {error.colno}: geen geldige JSON ({error.msg})"
        ) from None
    except RecursionError:
        raise UserError(f"{source}: te diep genest; een geldig bestand heeft hooguit enkele niveaus") from None
