"""The examples of the output rules, run through the checker on real data.

python -m tests.end_to_end.rule_examples     writes what it says to docs/rules/outcomes.json
"""

import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

from sklearn.neighbors import KNeighborsClassifier

from docs.rule_pages import OUTCOMES, Example, read_pages
from outputcontrole.notebook import check_file
from tests.outputcontrole.world import World
from tests.real_data import adults, build_real
from zoo_formaat.errors import UserError

_WIDEST = 160


def outcome(world: World, example: Example, folder: Path) -> dict[str, Any]:
    """Return what the checker says of an example: verdict, its different findings, and the first lines that leave."""
    if example.specification is None:
        return _outcome_of_file(example, folder)
    try:
        assessment = world.assess(example.asked(), **({"recepten": example.recipes} if example.recipes else {}))
    except UserError as error:
        return _record("fout", [("geen vraag", str(error), "")])
    (answer,) = assessment.answers
    findings = [(finding.rule, finding.sentence, finding.remedy) for finding in answer.findings]
    file = example.file or next(iter(answer.tables), "")
    lines = answer.tables[file].decode("utf-8").splitlines() if file else []
    shown = [line if len(line) <= _WIDEST else f"{line[:_WIDEST]} …" for line in lines[: example.lines]]
    return _record(answer.verdict.value, findings, file, shown, more=len(lines) > example.lines)


def _outcome_of_file(example: Example, folder: Path) -> dict[str, Any]:
    path = folder / str(example.file_checked)
    path.write_bytes(_content(path.name))
    check = check_file(path)
    return _record(check.verdict.value, [(part.kind, part.reason, part.remedy) for part in check.parts])


def _content(name: str) -> bytes:
    """Return a file as an analyst would have it, made of the real census."""
    persons = adults().head(500)
    match name:
        case "buren.txt":
            numbers = persons[["leeftijd", "opleidingsjaren", "uren"]].to_numpy()
            return pickle.dumps(KNeighborsClassifier().fit(numbers, persons["geslacht"]))
        case "steekproef.csv":
            return persons.sample(20, random_state=1).to_csv(index=False).encode()
        case _:
            return f"INFO 48842 rijen gelezen\nWARN rij 12: {persons.iloc[12].to_dict()}\n".encode()


def _record(
    verdict: str,
    findings: list[tuple[str, str, str]],
    file: str = "",
    lines: list[str] | None = None,
    *,
    more: bool = False,
) -> dict[str, Any]:
    different = [dict(zip(("rule", "sentence", "remedy"), found, strict=True)) for found in dict.fromkeys(findings)]
    return {"verdict": verdict, "findings": different, "file": file, "lines": lines or [], "more": more}


def outcomes(world: World, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the outcome of every example of every page."""
    return {
        name: {example.name: outcome(world, example, folder) for example in page.example}
        for name, page in read_pages().items()
    }


def main() -> None:
    """Write the outcomes beside the sources of the pages."""
    with tempfile.TemporaryDirectory() as folder:
        world = build_real(Path(folder) / "wereld")
        found = outcomes(world, Path(folder))
    OUTCOMES.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
