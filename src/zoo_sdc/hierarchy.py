"""Hierarchies of one dimension: from what people hand over to a forest over the codes in use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zoo_sdc.errors import HierarchyError
from zoo_sdc.labels import LabelKey, label_key

Hierarchy = Mapping[Any, Any] | pd.DataFrame | Sequence[int]
"""Child -> parent as a mapping, as a data frame of two columns (child, parent), or as lengths of code prefixes."""


@dataclass(frozen=True)
class Tree:
    """The nodes of one dimension in canonical pre-order (total first, children sorted by label).

    Attributes:
        labels: label per node.
        parent: index of the parent per node, -1 for a root.
        leaf_node: node index per leaf, in the order in which the leaves were given.
    """

    labels: tuple[Any, ...]
    parent: np.ndarray
    leaf_node: np.ndarray

    def ancestors(self) -> tuple[np.ndarray, np.ndarray]:
        """Each leaf's nodes from itself up to its root, flattened: (pointer (leaves + 1,), node indices)."""
        chains: list[list[int]] = []
        for leaf in self.leaf_node.tolist():
            chain = []
            node = leaf
            while node >= 0:
                chain.append(node)
                node = int(self.parent[node])
            chains.append(chain)
        pointer = np.zeros(len(chains) + 1, dtype=np.int64)
        np.cumsum([len(chain) for chain in chains], out=pointer[1:])
        return pointer, np.array([node for chain in chains for node in chain], dtype=np.int64)


def build_tree(
    dimension: str,
    leaves: Sequence[Any],
    hierarchy: Hierarchy | None,
    *,
    totals: bool,
    total_label: Any,
    leaves_may_have_children: bool = False,
) -> Tree:
    """Forest of the given leaves and all their ancestors, under one total when `totals`.

    A hierarchy may be ragged (leaves at different depths). A parent that has no parent of its own, or the total
    label as parent, stands directly under the total. With `leaves_may_have_children` the given codes may lie at
    several levels (released tables); otherwise a given code with children is an error.

    Raises `HierarchyError` naming the dimension and the code for: a cycle, a code with two parents, an empty
    parent, a given code that the hierarchy does not know, a given code that equals the total label or has children.
    """
    parents, labels = _parents(dimension, leaves, hierarchy, total_label)
    total = label_key(total_label)
    leaf_keys = [label_key(leaf) for leaf in leaves]
    has_children = set(parents.values())
    # With prefixes every code is known: one too short for any prefix stands directly under the total.
    complete = hierarchy is None or not isinstance(hierarchy, Mapping | pd.DataFrame)
    for key, leaf in zip(leaf_keys, leaves, strict=True):
        labels[key] = leaf
        if key == total:
            raise HierarchyError(
                f"dimensie {dimension!r}: code {leaf!r} heet net als het totaal; kies een ander total_label"
            )
        if not complete and key not in parents and key not in has_children:
            raise HierarchyError(
                f"dimensie {dimension!r}: code {leaf!r} staat niet in de hiërarchie; voeg de code met haar ouder toe"
            )
        if key in has_children and not leaves_may_have_children:
            raise HierarchyError(
                f"dimensie {dimension!r}: code {leaf!r} is ouder van andere codes; lever alleen de fijnste codes aan"
            )
    _check_acyclic(dimension, parents, labels)
    used: dict[LabelKey, LabelKey | None] = {}
    for key in leaf_keys:
        node = key
        while node not in used:
            parent = parents.get(node)
            if parent is None or parent == total:
                used[node] = None
                break
            used[node] = parent
            node = parent
    return _preorder(used, labels, leaf_keys, total if totals else None, total_label)


def _preorder(
    used: Mapping[LabelKey, LabelKey | None],
    labels: Mapping[LabelKey, Any],
    leaf_keys: Sequence[LabelKey],
    total: LabelKey | None,
    total_label: Any,
) -> Tree:
    children: dict[LabelKey | None, list[LabelKey]] = {}
    for node in sorted(used):
        children.setdefault(used[node], []).append(node)
    order: list[LabelKey] = []
    parent_index: list[int] = []
    index: dict[LabelKey, int] = {}
    node_labels: list[Any] = []
    root = -1
    if total is not None:
        order.append(total)
        parent_index.append(-1)
        node_labels.append(total_label)
        root = 0
    stack = [(node, root) for node in reversed(children.get(None, []))]
    while stack:
        node, above = stack.pop()
        index[node] = len(order)
        order.append(node)
        parent_index.append(above)
        node_labels.append(labels[node])
        stack.extend((child, index[node]) for child in reversed(children.get(node, [])))
    return Tree(
        labels=tuple(node_labels),
        parent=np.array(parent_index, dtype=np.int64),
        leaf_node=np.array([index[key] for key in leaf_keys], dtype=np.int64),
    )


def _parents(
    dimension: str, leaves: Sequence[Any], hierarchy: Hierarchy | None, total_label: Any
) -> tuple[dict[LabelKey, LabelKey], dict[LabelKey, Any]]:
    """Child key -> parent key, and the label per key."""
    if hierarchy is None:
        return {}, {}
    edges: Iterable[tuple[Any, Any]]
    if isinstance(hierarchy, pd.DataFrame):
        if hierarchy.shape[1] != 2:
            raise HierarchyError(f"dimensie {dimension!r}: een tabel als hiërarchie heeft twee kolommen: kind en ouder")
        edges = zip(hierarchy.iloc[:, 0].tolist(), hierarchy.iloc[:, 1].tolist(), strict=True)
    elif isinstance(hierarchy, Mapping):
        edges = hierarchy.items()
    else:
        edges = _prefix_edges(dimension, leaves, hierarchy)
    parents: dict[LabelKey, LabelKey] = {}
    labels: dict[LabelKey, Any] = {}
    total = label_key(total_label)
    for child, parent in edges:
        child_key = _code_key(dimension, child, "een kind zonder code")
        parent_key = _code_key(dimension, parent, f"code {child!r} heeft geen ouder")
        if child_key == total:
            raise HierarchyError(f"dimensie {dimension!r}: het totaal {child!r} kan geen ouder hebben")
        if child_key == parent_key:
            raise HierarchyError(f"dimensie {dimension!r}: code {child!r} is haar eigen ouder (kringverwijzing)")
        if child_key in parents:
            raise HierarchyError(f"dimensie {dimension!r}: code {child!r} staat er twee keer in; geef haar één ouder")
        parents[child_key] = parent_key
        labels.setdefault(child_key, child)
        labels.setdefault(parent_key, parent)
    return parents, labels


def _prefix_edges(dimension: str, leaves: Sequence[Any], lengths: Sequence[int]) -> list[tuple[Any, Any]]:
    if isinstance(lengths, str) or not all(
        isinstance(length, int | np.integer) and not isinstance(length, bool) and length > 0 for length in lengths
    ):
        raise HierarchyError(f"dimensie {dimension!r}: lengtes van codes zijn hele getallen vanaf 1")
    edges: dict[str, str | None] = {}
    for leaf in leaves:
        if not isinstance(leaf, str):
            raise HierarchyError(f"dimensie {dimension!r}: code {leaf!r} is geen tekst en heeft geen beginletters")
        chain = [leaf, *(leaf[:length] for length in sorted(set(lengths), reverse=True) if length < len(leaf))]
        for child, parent in zip(chain, [*chain[1:], None], strict=True):
            edges.setdefault(child, parent)
    return [(child, parent) for child, parent in edges.items() if parent is not None]


def _code_key(dimension: str, code: Any, problem: str) -> LabelKey:
    try:
        return label_key(code)
    except (ValueError, TypeError):
        raise HierarchyError(f"dimensie {dimension!r}: {problem}; vul de hiërarchie aan") from None


def _check_acyclic(dimension: str, parents: Mapping[LabelKey, LabelKey], labels: Mapping[LabelKey, Any]) -> None:
    done: set[LabelKey] = set()
    for start in parents:
        path: list[LabelKey] = []
        on_path: set[LabelKey] = set()
        node: LabelKey | None = start
        while node is not None and node not in done:
            if node in on_path:
                raise HierarchyError(
                    f"dimensie {dimension!r}: code {labels[node]!r} is haar eigen voorouder (kringverwijzing)"
                )
            path.append(node)
            on_path.add(node)
            node = parents.get(node)
        done.update(path)
