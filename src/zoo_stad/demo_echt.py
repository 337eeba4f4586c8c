"""The same commands on data that nobody here made: letting in Amsterdam, and open figures of Utrecht.

Hosts, listings and registration numbers are pseudonymised; open key figures and boundaries go beside them. Five
outputs are judged, protected and handed in. There it ends: the keys of a demonstration do not release data that is
not signed `synthetisch`, whoever agrees.
"""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError
from zoo_stad.demo import END, approve, assessment_of, clear, deliver, prepare, register, start_project, submit
from zoo_stad.steps import Steps, peak_memory
from zoo_stad.woningschatting import write_estimated_dwellings

LISTINGS = "airbnb_amsterdam_2024/listings_pseudonymised.csv.gz"
KEY_FIGURES = "kwb_amsterdam_2020_2024/Kerncijfers_wijken_en_buurten_2024.csv"
BUURTEN = "kwb_amsterdam_2020_2024/buurten_amsterdam_2024_wgs84.geojson"
UTRECHT_FIGURES = "kwb_utrecht_province_2022/buurten_prov_utrecht_2022.csv"
UTRECHT_BUURTEN = "cbs_buurten_nl_2016_geometry/buurten_utrecht_2016_rd.geojson"

UTRECHT = "werk-utrecht"
_UTRECHT_CODE = "BU0344"
_PROTECTED = 3
_AMSTERDAM_PROJECT = [
    *("--id", "amsterdam-verhuur", "--naam", "Toeristische verhuur in Amsterdam (demo op echte gegevens)"),
    *("--vraag", "Waar is de toeristische verhuur dicht of opgestapeld, en in welk soort buurten?"),
    *("--doel", "toeristische-verhuur", "--grondslag", "AVG artikel 6, eerste lid, onder e; Huisvestingswet 2014"),
    *("--van", "2024-01-01", "--tot", "2024-12-31", "--einde", END),
]
_UTRECHT_PROJECT = [
    *("--id", "utrecht-open", "--naam", "Buurten van Utrecht in open cijfers (demo)"),
    *("--vraag", "Welke soorten buurten heeft de gemeente Utrecht volgens open kerncijfers?"),
    *("--doel", "leefomgeving", "--grondslag", "Alleen open data, geen persoonsgegevens"),
    *("--van", "2016-01-01", "--tot", "2022-12-31", "--einde", END),
]


def run_real_demo(root: Path, data: Path) -> None:
    """Run the demonstration on the real data in the folder `data` into `root` (an earlier demonstration is replaced).

    Raises UserError when a file is not there, with the failing step, and, above all, when the door would open.
    """
    found = real_files(data)
    clear(root)
    environment = {"ZOO_REGISTRATIE": str(root / "zone3/registratie"), "ZOO_WERK": str(root / "werk")}
    steps = Steps(root, environment)
    with as_file(files("zoo_stad")) as package:
        contracts = package / "contracten" / "echt"
        requests = package / "aanvragen"
        number = _amsterdam(steps, root, found, contracts, requests)
        utrecht = _utrecht(steps, root, found, contracts, requests)

    steps.title("6. De deur: twee demotoetsers zeggen ja, en er gaat niets uit")
    approve(steps, number)
    reason = steps.run_refused("outputcontrole", "vrijgeven", number, "--uit", "vrijgave")
    if "demosleutels" not in reason or (root / "vrijgave").exists():
        raise UserError(f"de vrijgave werd niet om de demosleutels geweigerd: {reason}")
    steps.run("outputcontrole", "controleer-logboek")
    _summary(root, number, utrecht, reason, steps)


def real_files(data: Path) -> dict[str, Path]:
    """Return name -> file of the real data; raises UserError naming the first that is not there."""
    found = {name: data / name for name in (LISTINGS, KEY_FIGURES, BUURTEN, UTRECHT_FIGURES, UTRECHT_BUURTEN)}
    for name, file in found.items():
        if not file.is_file():
            raise UserError(
                f"{data}: {name} ontbreekt; wijs de map met echte gegevens aan met --data (make demo-echt DATA=MAP)"
            )
    return found


def _amsterdam(steps: Steps, root: Path, found: dict[str, Path], contracts: Path, requests: Path) -> str:
    """Take Amsterdam through the zones up to a request that waits for officers; return its number."""
    steps.title("1. Bronhouders: advertenties, kerncijfers en grenzen; het aantal woningen wordt geschat")
    (root / "bronhouders").mkdir()
    estimate = root / "bronhouders/woningschatting_2024.csv"
    write_estimated_dwellings(found[KEY_FIGURES], estimate)
    deliveries = {
        "airbnb": found[LISTINGS],
        "gebieden": found[BUURTEN],
        "kerncijfers": found[KEY_FIGURES],
        "woningschatting": estimate.relative_to(root),
    }
    for source, file in deliveries.items():
        print(f"  {source:<16} {file}")

    steps.title("2. Afspraken: personen, beleid, projectbestand (door twee ondertekend)")
    prepare(steps, root, _AMSTERDAM_PROJECT, [contracts / f"{source}.toml" for source in deliveries])

    steps.title("3. Zone 1: aanbieders, advertenties en registratienummers pseudonimiseren; coördinaten blijven achter")
    steps.together([deliver(contracts / f"{source}.toml", [file], source) for source, file in deliveries.items()])
    steps.run("pseudonimisering", "kwaliteit", "werk/pakketten/airbnb")
    register(steps, root)

    steps.title("4. Zone 2 en 3: indicatoren bekijken, vijf uitvoeren laten toetsen en indienen")
    steps.run(
        "zoo", "indicatoren", "bereken", "verzamelaar_verhuur", "dubbel_registratienummer", "--gebied", "gemeente"
    )
    write_file(root / "werk/klad/aanvraag.json", (requests / "amsterdam.json").read_bytes())
    return submit(steps, Path("werk/klad/aanvraag.json"))


def _utrecht(steps: Steps, root: Path, found: dict[str, Path], contracts: Path, requests: Path) -> dict[str, Any]:
    """Judge a map and a profile of Utrecht's buurten, from open figures only; return the judgement."""
    steps.title("5. Een tweede project: de buurten van Utrecht, alleen open cijfers")
    figures = root / "bronhouders/buurten_utrecht_2022.csv"
    header, *rows = found[UTRECHT_FIGURES].read_text("utf-8").splitlines()
    own = [row for row in rows if row.startswith(_UTRECHT_CODE)]
    write_file(figures, "\n".join([header, *own, ""]).encode())
    deliveries = {"gebieden": found[UTRECHT_BUURTEN], "kerncijfers": figures.relative_to(root)}
    files_of = {source: contracts / f"utrecht_{source}.toml" for source in deliveries}
    start_project(steps, root, UTRECHT, _UTRECHT_PROJECT, list(files_of.values()))
    steps.together([deliver(files_of[source], [file], source, UTRECHT) for source, file in deliveries.items()])
    steps.run("outputcontrole", "registreer", f"{UTRECHT}/project.toml", "--pakketten", f"{UTRECHT}/pakketten")
    request = Path(UTRECHT, "klad/aanvraag.json")
    write_file(root / request, (requests / "utrecht.json").read_bytes())
    judged: dict[str, Any] = steps.run_json("outputcontrole", "toets", request, "--json", expect=_PROTECTED)
    return judged


def _summary(root: Path, number: str, utrecht: dict[str, Any], reason: str, steps: Steps) -> None:
    report = assessment_of(root, number)
    print(f"\nKlaar in {steps.seconds:.0f} s; grootste proces {peak_memory():.2f} GB.")
    folder = root / f"zone3/registratie/aanvragen/{number}"
    print(f"\nGetoetst en beschermd, wacht op toetsers ({len(report['uitvoer'])} uitvoeren), in {folder}/voorbeeld:")
    for output in report["uitvoer"]:
        hidden = len(output["bevindingen"])
        note = f", {hidden} cellen niet getoond" if hidden else ""
        print(f"  {output['naam']:<20} {output['oordeel']}{note}: {output['titel']}")
    print("Utrecht, getoetst op open cijfers (niet ingediend):")
    for output in utrecht["uitvoer"]:
        print(f"  {output['naam']:<20} {output['oordeel']}: {output['titel']}")
    print(f"Niet vrijgegeven, ook niet na twee akkoorden met een demosleutel: {reason.removeprefix('fout: ')}")
