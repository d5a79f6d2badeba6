"""What importing the packages may cost: the bot must never pull in torch."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import bot

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
