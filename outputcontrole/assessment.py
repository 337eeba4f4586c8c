"""The check of a whole request: everything asked, judged and protected together, answered output by output.

The same function serves the analyst's preview and the release; what differs is only where its result goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from outputcontrole.access import Access, open_access
from outputcontrole.airlock.decision import Binding, report_seal
from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, check_table, count_behind, population_of
from outputcontrole.basis import Basis
from outputcontrole.checks import CellRule, Finding
from outputcontrole.checks.free_text import free_text
from outputcontrole.evidence import Collector, Evidence
from outputcontrole.history import History, read_history
from outputcontrole.judgement import judge
from outputcontrole.kinds import asked_tables, cell_rules, kind_of, needs_all_cells
from outputcontrole.policy import Policy
from outputcontrole.protection import Member, TableProtection, protect_together, system_of
from outputcontrole.registration import Registration
from outputcontrole.render.reading_guide import reading_guide
from outputcontrole.spec import Output, Request, Verdict, worst
from zoo_analyse.errors import AnalysisError
from zoo_formaat.canonical import canonical_bytes, digest
from zoo_formaat.errors import UserError
from zoo_formaat.package import Package
from zoo_formaat.project import SignedProject
from zoo_formaat.signature import PrivateKey


@dataclass(frozen=True)
class Assessment:
    """The answers to a request, and what they rest on.

    tables: key -> protection of every table that an answer publishes numbers of.
    """

    request: Request
    project: SignedProject
    policy: Policy
    packages: tuple[Package, ...]
    answers: tuple[Answer, ...]
    tables: Mapping[str, TableProtection]

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict of all outputs."""
        return worst([answer.verdict for answer in self.answers])

    @property
    def synthetic(self) -> bool:
        """Whether every package behind it is signed `synthetisch`, or is open data."""
        return all(package.manifest.synthetisch or package.manifest.openbaar for package in self.packages) and any(
            package.manifest.synthetisch for package in self.packages
        )

    @property
    def payload(self) -> dict[str, bytes]:
        """What would leave: `<output>/<file>` -> bytes of outputs that may be submitted, and the page beside them."""
        files = {"LEESMIJ.md": reading_guide(self.request, self.policy, self.answers, synthetic=self.synthetic)}
        for answer in self.answers:
            if answer.verdict.may_be_submitted:
                files.update({f"{answer.output.naam}/{name}": content for name, content in answer.files.items()})
                specification = answer.output.model_dump(mode="json", by_alias=True)
                files[f"{answer.output.naam}/specificatie.json"] = canonical_bytes(specification) + b"\n"
        return dict(sorted(files.items()))

    def binding(self, key: PrivateKey) -> Binding:
        """What a decision on this assessment is about.

        key: the checker's own. The report says why cells are hidden, and a binding leaves with the release: a plain
        digest would let anybody try which reasons fit.
        """
        return Binding(
            aanvraag=self.request.digest,
            uitvoer={name: digest(content) for name, content in self.payload.items()},
            verslag=report_seal(self.record(), key),
            beleid=self.policy.digest,
            project=self.project.digest,
            pakketten={package.manifest.bron: package.digest for package in self.packages},
        )

    def record(self) -> dict[str, Any]:
        """Return the report as JSON values. It depends on microdata and stays inside."""
        return {
            "versie": 1,
            "aanvraag": self.request.id,
            "project": self.request.project,
            "beleid": self.policy.digest,
            "oordeel": self.verdict.value,
            "voorlopig": True,
            "synthetisch": self.synthetic,
            "uitvoer": [answer.record() for answer in self.answers],
        }


def assess(registration: Registration, request: Request, *, threads: int | None = None) -> Assessment:
    """Check a request against the registered project, packages, policy and history.

    threads: how many DuckDB may use (the result does not depend on it). Raises UserError for a request that cannot be
    understood: unknown project, table, column or indicator. Everything that is understood gets a verdict.
    """
    project = registration.project(request.project)
    policy = registration.policy
    if project.file.beleid != policy.naam:
        raise UserError(
            f"project '{project.file.id}' is afgesproken onder beleid '{project.file.beleid}', maar geregistreerd is "
            f"'{policy.naam}'; laat twee personen projectbestand of beleid aanpassen"
        )
    packages = registration.packages(request.project)
    access = open_access(packages, threads)
    try:
        asked = _asked(request, access)
        history = read_history(registration, request, packages, asked.values())
        collector = Collector(access, policy.dominance_n)
        tables = _protect(request, asked, history, collector, access, policy)
        prose = free_text("\n".join((request.vraag, request.populatie, request.gebruik, request.ontvangers)))
        basis = Basis(tables, access, collector, policy)
        answers = tuple(_answer(output, basis, history, prose) for output in request.uitvoer)
    finally:
        access.connection.close()
    published = {
        table.key: tables[table.key]
        for answer in answers
        if answer.verdict.may_be_submitted
        for table in asked_tables(answer.output)
    }
    return Assessment(request, project, policy, tuple(packages), answers, published)


def _asked(request: Request, access: Access) -> dict[str, AskedTable]:
    """Return every table that the request publishes numbers of, by key, checked against the data there is."""
    asked: dict[str, AskedTable] = {}
    for output in request.uitvoer:
        try:
            tables = asked_tables(output)
        except AnalysisError as error:
            raise UserError(f"uitvoer '{output.naam}': {error}") from None
        for table in tables:
            check_table(table, access, f"uitvoer '{output.naam}'")
            asked[table.key] = table
    return asked


def _protect(
    request: Request,
    asked: Mapping[str, AskedTable],
    history: History,
    collector: Collector,
    access: Access,
    policy: Policy,
) -> dict[str, TableProtection]:
    """Protect all asked tables, each system together with what is out already.

    Counts come before sums: a cell whose count is hidden may not come back as a difference of sums.
    """
    evidence: dict[str, Evidence] = {}

    def collect(table: AskedTable) -> Evidence:
        if table.key not in evidence:
            evidence[table.key] = collector.collect(table)
        return evidence[table.key]

    whole = {table.key for output in request.uitvoer if needs_all_cells(output) for table in asked_tables(output)}
    more: dict[str, tuple[CellRule, ...]] = {}
    for output in request.uitvoer:
        for table in asked_tables(output):
            more[table.key] = (*more.get(table.key, ()), *cell_rules(output))
    fixed: dict[str, frozenset[int]] = {}
    for released in history.tables:
        key = released.table.key
        fixed[key] = fixed.get(key, frozenset()) | released.fixed_cells(collect(released.table))
    systems: dict[str, dict[str, AskedTable]] = {}
    for table in asked.values():
        systems.setdefault(system_of(table, access), {})[table.key] = table
    for released in history.tables:
        if (system := system_of(released.table, access)) in systems:
            systems[system].setdefault(released.table.key, released.table)
    result: dict[str, TableProtection] = {}
    for _, tables in sorted(systems.items()):
        members = []
        for key, table in sorted(tables.items()):
            population = population_of(table, access)
            public = fixed.get(key, frozenset())
            around = None if population is None else collect(population)
            judged = judge(collect(table), around, policy, more.get(key, ()))
            if table.measure is not None and (counts := result.get(count_behind(table).key)) is not None:
                judged = {**counts.findings, **judged}
            unsafe = {cell: finding for cell, finding in judged.items() if cell not in public}
            # Of an earlier table that is not asked again, the other hidden cells play no part.
            cells = range(len(collect(table).cells))
            absent = frozenset() if key in asked else frozenset(cells) - public - unsafe.keys()
            members.append(Member(collect(table), unsafe, public, absent, all_or_nothing=key in whole))
        for member, protection in zip(members, protect_together(members, collector, policy), strict=True):
            result[member.evidence.table.key] = protection
    return result


def _answer(output: Output, basis: Basis, history: History, prose: Finding | None) -> Answer:
    """Answer one output; whatever goes wrong in it is a refusal of that output with the reason.

    prose: what there is to judge in the words of the request, which travel with every output.
    """
    if history.conflict is not None:
        return refused(output, (history.conflict,))
    try:
        answer = kind_of(output).answer(output, basis)
    except (AnalysisError, UserError) as error:
        return refused(output, (Finding("niet te beantwoorden", str(error), "pas de vraag aan"),))
    prose = free_text(f"{output.titel}\n{output.toelichting}") or prose
    if prose is None or answer.verdict is Verdict.REFUSED:
        return answer
    return replace(answer, verdict=Verdict.MANUAL, findings=(prose, *answer.findings))
