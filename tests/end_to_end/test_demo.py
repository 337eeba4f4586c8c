"""`make demo` ends with a release that holds what the issue promises and verifies."""

import json

from tests.end_to_end.conftest import Demo, payload, report


def test_says_what_was_released_what_was_refused_and_where(demo: Demo) -> None:
    last = demo.said.splitlines()[-25:]
    assert any(line.startswith("Vrijgegeven") and str(demo.root) in line for line in last)
    refused, why = last[last.index("Geweigerd:") + 1 :][:2]
    assert "multi-bestuurders: geweigerd" in refused
    assert "mogen niet getoond worden" in why and "onderdrukken" in why


def test_releases_tables_maps_profiles_and_a_tree(demo: Demo) -> None:
    outputs = report(demo)["uitvoer"]
    kinds = {output["soort"] for output in outputs}
    assert {"frequentietabel", "kaart", "clusterprofiel", "beslisboom"} <= kinds
    assert {output["oordeel"] for output in outputs} <= {"vrij", "beschermd"}
    files = payload(demo.bundle)
    for output in outputs:
        assert any(name.startswith(f"{output['naam']}/") for name in files)


def test_the_release_verifies_and_says_that_demo_keys_made_it(demo: Demo) -> None:
    done = demo.command("outputcontrole", "verifieer", demo.bundle, "--sleutels", "sleutels", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["demo"] is True
    assert found["synthetisch"] is True
    assert found["toetsers"] == ["toetser1.demo", "toetser2.demo"]


def test_the_log_is_whole(demo: Demo) -> None:
    done = demo.command("outputcontrole", "controleer-logboek")
    assert done.returncode == 0, done.stderr


def test_every_share_rests_on_ten_units(demo: Demo) -> None:
    """In every released table with numerator and denominator both are hidden, or at least ten."""
    checked = 0
    for name, content in payload(demo.bundle).items():
        header, *rows = content.decode("utf-8", "replace").splitlines() if name.endswith(".csv") else ["", ""]
        if "teller;noemer" not in header:
            continue
        for row in rows:
            *_, numerator, denominator = row.split(";")
            if numerator != ".":
                assert int(numerator) >= 10, (name, row)
                assert int(denominator) >= 10, (name, row)
                checked += 1
    assert checked > 50


def test_notebooks_were_executed_inside_and_are_stored_there(demo: Demo) -> None:
    executed = sorted((demo.root / "werk/notebooks").glob("*.ipynb"))
    assert len(executed) == 4
    for path in executed:
        cells = json.loads(path.read_bytes())["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["execution_count"] for cell in code)
