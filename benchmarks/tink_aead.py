"""Tink's deterministic AEAD (AES-SIV) over 9-digit numbers, and a loop over `hmac.digest` in the same process.

Runs in the environment of the peers: `python tink_aead.py NUMBERS ROUNDS` prints the seconds of both as JSON.
"""

import hmac
import json
import random
import secrets
import sys
import time

import tink
from tink import daead


def main() -> None:
    """Time both in every round."""
    numbers, rounds = int(sys.argv[1]), int(sys.argv[2])
    values = [str(number).encode() for number in random.Random(1).sample(range(100_000_000, 1_000_000_000), numbers)]
    daead.register()
    handle = tink.new_keyset_handle(daead.deterministic_aead_key_templates.AES256_SIV)
    primitive = handle.primitive(daead.DeterministicAead)
    encrypt, key = primitive.encrypt_deterministically, secrets.token_bytes(32)
    measured: dict[str, list[float]] = {"tink": [], "loop": []}
    for _ in range(rounds):
        began = time.perf_counter()
        for value in values:
            encrypt(value, b"persoon")
        between = time.perf_counter()
        for value in values:
            hmac.digest(key, value, "sha256")
        measured["tink"].append(between - began)
        measured["loop"].append(time.perf_counter() - between)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
