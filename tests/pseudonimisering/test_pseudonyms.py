"""The scheme, against the standard library and against numbers written down once."""

import hashlib
import hmac
import pickle
import random

import polars as pl
import pyarrow as pa
import pytest

from pseudonimisering.pseudonyms import ProjectSecret

SECRET = bytes(range(32))

# Public test vectors: secret 000102..1f, domain, canonical identifier (UTF-8), pseudonym
VECTORS = [
    ("persoon", "123456782", "205b756797afb18bf69342054b5404d7"),
    ("persoon", "012345672", "2674782e55273fda4ae1d2e8d7dbe60d"),
    ("rechtspersoon", "01234567", "9e8a9e8ffc47243fcf8e1043f2c90d8b"),
    ("adres", "1234AB|12|A|3", "18fcc3210ea4b0c3044152917aebaf64"),
    ("recordnummer:kadaster.transacties", "T-Ö1", "748a417601705f402ae35239c0f9c055"),
]


def by_hand(secret: bytes, domain: str, identifier: str) -> bytes:
    """HKDF (RFC 5869: extract without salt, one expand block) and HMAC with the standard library only."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    key = hmac.digest(extracted, b"zoo/hmac-sha256/128/v1/" + domain.encode() + b"\x01", "sha256")
    return hmac.digest(key, identifier.encode(), "sha256")[:16]


def made(secret: bytes, domain: str, identifiers: list[str | None]) -> list[bytes | None]:
    key = ProjectSecret(secret).domain_key(domain)
    return key.pseudonyms(pl.Series(identifiers, dtype=pl.String)).to_pylist()


@pytest.mark.parametrize(("domain", "identifier", "expected"), VECTORS)
def test_known_answers(domain, identifier, expected):
    assert made(SECRET, domain, [identifier]) == [bytes.fromhex(expected)]
    assert by_hand(SECRET, domain, identifier).hex() == expected


def test_a_column_equals_the_standard_library_value_by_value():
    draw = random.Random(5)
    alphabet = "0123456789ABCé|-€"
    values = ["".join(draw.choices(alphabet, k=draw.randrange(0, 90))) for _ in range(5_000)]
    values += values[:500]
    secret = draw.randbytes(32)
    assert made(secret, "persoon", values) == [by_hand(secret, "persoon", value) for value in values]


def test_null_stays_null_and_an_empty_column_stays_empty():
    assert made(SECRET, "persoon", [None, "1", None])[::2] == [None, None]
    empty = ProjectSecret(SECRET).domain_key("persoon").pseudonyms(pl.Series([], dtype=pl.String))
    assert len(empty) == 0
    assert empty.type == pa.binary(16)
    assert made(SECRET, "persoon", [None, None]) == [None, None]


def test_domains_and_secrets_cannot_be_linked():
    values = [str(number) for number in range(2_000)]
    sets = [set(made(SECRET, "persoon", values)), set(made(SECRET, "adres", values))]
    sets.append(set(made(hashlib.sha256(SECRET).digest(), "persoon", values)))
    assert [len(found) for found in sets] == [2_000] * 3
    assert not sets[0] & sets[1] and not sets[0] & sets[2]


def test_a_secret_shows_itself_nowhere():
    secret = ProjectSecret(SECRET)
    key = secret.domain_key("persoon")
    for thing in (secret, key):
        shown = f"{thing!r} {thing!s}"
        assert SECRET.hex() not in shown and repr(SECRET)[2:-1] not in shown
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        assert not hasattr(thing, "__dict__")
    with pytest.raises(ValueError, match="32 bytes") as caught:
        ProjectSecret(b"short-secret")
    assert "short-secret" not in str(caught.value)
