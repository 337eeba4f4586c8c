"""The master key of a custody: it wraps the other keys, and nothing is derived from it.

Three ways to keep it, behind one interface:

open    a file of mode 0600 in the custody itself; for trial and demonstration
delen   nowhere: three custodians hold a share each, any two of them open the custody (`shares`)
pkcs11  in a token or hardware module, which it never leaves (`pkcs11`)
"""

import secrets
from typing import Literal, NoReturn, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field

from pseudonimisering.custody.memory import keep_in_memory_only
from zoo_formaat.document import Strict

MASTER_BYTES = 32
_NONCE_BYTES = 12


class WrongKeyError(Exception):
    """What was to be unwrapped was not wrapped by this master key for this use, or was changed."""


class Master(Protocol):
    """Wraps keys. `id` names the master key (random, no property of the key)."""

    @property
    def id(self) -> str:
        """The name of the master key."""

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """Return `key` wrapped, bound to `about`."""

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Return the key. Raises WrongKeyError when this master key did not wrap it for `about`."""


class MasterDescription(Strict):
    """What the custody says about its master key: which it is, how it is kept, by whom or where."""

    id: str
    soort: Literal["open", "delen", "pkcs11"]
    bewaarders: list[str] = Field(default_factory=list)
    module: str = ""
    token: str = ""


class MemoryMaster:
    """A master key in this process. Its representation never shows it."""

    __slots__ = ("_cipher", "id")

    def __init__(self, key: bytes, id: str) -> None:
        if len(key) != MASTER_BYTES:
            raise ValueError("a master key has 32 bytes")
        keep_in_memory_only()
        self._cipher = AESGCM(key)
        self.id = id

    def __repr__(self) -> str:
        return f"MemoryMaster({self.id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """Wrap with AES-256-GCM (NIST SP 800-38D) under a random nonce, which stands before the result."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Return the key. Raises WrongKeyError."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            raise WrongKeyError from None


def new_id() -> str:
    """Return a random name for a custody, a master key or a backup: 32 hexadecimals."""
    return secrets.token_hex(16)
