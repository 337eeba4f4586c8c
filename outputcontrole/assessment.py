"""The check of a whole request: everything asked, judged and protected together, answered output by output.

The same function serves the analyst's preview and the release; what differs is only where its result goes.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from outputcontrole.access import Access, open_access
from outputcontrole.airlock.decision import Binding, report_seal
from outputcontrole.answer import Answer, refused
from outputcontrole.asked import AskedTable, check_periods, check_table, population_of, source_name, tables_behind
from outputcontrole.basis import Basis
from outputcontrole.checks import CellRule, Finding
from outputcontrole.checks.free_text import free_text
from outputcontrole.checks.near_copy import near_copy
from outputcontrole.checks.prevalence import prevalence
from outputcontrole.checks.reach import reach
from outputcontrole.evidence import Collector, Evidence
from outputcontrole.history import History, read_history
from outputcontrole.judgement import judge
from outputcontrole.kinds import asked_tables, cell_rules, kind_of, needs_all_cells
from outputcontrole.policy import Policy, agreed_policy
from outputcontrole.protection import Member, TableProtection, protect_together, system_of
from outputcontrole.recipes.derive import RecipeFailure, derive
from outputcontrole.recipes.method import Recipes, method_record
from outputcontrole.recipes.scratch import scratch_folder
from outputcontrole.registration import Registration
from outputcontrole.render.reading_guide import reading_guide
from outputcontrole.spec import Output, RecipeSource, Request, Verdict, worst
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
                if method := method_record(self.request.recepten, asked_tables(answer.output)):
                    files[f"{answer.output.naam}/methode.json"] = canonical_bytes(method) + b"\n"
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
            **({"methode": method_record(self.request.recepten)} if self.request.recepten else {}),
            "uitvoer": [answer.record() for answer in self.answers],
        }


def assess(registration: Registration, request: Request, *, threads: int | None = None) -> Assessment:
    """Check a request against the registered project, packages, policy and history.

    threads: how many DuckDB may use (the result does not depend on it). Raises UserError for a request that cannot be
    understood: unknown project, table, column, indicator or recipe. Everything that is understood gets a verdict.
    """
    project = registration.project(request.project)
    policy = registration.policy
    if project.file.beleid != policy.naam:
        raise UserError(
            f"project '{project.file.id}' is afgesproken onder beleid '{project.file.beleid}', maar geregistreerd is "
            f"'{policy.naam}'; laat twee personen projectbestand of beleid aanpassen"
        )
    policy = agreed_policy(policy, project)
    packages = registration.packages(request.project)
    with ExitStack() as ending:
        folder = ending.enter_context(scratch_folder())
        access = open_access(packages, threads, folder / "overloop")
        ending.callback(access.connection.close)
        if (failure := _derived(request.recepten, access, folder)) is not None:
            answers = tuple(refused(output, (failure,)) for output in request.uitvoer)
            return Assessment(request, project, policy, tuple(packages), answers, {})
        asked = _asked(request, access)
        history = read_history(registration, request, packages, asked.values())
        if (missing := _missing_method(history, access, folder)) is not None:
            answers = tuple(refused(output, (missing,)) for output in request.uitvoer)
            return Assessment(request, project, policy, tuple(packages), answers, {})
        collector = Collector(access, policy.dominance_n)
        tables = _protect(request, asked, history, collector, access, policy)
        prose = free_text("\n".join((request.vraag, request.populatie, request.gebruik, request.ontvangers)))
        basis = Basis(tables, access, collector, policy)
        around = _sums([*asked.values(), *(released.table for released in history.tables)])
        answers = tuple(_answer(output, basis, history, prose, around) for output in request.uitvoer)
    published = {
        table.key: tables[table.key]
        for answer in answers
        if answer.verdict.may_be_submitted
        for table in asked_tables(answer.output)
    }
    return Assessment(request, project, policy, tuple(packages), answers, published)


def _derived(recipes: Recipes, access: Access, folder: Path) -> Finding | None:
    """Make the tables of recipes; return why that did not go, in words that hold nothing of the data."""
    try:
        derive(recipes, access, folder)
    except RecipeFailure as failure:
        return Finding("recept", str(failure), failure.remedy)
    return None


def _missing_method(history: History, access: Access, folder: Path) -> Finding | None:
    """Make the tables of earlier releases' recipes again; return why nothing can be compared with them."""
    for method in history.methods:
        if (failure := _derived(method, access, folder)) is not None:
            return Finding(
                "historie", f"een eerdere vrijgave is niet na te rekenen: {failure.sentence}", failure.remedy
            )
    return None


def _asked(request: Request, access: Access) -> dict[str, AskedTable]:
    """Return every table that the request publishes numbers of, by key, checked against the data there is."""
    asked: dict[str, AskedTable] = {}
    for output in request.uitvoer:
        check_periods(output, access, f"uitvoer '{output.naam}'")
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
            rules = (*more.get(key, ()), *_rules_of_derived(collect(table), collector))
            judged: Mapping[int, Finding] = judge(collect(table), around, policy, rules)
            for behind in tables_behind(table):
                if (found := result.get(behind.key)) is not None:
                    judged = {**found.findings, **judged}
            unsafe = {cell: finding for cell, finding in judged.items() if cell not in public}
            # Of an earlier table that is not asked again, the other hidden cells play no part.
            cells = range(len(collect(table).cells))
            absent = frozenset() if key in asked else frozenset(cells) - public - unsafe.keys()
            members.append(Member(collect(table), unsafe, public, absent, all_or_nothing=key in whole))
        for member, protection in zip(members, protect_together(members, collector, policy), strict=True):
            result[member.evidence.table.key] = protection
    return result


def _rules_of_derived(evidence: Evidence, collector: Collector) -> tuple[CellRule, ...]:
    """Return the rules for the cells of a table of derived data, none for another table."""
    if not isinstance(evidence.table.origin, RecipeSource):
        return ()
    shares = collector.prevalence(evidence)
    return (lambda _, policy: prevalence(shares, policy),)


def _out_of_reach(tables: Iterable[AskedTable], basis: Basis) -> Finding | None:
    """Return why a recipe carries somebody's data too far for an output that rests on it."""
    for table in tables:
        if isinstance(table.origin, RecipeSource):
            widest = basis.collector.widest_reach(replace(table, source=table.origin))
            if (finding := reach(widest, table.origin.recept, basis.policy)) is not None:
                return finding
    return None


def _sums(tables: Iterable[AskedTable]) -> list[AskedTable]:
    """Return one table of sums per source and measure."""
    return list({_amounts(table): table for table in tables if table.measure is not None}.values())


def _amounts(table: AskedTable) -> tuple[str, str]:
    source = table.source.sha256 if isinstance(table.source, RecipeSource) else digest(table.source.model_dump())
    return source, str(table.measure)


def _copied(tables: Iterable[AskedTable], around: Iterable[AskedTable], basis: Basis) -> Finding | None:
    """Return why sums may not be answered: a recipe made their amounts, or others' around them, from the same ones."""
    for table in _sums(tables):
        for other in around:
            derived = isinstance(table.source, RecipeSource) or isinstance(other.source, RecipeSource)
            if not derived or _amounts(table) == _amounts(other):
                continue
            alike, common = basis.collector.alike_amounts(table, other)
            called = f"{other.measure} van {source_name(other.source)}"
            if (finding := near_copy(alike, common, called, basis.policy)) is not None:
                return finding
    return None


def _to_be_weighed(tables: Iterable[AskedTable], basis: Basis) -> list[Finding]:
    """Return what people have to weigh of the recipes that an output rests on."""
    derived = {table.origin.sha256: table for table in tables if isinstance(table.origin, RecipeSource)}
    found = []
    for sha256, table in derived.items():
        name = source_name(table.origin)
        for reason in basis.access.derived[sha256].manual:
            remedy = "herschrijf het recept, of laat beide toetsers nagaan en opschrijven waarom dit mag"
            found.append(Finding("recept", f"{name}: {reason}", remedy, judgement=True))
        if basis.collector.chooses(replace(table, source=table.origin)):
            found.append(
                Finding(
                    "recept",
                    f"{name}: laat eenheden weg om een waarde; of dat iets zegt over wie overblijft, is niet getoetst",
                    "maak van de voorwaarde een kolom (CASE WHEN ... END AS kenmerk) en kies haar in het filter van de "
                    "vraag",
                    judgement=True,
                )
            )
    return found


def _answer(
    output: Output, basis: Basis, history: History, prose: Finding | None, around: Iterable[AskedTable]
) -> Answer:
    """Answer one output; whatever goes wrong in it is a refusal of that output with the reason.

    prose: what there is to judge in the words of the request, which travel with every output. around: the sums that are
    asked or released, one table of each.
    """
    if history.conflict is not None:
        return refused(output, (history.conflict,))
    tables = asked_tables(output)
    try:
        if (finding := _out_of_reach(tables, basis) or _copied(tables, around, basis)) is not None:
            return refused(output, (finding,))
        answer = kind_of(output).answer(output, basis)
    except (AnalysisError, UserError) as error:
        return refused(output, (Finding("niet te beantwoorden", str(error), "pas de vraag aan"),))
    prose = free_text(f"{output.titel}\n{output.toelichting}") or prose
    weighed = [*([] if prose is None else [prose]), *_to_be_weighed(tables, basis)]
    if not weighed or answer.verdict is Verdict.REFUSED:
        return answer
    return replace(answer, verdict=Verdict.MANUAL, findings=(*weighed, *answer.findings))
