"""One step of a stored reply in words: where it stands, its title and its line of doubt."""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass

from bot.render.markdown import CUT_START, ELLIPSIS, clip, escape, shorten_start
from bot.render.numbers import decimal, fixed, integer
from bot.render.tokens import glyphs, is_mark, isolated, plain
from bot.texts import step as texts
from engine import Completion, Step

QUOTED_WORDS = 12
"""On either side of the step."""
FEW_WORDS = 3
"""On a page that has little room."""
BEFORE_LIMIT = 200
AFTER_LIMIT = 120
TOKEN_LIMIT = 32
_HAIR_SPACE = "\u200a"
_BYTE_TOKENS = re.compile(r"((?:⟨[0-9A-F]{2}⟩)+)")


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One step on the screen.

    Attributes:
        before: The text before the first step, as it may be shown.
        attempt: 0-based index in `completion.attempts`.
        step: 0-based index in the attempt's steps.
        candidates: How many candidates are listed.
    """

    before: str
    completion: Completion
    attempt: int
    step: int
    candidates: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the attempt."""
        return self.completion.attempts[self.attempt].steps

    @property
    def current(self) -> Step:
        """The step that is shown."""
        return self.steps[self.step]


def surprisal(step: Step) -> float:
    """Return the bits of surprise, infinite for a token that the model rules out."""
    return math.inf if step.surprisal_bits is None else step.surprisal_bits


def token_label(text: str) -> str:
    """Return a token with visible spaces, short enough for a title or a menu; not escaped."""
    return isolated(clip(plain(glyphs(text)), TOKEN_LIMIT))


def passage(view: StepView, words: int = QUOTED_WORDS) -> str:
    """Return the text around the step on one line, with its token in bold.

    Args:
        view: The step.
        words: On either side, at most.
    """
    chosen_texts = [step.chosen_candidate.text for step in view.steps]
    before, chosen, after = (
        chosen_texts[: view.step],
        chosen_texts[view.step],
        chosen_texts[view.step + 1 :],
    )
    is_ended = view.completion.attempts[view.attempt].finish_reason == "eos"
    if is_ended and after and is_mark(after[-1]):
        after = after[:-1]
    written = shorten_start(
        _last_words(_one_line(view.before + join_tokens(before)), words), BEFORE_LIMIT
    )
    # The end of a character that begins in the chosen token shows as a replacement character.
    following = clip(
        _first_words(_one_line(join_tokens(after).lstrip("\ufffd")), words), AFTER_LIMIT
    )
    return f"{escape(written)}{_bold(chosen, written[-1:], following[:1])}{escape(following)}"


def doubt(step: Step) -> str:
    """Return the small line about entropy and surprisal."""
    line = texts.DOUBT.format(
        bits=bits_text(step.entropy_bits), choices=_choices(step.entropy_bits)
    )
    if round(step.final_entropy_bits, 1) != round(step.entropy_bits, 1):
        line += texts.DOUBT_FINAL.format(bits=bits_text(step.final_entropy_bits))
    surprise = texts.SURPRISE.format(bits=bits_text(surprisal(step)))
    return f"{line} · {surprise}"


def bits_text(bits: float) -> str:
    """Write a number of bits: «3,6», «2,0», «∞»."""
    return fixed(bits, 1)


def join_tokens(token_texts: list[str]) -> str:
    """Join tokens into text; bytes shown as ⟨C3⟩ become characters where they are complete.

    An incomplete last character is left out, as the engine does.
    """
    data = b"".join(token_bytes(text) for text in token_texts)
    return codecs.getincrementaldecoder("utf-8")(errors="replace").decode(data)


def token_bytes(text: str) -> bytes:
    """Return what a token adds to a text; bytes shown as ⟨C3⟩ are those bytes."""
    parts = _BYTE_TOKENS.split(text)
    return b"".join(
        bytes.fromhex(part[1:-1].replace("⟩⟨", " "))
        if _BYTE_TOKENS.fullmatch(part)
        else part.encode("utf-8", errors="ignore")
        for part in parts
    )


def _bold(token: str, before: str, after: str) -> str:
    """Bold a token, its leading space outside unless it is all that there is to see.

    Args:
        token: Its exact text.
        before: The character before it, if any.
        after: The character after it, if any.
    """
    body = token.lstrip(" ")
    lead = token[: len(token) - len(body)]
    if not body or plain(glyphs(body)) != body:
        lead, body = "", token_label(token)
    body = clip(body, TOKEN_LIMIT)
    left = "" if lead else _gap(body[0], before)
    return f"{lead}{left}**{escape(body)}**{_gap(body[-1], after)}"


def _gap(edge: str, neighbour: str) -> str:
    """Return a hair space where CommonMark would not see asterisks as the edge of bold text."""
    return "" if edge.isalnum() or not neighbour.strip() else _HAIR_SPACE


def _last_words(text: str, most: int) -> str:
    left_out, *words = text.rsplit(None, most) or [""]
    if len(words) < most or not left_out.strip():
        return text
    return CUT_START.rstrip() + text[len(left_out) :]


def _first_words(text: str, most: int) -> str:
    *words, left_out = text.split(None, most) or [""]
    if len(words) < most:
        return text
    return text[: len(text) - len(left_out)].rstrip() + ELLIPSIS


def _one_line(text: str) -> str:
    return " ⏎ ".join(line.strip("\r") for line in text.split("\n"))


def _choices(bits: float) -> str:
    count = 2.0**bits
    return decimal(count, digits=1) if count < 9.95 else integer(round(count))
