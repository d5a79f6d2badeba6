"""Where a function ends in a program that is being written."""

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import functions
from engine.functions import FunctionScan, without_rest

IN_PYTHON = {
    "a line at the margin": ("def f(x):\n", "    return x\n", "\nprint(1)\n"),
    "the body in the line": ("def f(x):", " return x\n", "y"),
    "the prompt ends in the body": ("def f(x):\n    ", "return x\n", "# y\n"),
    "brackets and a long string": (
        'def f(x):\n    """Doc.\n\nno end\n',
        'more"""\n    if x:\n        return (1,\n2)\n    return {\n"a": 1}\n',
        "\n\nclass B:",
    ),
    "a comment with a bracket": ("# suma\n", "def f(a):\n    return a // b  # (\n", "\nf(1)"),
    "a method": ("class A:\n    def f(self):\n", "        return 1\n", "\n    def g(self):"),
    "the signature is not finished": (
        "class A:\n    def f(sel",
        "f):\n        return 1\n",
        "\n    def g",
    ),
    "a function without a body is none": ("def f():\n", "x = 1\ndef g():\n  pass\n", "z"),
    "empty strings": ("def f(x, y='', z=\"\"):\n", "  '''\n\nx'''\n  return '' ''\n", "\n@cosa"),
    "a string that is not closed": ("def f():\n", "  x = 'it\n  return 1\n", "y"),
    "a line that goes on": ("def f(x):\n", "    return x \\\n+ 1\n", "y"),
    "tabs": ("\tdef f(x):\n", "\t\treturn x\n", "\tdef"),
    "a line that is a lambda": ("f = lambda x: (\n  x)\n", "def g():\n  pass\n", "g()"),
    "async": ("async def f():\n", "    await g()\n", "await"),
}
IN_BRACES = {
    "a comment and a string": (
        "function isPositive(n) {\n",
        "  return n > 0; // }\n  /* } */ x = '}\\'}';\n}",
        "\n\nfunction",
    ),
    "the brace is not written yet": (
        "// es positivo\nfunction isPositive(n)",
        " {\n if (n) { return '}'; }\n return `}\n`;\n}",
        "\nx",
    ),
    "inside a block": (
        "class A {\n int f(int x) {\n  if (x) {\n",
        "   y();\n  } else {\n  }\n }",
        "\n int g",
    ),
    "an arrow": ("const f = (a) => {", " return {a: 1}; }", ";\nconst g"),
    "lifetimes": ("fn f<'a>(x: &'a str) -> &'a str {\n", "  x\n}", "\nfn"),
    "a class without a function": ("class A {\n", "  int x;\n}", "\nclass B"),
    "only a comment": ("// suma\n", "int suma(int a) {\n  for (;;) { }\n  return a;\n}", "\n"),
}
CASES = {**IN_PYTHON, **IN_BRACES}


@pytest.mark.parametrize("name", CASES)
def test_a_function_ends(name):
    before, body, rest = CASES[name]
    assert without_rest(before, body + rest) == body.rstrip()
    assert without_rest(before, body) in (body, body.rstrip())


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("def f(x):\n", "    return x\n\n    # nada\n\n\n"),
        ("x = 1\n", "y = {}\nprint(y)\n"),
        ("Érase una vez", " un unicornio: vivía {solo}.\n"),
        ("function f() {", " if (x) { y(); } // }"),
        ("", "print(1)\n" * 5),
    ],
)
def test_what_is_no_end(before, text):
    assert without_rest(before, text) == text


@given(name=st.sampled_from(sorted(CASES)), cuts=st.lists(st.integers(0, 80), max_size=6))
@settings(max_examples=80, deadline=None)
def test_the_end_is_the_same_however_the_text_comes(name, cuts):
    before, body, rest = CASES[name]
    text, scan, start = body + rest, FunctionScan(before), 0
    for cut in sorted({*cuts, len(text)}):
        # A branch that reads something else changes nothing here.
        scan.fork().read("}\n}\nx = '")
        scan.read(text[start:cut])
        start = max(start, cut)
    assert scan.end == len(before) + len(body.rstrip())


BODY = st.recursive(
    st.sampled_from(
        ["x = 1", "return {'a': (1, 2)}", "# nada", "s = '''\n\nfin'''", "", "y[0] = ''"]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda parts: "if x:\n    pass\n" + textwrap.indent("\n".join(parts), "    ")
    ),
    max_leaves=6,
)


@given(parts=st.lists(BODY, min_size=1, max_size=4), gap=st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_the_end_is_where_python_itself_sees_it(parts, gap):
    body = textwrap.indent("x = 0\n" + "\n".join(parts), "    ", lambda line: line != "fin'''\n")
    program = f"def f(x):\n{body}\n" + "\n" * gap + "print(f)\n"
    function = ast.parse(program).body[0]
    lines = program.splitlines(keepends=True)
    written = without_rest("def f(x):\n", program.removeprefix("def f(x):\n"))
    kept = ("def f(x):\n" + written).splitlines()
    # A comment behind the last statement stays, since it stands as deep.
    behind = "".join(lines[function.end_lineno : len(kept)])
    assert len(kept) >= function.end_lineno
    assert all(line.strip() == "" or line.strip().startswith("#") for line in behind.splitlines())
    assert "print(f)" not in written


def test_a_long_program_is_read_once():
    scan = FunctionScan("def f():\n")
    for _ in range(3000):
        scan = scan.fork()
        scan.read("    x = 1\n")
    assert scan.end is None
    assert functions.without_rest("def f():\n", "    x = 1\n" * 3000 + "y").endswith("x = 1")
