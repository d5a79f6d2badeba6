"""What the picture tests draw, and how pictures are compared."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from bot.features.duel.chart import DuelChart, DuelLine
from bot.features.explorer.files.notebook import NotebookRow, Option
from bot.features.explorer.step.chart import Mass, StepBar, StepChart
from bot.features.explorer.surprise.chart import SurpriseToken

STEP = StepChart(
    title="Paso 3 de 8",
    bars=(
        StepBar(label="␣amor", rank=1, raw=0.225, final=0.25),
        StepBar(label="⟨C3⟩", rank=2, raw=0.18, final=0.2),
        StepBar(label="␣🦄", rank=3, raw=0.145, final=0.161),
        StepBar(label="␣vida", rank=4, raw=0.081, final=0.09, is_chosen=True),
        StepBar(label="你好", rank=5, raw=0.02, final=0.0, is_removed=True),
    ),
    rest=Mass(count=36, raw=0.315, final=0.35),
    removed=Mass(count=262_103, raw=0.1),
    cuts="top-p 0,9",
)
FIRST = (("Ésta", 0.3828), ("El", 0.1), ("⏎", 0.05), ("🦄", 0.01), ("حياة", 0.0))
ROWS = (
    NotebookRow(
        entry="El amor es eterno mientras dura. ",
        options=tuple(
            Option(label=label, raw=raw, is_chosen=label == "Ésta")
            for label, raw in (
                ("Ésta", 0.3828),
                ("El", 0.1),
                ("⏎", 0.05),
                ("🦄", 0.01),
                ("حياة", 0),
            )
        ),
    ),
    NotebookRow(
        entry="El amor es eterno mientras dura. Ésta",
        options=tuple(Option(label=f"␣{i}", raw=0.5**i) for i in range(1, 6)),
        outside=Option(label="␣unicornio", raw=0.0012, is_chosen=True),
    ),
)
TEXT = tuple(
    SurpriseToken(text=text, bits=bits)
    for text, bits in (
        ("En", None), (" un", 0.4), (" lugar", 2.2), (" de", 0.1), (" la", 4.0), (" Man", 7.5),
        ("cha", 0.2), (",", 1.0), ("\n", 10.0), (" 🦄", 15.3), ("你好", 12.0), ("حياة", 5.0),
    )
)  # fmt: skip

DUEL = DuelChart(
    lines=(
        DuelLine(label="greedy", probs=(0.4, 0.9, 0.1, *[0.97, 0.6] * 6), repeats_from=5),
        DuelLine(label="haces+2gram", probs=tuple(0.1 + 0.05 * i for i in range(15))),
        DuelLine(label="T 2", probs=(0.02, 0.3, 0.0, 0.001)),
        DuelLine(label="top-k 200", probs=(0.5,)),
        DuelLine(label="min-p 0,05", probs=()),
    )
)


def pixels(png: bytes) -> np.ndarray:
    """Decode to (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def difference(png: bytes, baseline: Path) -> float:
    """Return the mean difference of the channels from a baseline, 0 to 255; shapes must agree."""
    seen, wanted = pixels(png), pixels(baseline.read_bytes())
    assert seen.shape == wanted.shape
    return float(np.abs(seen.astype(int) - wanted.astype(int)).mean())


def run_of(picture: np.ndarray, y: int, colour: str) -> int:
    """Count a row's pixels of a colour, give or take what few colours change."""
    wanted = np.array(to_rgb(colour)) * 255
    return int((np.abs(picture[y] - wanted).max(axis=1) < 12).sum())


def many_bars(count: int) -> StepChart:
    bars = tuple(
        StepBar(label="␣extraordinariamente", rank=i + 1, raw=0.9**i / 10, final=0.9**i / 9)
        for i in range(count)
    )
    return replace(STEP, bars=bars)


def many_rows(count: int) -> tuple[NotebookRow, ...]:
    options = tuple(Option(label="␣extraordinariamente", raw=0.1) for _ in range(5))
    return tuple(NotebookRow(entry="palabra " * i, options=options) for i in range(count))


def many_tokens(count: int) -> list[SurpriseToken]:
    return [SurpriseToken(text=f" pal{i % 50}", bits=i % 15) for i in range(count)]


def many_lines(count: int, tokens: int) -> DuelChart:
    probs = tuple((i * 37 % 101) / 100 for i in range(tokens))
    line = DuelLine(label="extraordinariamente", probs=probs, repeats_from=tokens // 2)
    return DuelChart(lines=(line,) * count)
