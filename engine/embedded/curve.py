"""A picture of how a model got better while it was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

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


def draw(record: dict[str, Any], names: dict[str, str], path: Path) -> None:
    """Draw bits per byte against tokens, a line for each kind in `names`, as a PNG."""
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
    axes.set_ylabel("bits por byte")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.1f}".replace(".", ",")))
    axes.grid(alpha=0.3)
    figure.legend(frameon=False, ncols=3, loc="outside lower center")
    figure.savefig(path)
