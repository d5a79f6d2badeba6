"""What a strategy cannot do without, what is taken when nobody has said it, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.texts import options as texts
from engine import DecodingParams

BEAMS_WHEN_UNSAID = 5
SAMPLES_WHEN_UNSAID = 5
CANDIDATES_WHEN_UNSAID = 4
ALPHA_WHEN_UNSAID = 0.6
DIVERSITY_WHEN_UNSAID = 1.0
NEEDED: Mapping[str, tuple[tuple[str, int | float | str, str], ...]] = MappingProxyType(
    {
        "beam": (("num_beams", BEAMS_WHEN_UNSAID, texts.BEAMS_UNSAID),),
        "beam_sample": (("num_beams", BEAMS_WHEN_UNSAID, texts.BEAMS_UNSAID),),
        "contrastive": (
            ("top_k", CANDIDATES_WHEN_UNSAID, texts.CANDIDATES_UNSAID),
            ("penalty_alpha", ALPHA_WHEN_UNSAID, texts.ALPHA_UNSAID),
        ),
        # What the line under a reply says anyway needs no sentence of its own.
        "diverse_beam": (
            ("num_beams", BEAMS_WHEN_UNSAID, texts.BEAMS_UNSAID),
            ("num_beam_groups", "num_beams", ""),
            ("diversity_penalty", DIVERSITY_WHEN_UNSAID, ""),
            ("attempts", "num_beam_groups", texts.GROUP_ATTEMPTS_UNSAID),
        ),
        "sample_and_rank": (("attempts", SAMPLES_WHEN_UNSAID, texts.SAMPLES_UNSAID),),
    }
)
"""Strategy → the fields that it needs: name, value when unsaid or the field that has it, and what
is said, if anything."""


def with_possible_groups(
    asked: DecodingParams, call: Mapping[str, object]
) -> tuple[DecodingParams, tuple[str, ...]]:
    """Make groups of equally many beams, rather more of them than fewer.

    Returns:
        The settings, and a sentence where the call named what does not fit.
    """
    beams, groups = asked.num_beams, asked.num_beam_groups
    if asked.resolved().strategy != "diverse_beam" or beams % groups == 0:
        return asked, ()
    possible = next(n for n in range(min(groups, beams), beams + 1) if beams % n == 0)
    note = texts.EQUAL_GROUPS.format(beams=beams, asked=groups, possible=possible)
    is_named = not call.keys().isdisjoint(("strategy", "num_beams", "num_beam_groups"))
    return replace(asked, num_beam_groups=possible), (note,) if is_named else ()


def with_possible_attempts(
    params: DecodingParams, call: Mapping[str, object]
) -> tuple[DecodingParams, tuple[str, ...]]:
    """Give no more attempts than the strategy has texts.

    Returns:
        The settings, and a sentence where the call named more.
    """
    if "attempts" in params.ignored:
        strategy = texts.STRATEGY_NAMES[params.strategy]
        limit, note = 1, texts.ONE_ATTEMPT.format(strategy=strategy)
    elif params.is_beam:
        limit, note = params.num_beams, texts.BEAM_ATTEMPTS.format(beams=params.num_beams)
    else:
        return params, ()
    if params.attempts <= limit:
        return params, ()
    return replace(params, attempts=limit), (note,) if "attempts" in call else ()
