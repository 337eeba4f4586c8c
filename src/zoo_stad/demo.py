"""The demonstration: a synthetic city through all zones, from raw registers to a signed release.

Every step is a command that a person could type. Keys are made anew for each run and marked as demonstration keys:
the door accepts them for data that is signed `synthetisch`, and for nothing else.
"""

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from zoo_formaat.atomic import write_file
from zoo_formaat.errors import UserError
from zoo_stad.pictures import terminal_picture
from zoo_stad.steps import Steps, peak_memory

SOURCES = ("brp", "kadaster", "inkomens", "bag", "gebieden", "hennep", "kvk", "politie", "verhuur")
# The requests that the notebooks write; the demonstration submits them as one.
DRAFTS = ("aanvraag_02_indicatoren.json", "aanvraag_03_profielen.json", "aanvraag_04_beslisboom.json")
# What notebook 02 shows as a question that cannot be answered: too few foundations per buurt.
TOO_FINE = {
    "soort": "frequentietabel",
    "naam": "multi-bestuurders",
    "titel": "Stichtingen met een multi-bestuurder per buurt",
    "bron": {"indicator": "multi_bestuurder"},
    "filter": [{"kolom": "waarde", "is": "=", "waarde": True}],
    "dimensies": ["buurtcode"],
}
PEOPLE = {
    "bestuur.demo": None,
    "jurist.demo": None,
    "analist.demo": ("analist", "Analist (demo)", "onderzoek"),
    "toetser1.demo": ("toetser", "Eerste toetser (demo)", "uitvoercontrole"),
    "toetser2.demo": ("toetser", "Tweede toetser (demo)", "uitvoercontrole"),
}
FOLDERS = ("bronhouders", "personen", "werk", "werk-utrecht", "zone1", "zone3", "sleutels", "vrijgave")
SIGNERS = ("bestuur.demo", "jurist.demo")
OFFICERS = ("toetser1.demo", "toetser2.demo")
END = "2030-12-31"


def prepare(steps: Steps, root: Path, project_options: list[str], contracts: list[Path]) -> None:
    """Make people, zones and the project file: the state before any data."""
    make_people(steps, root)
    agree(steps, root, project_options, contracts)


def agree(steps: Steps, root: Path, project_options: list[str], contracts: list[Path]) -> None:
    """Make what two people sign: the project file, and the policy with which the checker is set up."""
    checker = steps.aside(lambda: set_up_checker(steps))
    start_project(steps, root, "werk", project_options, contracts)
    checker.result()


def make_people(steps: Steps, root: Path) -> None:
    """Make people with a key each, and zone 1's custody, which trusts the signers among them."""
    (root / "personen").mkdir(mode=0o700)
    steps.together([["zoo", "sleutel", "maak", person, "--uit", "personen", "--demo"] for person in PEOPLE])
    for zone in ("zone1", "zone3"):
        (root / zone).mkdir()
    steps.run("pseudonimisering", "geheim", "maak", "zone1/geheimen", *_signers())


def set_up_checker(steps: Steps) -> None:
    """Make zone 3's registration, with a policy that two people signed."""
    steps.run("outputcontrole", "beleid", "maak", "zone3/beleid.toml")
    for person in SIGNERS:
        key = f"personen/{person}.sleutel"
        steps.run("outputcontrole", "beleid", "onderteken", "zone3/beleid.toml", "--sleutel", key)
    trusted = ["--zone1", "zone1/geheimen/zone1.pub.json", "--beleid", "zone3/beleid.toml"]
    steps.run("outputcontrole", "inrichten", "zone3/registratie", *_signers(), *trusted)


def _signers() -> list[str]:
    return [part for person in SIGNERS for part in ("--ondertekenaar", f"personen/{person}.pub.json")]


def start_project(steps: Steps, root: Path, work: str, options: list[str], contracts: list[Path]) -> None:
    """Make the workplace `work` of a project that takes what the contracts deliver: members, two signatures, keys."""
    named = [part for contract in contracts for part in ("--contract", str(contract))]
    steps.run("zoo", "project", "nieuw", work, *options, *named)
    project = Path(work, "project.toml")
    for person, role in PEOPLE.items():
        if role is not None:
            kind, name, team = role
            membership = ["--rol", kind, "--naam", name, "--team", team, "--tot", END]
            steps.run("zoo", "project", "lid", project, f"personen/{person}.pub.json", *membership)
    for person in SIGNERS:
        steps.run("zoo", "project", "onderteken", project, "--sleutel", f"personen/{person}.sleutel")
        shutil.copy(root / f"personen/{person}.pub.json", root / work / "ondertekenaars")
    shutil.copy(root / "zone1/geheimen/zone1.pub.json", root / work / "zone1")


def deliver(contract: Path, files: list[Path], source: str, work: str = "werk") -> list[str | Path]:
    """Return the command that turns one source's files into a package of the workplace `work`."""
    return [
        "pseudonimisering",
        "verwerk",
        contract,
        *files,
        *("--project", f"{work}/project.toml", "--geheimen", "zone1/geheimen", "--uit", f"{work}/pakketten/{source}"),
    ]


def register(steps: Steps, root: Path) -> None:
    """Register project and packages with the checker, and give out the keys with which a release is verified."""
    steps.run("outputcontrole", "registreer", "werk/project.toml", "--pakketten", "werk/pakketten")
    (root / "sleutels").mkdir()
    for person in SIGNERS:
        shutil.copy(root / f"personen/{person}.pub.json", root / "sleutels")
    shutil.copy(root / "zone3/registratie/sleutel/zone3.pub.json", root / "sleutels")


def submit(steps: Steps, request: Path) -> str:
    """Submit a request as the analyst and return its number."""
    submitted = steps.run_json(
        "zoo", "aanvraag", "indienen", request, "--sleutel", "personen/analist.demo.sleutel", "--json"
    )
    return str(submitted["aanvraag"])


def combined_request(drafts: list[Path]) -> dict[str, Any]:
    """Return one request that asks the outputs of several drafts: what is judged together is protected together."""
    requests = [json.loads(draft.read_bytes()) for draft in drafts]
    outputs = [output for request in requests for output in request["uitvoer"]]
    return {**requests[0], "uitvoer": outputs}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def run_demo(root: Path, notebooks: Path, persons: int, municipalities: int, seed: int) -> None:
    """Run the demonstration into `root`, which must not exist or be an earlier demonstration (that is replaced).

    Raises UserError with the failing step.
    """
    clear(root)
    environment = {"ZOO_REGISTRATIE": str(root / "zone3/registratie"), "ZOO_WERK": str(root / "werk")}
    steps = Steps(root, environment)

    steps.title("1. Afspraken: sleutels, en het project en het beleid, elk door twee ondertekend; intussen maken")
    print("   bronhouders een synthetische stad, met namen en BSN's", flush=True)
    size = ["--personen", str(persons), "--gemeenten", str(municipalities), "--seed", str(seed)]
    city = steps.aside(lambda: steps.run("zoo-stad", "maak", "--uit", "bronhouders", *size))
    project = [
        *("--id", "stad-demo", "--naam", "Zicht op vastgoed en hennep (demo)"),
        *("--vraag", "Welke buurten wijken af in eigendom, handel en hennepteelt, en waardoor?"),
        *("--doel", "ondermijning-vastgoed", "--grondslag", "Synthetische gegevens: geen grondslag nodig"),
        *("--van", "1995-01-01", "--tot", "2016-12-31", "--einde", END),
    ]
    with resources.as_file(resources.files("zoo_stad").joinpath("contracten", "synthetisch")) as agreed:
        prepare(steps, root, project, [agreed / f"{source}.toml" for source in SOURCES])
    city.result()

    steps.title("2. Zone 1: pseudonimiseren en koppelen")
    raw = root / "bronhouders/ruw"
    commands = []
    for source in SOURCES:
        contract = Path("bronhouders/contracten") / f"{source}.toml"
        files = sorted(Path("bronhouders/ruw") / file.name for file in raw.glob(f"{source}*"))
        commands.append(deliver(contract, files, source))
    steps.together(commands)
    linked = [f"werk/pakketten/{source}" for source in SOURCES if source != "gebieden"]
    quality = steps.aside(lambda: steps.run("pseudonimisering", "kwaliteit", *linked))
    register(steps, root)
    quality.result()

    steps.title("3. Zone 2: vier notebooks, van bron tot aanvraag")
    steps.run("zoo", "notebooks", "voer-uit", notebooks, "--uit", "werk/notebooks", "--tegelijk", "2")

    steps.title("4. Zone 3: toetsen, door twee personen laten beoordelen, vrijgeven")
    scratch = root / "werk/klad"
    request = combined_request([scratch / draft for draft in DRAFTS])
    write_file(scratch / "aanvraag_te_fijn.json", _json({**request, "uitvoer": [TOO_FINE]}))
    write_file(scratch / "aanvraag.json", _json(request))
    asked = ("zoo", "aanvraag", "toets", "werk/klad/aanvraag_te_fijn.json")
    refusing = steps.aside(lambda: steps.run(*asked, expect=4))
    number = submit(steps, Path("werk/klad/aanvraag.json"))
    approve(steps, number)
    steps.run("outputcontrole", "vrijgeven", number, "--uit", "vrijgave")
    steps.run("outputcontrole", "verifieer", f"vrijgave/{number}", "--sleutels", "sleutels")
    steps.run("outputcontrole", "controleer-logboek")

    refusal = refusing.result()
    write_file(root / "weigering.svg", terminal_picture(" ".join(asked), refusal))
    _summary(root, number, assessment_of(root, number), refusal, steps)


def clear(root: Path) -> None:
    """Remove an earlier demonstration; raises UserError when `root` holds anything else."""
    if root.exists():
        known = {"stappen.sh", "weigering.svg", *FOLDERS}
        if not root.is_dir() or {entry.name for entry in root.iterdir()} - known:
            raise UserError(f"{root} is geen eerdere demo; kies een andere map met --uit")
        shutil.rmtree(root)
    root.mkdir(parents=True)


def approve(steps: Steps, number: str) -> None:
    """Have both demonstration officers agree to a request."""
    for officer in OFFICERS:
        reason = "Elk getal voldoet aan het beleid; de vraag past bij het doel van het project."
        key = ["--sleutel", f"personen/{officer}.sleutel"]
        steps.run("outputcontrole", "beoordeel", number, *key, "--oordeel", "akkoord", "--motivering", reason)


def assessment_of(root: Path, number: str) -> dict[str, Any]:
    """Return what the checker said of a request when it was handed in."""
    report: dict[str, Any] = json.loads((root / f"zone3/registratie/aanvragen/{number}/toetsing.json").read_bytes())
    return report


def _summary(root: Path, number: str, report: dict[str, Any], refusal: str, steps: Steps) -> None:
    print(f"\nKlaar in {steps.seconds:.0f} s; grootste proces {peak_memory():.2f} GB.")
    print(f"\nVrijgegeven ({len(report['uitvoer'])} uitvoeren), in {root}/vrijgave/{number}/data:")
    for output in report["uitvoer"]:
        hidden = len(output["bevindingen"])
        note = f", {hidden} cellen niet getoond" if hidden else ""
        print(f"  {output['naam']:<26} {output['oordeel']}{note}: {output['titel']}")
    print("Geweigerd:")
    for line in refusal.splitlines()[:2]:
        print(f"  {line.strip()}")
    print(f"Controleren: outputcontrole verifieer {root}/vrijgave/{number} --sleutels {root}/sleutels")
