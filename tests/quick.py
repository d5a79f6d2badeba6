"""Which test files need no model and no simulated Discord, told without importing them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.import_graph import import_graph

ROOT = Path(__file__).parents[1]
_HEAVY = ("torch", "transformers", "tokenizers", "simcord", "playwright")
_COMPUTING = tuple(
    f"engine.{package}" for package in ("bench", "decoding", "embedded", "models", "runtime")
)
"""Packages of the engine that import torch."""
_FIXTURES = frozenset({"env", "room", "tiny_model", "world"})
_SLOW = ("test_image.py", "test_limits.py", "test_cli.py", "test_full_disk.py")
"""Files that start processes, or try hundreds of texts and traces."""
_APART = frozenset({"scale", "wire"})
"""Folders whose tests start whole processes."""


def is_quick(file: Path) -> bool:
    """Tell whether a test file, and what it imports of the tests, only does with plain Python."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    if file.name in _SLOW or not _APART.isdisjoint(parts):
        return False
    return not any(_is_heavy(module) for module in _reached(".".join(parts)))


@cache
def _graph() -> dict[str, frozenset[str]]:
    return dict(import_graph(ROOT, ("tests",)))


def _reached(name: str) -> set[str]:
    found, todo = {name}, [name]
    while todo:
        new = _graph()[todo.pop()] - found
        found |= new
        todo += new
    return found


@cache
def _is_heavy(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return any(_needs_more(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def _needs_more(node: ast.AST) -> bool:
    if isinstance(node, ast.arg):
        return node.arg in _FIXTURES
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return False
    return any(name.split(".")[0] in _HEAVY or name.startswith(_COMPUTING) for name in names)
