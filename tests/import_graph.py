"""The imports of a package as a graph: every import counts, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
"""Module → the modules of the same packages that it imports."""


def import_graph(root: Path, packages: tuple[str, ...]) -> Graph:
    """Read every module; imports inside functions and those for types only count too.

    Args:
        root: The folder that holds the packages.
        packages: Names of top-level packages.
    """
    files = {
        _name(root, file): file for package in packages for file in (root / package).rglob("*.py")
    }
    return {name: frozenset(_imported(file, files) - {name}) for name, file in files.items()}


def circles(graph: Graph) -> list[frozenset[str]]:
    """Return the sets of modules that reach each other, each of at least two (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[frozenset[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            start = stack.index(node)
            component = frozenset(stack[start:])
            del stack[start:]
            if len(component) > 1:
                found.append(component)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def _name(root: Path, file: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(file: Path, modules: Mapping[str, Path]) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {name for name in _names(tree, modules) if name in modules}


def _names(tree: ast.Module, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules else node.module
