"""Fuzzed specifications, valid and broken: each ends in a verdict or in one clear line, in time, and tells no secret.

A failing request is made again by its number: `FUZZ_CASE=12345 pytest tests/outputcontrole/test_fuzz.py -k one_case`.
"""

import faulthandler
import json
import multiprocessing
import os
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import pytest

from outputcontrole.assessment import Assessment, assess
from outputcontrole.registration import Registration
from outputcontrole.render.report import report_lines
from outputcontrole.spec import Output, Verdict, parse_request
from outputcontrole.spec.filter import filter_text
from tests.outputcontrole.fuzzed_requests import Fuzzer
from tests.outputcontrole.planted_world import Secrets, columns_of_world, leaks_in, planted, planted_at
from tests.outputcontrole.world import World
from zoo_formaat.canonical import canonical_bytes
from zoo_formaat.errors import UserError

SECONDS = 10
FEW = 90
MANY = 100_000
# A message is read in a terminal: what a question repeats in it is cut off somewhere.
LONGEST_MESSAGE = 5000
KINDS = {model.model_fields["soort"].default for model in get_args(get_args(Output)[0])}


@dataclass
class Outcome:
    """What came of a request. problems: what should not have been, empty when all is well."""

    ended: str = ""
    kinds: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


class _Read(Registration):
    """A registration that is read and verified once: fuzzing asks the same of it a hundred thousand times."""

    @cached_property
    def policy(self) -> Any:
        return super().policy

    @cached_property
    def _project(self) -> Any:
        return super().project("proef")

    @cached_property
    def _packages(self) -> Any:
        return super().packages("proef")

    def project(self, project: str) -> Any:
        return self._project if project == "proef" else super().project(project)

    def packages(self, project: str) -> Any:
        return self._packages if project == "proef" else super().packages(project)


@dataclass(frozen=True)
class Ground:
    """Two worlds of the same data, one of which released before, and what is secret in them."""

    fresh: World
    released: World

    @cached_property
    def registrations(self) -> tuple[Registration, Registration]:
        return _Read(self.fresh.registration_path), _Read(self.released.registration_path)

    @cached_property
    def sources(self) -> dict[str, dict[str, str]]:
        return columns_of_world(self.fresh)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.fresh)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("fuzz")
    return Ground(planted(folder / "vers"), planted(folder / "eerder", released=True))


def outcome(ground: Ground, number: int) -> Outcome:
    """Check a request the way the command does; draw its files once in six times, for drawing is slow."""
    found = Outcome()
    content = Fuzzer(number, ground.sources).content()
    fresh, released = ground.registrations
    # Time of the processor, for a neighbour's work is no hang; of a real one the stack is printed and all ends.
    faulthandler.dump_traceback_later(120, exit=True)
    started = time.process_time()
    try:
        request = parse_request(content, "aanvraag")
        found.kinds.update(output.soort for output in request.uitvoer)
        assessment = assess(released if number % 3 == 0 else fresh, request, threads=1)
        found.seconds = time.process_time() - started
        found.ended = "oordeel"
        found.verdicts.update(answer.verdict.value for answer in assessment.answers)
        found.problems += _problems_of_answers(ground.secrets, assessment, content, draw=number % 6 == 0)
    except UserError as error:
        found.ended = found.ended or "fout"
        found.problems += _problems_of_message(ground.secrets, str(error), content)
    except Exception:  # noqa: BLE001 - whatever it is, it is a traceback to whoever asked
        found.ended = "traceback"
        found.problems.append(traceback.format_exc(limit=-6))
    finally:
        faulthandler.cancel_dump_traceback_later()
    found.seconds = found.seconds or time.process_time() - started
    if found.seconds > SECONDS:
        found.problems.append(f"{found.seconds:.0f} seconds")
    return found


def _problems_of_message(secrets: Secrets, message: str, asked: bytes) -> list[str]:
    problems = [f"message tells a planted {leak}" for leak in secrets.found(message.encode(errors="replace"), asked)]
    if "\n" in message or "\r" in message:
        problems.append("message of more than one line")
    if not 10 <= len(message) <= LONGEST_MESSAGE:
        problems.append(f"message of {len(message)} characters")
    if any(word in message for word in ("Error", "Traceback", "nan", "None")) and b"Error" not in asked:
        problems.append(f"message of a program: {message[:300]}")
    return problems


def _problems_of_answers(secrets: Secrets, assessment: Assessment, asked: bytes, *, draw: bool) -> list[str]:
    problems = []
    record = assessment.record()
    canonical_bytes(record)
    for answer, reported in zip(assessment.answers, record["uitvoer"], strict=True):
        if any("\n" in line for line in report_lines(reported["bevindingen"])):
            problems.append("a finding of more than one line")
        filter_text(getattr(answer.output, "filter", []))
        for message in {f"{finding.sentence}; {finding.remedy}" for finding in answer.findings}:
            problems += _problems_of_message(secrets, message, asked)
        # the labels of cells are those of the analyst's own workspace; numbers are not
        shown = [cell["waarden"] for cell in answer.preview.get("cellen", [])]
        rest = {name: value for name, value in answer.preview.items() if name != "cellen"}
        preview = json.dumps([shown, rest], ensure_ascii=False).encode(errors="replace")
        problems += [f"preview tells a planted {leak}" for leak in secrets.found(preview, asked)]
        if answer.verdict is Verdict.REFUSED and (answer.files or not answer.findings):
            problems.append("refused with files, or without a reason")
        if answer.verdict is not Verdict.REFUSED and not answer.tables and not draw:
            problems.append("nothing to show")
        files = answer.files if draw else answer.tables
        problems += leaks_in(secrets, files.items(), asked)
    if draw:
        problems += leaks_in(secrets, assessment.payload.items(), asked)
    return problems


def run(ground: Ground, numbers: range) -> tuple[Outcome, dict[int, Outcome]]:
    """Return the sum of what came of requests, and those with problems."""
    total, bad = Outcome(), {}
    for number in numbers:
        found = outcome(ground, number)
        total.kinds.update(found.kinds)
        total.verdicts.update({found.ended: 1, **found.verdicts})
        total.seconds = max(total.seconds, found.seconds)
        if found.problems:
            bad[number] = found
    return total, bad


_GROUND: list[Ground] = []


def _take(fresh: Path, released: Path) -> None:
    """Prepare a process: warnings of libraries are for their tests."""
    warnings.simplefilter("ignore")
    _GROUND[:] = [Ground(planted_at(fresh), planted_at(released))]


def _run_part(numbers: range) -> tuple[Outcome, dict[int, Outcome]]:
    return run(_GROUND[0], numbers)


def report(bad: dict[int, Outcome]) -> str:
    """Return problems for a person to read, equal ones once."""
    seen: Counter[str] = Counter()
    lines = []
    for number, found in sorted(bad.items()):
        for problem in found.problems:
            key = problem.strip().splitlines()[-1][:120]
            seen[key] += 1
            if seen[key] == 1:
                lines.append(f"request {number}: {problem}")
    return "\n".join([f"{len(bad)} requests with problems", *lines, *(f"{n} x {key}" for key, n in seen.items())])


def test_fuzzed_requests_end_in_a_verdict_or_in_one_line(ground: Ground) -> None:
    """Of every kind some, in worlds with and without earlier releases."""
    total, bad = run(ground, range(FEW))
    assert not bad, report(bad)
    assert set(total.kinds) == KINDS
    assert {"oordeel", "fout", Verdict.FREE, Verdict.REFUSED} <= set(total.verdicts)
    assert "traceback" not in total.verdicts


@pytest.mark.skipif(not os.environ.get("ZOO_FULL"), reason="the full budget: set ZOO_FULL=1")
def test_a_hundred_thousand_fuzzed_requests(ground: Ground) -> None:
    """In as many processes as there are processors; FUZZ_FROM and FUZZ_COUNT choose other requests."""
    first, count = int(os.environ.get("FUZZ_FROM", "0")), int(os.environ.get("FUZZ_COUNT", str(MANY)))
    parts = [range(start, min(start + 200, first + count)) for start in range(first, first + count, 200)]
    total, bad = Outcome(), {}
    worlds = (ground.fresh.root, ground.released.root)
    with multiprocessing.get_context("spawn").Pool(initializer=_take, initargs=worlds, maxtasksperchild=25) as pool:
        for part, wrong in pool.imap_unordered(_run_part, parts):
            total.kinds.update(part.kinds)
            total.verdicts.update(part.verdicts)
            total.seconds = max(total.seconds, part.seconds)
            bad.update(wrong)
    assert not bad, report(bad)
    assert total.verdicts["oordeel"] + total.verdicts["fout"] == count
    assert total.verdicts["oordeel"] > count / 5


@pytest.mark.skipif(not os.environ.get("FUZZ_CASE"), reason="one request by its number: set FUZZ_CASE")
def test_one_case(ground: Ground) -> None:
    number = int(os.environ["FUZZ_CASE"])
    found = outcome(ground, number)
    assert not found.problems, Fuzzer(number, ground.sources).content().decode(errors="replace") + report(
        {number: found}
    )
