"""Code of ours as it stands in a recipe: the same, without what is said to engineers about it."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType


def source_of(module: ModuleType) -> str:
    """Return a module's code without imports, docstrings and the types of its functions."""
    tree = ast.parse(inspect.getsource(module))
    _leave_out_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            _leave_out_docstring(node)
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    kept = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n\n\n".join(map(ast.unparse, kept))


def _leave_out_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
