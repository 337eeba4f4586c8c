"""Sealed files: only the recipients read them, and a missing or changed piece is found."""

import io
import stat
import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_keys, write_key_pair
from zoo_formaat.sealed import (
    PIECE,
    OpeningKey,
    SealKey,
    read_opening_key,
    read_seal_key,
    read_seal_keys,
    seal,
    unseal,
    write_seal_keys,
)
from zoo_formaat.signature import PrivateKey

KEY = OpeningKey.generate("zone3")
HEADER = 8 + 2 + 32 + 64
"""Bytes before the first piece, with one recipient: as the layout in the module says."""


def sealed(content: bytes, *recipients: OpeningKey, context: str = "proef", cut: int = 1000) -> bytes:
    target = io.BytesIO()
    pieces = (content[start : start + cut] for start in range(0, len(content), cut))
    seal(pieces, target, [key.public for key in recipients or (KEY,)], context)
    return target.getvalue()


def opened(content: bytes, key: OpeningKey = KEY, context: str = "proef") -> bytes:
    return b"".join(unseal(io.BytesIO(content), key, context, "bestand.zoo"))


def pieces_of(content: bytes) -> tuple[bytes, list[bytes]]:
    body = content[HEADER:]
    return content[:HEADER], [body[start : start + PIECE + 16] for start in range(0, len(body), PIECE + 16)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.integers(-2, 2), st.sampled_from([1, 777, PIECE, 3 * PIECE]))
def test_what_goes_in_comes_out_whatever_the_sizes(whole: int, rest: int, cut: int) -> None:
    size = max(0, whole * PIECE + rest)
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    if cut == 1 and size > PIECE + 2:
        cut = 4096
    box = sealed(content, cut=cut)
    assert opened(box) == content
    # the layout: header, and a tag per piece of 64 KiB
    assert len(box) == HEADER + size + 16 * max(1, -(-size // PIECE))
    assert size < 16 or content[:16] not in box


def test_the_steps_are_the_published_ones() -> None:
    """Open a file by hand, with the primitives alone: X25519, HKDF (RFC 5869) from hmac, AES-GCM."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
        extracted = hmac.digest(salt, secret, "sha256")
        return hmac.digest(extracted, info + b"\x01", "sha256")

    def gcm(key: bytes, nonce: bytes, data: bytes) -> bytes:
        decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce, data[-16:])).decryptor()
        return decryptor.update(data[:-16]) + decryptor.finalize()

    content = bytes(range(256)) * 300
    box = sealed(content)
    header, (first, last) = pieces_of(box)
    assert header[:10] == b"ZOOZEGEL\x01\x01"
    ephemeral = header[10:42]
    assert header[42:58] == hashlib.sha256(KEY.public.raw).digest()[:16]
    secret = X25519PrivateKey.from_private_bytes(KEY.private_bytes())
    shared = secret.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    wrapping = hkdf(shared, ephemeral + KEY.public.raw, b"zoo/zegel/1/sleutel")
    key = gcm(wrapping, bytes(12), header[58:])
    inner = hkdf(key, hashlib.sha256(header).digest(), b"zoo/zegel/1/inhoud/proef")
    found = gcm(inner, bytes(12), first) + gcm(inner, (1).to_bytes(11, "big") + b"\x01", last)
    assert found == content


def test_the_agreement_is_the_one_of_rfc_7748() -> None:
    """Section 6.1: the keys of Alice and Bob, and what they share."""
    alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    keys = [OpeningKey(X25519PrivateKey.from_private_bytes(bytes.fromhex(text)), "x") for text in (alice, bob)]
    assert keys[0].public.raw.hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert keys[0].agree(keys[1].public.raw).hex() == keys[1].agree(keys[0].public.raw).hex() == shared


def test_two_seals_of_one_content_have_nothing_in_common() -> None:
    one, other = sealed(b"x" * 5000), sealed(b"x" * 5000)
    assert one[10:42] != other[10:42]
    assert one[HEADER:] != other[HEADER:]


def test_every_recipient_opens_it_and_nobody_else() -> None:
    second, stranger = OpeningKey.generate("zone3-nieuw"), OpeningKey.generate("vreemde")
    box = sealed(b"geheim", KEY, second)
    assert opened(box) == opened(box, second) == b"geheim"
    with pytest.raises(UserError, match="niet verzegeld voor de sleutel van vreemde"):
        opened(box, stranger)
    for recipients in ([], [KEY.public] * 256):
        with pytest.raises(ValueError, match="recipients"):
            seal([b""], io.BytesIO(), recipients, "proef")


@pytest.mark.parametrize("size", [0, 1, 3 * PIECE, 3 * PIECE + 5])
def test_every_cut_is_found(size: int) -> None:
    box = sealed(b"a" * size)
    cuts = {0, 5, 9, 41, 42, HEADER - 1, HEADER, HEADER + 1, HEADER + 16, len(box) - 1, len(box) - 16}
    cuts |= {HEADER + (PIECE + 16) * number + extra for number in range(1, 4) for extra in (-1, 0, 1)}
    for cut in sorted(c for c in cuts if c < len(box)):
        with pytest.raises(UserError, match=r"^bestand\.zoo: .*(afgekapt|geen verzegeld bestand)"):
            opened(box[:cut])


def test_a_file_cut_between_two_pieces_is_called_cut_off() -> None:
    header, pieces = pieces_of(sealed(b"a" * (3 * PIECE)))
    with pytest.raises(UserError, match="is afgekapt"):
        opened(header + b"".join(pieces[:2]))


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 2, 1], [0, 0, 1, 2], [1, 2], [0, 2], [2], [0, 1, 2, 2], [0, 1, 2, 0]])
def test_pieces_in_another_order_are_found(order: list[int]) -> None:
    header, pieces = pieces_of(sealed(b"a" * PIECE + b"b" * PIECE + b"c" * PIECE))
    with pytest.raises(UserError, match=r"gewijzigd|afgekapt"):
        opened(header + b"".join(pieces[number] for number in order))


def test_a_piece_of_another_file_is_found() -> None:
    header, pieces = pieces_of(sealed(b"a" * (2 * PIECE)))
    _, others = pieces_of(sealed(b"a" * (2 * PIECE)))
    with pytest.raises(UserError, match="gewijzigd"):
        opened(header + pieces[0] + others[1])


def test_a_change_of_any_byte_is_found() -> None:
    box = sealed(b"inhoud" * 20)
    for place in range(len(box)):
        changed = bytearray(box)
        changed[place] ^= 0x01
        with pytest.raises(UserError):
            opened(bytes(changed))


def test_another_context_version_or_file_does_not_open() -> None:
    with pytest.raises(UserError, match="voor iets anders bedoeld"):
        opened(sealed(b"geheim"), context="iets anders")
    newer = bytearray(sealed(b"geheim"))
    newer[8] = 2
    with pytest.raises(UserError, match="versie 2"):
        opened(bytes(newer))
    with pytest.raises(UserError, match="geen verzegeld bestand"):
        opened(b"PAR1" + bytes(500))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "groot").open("wb") as target:
            seal((bytes(100_000) for _ in range(count)), target, [KEY.public], "groot")
        with (tmp_path / "groot").open("rb") as source:
            assert sum(map(len, unseal(source, KEY, "groot", "groot"))) == count * 100_000
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(200) < 1.2 * peak(20) < 2_000_000


def test_key_files(tmp_path: Path) -> None:
    write_seal_keys(tmp_path, KEY)
    private, public = tmp_path / "zone3.zegelsleutel", tmp_path / "zone3.zegel.json"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert read_opening_key(private).public == read_seal_key(public) == KEY.public
    assert read_seal_keys(tmp_path) == [KEY.public]
    assert opened(sealed(b"x"), read_opening_key(private)) == b"x"
    with pytest.raises(UserError, match="nooit overschreven"):
        write_seal_keys(tmp_path, OpeningKey.generate("zone3"))
    private.chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        read_opening_key(private)


def test_a_damaged_key_file_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.zegelsleutel"
    path.write_bytes(b'{"soort":"x25519","houder":"x","geheim":"c2VjcmV0","demo":false}')
    path.chmod(0o600)
    with pytest.raises(UserError, match="geen geldige sleutel") as caught:
        read_opening_key(path)
    assert "c2VjcmV0" not in str(caught.value)


def test_signing_and_sealing_keys_are_never_taken_for_each_other(tmp_path: Path) -> None:
    write_key_pair(tmp_path, PrivateKey.generate("iemand"))
    write_seal_keys(tmp_path, KEY)
    assert [key.houder for key in read_public_keys(tmp_path)] == ["iemand"]
    assert [key.houder for key in read_seal_keys(tmp_path)] == ["zone3"]
    with pytest.raises(UserError):
        read_seal_key(tmp_path / "iemand.pub.json")
    with pytest.raises(UserError, match="geen geldige sleutel"):
        read_opening_key(tmp_path / "iemand.sleutel")


def test_a_private_key_does_not_show_itself() -> None:
    import pickle

    secret = KEY.private_bytes()
    assert secret.hex() not in repr(KEY) and repr(secret) not in repr(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(KEY)


def test_a_key_that_is_no_point_is_refused() -> None:
    import base64

    nothing = SealKey(soort="x25519", houder="nul", sleutel=base64.b64encode(bytes(32)).decode())
    with pytest.raises(ValueError, match="shared key"):
        seal([b"x"], io.BytesIO(), [nothing], "proef")
