"""The keyed hashes, against the standard library, another implementation and published vectors."""

import base64
import copy
import hashlib
import hmac
import os
import pickle
import random
import re
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.cmac import CMAC

from pseudonimisering.pseudonyms import DEFAULT_SCHEME, SCHEMES, ProjectSecret, collision_bound
from pseudonimisering.pseudonyms.aes_cmac import AesCmac
from pseudonimisering.pseudonyms.hmac_sha256 import NativeHmac, PortableHmac, native_is_right
from zoo_formaat.errors import UserError
from zoo_formaat.pseudonym import to_text

SECRET = bytes(range(32))
NEXT_SECRET = hashlib.sha256(b"after rotation").digest()
FULL = os.environ.get("ZOO_FULL") == "1"
RANDOM_INPUTS = 1_000_000 if FULL else 20_000


def derived(secret: bytes, scheme: str, domain: str, normalisation: int) -> bytes:
    """HKDF with the standard library (RFC 5869: extract without salt, one block of expand)."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, f"zoo/{scheme}/{domain}/normalisatie-{normalisation}".encode() + b"\x01", "sha256")


def keyed(scheme: str, key: bytes, message: bytes) -> bytes:
    if scheme == "hmac-sha256/128":
        return hmac.digest(key.hex().encode(), message, "sha256")[:16]
    code = CMAC(AES256(key))
    code.update(message)
    return code.finalize()


def by_hand(
    secrets: list[bytes], identifier: str, scheme=DEFAULT_SCHEME, domain: str = "persoon", normalisation: int = 1
) -> bytes:
    message = identifier.encode()
    for secret in secrets:
        message = keyed(scheme, derived(secret, scheme, domain, normalisation), message)
    return message


def made(identifiers: list[str | None], scheme=DEFAULT_SCHEME, domain="persoon", secrets=(SECRET,)):
    key = ProjectSecret(list(secrets), scheme).domain_key(domain)
    return key.pseudonyms(pl.Series(identifiers, dtype=pl.String)).to_pylist()


def rows(kernel, messages: list[bytes]) -> list[bytes]:
    return [bytes(row) for row in kernel.digest(pa.array(messages, pa.large_binary()))]


# ------------------------------------------------------------------------------------------------- published vectors

# RFC 4231, test cases 1, 2, 4 and 5 (those whose key is text of at most a block), first 128 bits
RFC_4231 = [
    ("\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
    ("Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
    (bytes(range(1, 26)).decode(), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a"),
    ("\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
]
# NIST SP 800-38B, appendix D.3
SP_800_38B_KEY = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
SP_800_38B_TEXT = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
SP_800_38B = [
    (0, "028962f61b7bf89efc6b551f4667d983"),
    (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
    (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
    (64, "e1992190549f6ed5696a2c056c315410"),
]


@pytest.mark.parametrize("kernel", [NativeHmac, PortableHmac])
@pytest.mark.parametrize(("key", "message", "expected"), RFC_4231)
def test_published_hmac_vectors(kernel, key, message, expected):
    assert rows(kernel(key), [message]) == [bytes.fromhex(expected)]


def test_published_cmac_vectors_all_in_one_column():
    messages = [bytes.fromhex(SP_800_38B_TEXT)[:length] for length, _ in SP_800_38B]
    assert [row.hex() for row in rows(AesCmac(bytes.fromhex(SP_800_38B_KEY)), messages)] == [c for _, c in SP_800_38B]


# -------------------------------------------------------------------------------------------- another implementation


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_random_columns_equal_another_implementation(scheme):
    draw = random.Random(5)
    alphabet = "0123456789ABCé|-€"
    values = ["".join(draw.choices(alphabet, k=draw.randrange(0, 40))) for _ in range(RANDOM_INPUTS // 2)]
    values += [f"{draw.randrange(10**9):09}" for _ in range(RANDOM_INPUTS // 2)]
    secret = draw.randbytes(32)
    key = derived(secret, scheme, "persoon", 1)
    assert made(values, scheme, secrets=[secret]) == [keyed(scheme, key, value.encode()) for value in values]


@pytest.mark.parametrize("kernel", [NativeHmac, PortableHmac, AesCmac])
def test_every_length_and_any_bytes(kernel):
    draw = random.Random(6)
    key = draw.randbytes(32)
    messages = [draw.randbytes(length) for length in range(300)]
    draw.shuffle(messages)
    scheme = "aes256-cmac" if kernel is AesCmac else "hmac-sha256/128"
    expected = [keyed(scheme, key, message) for message in messages]
    ready = kernel(key if kernel is AesCmac else key.hex())
    assert rows(ready, messages) == expected
    part = pa.array(messages, pa.large_binary())[37:91]
    assert [bytes(row) for row in ready.digest(part)] == expected[37:91]
    assert rows(ready, []) == []


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_long_columns_with_gaps_and_repeats(scheme):
    # longer than one part, so that threads and finding equal values take part
    distinct = [f"{number:09}" for number in range(700)]
    expected = {value: by_hand([SECRET], value, scheme) for value in distinct} | {None: None}
    repeated = [None if row % 11 == 0 else distinct[row % 700] for row in range(150_000)]
    assert made(repeated, scheme) == [expected[value] for value in repeated]
    numbers = [None if row % 7 == 0 else str(row) for row in range(150_000)]
    found = made(numbers, scheme)
    assert [row for row, value in enumerate(found) if value is None] == list(range(0, 150_000, 7))
    assert len(set(found)) == 150_000 - len(range(0, 150_000, 7)) + 1
    for row in (1, 65_535, 65_537, 131_073, 149_999):
        assert found[row] == (None if numbers[row] is None else by_hand([SECRET], numbers[row], scheme))


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_null_stays_null_and_an_empty_column_stays_empty(scheme):
    assert made([None, "1", None], scheme) == [None, by_hand([SECRET], "1", scheme), None]
    assert made([None, None], scheme) == [None, None]
    empty = ProjectSecret([SECRET], scheme).domain_key("persoon").pseudonyms(pl.Series([], dtype=pl.String))
    assert len(empty) == 0
    assert empty.type == pa.binary(16)
    sliced = pl.Series([None, "1", None, "2", "3", None]).slice(1, 4)
    found = ProjectSecret([SECRET], scheme).domain_key("persoon").pseudonyms(sliced).to_pylist()
    assert found == made(["1", None, "2", "3"], scheme)


def test_without_the_plugin_the_result_is_the_same(monkeypatch):
    values = [f"{number:09}" for number in range(1_000)]
    before = made(values)
    assert native_is_right()
    native_is_right.cache_clear()
    monkeypatch.setitem(sys.modules, "polars_hash", None)
    try:
        assert not native_is_right()
        assert made(values) == before
    finally:
        native_is_right.cache_clear()


# --------------------------------------------------------------------------------------- vectors in the documentation

PAGE = (Path(__file__).parents[2] / "docs/reference/pseudonyms.md").read_text()
DOCUMENTED = re.findall(
    r"^\| `([^`]+)` \| ([0-9]+) \| `([^`]+)` \| ([0-9]+) \| `([^`]+)` \| `([0-9a-f]{32})` \| `(p[a-z2-7]{26})` \|$",
    PAGE,
    re.M,
)
DOCUMENTED_SECRETS = [SECRET, bytes(range(32, 64))]


@pytest.mark.parametrize(
    ("scheme", "version", "domain", "normalisation", "identifier", "pseudonym", "text"), DOCUMENTED
)
def test_documented_vectors(scheme, version, domain, normalisation, identifier, pseudonym, text):
    identifier = identifier.replace("\\|", "|")
    secrets = DOCUMENTED_SECRETS[: int(version)]
    assert all(secret.hex() in PAGE for secret in secrets)
    assert by_hand(secrets, identifier, scheme, domain, int(normalisation)).hex() == pseudonym
    assert "p" + base64.b32encode(bytes.fromhex(pseudonym)).decode().lower().rstrip("=") == text
    found = ProjectSecret(secrets, scheme).domain_key(domain, int(normalisation)).pseudonyms(pl.Series([identifier]))
    assert found[0].as_py().hex() == pseudonym
    assert to_text(found).to_pylist() == [text]


def test_the_documentation_covers_both_schemes_and_a_chain():
    assert {(row[0], row[1]) for row in DOCUMENTED} == {(scheme, version) for scheme in SCHEMES for version in "12"}
    for scheme in SCHEMES:
        assert derived(SECRET, scheme, "persoon", 1).hex() in PAGE


# ------------------------------------------------------------------------------------------------ separation, chains


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_domains_projects_normalisations_and_schemes_cannot_be_linked(scheme):
    values = pl.Series([str(number) for number in range(2_000)])
    secret, other = ProjectSecret([SECRET], scheme), ProjectSecret([NEXT_SECRET], scheme)
    (another_scheme,) = set(SCHEMES) - {scheme}
    keys = [
        secret.domain_key("persoon"),
        secret.domain_key("adres"),
        secret.domain_key("persoon", 2),
        other.domain_key("persoon"),
        ProjectSecret([SECRET], another_scheme).domain_key("persoon"),
        ProjectSecret([SECRET, NEXT_SECRET], scheme).domain_key("persoon"),
    ]
    found = [key.pseudonyms(values).to_pylist() for key in keys]
    assert len({pseudonym for column in found for pseudonym in column}) == 2_000 * len(keys)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_rotation_without_originals_gives_what_later_deliveries_get(scheme):
    secrets = [SECRET, NEXT_SECRET, hashlib.sha256(NEXT_SECRET).digest()]
    values: list[str | None] = [str(number) for number in range(70_000)]
    values[3] = values[69_000] = None
    series = pl.Series(values)
    versions = [ProjectSecret(secrets[: n + 1], scheme).domain_key("adres", 4).pseudonyms(series) for n in range(3)]
    newest = ProjectSecret(secrets, scheme).domain_key("adres", 4)
    for version, old in enumerate(versions, start=1):
        assert newest.advance(old, version).equals(versions[2])
        as_uuid = pa.ExtensionArray.from_storage(pa.uuid(), old)
        assert newest.advance(as_uuid[2:50], version).equals(versions[2][2:50])
    for row in (0, 1, 69_999):
        for n in range(3):
            assert versions[n][row].as_py() == by_hand(secrets[: n + 1], str(row), scheme, "adres", 4)
    for wrong in (0, 4):
        with pytest.raises(ValueError, match="unknown"):
            newest.advance(versions[0], wrong)


def test_a_project_knows_its_version_and_scheme():
    secret = ProjectSecret([SECRET, NEXT_SECRET], "aes256-cmac")
    assert (secret.version, secret.scheme) == (2, "aes256-cmac")
    assert ProjectSecret([SECRET]).scheme == "hmac-sha256/128"
    with pytest.raises(UserError, match="aes256-cmac"):
        ProjectSecret([SECRET], "sha1")


def test_who_holds_the_key_inverts_cmac_and_the_registry_says_so():
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    key = derived(SECRET, "aes256-cmac", "persoon", 1)
    (pseudonym,) = made(["123456782"], "aes256-cmac")
    cipher = Cipher(AES256(key), modes.ECB())  # noqa: S305 - one block, to show that it opens
    subkey = int.from_bytes(cipher.encryptor().update(bytes(16)), "big")
    for _ in range(2):
        subkey = (subkey << 1) % 2**128 ^ (0x87 if subkey >> 127 else 0)
    block = int.from_bytes(cipher.decryptor().update(pseudonym), "big") ^ subkey
    assert block.to_bytes(16, "big") == b"123456782\x80" + bytes(6)
    assert SCHEMES["aes256-cmac"].invertible and not SCHEMES["hmac-sha256/128"].invertible


# -------------------------------------------------------------------------------------------------------- collisions


def test_the_collision_bound_at_the_size_of_a_country_and_of_the_world():
    assert collision_bound(18_000_000) == pytest.approx(4.7609e-25, rel=1e-3)
    assert collision_bound(10_000_000_000) == pytest.approx(1.4694e-19, rel=1e-3)
    assert collision_bound(18_000_000, versions=2) == pytest.approx(9.5218e-25, rel=1e-3)
    assert collision_bound(1) == 0
    # the birthday paradox in a small year: exactly 23 people make it more likely than not, the bound lies above that
    exact = 1 - np.prod(1 - np.arange(23) / 365)
    assert exact > 0.5
    assert exact <= 23 * 22 / 2 / 365


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_collisions_of_fewer_bits_are_as_many_as_the_bound_says(scheme):
    # 32 of the 128 bits, in four places of 12 domains: n(n-1)/2^33 = 0.58 pairs expected in each
    count, found = 70_711, 0
    values = pl.Series([f"{number:09}" for number in range(count)])
    secret = ProjectSecret([SECRET], scheme)
    for domain in range(12):
        array = secret.domain_key(f"recordnummer:{domain}").pseudonyms(values)
        words = np.frombuffer(array.buffers()[1], dtype="<u4").reshape(-1, 4)
        found += sum(count - len(np.unique(words[:, place])) for place in range(4))
    expected = 48 * count * (count - 1) / 2 / 2**32
    assert abs(found - expected) < 5 * expected**0.5


# ------------------------------------------------------------------------------------------------------- no key shown


def hidden_forms(scheme: str, secret: bytes = SECRET) -> list[str]:
    key = derived(secret, scheme, "persoon", 1)
    forms = [secret.hex(), key.hex(), repr(secret)[2:-1], repr(key)[2:-1]]
    return [*forms, *(form.upper() for form in forms[:2])]


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_a_secret_shows_itself_nowhere(scheme):
    secret = ProjectSecret([SECRET], scheme)
    key = secret.domain_key("persoon")
    for thing in (secret, key, *key._kernels):
        shown = f"{thing!r} {thing!s}"
        assert not any(form in shown for form in hidden_forms(scheme))
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError) as caught:
                attempt(thing)
            assert not any(form in str(caught.value) for form in hidden_forms(scheme))
        assert not hasattr(thing, "__dict__")


def test_a_wrong_secret_is_not_quoted():
    for wrong in ([b"short-secret"], [], [SECRET, b"short-secret"], [SECRET.hex()]):
        with pytest.raises(ValueError, match="32 bytes") as caught:
            ProjectSecret(wrong)
        assert "short-secret" not in str(caught.value) and SECRET.hex() not in str(caught.value)


def test_what_goes_wrong_in_the_plugin_does_not_tell_the_key():
    # a key that the plugin cannot read makes it fail for real
    kernel = NativeHmac("very-secret-key\ud800")
    with pytest.raises(RuntimeError, match="native HMAC kernel failed") as caught:
        rows(kernel, [b"123456782"])
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "very-secret" not in told


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_a_traceback_with_variables_does_not_tell_the_key(scheme):
    key = ProjectSecret([SECRET, NEXT_SECRET], scheme).domain_key("persoon")
    with pytest.raises(TypeError, match="text, not Int64") as caught:
        key.pseudonyms(pl.Series([123456782]))
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "DomainKey(persoon)" in told
    assert not any(form in told for form in hidden_forms(scheme) + hidden_forms(scheme, NEXT_SECRET))


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_verbose_libraries_do_not_print_the_key(scheme):
    script = (
        "import faulthandler, logging, polars as pl; logging.basicConfig(level=0); faulthandler.enable()\n"
        "from pseudonimisering.pseudonyms import ProjectSecret\n"
        f"key = ProjectSecret([bytes(range(32))], {scheme!r}).domain_key('persoon')\n"
        "print(key.pseudonyms(pl.Series([str(n) for n in range(70_000)]))[0].as_py().hex())\n"
    )
    environment = {**os.environ, "POLARS_VERBOSE": "1", "RUST_BACKTRACE": "full", "RUST_LOG": "trace"}
    command = [sys.executable, "-X", "dev", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert by_hand([SECRET], "0", scheme).hex() in done.stdout
    assert not any(form in done.stdout + done.stderr for form in hidden_forms(scheme))
