"""Signatures beside any document that people sign."""

import pytest

from zoo_formaat.detached import load_signed, sign_beside, signatures_path
from zoo_formaat.errors import UserError
from zoo_formaat.signature import PrivateKey

TYPE = "application/vnd.zoo.beleid+toml"
ANNA = PrivateKey.generate("anna")
BERT = PrivateKey.generate("bert")
TRUSTED = [ANNA.public, BERT.public]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "beleid.toml"
    path.write_bytes(b"drempel = 10\n")
    return path


def accept(content):
    assert content


def test_exact_bytes_and_both_signers_come_back(path):
    for key in (ANNA, BERT):
        sign_beside(path, TYPE, key, accept, "beleid")
    assert load_signed(path, TYPE, TRUSTED, "beleid") == (b"drempel = 10\n", (ANNA.public, BERT.public))
    assert signatures_path(path).name == "beleid.toml.dsse.json"


def test_lowered_threshold_is_refused(path):
    for key in (ANNA, BERT):
        sign_beside(path, TYPE, key, accept, "beleid")
    path.write_bytes(b"drempel = 1\n")
    with pytest.raises(UserError, match=r"beleid\.toml: gewijzigd na het ondertekenen"):
        load_signed(path, TYPE, TRUSTED, "beleid")


def test_document_of_another_kind_with_the_same_text_is_refused(path):
    for key in (ANNA, BERT):
        sign_beside(path, "application/vnd.zoo.project+toml", key, accept, "project")
    with pytest.raises(UserError, match="ondertekend als"):
        load_signed(path, TYPE, TRUSTED, "beleid")


def test_what_the_check_refuses_is_not_signed(path):
    def refuse(content):
        raise UserError("beleid klopt niet")

    with pytest.raises(UserError, match="beleid klopt niet"):
        sign_beside(path, TYPE, ANNA, refuse, "beleid")
    assert not signatures_path(path).exists()


def test_second_key_of_one_person_is_told_as_one_person(path):
    second = PrivateKey.generate("anna")
    for key in (ANNA, second):
        sign_beside(path, TYPE, key, accept, "beleid")
    with pytest.raises(UserError, match="1 van 2 handtekeningen"):
        load_signed(path, TYPE, [*TRUSTED, second.public], "beleid")


def test_missing_signatures_and_a_folder_in_their_place_are_user_errors(path):
    with pytest.raises(UserError, match=r"handtekeningen bij beleid .* bestaat niet"):
        load_signed(path, TYPE, TRUSTED, "beleid")
    signatures_path(path).mkdir()
    with pytest.raises(UserError, match="is een map"):
        sign_beside(path, TYPE, ANNA, accept, "beleid")
