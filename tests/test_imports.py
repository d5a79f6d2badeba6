"""What importing the packages may cost, and what the tests may import."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import bot
from tests.import_graph import import_graph

BOT_MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(bot.__path__, "bot.")
    if "migrations" not in module.name and module.name != "bot.__main__"
)


def test_no_bot_module_imports_torch_or_transformers():
    code = (
        "import importlib, sys\n"
        f"for name in {BOT_MODULES!r}: importlib.import_module(name)\n"
        "print([name for name in ('torch', 'transformers', 'tokenizers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert "bot.app" in BOT_MODULES
    assert "bot.features.explorer.command" in BOT_MODULES


def test_no_test_module_is_imported_by_another():
    graph = import_graph(Path(__file__).parents[1], ("tests",))
    assert "tests.bot.world" in set().union(*graph.values())
    shared = {
        (name, target)
        for name, targets in graph.items()
        for target in targets
        if target.rpartition(".")[2].startswith("test_")
    }
    assert shared == set()
