"""Bad deliveries: one line with holder, file, line and column, never a value, and nothing half-written."""

import gzip

import polars as pl
import pytest

from pseudonimisering.contract import load_contract
from pseudonimisering.readers import read_chunks
from zoo_formaat.errors import UserError

SECRETS = ["Jansen", "1234567", "12345678a", "Ölçer", "5678CD", "H77001", "19700000"]


def refused(town, content, contract=None) -> str:
    file = content if not isinstance(content, str | bytes) else town.write("ruw/brp_personen.csv", content)
    before = {path.name for path in town.root.iterdir()}
    project, contract = town.project(), contract or town.contract()
    with pytest.raises(UserError) as caught:
        town.deliver(contract, [file], project)
    message = str(caught.value)
    after = {path.name for path in town.root.iterdir()}
    assert after <= before | {"project.toml", "project.toml.dsse.json", "contract.toml"}
    assert not any(secret in message for secret in SECRETS), message
    assert "\n" not in message
    return message


def csv(town, *rows, header=None) -> str:
    return "\n".join([header or town.header, *(rows or town.rows)]) + "\n"


def test_letter_in_a_bsn(town):
    rows = [*town.rows * 300, "12345678a;B;19700101;M;H1;1234AB;1;;", "12345678b;B;19700101;M;H1;1234AB;1;;"]
    message = refused(town, csv(town, *rows))
    assert message.startswith(
        "bronhouder Gemeente Proef, bestand brp_personen.csv, regel 1202, kolom 'bsn': bevat een letter; "
        "verwacht 9 cijfers. 2 van 1.202 rijen."
    )
    assert 'fouten = "melden"' in message


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("123456783;B;19700101;M;H1;1234AB;1;;", "regel 6, kolom 'bsn': voldoet niet aan de elfproef"),
        (";B;19700101;M;H1;1234AB;1;;", "regel 6, kolom 'bsn': is leeg"),
        ("123456782;B;1970-13-01;M;H1;1234AB;1;;", "regel 6, kolom 'geboortedatum': is geen datum"),
        ("123456782;B;19700101;X;H1;1234AB;1;;", "regel 6, kolom 'geslacht': staat niet in de codelijst"),
        ("123456782;B;19700101;M;H1;0234AB;1;;", "regel 6, kolom 'postcode': heeft een postcode"),
        ("123456782;B;19700101;M;H1;1234AB;A1;;", "regel 6, kolom 'huisnummer': heeft een huisnummer"),
        ("123456782;B;19700101;M;H1;1234AB;1;", "regel 6: 8 kolommen in plaats van 9"),
        ("123456782;B;19700101;M;H1;1234AB;1;;;", "regel 6: 10 kolommen in plaats van 9"),
    ],
)
def test_an_unusable_row(town, row, says):
    assert says in refused(town, csv(town, *town.rows, row))


def test_columns(town):
    assert "kolom 'bsn' ontbreekt" in refused(town, csv(town, "x", header="achternaam"))
    assert "kolom 'geslacht' komt twee keer voor" in refused(
        town, csv(town, header=town.header.replace("achternaam", "geslacht"))
    )
    wrong = refused(town, csv(town, header=town.header.replace("geslacht", "geslachts")))
    assert "kolom 4 staat niet in het contract (bedoelde u 'geslacht'?)" in wrong


def test_a_file_without_header_does_not_show_its_first_row(town):
    assert "kolom 1 staat niet in het contract" in refused(town, "\n".join(town.rows) + "\n")


def test_wrong_encoding(town):
    message = refused(town, csv(town, *town.rows[1:], town.rows[0]).encode("latin-1"))
    assert "regel 5: geen utf-8" in message
    assert "UTF-16" in refused(town, csv(town).encode("utf-16-le"))
    assert "geen utf-8" in refused(town, csv(town).encode("utf-16"))
    # the other way round: a byte that cp1252 does not have
    cp1252 = town.contract(town.brp_contract.replace('formaat = "csv"', 'formaat = "csv"\ncodering = "cp1252"'))
    assert "regel 2: geen cp1252" in refused(town, csv(town).encode().replace(b"Jansen", b"\x81ansen"), cp1252)


def test_empty_files(town):
    assert "het bestand is leeg" in refused(town, "")
    assert "het bestand is leeg" in refused(town, "\n \n")
    assert "geen rijen" in refused(town, town.header + "\n")


def test_files_that_are_something_else(town):
    contract = town.contract(town.income_contract)
    file = town.write("ruw/inkomens.sav", b"PK\x03\x04 dit is geen SPSS")
    assert "geen leesbaar SPSS-bestand" in refused(town, file, contract)
    geo = town.contract(town.brp_contract.replace('.csv"\nformaat = "csv"', '"\nformaat = "geojson"'))
    assert "geen geldige GeoJSON" in refused(town, '{"type": 1}', geo)
    assert "beschadigd" in refused(
        town, truncated_gzip(town), town.contract(town.brp_contract.replace(".csv", ".csv.gz"))
    )


def truncated_gzip(town):
    return town.write("ruw/brp_personen.csv.gz", gzip.compress(csv(town, *town.rows * 5000).encode())[:-4000])


def read(town, content, contract=None, name="brp_personen.csv") -> pl.DataFrame:
    file = town.write(name, content)
    table = load_contract(contract or town.contract()).tabellen["personen"]
    return pl.concat(chunk.frame for chunk in read_chunks(file, table, "proef"))


def test_text_stays_text(town):
    plain = read(town, csv(town))
    assert plain.columns == town.header.split(";")
    assert set(plain.dtypes) == {pl.String}
    assert plain["bsn"].to_list()[3] == "12345672"
    assert plain["toevoeging"].to_list() == ["3", "", "", "II"]


def test_the_same_rows_with_mark_quotes_encoding_or_compression(town):
    plain = read(town, csv(town))
    assert read(town, b"\xef\xbb\xbf" + csv(town).encode()).equals(plain)
    quoted = "\r\n".join(";".join(f'"{cell}"' for cell in line.split(";")) for line in csv(town).splitlines())
    assert read(town, quoted).equals(plain)
    latin = town.contract(town.brp_contract.replace('formaat = "csv"', 'formaat = "csv"\ncodering = "latin-1"'))
    assert read(town, csv(town).encode("latin-1"), latin).equals(plain)
    assert read(town, gzip.compress(csv(town).encode()), name="brp_personen.csv.gz").equals(plain)


def test_a_quoted_newline_and_separator_stay_in_their_cell(town):
    frame = read(town, csv(town, '123456782;"a;\nb";19700101;M;H;1234AB;1;;'))
    assert frame["achternaam"].to_list() == ["a;\nb"]


def test_a_value_that_straddles_the_blocks_of_the_reader(town):
    rows = [f"123456782;{'n' * 900}{i};19700101;M;H{i};1234AB;1;;" for i in range(20_000)]
    frame = read(town, csv(town, *rows))
    assert frame["achternaam"].str.slice(900).cast(pl.Int64).to_list() == list(range(20_000))
