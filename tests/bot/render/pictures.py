"""What the picture tests draw, and how pictures are compared."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from bot.features.duel.chart import DuelChart, DuelLine
from bot.features.explorer.files.notebook import NotebookRow, Option
from bot.features.explorer.step.chart import Mark, WhyBar, WhyChart
from bot.render.coloured import ColouredWord

STEP = WhyChart(
    words=(
        *(ColouredWord(text=text, bits=None) for text in ("El", " amor", " es", " eterno", ".")),
        ColouredWord(text=" La", bits=0.4),
        ColouredWord(text=" vida", bits=5.6, is_current=True),
        ColouredWord(text=" 🦄", bits=15.3),
        ColouredWord(text="你好", bits=2.5),
    ),
    bars=(
        WhyBar(label="mar", final=0.0, mark=Mark.REMOVED),
        WhyBar(label="amor", final=0.25),
        WhyBar(label="🦄", final=0.161),
        WhyBar(label="vida", final=0.09, mark=Mark.CHOSEN),
        WhyBar(label="你好", final=0.02),
        WhyBar(label="luz", final=0.05, mark=Mark.ASKED),
    ),
    rest="y 36 más · 262 000 se quedaron fuera (top-p 0,9)",
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
    ColouredWord(text=text, bits=bits)
    for text, bits in (
        ("En", None), (" un", 0.4), (" lugar", 2.2), (" de", 0.1), (" la", 4.0), (" Mancha", 7.7),
        (",", 1.0), ("\n", 10.0), (" 🦄", 15.3), ("你好", 12.0), ("حياة", 5.0),
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


def many_bars(count: int) -> WhyChart:
    bars = tuple(WhyBar(label="extraordinariamente", final=0.9**i / 9) for i in range(count))
    return replace(STEP, bars=bars)


def many_rows(count: int) -> tuple[NotebookRow, ...]:
    options = tuple(Option(label="␣extraordinariamente", raw=0.1) for _ in range(5))
    return tuple(NotebookRow(entry="palabra " * i, options=options) for i in range(count))


def many_words(count: int) -> list[ColouredWord]:
    return [ColouredWord(text=f" pal{i % 50}", bits=i % 15) for i in range(count)]


def many_lines(count: int, tokens: int) -> DuelChart:
    probs = tuple((i * 37 % 101) / 100 for i in range(tokens))
    line = DuelLine(label="extraordinariamente", probs=probs, repeats_from=tokens // 2)
    return DuelChart(lines=(line,) * count)
