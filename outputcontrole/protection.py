"""Which cells are shown: all tables of a request and of the history that count the same units, protected as one.

Nothing is judged alone. Tables on the same units are one linear system over the groups of units that none of them
tells apart (atoms), so a cell hidden in one table cannot be computed from another, from its margins, from the
difference of two filters, or from what was released before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from scipy.sparse import block_diag, coo_array, csc_array, csr_array, hstack, vstack

from outputcontrole.access import Access
from outputcontrole.asked import AskedTable, columns_of
from outputcontrole.checks import Finding
from outputcontrole.evidence import Collector, Evidence
from outputcontrole.policy import Policy
from outputcontrole.spec import Mark, RecipeSource
from zoo_formaat.canonical import digest
from zoo_sdc.audit import small_differences
from zoo_sdc.errors import Undecided, Unprotectable
from zoo_sdc.suppress import protect, secondary

# Cells up to which the intervals of all tables are proven together. Beyond, each table's are proven by itself, and
# over all tables exact non-recomputability is what is claimed.
MAX_JOINT_INTERVAL_CELLS = 1_500
# An owner is a person or a legal person, by the same pseudonym.
OWNERS = frozenset({"eigenaar", "persoon", "rechtspersoon"})
_DERIVABLE = Finding(
    rule="herleidbaar",
    sentence="verborgen om een andere cel: met deze cel erbij is die te berekenen of te nauw te schatten",
    remedy="voeg klassen samen of kies een hoger gebiedsniveau, dan hoeft er minder verborgen te worden",
)


@dataclass(frozen=True)
class TableProtection:
    """A table with a decision per cell, in order of `evidence.cells`.

    marks: shown, hidden for itself (primary) or hidden for another cell (secondary). findings: cell number -> why it
    is hidden. blocked: why the table as a whole cannot be answered, or None.
    """

    evidence: Evidence
    marks: tuple[Mark, ...]
    findings: Mapping[int, Finding]
    blocked: Finding | None = None

    @property
    def shown(self) -> np.ndarray:
        """Bool per cell: whether it may be shown."""
        return np.array([mark is Mark.SHOWN for mark in self.marks], dtype=bool) & (self.blocked is None)


@dataclass(frozen=True)
class Member:
    """A table that takes part in a system.

    evidence: its cells. unsafe: cell number -> why it must be hidden. fixed: cells that are public already (released
    before). absent: cells that are neither public nor asked. all_or_nothing: the analyst asked no protection, so it is
    shown whole or not at all.
    """

    evidence: Evidence
    unsafe: Mapping[int, Finding]
    fixed: frozenset[int] = field(default_factory=frozenset)
    absent: frozenset[int] = field(default_factory=frozenset)
    all_or_nothing: bool = False


def system_of(table: AskedTable, access: Access) -> str:
    """Return the name of the system a table belongs to: tables that count the same units, or sum the same rows.

    The same units are units of one protected kind, whatever a source calls its column: an indicator counts as `adres`
    what its table calls `advertentie`. Of two numberings of one kind no unit is in both; together they are safe too.
    In order of these names, tables come after those of which hidden cells may not come back by them (`tables_behind`).
    """
    if table.measure is None:
        kind = columns_of(table.source, access)[table.counted].eenheid
        return f"aantal {'eigenaar' if kind in OWNERS else kind}"
    weight = "" if table.weight in {None, table.measure} else f" × {table.weight}"
    summed = f"som {table.measure}{weight}"
    if isinstance(table.source, RecipeSource):
        # Whatever it is called in this request or that one.
        return f"{summed} {table.source.sha256}"
    return f"{summed} {digest(table.source.model_dump(mode='json'))}"


def protect_together(members: Sequence[Member], collector: Collector, policy: Policy) -> list[TableProtection]:
    """Decide on every cell of tables that share a system.

    Returns one protection per member, in order. A table that cannot be protected given what is public already is
    blocked with the reason; so are all when the work cannot be decided within its budget.
    """
    matrix, counts = _system(members, collector)
    sizes = [len(member.evidence.cells) for member in members]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    counted = members[0].evidence.table.measure is None
    number = "n" if counted else "waarden"
    values = np.concatenate([member.evidence.cells[number].to_numpy(dtype=np.int64) for member in members])
    if not np.array_equal(np.asarray(matrix.T @ counts), values):
        raise AssertionError("the atoms of a system do not add up to its cells")
    reasons: dict[int, Finding] = {}
    forced = np.zeros(len(values), dtype=bool)
    for member, start in zip(members, starts, strict=False):
        reasons.update({int(start) + cell: finding for cell, finding in member.unsafe.items()})
        forced[[int(start) + cell for cell in member.fixed]] = True
        if member.all_or_nothing and not member.unsafe:
            forced[int(start) : int(start) + len(member.evidence.cells)] = True
    primary = np.zeros(len(values), dtype=bool)
    primary[list(reasons)] = True
    primary &= ~forced
    unsafe_as_whole = [member.all_or_nothing and bool(member.unsafe) for member in members]
    offered = np.ones(len(values), dtype=bool)
    for member, start, size, unsafe in zip(members, starts, sizes, unsafe_as_whole, strict=False):
        # A table that is refused whole publishes nothing, so its cells neither disclose nor need a place.
        offered[int(start) : int(start) + size] &= not unsafe
        offered[[int(start) + cell for cell in member.absent]] = False
    try:
        hidden = _hide(
            matrix, values, counts, primary & offered, forced & offered, offered, policy, counted, starts[1:-1]
        )
    except (Unprotectable, Undecided) as error:
        blocked = Finding(
            rule="herleidbaar",
            sentence=f"{error}",
            remedy="vraag een grovere tabel, of laat de overlappende tabel weg",
        )
        return [
            _table(member, int(start), primary, primary, reasons, blocked)
            for member, start in zip(members, starts, strict=False)
        ]
    return [
        _table(
            member,
            int(start),
            hidden,
            primary,
            reasons,
            not_whole(len(member.unsafe), len(member.evidence.cells)) if unsafe else None,
        )
        for member, start, unsafe in zip(members, starts, unsafe_as_whole, strict=False)
    ]


def not_whole(hidden: int, cells: int) -> Finding:
    """Return why a table that was to be shown whole is not shown: so many of its cells may not be."""
    return Finding(
        rule="onbeschermd",
        sentence=f"{hidden} van {cells} cellen mogen niet getoond worden",
        remedy="vraag bescherming 'onderdrukken', voeg klassen samen of kies een hoger gebiedsniveau",
    )


def _table(
    member: Member,
    start: int,
    hidden: np.ndarray,
    primary: np.ndarray,
    reasons: Mapping[int, Finding],
    blocked: Finding | None,
) -> TableProtection:
    marks, findings = [], {}
    for cell in range(len(member.evidence.cells)):
        index = start + cell
        if primary[index]:
            marks.append(Mark.PRIMARY)
            findings[cell] = reasons[index]
        elif hidden[index]:
            marks.append(Mark.SECONDARY)
            findings[cell] = reasons.get(index, _DERIVABLE)
        else:
            marks.append(Mark.SHOWN)
    return TableProtection(member.evidence, tuple(marks), findings, blocked)


def _hide(
    matrix: csc_array,
    values: np.ndarray,
    counts: np.ndarray,
    primary: np.ndarray,
    forced: np.ndarray,
    offered: np.ndarray,
    policy: Policy,
    counted: bool,
    starts: np.ndarray,
) -> np.ndarray:
    """Return bool per cell: hidden. Cells that are not offered are left out of the system.

    values: units per cell, of sums the rows that are added up; counts: the same per atom. Atoms below the threshold
    are hidden groups too, though nobody asked for them: filters that overlap may tell them apart by subtraction.
    """
    index = np.flatnonzero(offered)
    part = csc_array(matrix[:, index])
    shown_values, first, fixed = values[index], primary[index].copy(), forced[index]
    zeros = shown_values == 0 if policy.zero == "vrij" else np.zeros(len(index), dtype=bool)
    singletons = counts == 1 if counted else None
    small = np.flatnonzero((counts > 0) & (counts < policy.n_min))
    groups = csc_array(
        (np.ones(len(small), dtype=np.int64), small, np.arange(len(small) + 1)), (len(counts), len(small))
    )
    extended = csc_array(hstack([part, groups]))
    none = np.zeros(len(small), dtype=bool)
    width = np.where(first, policy.n_min, 1)
    together = len(index) <= MAX_JOINT_INTERVAL_CELLS
    blocks = [np.arange(len(index))] if together else _blocks(index, starts)
    while True:
        hidden = (
            first
            | secondary(
                extended,
                np.concatenate([first, ~none]),
                priority=np.concatenate([shown_values, counts[small]]),
                forced=np.concatenate([fixed, none]),
                singletons=singletons,
                zeros=np.concatenate([zeros & ~first, none]),
            )[: len(index)]
        )
        wider = _widened(part, shown_values, hidden, width, counts, fixed, zeros, blocks) if counted else hidden
        smaller = {pair[0] for pair in small_differences(part, shown_values, ~wider, policy.n_min)}
        fresh = {cell for cell in smaller if not fixed[cell]}
        if smaller and not fresh:
            raise Unprotectable("het verschil met een eerdere vrijgave toont een te kleine groep", sorted(smaller))
        # What one table hides for its own intervals another may still show: then all that is hidden must stay hidden.
        settled = together or np.array_equal(wider, hidden)
        hidden = wider
        if not fresh and settled:
            break
        first = first | (False if together else hidden)
        first[list(fresh)] = True
        width[list(fresh)] = policy.n_min
    result = np.zeros(len(values), dtype=bool)
    result[index] = hidden
    return result


def _blocks(index: np.ndarray, starts: np.ndarray) -> list[np.ndarray]:
    """Return, per table, the places in `index` of its cells; starts: where each table begins in the whole."""
    table = np.searchsorted(starts, index, side="right")
    return [np.flatnonzero(table == number) for number in np.unique(table)]


def _widened(
    matrix: csc_array,
    values: np.ndarray,
    hidden: np.ndarray,
    width: np.ndarray,
    counts: np.ndarray,
    fixed: np.ndarray,
    zeros: np.ndarray,
    blocks: Sequence[np.ndarray],
) -> np.ndarray:
    """Hide further cells until within every block of cells each hidden one has an interval of its width."""
    wider = hidden.copy()
    for block in blocks:
        part = csc_array(matrix[:, block])
        public_zeros = np.flatnonzero(zeros[block] & ~wider[block])
        known_zero = np.asarray(part[:, public_zeros].sum(axis=1)).ravel() > 0
        wider[block] = protect(
            part,
            values[block],
            wider[block],
            width[block],
            counts=counts,
            keep=fixed[block],
            zero_atoms=known_zero if zeros.any() else None,
        )
    return wider


def _system(members: Sequence[Member], collector: Collector) -> tuple[csc_array, np.ndarray]:
    """Return the sparse 0/1 matrix atoms x cells of all members' cells in order, and the units per atom (int64)."""
    evidences = [member.evidence for member in members]
    table = evidences[0].table
    atoms = collector.memberships(evidences, table.counted if table.measure is None else None)
    to_cells = csr_array(block_diag([_inner_to_cells(evidence) for evidence in evidences], format="csr"))
    lengths = np.array([len(cells) for cells in atoms["cellen"]], dtype=np.int64)
    inner = np.concatenate([np.asarray(cells, dtype=np.int64) for cells in atoms["cellen"]] or [np.zeros(0, np.int64)])
    rows = np.repeat(np.arange(len(atoms)), lengths)
    groups = coo_array((np.ones(len(inner), dtype=np.int64), (rows, inner)), shape=(len(atoms), to_cells.shape[0]))
    matrix = csr_array(groups @ to_cells)
    matrix.data = np.minimum(matrix.data, 1)
    # An empty finest cell is a group too, of nobody: the attacker does not know that it is empty.
    empty = np.setdiff1d(np.arange(to_cells.shape[0]), inner)
    whole = csc_array(vstack([matrix, to_cells[empty]]), dtype=np.int64)
    counts = np.concatenate([atoms["n"].to_numpy(dtype=np.int64), np.zeros(len(empty), dtype=np.int64)])
    return whole, counts


def _inner_to_cells(evidence: Evidence) -> csr_array:
    """Return the 0/1 matrix finest cells x cells of a table; finest cells in order of the sorted labels."""
    sizes = tuple(map(len, evidence.grid.finest))
    number = prod(sizes)
    places = list(np.indices(sizes).reshape(len(sizes), number))
    cells = evidence.grid.cells_of(places, (True,) * len(sizes), number)
    rows = np.repeat(np.arange(number), cells.shape[1])
    data = np.ones(cells.size, dtype=np.int64)
    return csr_array(coo_array((data, (rows, cells.ravel())), shape=(number, len(evidence.cells))))
