"""`python -m engine.embedded.curve`: a picture of how a model got better while it was trained."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from engine.embedded.corpus import EVERYDAY, LITERATURE, PROSE, SOFTWARE, TECHNICAL

KIND_NAMES = {
    LITERATURE: "literatura (1830–1930)",
    EVERYDAY: "diálogos y cartas",
    PROSE: "prosa moderna",
    TECHNICAL: "manuales y casos clínicos",
    SOFTWARE: "informática",
}
BITS = "bits por byte"
SIZE_INCHES, DOTS_PER_INCH = (6.4, 3.6), 110


def whole_log(record: dict[str, Any]) -> list[dict[str, float]]:
    """Return the measurements of a run and of those it went on from, oldest first.

    Args:
        record: What `engine.embedded.train` writes into `training.json`.

    Returns:
        Entries with `tokens` counted from the first run on, and bits per byte by kind.
    """
    before = record.get("before")
    earlier = whole_log(before) if before else []
    seen = earlier[-1]["tokens"] if earlier else 0
    return [*earlier, *(entry | {"tokens": seen + entry["tokens"]} for entry in record["log"])]


def main() -> None:
    """Draw what `training.json` of a folder has, into that folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder that engine.embedded.train wrote")
    parser.add_argument("--label", default=BITS, help="what is measured, in Spanish")
    asked = parser.parse_args()
    record = json.loads((asked.model / "training.json").read_text(encoding="utf-8"))
    draw(record, KIND_NAMES, asked.model / "curve.png", asked.label)


def draw(record: dict[str, Any], names: dict[str, str], path: Path, label: str = BITS) -> None:
    """Draw what is measured against tokens, a line for each kind in `names`, as a PNG."""
    log = whole_log(record)
    figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    for kind, name in names.items():
        entries = [entry for entry in log if kind in entry]
        axes.plot(
            [entry["tokens"] / 1e6 for entry in entries],
            [entry[kind] for entry in entries],
            marker="o",
            markersize=3,
            label=name,
        )
    axes.set_xlabel("millones de tokens")
    axes.set_ylabel(label)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.1f}".replace(".", ",")))
    axes.grid(alpha=0.3)
    figure.legend(frameon=False, ncols=3, loc="outside lower center")
    figure.savefig(path)


if __name__ == "__main__":
    main()
