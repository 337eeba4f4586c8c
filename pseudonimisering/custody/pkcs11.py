"""The master key in a PKCS#11 token (a hardware module, or SoftHSM2): it wraps inside and never leaves.

PKCS#11 v2.40, mechanism CKM_AES_GCM with a nonce and associated data that we give. The key is made in the token,
sensitive and not extractable. A token that insists on its own nonces for AES-GCM is not supported.
"""

import secrets
import threading
from pathlib import Path
from typing import Any, NoReturn

from pseudonimisering.custody.master import MasterDescription, WrongKeyError, new_id
from pseudonimisering.custody.memory import keep_in_memory_only
from zoo_formaat.errors import UserError

_NONCE_BYTES = 12
_KEY_BITS = 256
_TAG_BITS = 128


class TokenMaster:
    """A master key in a token, in an open session."""

    def __init__(self, session: Any, key: Any, id: str) -> None:
        self._session = session
        self._key = key
        self._turn = threading.Lock()  # a session does one operation at a time
        self.id = id

    def __repr__(self) -> str:
        return f"TokenMaster({self.id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("een sleutel verlaat het proces niet")

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """Wrap in the token with AES-256-GCM under a random nonce, which stands before the result."""
        from pkcs11 import GCMParams, Mechanism

        nonce = secrets.token_bytes(_NONCE_BYTES)
        with self._turn:
            wrapped: bytes = self._key.encrypt(
                key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, about, _TAG_BITS)
            )
        return nonce + wrapped

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Return the key. Raises WrongKeyError."""
        from pkcs11 import GCMParams, Mechanism, PKCS11Error

        nonce, content = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            with self._turn:
                key: bytes = self._key.decrypt(
                    content, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, about, _TAG_BITS)
                )
        except PKCS11Error:
            # tokens differ in the error they give for a tag that does not fit
            raise WrongKeyError from None
        return key


def make_token_master(module: Path, token: str, pin: str, custody: str) -> tuple[MasterDescription, TokenMaster]:
    """Make an AES-256 key in a token. Raises UserError when module, token or PIN do not serve."""
    from pkcs11 import Attribute, KeyType, MechanismFlag, PKCS11Error

    id = new_id()
    session = _session(module, token, pin, writable=True)
    try:
        key = session.generate_key(
            KeyType.AES,
            _KEY_BITS,
            label=_label(custody, id),
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
    except PKCS11Error as error:
        raise UserError(
            f"token '{token}' maakt geen AES-sleutel ({type(error).__name__}); vraag de beheerder"
        ) from None
    description = MasterDescription(id=id, soort="pkcs11", module=str(module.absolute()), token=token)
    return description, TokenMaster(session, key, id)


def open_token_master(description: MasterDescription, custody: str, pin: str) -> TokenMaster:
    """Open the token that holds the master key. Raises UserError when module, token, key or PIN do not serve."""
    from pkcs11 import KeyType, NoSuchKey, ObjectClass

    session = _session(Path(description.module), description.token, pin)
    try:
        key = session.get_key(
            object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=_label(custody, description.id)
        )
    except NoSuchKey:
        raise UserError(
            f"token '{description.token}' bevat de hoofdsleutel van deze bewaarplaats niet; neem het goede token"
        ) from None
    return TokenMaster(session, key, description.id)


def destroy_earlier_keys(description: MasterDescription, custody: str, pin: str) -> int:
    """Destroy the master keys in a token that this custody had before, and return how many there were."""
    from pkcs11 import Attribute, KeyType, ObjectClass

    session = _session(Path(description.module), description.token, pin, writable=True)
    kept, count = _label(custody, description.id), 0
    query = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
    for key in list(session.get_objects(query)):
        label = str(key[Attribute.LABEL])
        if label.startswith(_label(custody, "")) and label != kept:
            key.destroy()
            count += 1
    return count


def _label(custody: str, id: str) -> str:
    return f"zoo-{custody}-{id}"


def _session(module: Path, token: str, pin: str, *, writable: bool = False) -> Any:
    try:
        import pkcs11
    except ImportError:
        raise UserError("PKCS#11 is hier niet geïnstalleerd; installeer zoo-analyse[hsm]") from None
    keep_in_memory_only()
    try:
        device = pkcs11.lib(str(module)).get_token(token_label=token)
        try:
            return device.open(rw=writable, user_pin=pin)
        except pkcs11.UserAlreadyLoggedIn:
            # PKCS#11 logs a process in, not a session: this one did so with an earlier session
            return device.open(rw=writable)
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinLocked):
        raise UserError(f"de PIN van token '{token}' klopt niet of is geblokkeerd; vraag de beheerder") from None
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
        raise UserError(f"token '{token}' is er niet precies één keer; sluit het aan en controleer de naam") from None
    except (pkcs11.PKCS11Error, OSError) as error:
        raise UserError(
            f"PKCS#11-module {module} werkt niet ({type(error).__name__}); controleer het pad en het token"
        ) from None
