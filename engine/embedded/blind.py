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
    if asked.action == "reveal" and asked.grades is None:
        parser.error("reveal needs --grades")
    try:
        shown = trials(asked.texts, asked.count, asked.seed)
        lines = list(sheet(shown) if asked.action == "sheet" else _grades_told(shown, asked.grades))
    except ValueError as error:
        parser.error(str(error))
    print("\n".join(lines))  # noqa: T201


def trials(paths: Sequence[Path], count: int, seed: int) -> list[Trial]:
    """Choose prompts for which there is a text of every set of settings, and shuffle these.

    A prompt that was asked with several seeds is as many trials.

    Args:
        paths: JSONL files of texts.
        count: Trials at most.
        seed: Of the choice and the order.

    Raises:
        OSError: A file cannot be read.
        ValueError: There is no text, or a line is not one.
    """
    found: dict[tuple[str, int], dict[str, str]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            key = entry["prompt"], entry.get("seed", 0)
            found.setdefault(key, {})[entry["settings"]] = entry["text"]
    if not found:
        raise ValueError("there is no text")
    most = max(map(len, found.values()))
    dice = Random(seed)
    whole = [(key[0], list(texts.items())) for key, texts in found.items() if len(texts) == most]
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
    """Say what each set of settings was given: texts, on topic (1 and more), mean grade.

    Args:
        shown: What was read.
        lines: For a prompt its number, from 1 on, and a grade for each of its texts.

    Raises:
        ValueError: A line is not that.
    """
    given: dict[str, list[int]] = {}
    for line in filter(str.strip, lines):
        number, *grades = map(int, line.split())
        if not 1 <= number <= len(shown):
            raise ValueError(f"there is no prompt {number}: {line!r}")
        texts = shown[number - 1][1]
        if len(grades) != len(texts):
            raise ValueError(f"a grade for each of {len(texts)} texts is wanted: {line!r}")
        for (settings, _), grade in zip(texts, grades, strict=True):
            given.setdefault(settings, []).append(grade)
    for settings, grades in sorted(given.items(), key=lambda item: -mean(item[1])):
        on_topic = mean(grade >= 1 for grade in grades)
        yield f"{settings}: {len(grades)} texts, {on_topic:.0%} on topic, mean {mean(grades):.2f}"


def _grades_told(shown: Sequence[Trial], grades: Path) -> Iterator[str]:
    return revealed(shown, grades.read_text(encoding="utf-8").splitlines())


def _on_a_line(text: str) -> str:
    return text.replace("\n", "⏎")


if __name__ == "__main__":
    main()
