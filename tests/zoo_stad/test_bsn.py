"""BSNs pass the elfproef of an independent implementation and are all different."""

import numpy as np
from stdnum.nl import bsn as reference

from zoo_stad.bsn import as_text, draw_bsns


def test_bsns_are_valid_by_python_stdnum():
    texts = as_text(draw_bsns(np.random.default_rng(5), 20_000)).to_list()
    assert all(reference.is_valid(text) for text in texts)
    assert len(set(texts)) == 20_000


def test_about_one_in_ten_has_one_leading_zero():
    texts = as_text(draw_bsns(np.random.default_rng(6), 20_000)).to_list()
    share = sum(text.startswith("0") for text in texts) / len(texts)
    assert 0.08 < share < 0.11
    assert not any(text.startswith("00") for text in texts)


def test_every_bsn_in_the_registers_is_valid(clean):
    for file, columns in {
        "brp_personen": ["bsn"],
        "brp_verhuizingen": ["bsn"],
        "kadaster_eigendom": ["eigenaar_bsn"],
        "kadaster_transacties": ["verkoper_bsn", "koper_bsn"],
        "kvk_bestuurders": ["bsn"],
        "politie_incidenten": ["bsn_verdachte"],
        "verhuur_registraties": ["bsn_aanbieder"],
    }.items():
        for column in columns:
            values = set(clean.raw(file)[column]) - {""}
            assert values
            assert all(reference.is_valid(value) and len(value) == 9 for value in values)
