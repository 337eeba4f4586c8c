"""One spelling for every JSON value, so that equal content has equal bytes and an equal digest.

Source: RFC 8785, JSON Canonicalization Scheme.
"""

import hashlib
import json
import math
from typing import Any, NoReturn

import rfc8785

from zoo_formaat.errors import UserError

# Integers of this many characters are below 2**53 for sure, and exact in every reader of JSON.
_SAFE_DIGITS = 15


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
    """Parse JSON strictly: UTF-8, no duplicate keys, no NaN or Infinity, no number that some readers would round.

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

    def no_constant(name: str) -> NoReturn:
        raise UserError(f"{source}: {name} is geen bruikbaar getal in JSON; gebruik null")

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            no_constant("een getal boven 1e308")
        return number

    def integer(text: str) -> int | float:
        if len(text) <= _SAFE_DIGITS:
            return int(text)
        number = finite(text)
        if abs(number) < 2**53:
            return int(text)
        # beyond 2**53 only what is the canonical spelling of a float is a number that every reader reads alike
        if canonical_bytes(number) == text.encode():
            return number
        no_constant(f"een geheel getal van {len(text)} cijfers")

    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=unique,
            parse_constant=no_constant,
            parse_float=finite,
            parse_int=integer,
        )
    except UnicodeDecodeError as error:
        raise UserError(f"{source}: geen UTF-8 op byte {error.start}; bewaar het bestand als UTF-8") from None
    except json.JSONDecodeError as error:
        raise UserError(
            f"{source}, regel {error.lineno}, kolom {error.colno}: geen geldige JSON ({error.msg})"
        ) from None
    except RecursionError:
        raise UserError(f"{source}: te diep genest; een geldig bestand heeft hooguit enkele niveaus") from None
