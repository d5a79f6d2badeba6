"""Runs the code cells of a notebook in order, and prints what they have found as JSON.

A program of its own: it is given to a fresh interpreter, which has nothing of this project's.
"""

import ast
import json
import sys
from pathlib import Path


def run(cells):
    names, shown = {}, []
    for source in cells:
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        value = last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        if hasattr(value, "_repr_html_"):
            assert value._repr_html_().startswith("<table>")
            shown.append(repr(value))
    return names, shown


if __name__ == "__main__":
    notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    names, shown = run(code)
    start = names["prompt_length"]
    written = {name: ids[0, start:].tolist() for name, ids in names["written"].items()}
    sums = {name: names["sequence_logprob"](ids, start) for name, ids in names["written"].items()}
    found = {name: names[name] for name in ("by_hand", "chances", "generated", "options")}
    found |= {
        "prompt_length": start,
        "written": written,
        "sums": sums,
        "kept": [sorted(kept) for _, kept in names["levels"]],
        "repeated": {name: names["repetition"](ids) for name, ids in written.items()},
        "tables": shown,
        "foreign": sorted({"engine", "bot"} & set(sys.modules)),
    }
    print("FOUND" + json.dumps(found))
