"""A project opens only when everything in it was agreed, signed and delivered for it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from zoo_formaat.errors import UserError
from zoo_formaat.keys import public_bytes
from zoo_formaat.project import sign_project
from zoo_project import Project, open_project


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as error:
        open_project(path)
    return str(error.value)


def test_it_opens_by_path_by_file_by_environment_and_from_the_folder(
    built: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert open_project(built.path).file.id == "proef"
    assert open_project(built.path / "project.toml").file.id == "proef"
    monkeypatch.setenv("ZOO_WERK", str(built.path))
    assert open_project().file.id == "proef"
    monkeypatch.delenv("ZOO_WERK")
    monkeypatch.chdir(built.path)
    assert open_project().synthetic
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"project\.toml ontbreekt"):
        open_project()


def test_one_signature_is_not_enough(workplace: Any) -> None:
    workplace.signers = ("directeur",)
    assert "1 van 2 handtekeningen" in refusal(workplace.build())


def test_signatures_of_strangers_do_not_count(built: Any) -> None:
    (built.path / "ondertekenaars" / "jurist.pub.json").write_bytes(public_bytes(built.key("vreemde").public))
    assert "1 van 2 handtekeningen" in refusal(built.path)


def test_a_project_file_changed_after_signing_is_refused(built: Any) -> None:
    file = built.path / "project.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("einde = 2100", "einde = 2101"), encoding="utf-8")
    assert "gewijzigd na het ondertekenen" in refusal(built.path)


def test_an_ended_project_is_refused(workplace: Any) -> None:
    workplace.project = {"einde": "2020-12-31"}
    assert "geëindigd op 2020-12-31" in refusal(workplace.build())


def test_a_package_changed_after_signing_is_refused(built: Any) -> None:
    file = built.path / "pakketten" / "brp" / "personen.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(bytes(content))
    assert "gewijzigd na het ondertekenen" in refusal(built.path)


def test_a_package_signed_by_another_than_zone_1_is_refused(built: Any) -> None:
    built.package("brp", signed_by="analist")
    assert "niet ondertekend door een zone 1" in refusal(built.path)


def test_without_a_key_of_zone_1_nothing_opens(built: Any) -> None:
    (built.path / "zone1" / "zone1.pub.json").unlink()
    assert "geen publieke sleutel van zone 1" in refusal(built.path)


def test_a_package_of_another_project_is_refused(built: Any) -> None:
    built.package("brp", **{"zoo:project": {"id": "ander", "digest": "sha256:" + "1" * 64}})
    assert "gemaakt voor project 'ander', niet voor 'proef'" in refusal(built.path)


def test_a_package_of_an_earlier_version_of_the_project_file_is_refused(built: Any) -> None:
    file = built.path / "project.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# verlengd\n", encoding="utf-8")
    for holder in built.signers:
        sign_project(file, built.key(holder))
    assert "andere versie van het projectbestand" in refusal(built.path)


def test_a_package_delivered_for_another_purpose_is_refused(built: Any) -> None:
    built.package("brp", **{"zoo:doel": "handhaving"})
    assert "geleverd voor doel 'handhaving'; dit project heeft doel 'onderzoek'" in refusal(built.path)


def test_a_package_past_its_retention_date_is_refused(built: Any) -> None:
    built.package("brp", **{"zoo:bewarenTot": "2020-01-01"})
    assert "te bewaren tot 2020-01-01" in refusal(built.path)


def test_a_column_that_the_project_does_not_permit_is_refused(workplace: Any) -> None:
    workplace.project = {"woningen": ["woning", "buurtcode", "verkocht", "bewoner"]}
    assert "kolom 'bag.woningen.woz_waarde' staat niet in het projectbestand" in refusal(workplace.build())


def test_a_table_that_the_project_does_not_permit_is_refused(built: Any) -> None:
    built.package("bag", **{"zoo:bron": "zorg"})
    assert "tabel 'zorg.woningen' staat niet in het projectbestand" in refusal(built.path)


def test_the_same_source_twice_is_refused(built: Any) -> None:
    shutil.copytree(built.path / "pakketten" / "brp", built.path / "pakketten" / "brp-oud")
    assert "bron 'brp' staat er twee keer" in refusal(built.path)


def test_an_indicator_whose_source_is_absent_is_refused_and_never_zero(project: Project) -> None:
    with pytest.raises(UserError, match=r"kadaster\.transacties ontbreekt"):
        project.rates("doorsluishuis")
    with pytest.raises(UserError, match=r"kadaster\.transacties ontbreekt"):
        project.indicator("doorsluishuis")
    with pytest.raises(UserError, match="bedoelt u doorsluishuis"):
        project.rates("doorsluishuus")


def test_without_a_source_with_borders_there_are_no_areas(project: Project) -> None:
    with pytest.raises(UserError, match="geen pakket met buurten"):
        project.areas()


def test_a_notebook_shows_what_the_project_is(project: Project) -> None:
    shown = project._repr_html_()
    assert "Een vraag?" in shown
    assert "directeur, jurist" in shown
