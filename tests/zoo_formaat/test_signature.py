"""Signatures: published vectors, and every way to pass off one document or person for another."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_formaat.errors import UserError
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, Signature, add_signature, sign, verify

TYPE = "application/vnd.zoo.proef+json"

# RFC 8032, section 7.1, tests 1 and 2: secret key, public key, message, signature
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
]

ANNA = PrivateKey.generate("anna")
JAN = PrivateKey.generate("jan")
TRUSTED = [JAN.public, ANNA.public]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_vectors_of_rfc_8032(secret, public, message, signature):
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)), "rfc")
    assert base64.b64decode(key.public.sleutel).hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.public.verifies(bytes.fromhex(message), bytes.fromhex(signature))
    assert not key.public.verifies(bytes.fromhex(message) + b"x", bytes.fromhex(signature))


def test_what_is_signed_is_the_example_of_the_dsse_protocol():
    envelope = sign(b"hello world", "http://example.com/HelloWorld", [JAN])
    assert envelope.payload == "aGVsbG8gd29ybGQ="
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(JAN.public.sleutel))
    signature = base64.b64decode(envelope.signatures[0].sig)
    # raises when another byte string was signed
    public.verify(signature, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world")


def test_lengths_count_bytes_not_characters():
    envelope = sign("€".encode(), "é", [JAN])
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(JAN.public.sleutel))
    public.verify(base64.b64decode(envelope.signatures[0].sig), b"DSSEv1 2 \xc3\xa9 3 \xe2\x82\xac")


def test_signers_come_back_in_order_of_name_also_after_a_file():
    envelope = Envelope.from_bytes(sign(b"inhoud", TYPE, [JAN, ANNA]).to_bytes(), "x.dsse.json")
    assert verify(envelope, TYPE, TRUSTED, "x") == [ANNA.public, JAN.public]
    assert envelope.content() == b"inhoud"
    # the order of signing leaves no trace
    assert envelope == sign(b"inhoud", TYPE, [ANNA, JAN])


@settings(max_examples=50)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_signature_holds_for_its_content_alone(content, other):
    envelope = sign(content, TYPE, [JAN])
    assert verify(envelope, TYPE, TRUSTED, "x") == [JAN.public]
    if content != other:
        swapped = envelope.model_copy(update={"payload": base64.b64encode(other).decode()})
        with pytest.raises(UserError, match="handtekening van jan klopt niet"):
            verify(swapped, TYPE, TRUSTED, "x")


@settings(max_examples=50)
@given(st.integers(0, 511))
def test_any_flipped_bit_of_a_signature_is_found(bit):
    envelope = sign(b"inhoud", TYPE, [JAN])
    raw = bytearray(base64.b64decode(envelope.signatures[0].sig))
    raw[bit // 8] ^= 1 << bit % 8
    forged = Signature(keyid=JAN.public.id, sig=base64.b64encode(bytes(raw)).decode())
    with pytest.raises(UserError, match="klopt niet"):
        verify(envelope.model_copy(update={"signatures": [forged]}), TYPE, TRUSTED, "x")


@pytest.mark.parametrize("sig", ["", "AAAA", "geen base64", base64.b64encode(bytes(64)).decode()])
def test_unusable_signature_of_a_trusted_key_is_refused(sig):
    envelope = sign(b"inhoud", TYPE, [])
    forged = envelope.model_copy(update={"signatures": [Signature(keyid=JAN.public.id, sig=sig)]})
    with pytest.raises(UserError, match=r"^x\.dsse\.json: de handtekening van jan klopt niet"):
        verify(forged, TYPE, TRUSTED, "x.dsse.json")


def test_signature_under_one_kind_of_document_is_none_under_another():
    envelope = sign(b"inhoud", "application/vnd.zoo.anders", [JAN])
    with pytest.raises(UserError, match=r"ondertekend als 'application/vnd\.zoo\.anders'"):
        verify(envelope, TYPE, TRUSTED, "x")
    with pytest.raises(UserError, match="klopt niet"):
        verify(envelope.model_copy(update={"payloadType": TYPE}), TYPE, TRUSTED, "x")


def test_one_signer_counts_once_however_often_the_signature_is_repeated():
    envelope = sign(b"inhoud", TYPE, [JAN])
    repeated = envelope.model_copy(update={"signatures": envelope.signatures * 3})
    assert verify(repeated, TYPE, [*TRUSTED, JAN.public], "x") == [JAN.public]
    assert len(add_signature(envelope, JAN).signatures) == 1


def test_signature_of_one_person_under_the_key_id_of_another_does_not_count():
    envelope = sign(b"inhoud", TYPE, [JAN])
    stolen = Signature(keyid=ANNA.public.id, sig=envelope.signatures[0].sig)
    with pytest.raises(UserError, match="handtekening van anna klopt niet"):
        verify(envelope.model_copy(update={"signatures": [*envelope.signatures, stolen]}), TYPE, TRUSTED, "x")


def test_unknown_signers_do_not_count():
    stranger = PrivateKey.generate("anna")  # the same name, another key
    envelope = sign(b"inhoud", TYPE, [stranger])
    assert verify(envelope, TYPE, TRUSTED, "x") == []
    assert verify(sign(b"inhoud", TYPE, []), TYPE, TRUSTED, "x") == []


def test_enrolled_demo_mark_is_what_counts_not_the_signers_own_word():
    enrolled = PublicKey(houder="jan", sleutel=JAN.public.sleutel, demo=True)
    assert verify(sign(b"inhoud", TYPE, [JAN]), TYPE, [enrolled], "x")[0].demo


def respelled(text):
    """The same bytes in other base64: the unused bits of the last letter set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    letter = alphabet[alphabet.index(text[-2]) + 1]
    assert base64.b64decode(text[:-2] + letter + "=") == base64.b64decode(text)
    return text[:-2] + letter + "="


def test_one_key_and_one_content_have_one_spelling():
    with pytest.raises(ValueError, match="schrijfwijze"):
        PublicKey(houder="jan", sleutel=respelled(JAN.public.sleutel))
    data = json.loads(sign(b"hello world", TYPE, [JAN]).to_bytes())
    data["payload"] = respelled(data["payload"])
    with pytest.raises(UserError, match="'payload'"):
        Envelope.from_bytes(json.dumps(data).encode(), "x.dsse.json")


@pytest.mark.parametrize(
    "text", ["", "AAAA", "x" * 44, base64.b64encode(bytes(33)).decode(), JAN.public.sleutel + "\n"]
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="verwacht"):
        PublicKey(houder="jan", sleutel=text)


@pytest.mark.parametrize("holder", ["", "Jan", "../jan", "jan\n", "-jan", "j" * 65, "jan jansen"])
def test_holder_is_a_plain_name_that_can_be_a_file_name(holder):
    with pytest.raises(ValueError, match="houder"):
        PublicKey(houder=holder, sleutel=JAN.public.sleutel)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"payloadType": "t", "payload": "%%%", "signatures": []}',
        b'{"payloadType": "t", "payload": "", "signatures": [], "extra": 1}',
        b'{"payloadType": "t", "payload": "", "payload": "", "signatures": []}',
        b'{"payloadType": "t", "payload": "", "signatures": [{"keyid": "k"}]}',
        b'{"payloadType": "t", "payload": "", "signatures": {}}',
    ],
)
def test_malformed_envelope_names_its_file(content):
    with pytest.raises(UserError, match=r"^x\.dsse\.json"):
        Envelope.from_bytes(content, "x.dsse.json")
