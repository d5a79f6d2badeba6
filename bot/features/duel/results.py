"""The texts of a duel with their names and measures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.features.duel import texts
from bot.features.duel.verdict import Verdict, verdict_of
from bot.jobs.duel_ids import place_of
from bot.render.markdown import clip
from bot.render.numbers import integer
from bot.render.settings import number_text
from bot.render.tokens import visible
from bot.storage.records import StoredReply
from bot.styles import ALL_STYLES, AUTHORS
from bot.texts.filters import FILTERS
from bot.texts.options import STRATEGY_NAMES
from engine import Attempt, DecodingParams, GenerationRequest
from engine.control_codes import split_code
from engine.explain import Measures, measure

READ_LIMIT = 1000
"""Characters of a text that are looked at for a line of it."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One strategy's text with its measures.

    Attributes:
        label: Name of the strategy, at most 12 columns.
    """

    reply: StoredReply
    measures: Measures
    label: str

    @property
    def attempt(self) -> Attempt:
        """The text."""
        return self.reply.completion.attempts[0]

    @property
    def verdict(self) -> Verdict:
        """How it reads."""
        return verdict_of(self.measures)

    @property
    def place(self) -> int:
        """Its 0-based place in the duel."""
        return place_of(self.reply.reply_id)


def results_of(replies: Sequence[StoredReply]) -> tuple[Result, ...]:
    """Measure a duel's texts. Long ones take milliseconds each: not for the event loop."""
    return tuple(
        Result(
            reply=reply,
            measures=measure(reply.completion),
            label=request_name(replace(reply.request, params=reply.completion.params)),
        )
        for reply in replies
        if reply.completion.attempts
    )


def request_name(request: GenerationRequest) -> str:
    """Name what a request is written with: a code of CTRL, a style or a strategy."""
    code, _ = split_code(request.prompt)
    if request.style == AUTHORS and code is not None:
        return code
    return name_of(request.style, request.params)


def name_of(style: str | None, params: DecodingParams) -> str:
    """Name a contestant: by its style, else by what sets its strategy apart; 12 columns at most."""
    if style is not None and style in ALL_STYLES:
        return ALL_STYLES[style].label
    params = params.resolved()
    if params.strategy == "sample_and_rank":
        return texts.BEST_OF.format(count=integer(params.attempts))
    if params.strategy == "sample":
        return _sample_name(params)
    name = STRATEGY_NAMES[params.strategy]
    if params.strategy == "beam" and params.no_repeat_ngram_size:
        return texts.BEAMS_NGRAM.format(beams=name, size=params.no_repeat_ngram_size)
    return name


def in_full(names: Iterable[str]) -> tuple[str, ...]:
    """Say «haces (beam search)» where the name comes first; the others stay as they are."""
    beams, is_said, said = STRATEGY_NAMES["beam"], False, []
    for name in names:
        is_first = name == beams and not is_said
        is_said = is_said or is_first
        said.append(texts.BEAMS_IN_FULL.format(name=name) if is_first else name)
    return tuple(said)


def one_line(text: str) -> str:
    """Join the lines of a text, as far as it is looked at."""
    return " ".join(text[:READ_LIMIT].split())


def option_text(attempt: Attempt, limit: int) -> str | None:
    """Write the start of a text for a menu, which knows no Markdown; None without text."""
    return clip(visible(one_line(attempt.text)), limit) or None


def _sample_name(params: DecodingParams) -> str:
    neutral = DecodingParams()
    for field in texts.NAMED_BY:
        value = getattr(params, field)
        if value != getattr(neutral, field):
            return FILTERS[field].label.format(value=number_text(value))
    return texts.TEMPERATURE.format(value=number_text(params.temperature))
