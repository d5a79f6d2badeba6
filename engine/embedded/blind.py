"""`python -m engine.embedded.blind`: read texts side by side without knowing which is which.

`sheet` prints prompts with one text of each set of settings, in an order of their own for each
prompt; a reader grades them (a line for a prompt: its number and a grade for each text); `reveal`
says which settings got which grades. Grades: 0 makes no sense, 1 is on topic and limps, 2 reads
well. The texts are what `defaults --texts` keeps.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import mean

Trial = tuple[str, list[tuple[str, str]]]
"""A prompt, and its (settings, text) in the order in which they are shown."""


def main() -> None:
    """Print the sheet, or what the grades say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("sheet", "reveal"))
    parser.add_argument("texts", type=Path, nargs="+", help="JSONL files of texts")
    parser.add_argument("--grades", type=Path, help="a line for a prompt: number, grades")
    parser.add_argument("--count", type=int, default=25, help="prompts")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    asked = parser.parse_args()
    shown = trials(asked.texts, asked.count, asked.seed)
    if asked.action == "sheet":
        lines = list(sheet(shown))
    else:
        lines = list(revealed(shown, asked.grades.read_text(encoding="utf-8").splitlines()))
    print("\n".join(lines))  # noqa: T201


def trials(paths: Sequence[Path], count: int, seed: int) -> list[Trial]:
    """Choose prompts for which there is a text of every set of settings, and shuffle these."""
    found: dict[str, dict[str, str]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found.setdefault(entry["prompt"], {})[entry["settings"]] = entry["text"]
    most = max(map(len, found.values()))
    dice = Random(seed)
    whole = [(prompt, list(texts.items())) for prompt, texts in found.items() if len(texts) == most]
    chosen = dice.sample(whole, min(count, len(whole)))
    for _, texts in chosen:
        dice.shuffle(texts)
    return chosen


def sheet(shown: Sequence[Trial]) -> Iterator[str]:
    """Write the prompts with their texts, numbered."""
    for number, (prompt, texts) in enumerate(shown, start=1):
        yield f"{number}. {_on_a_line(prompt)}"
        yield from (f"   {place}) {_on_a_line(text)}" for place, (_, text) in enumerate(texts, 1))


def revealed(shown: Sequence[Trial], lines: Sequence[str]) -> Iterator[str]:
    """Say what each set of settings was given: texts, on topic (1 and more), mean grade."""
    given: dict[str, list[int]] = {}
    for line in lines:
        number, *grades = map(int, line.split())
        for (settings, _), grade in zip(shown[number - 1][1], grades, strict=True):
            given.setdefault(settings, []).append(grade)
    for settings, grades in sorted(given.items(), key=lambda item: -mean(item[1])):
        on_topic = mean(grade >= 1 for grade in grades)
        yield f"{settings}: {len(grades)} texts, {on_topic:.0%} on topic, mean {mean(grades):.2f}"


def _on_a_line(text: str) -> str:
    return text.replace("\n", "⏎")


if __name__ == "__main__":
    main()
