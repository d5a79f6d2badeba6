"""The message of a program: a code block, and what of it a model has invented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.features.continuation import texts as continuation_texts
from bot.features.continuation.words import (
    MODEL_LIMIT,
    Screen,
    attempt_label,
    ending_of,
    progress_text,
)
from bot.render.frame import NOTE, SMALL, Frame
from bot.render.markdown import CONTENT_LIMIT, clip, length, sendable
from bot.render.model_names import model_info
from bot.render.numbers import fixed, integer
from bot.render.style import style_text
from bot.storage.records import StoredReply
from bot.texts import programs as texts
from engine import Attempt, DecodingParams, Engine, GenerationRequest, Progress
from engine.program_gaps import split_gap_prompt

_FENCE = "```"
_BROKEN_FENCE = "`\u200b`\u200b`"
_RESERVE = 120
_CUT = "…\n"
_LANGUAGES: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"^\s*(?:async\s+)?(?:def|class)\b.*:|^\s*(?:from \S+ )?import \w", re.M),
    "go": re.compile(r"^\s*func\b|^package \w", re.M),
    "rust": re.compile(r"\bfn \w+\s*[(<]|\blet mut\b"),
    "java": re.compile(r"\b(?:public|private|static)\b[^;]*[({]"),
    "cpp": re.compile(r"^\s*#include\b|\bstd::", re.M),
    "js": re.compile(r"\bfunction\b|=>|\b(?:const|let|var) \w"),
}


@dataclass(frozen=True, kw_only=True)
class _Program:
    """A program of two hands.

    Attributes:
        before: Of a person.
        written: Of a model.
        behind: Of the person again, where there was a gap.
        has_gap: Whether there was one.
    """

    before: str
    written: str
    behind: str = ""
    has_gap: bool = False

    @property
    def text(self) -> str:
        return sendable(self.before + self.written + self.behind)


def is_program(engine: Engine, request: GenerationRequest) -> bool:
    """Tell whether what answers a request is shown as a program."""
    if request.ends_with is not None or split_gap_prompt(request.prompt) is not None:
        return True
    info = model_info(engine, request.model)
    return info is not None and info.writes == "code"


def program_screen(reply: StoredReply, frame: Frame, index: int | None, model_name: str) -> Screen:
    """Lay out one suggestion of a finished reply; equal ones are shown once.

    Args:
        reply: With at least one attempt.
        frame: What stands around the text.
        index: 0-based suggestion; None for the first.
        model_name: The model's shown name, as Markdown.
    """
    numbers = _different(reply)
    index = min(max(index or 0, 0), len(numbers) - 1)
    number = numbers[index]
    attempt = reply.completion.attempts[number]
    program = _program_of(frame, attempt.text)
    lines = _below(reply, attempt, frame, program, model_name)
    block, is_whole = _block(program, CONTENT_LIMIT - length(lines) - _RESERVE)
    notice = "" if is_whole else f"\n{SMALL}{texts.IN_FILE}"
    return Screen(
        content=block + lines + notice,
        attempt=number,
        index=index,
        count=len(numbers),
        label=attempt_label(index, len(numbers)),
        file_text=None if is_whole else program.before + program.written + program.behind,
    )


def running_program(frame: Frame, progress: Progress, params: DecodingParams) -> str:
    """Show the program so far: its end, where it is long. Of several, only how far they are."""
    text = progress.text.rstrip() if params.queue_places == 1 else ""
    line = f"\n{SMALL}{progress_text(progress, params)}"
    block, _ = _block(_program_of(frame, text), CONTENT_LIMIT - length(line) - _RESERVE)
    return block + line


def _different(reply: StoredReply) -> list[int]:
    """Return the attempts that say something else than those before them."""
    attempts = reply.completion.attempts
    if reply.kept is not None:
        return [reply.kept]
    seen: dict[str, int] = {}
    for number, attempt in enumerate(attempts):
        seen.setdefault(attempt.text.strip(), number)
    return list(seen.values())


def _program_of(frame: Frame, written: str) -> _Program:
    gap = split_gap_prompt(frame.prompt + frame.prefix)
    if gap is None:
        return _Program(before=frame.prompt + frame.prefix, written=written.rstrip())
    before, behind, filled = gap
    return _Program(before=before, written=filled + written, behind=behind, has_gap=True)


def _block(program: _Program, limit: int) -> tuple[str, bool]:
    """Write a code block, and tell whether it has the whole program, sign by sign."""
    text = program.text.strip("\n")
    head, tail = f"{_FENCE}{_language(text)}\n", f"\n{_FENCE}"
    safe = text.replace(_FENCE, _BROKEN_FENCE) or " "
    room = limit - length(head) - length(tail)
    if length(safe) > room:
        safe = _end_of(safe, room)
    return head + safe + tail, safe == text


def _end_of(text: str, room: int) -> str:
    """Keep as many whole lines of the end as fit; of one line, its beginning."""
    lines: list[str] = []
    left = room - length(_CUT)
    for line in reversed(text.split("\n")):
        left -= length(line) + 1
        if left < 0:
            break
        lines.append(line)
    return _CUT + "\n".join(reversed(lines)) if lines else clip(text, room)


def _language(text: str) -> str:
    return next((name for name, pattern in _LANGUAGES.items() if pattern.search(text)), "")


def _below(
    reply: StoredReply, attempt: Attempt, frame: Frame, program: _Program, model_name: str
) -> str:
    done = reply.completion
    first = _line_of(program.before)
    last = _line_of((program.before + program.written).rstrip("\n"))
    template = texts.INVENTED_FROM
    if program.has_gap:
        template = texts.FILLED if first == last else texts.FILLED_LINES
    model = clip(model_name, MODEL_LIMIT)
    who = template.format(
        line=integer(first), first=integer(first), last=integer(max(first, last)), model=model
    )
    ending = ending_of(done, attempt)
    said = texts.ENDINGS.get(ending) or continuation_texts.STOPPED.get(ending)
    mean = attempt.mean_logprob
    how = [] if mean is None else [texts.MEAN.format(mean=fixed(mean, 2))]
    how += [said] if said else []
    seed = continuation_texts.SEED.format(seed=done.seed)
    lines = [
        SMALL + who,
        SMALL + " · ".join([style_text(reply.request.style, done.params), seed, *how]),
        *(NOTE + note for note in frame.notes),
    ]
    if not program.written.strip():
        lines.insert(0, SMALL + continuation_texts.NOTHING_WRITTEN)
    if done.truncated_tokens:
        count = integer(done.truncated_tokens)
        lines.append(SMALL + continuation_texts.TRUNCATED.format(count=count))
    return "".join(f"\n{line}" for line in lines)


def _line_of(text: str) -> int:
    """Return the 1-based line of a program at which a text ends."""
    return text.lstrip("\n").count("\n") + 1
