"""Pseudonyms: a deterministic keyed hash of 128 bits per domain, made for whole columns at a time.

schemes      the registered keyed hashes, and how likely it is that two identifiers meet
domains      secret of a project -> key of a domain -> pseudonyms; the chain that rotation makes
hmac_sha256  kernel of `hmac-sha256/128`       aes_cmac  kernel of `aes256-cmac`
codes        a 32-bit code per entity within one project

docs/reference/pseudonyms.md says the same without Python, with test vectors.
"""

from pseudonimisering.pseudonyms.domains import SECRET_BYTES, DomainKey, ProjectSecret
from pseudonimisering.pseudonyms.schemes import DEFAULT_SCHEME, PSEUDONYM_BYTES, SCHEMES, Scheme, collision_bound

__all__ = [
    "DEFAULT_SCHEME",
    "PSEUDONYM_BYTES",
    "SCHEMES",
    "SECRET_BYTES",
    "DomainKey",
    "ProjectSecret",
    "Scheme",
    "collision_bound",
]
