"""No module reaches itself through its imports, those inside functions and for types included."""

from pathlib import Path

import pytest

from tests.import_graph import circles, import_graph

ROOT = Path(__file__).parent.parent


def test_no_package_has_a_circle():
    graph = import_graph(ROOT, ("bot", "engine"))
    assert len(graph) > 300
    assert circles(graph) == []


@pytest.mark.parametrize(
    "source",
    [
        "from p import b",
        "import p.b",
        "def f():\n    from p.b import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import X",
    ],
)
def test_every_kind_of_import_is_seen(tmp_path, source):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "a.py").write_text(source)
    (folder / "b.py").write_text("from p.c import y")
    (folder / "c.py").write_text("import os")
    assert circles(import_graph(tmp_path, ("p",))) == []
    (folder / "c.py").write_text("import p.a")
    assert circles(import_graph(tmp_path, ("p",))) == [frozenset({"p.a", "p.b", "p.c"})]
