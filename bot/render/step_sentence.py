"""The Spanish sentences that say why a step's token came out."""

from __future__ import annotations

from bot.render.joining import joined
from bot.render.numbers import decimal, fixed, integer, percent
from bot.render.step import StepView
from bot.texts import step as texts
from engine import BeamTree, DecodingParams, Draw, Stage, Step

WORD_LIST = "bad_words"
PLAIN_TEXT = "plain_text"
NEVER_WRITTEN = "bad_words_ids"
SAME_LETTERS = "same_letters"
BANS = (
    "no_repeat_ngram_size",
    WORD_LIST,
    NEVER_WRITTEN,
    SAME_LETTERS,
    "min_new_tokens",
    "whole_word_start",
    PLAIN_TEXT,
)
"""Filters that forbid single tokens; the others keep the best ones."""
_NOT_FILTERS = ("vocabulary", "draw")
_SELDOM_FELT = (PLAIN_TEXT, NEVER_WRITTEN, SAME_LETTERS)
_INTERVAL_DIGITS = range(3, 13)
_LEAST_SHARE = 1e-3
"""What these, or the word list, remove has to be this much of the chances to be told."""


def vocabulary_size(step: Step) -> int:
    """Return how many tokens the distribution was over."""
    return len(step.candidates) + step.rest.count


def filters(step: Step) -> tuple[Stage, ...]:
    """Return the stages between the whole vocabulary and the draw that matter at this step.

    Some remove something at every step, but seldom anything that could have come out.
    """
    return tuple(
        stage
        for stage in every_filter(step)
        if stage.name not in _SELDOM_FELT or stage.mass_removed >= _LEAST_SHARE
    )


def every_filter(step: Step) -> tuple[Stage, ...]:
    """Return all stages between the whole vocabulary and the draw.

    The installation's word list is among them only where it mattered: nobody asked for it.
    """
    return tuple(
        stage
        for stage in step.stages
        if stage.name not in _NOT_FILTERS
        and (stage.name != WORD_LIST or stage.mass_removed >= _LEAST_SHARE)
    )


def cut_names(step: Step, params: DecodingParams) -> str:
    """Name the filters that removed tokens: «top-k 50 y top-p 0,9», or ""."""
    return names_of(tuple(stage for stage in filters(step) if stage.tokens_removed), params)


def explanation(view: StepView) -> str:
    """Say the token's raw chance, what the filters did to it and what chose it."""
    step, params = view.current, view.completion.params
    parts = [_raw_sentence(step), _filter_sentence(step, params)]
    if step.draw is not None:
        parts.append(die_sentence(step.draw))
    elif params.is_beam:
        parts.append(_beam_sentence(view))
    elif step.contrast:
        parts.append(_contrast_sentence(step, params))
    elif params.strategy == "greedy":
        parts.append(texts.GREEDY_LEFT if filters(step) else texts.GREEDY_FIRST)
    return " ".join(part for part in parts if part)


def _raw_sentence(step: Step) -> str:
    chosen = step.chosen_candidate
    template = texts.RAW if filters(step) else texts.RAW_ALONE
    return template.format(
        raw=percent(chosen.raw_prob),
        rank=integer(chosen.raw_rank),
        vocabulary=integer(vocabulary_size(step)),
    )


def _filter_sentence(step: Step, params: DecodingParams) -> str:
    active = filters(step)
    if not active:
        return texts.UNFILTERED if params.is_sampled else ""
    reshaping = names_of(tuple(s for s in active if s.kind == "reshape"), params)
    clauses = _clauses(tuple(s for s in active if s.kind == "cut"), params)
    lead = texts.RESHAPED_BY.format(names=reshaping) if reshaping else ""
    body = ", ".join(part for part in (lead, *clauses) if part)
    joint = texts.AND if clauses else " "
    return _capitalised(f"{body}{joint}{_outcome(step)}.")


def _capitalised(sentence: str) -> str:
    if sentence.startswith(texts.LOWER_CASE_NAMES):
        return sentence
    return sentence[0].upper() + sentence[1:]


def _clauses(cuts: tuple[Stage, ...], params: DecodingParams) -> list[str]:
    bans = tuple(s for s in cuts if s.name in BANS and s.tokens_removed)
    keepers = tuple(s for s in cuts if s.name not in BANS and s.tokens_removed)
    if cuts and not bans and not keepers:
        template = texts.UNCUT_ONE if len(cuts) == 1 else texts.UNCUT_MANY
        return [template.format(names=names_of(cuts, params))]
    clauses = []
    if bans:
        template = texts.BANNED_ONE if _is_singular(bans) else texts.BANNED_MANY
        count = sum(stage.tokens_removed for stage in bans)
        removed = _candidates(count, one=texts.CANDIDATE)
        clauses.append(template.format(names=names_of(bans, params), count=removed))
    if keepers:
        template = texts.KEPT_ONE if len(keepers) == 1 else texts.KEPT_MANY
        kept = _candidates(keepers[-1].tokens_kept, one=texts.CANDIDATE_LEFT)
        clauses.append(template.format(names=names_of(keepers, params), kept=kept))
    return clauses


def _is_singular(stages: tuple[Stage, ...]) -> bool:
    return len(stages) == 1 and stages[0].name != WORD_LIST


def _candidates(count: int, *, one: str) -> str:
    return one if count == 1 else texts.CANDIDATES.format(count=integer(count))


def _outcome(step: Step) -> str:
    chosen = step.chosen_candidate
    raw, final = percent(chosen.raw_prob), percent(chosen.final_prob)
    if raw == final:
        return texts.STAYED.format(final=final)
    template = texts.ROSE if chosen.final_prob > chosen.raw_prob else texts.FELL
    return template.format(final=final)


def names_of(stages: tuple[Stage, ...], params: DecodingParams) -> str:
    """Name filters as the user knows them, with their values: «top-k 50 y top-p 0,9»."""
    names = [stage_name(stage.name, params) for stage in stages]
    return joined(names)


def stage_name(name: str, params: DecodingParams) -> str:
    """Name a filter as the user knows it, with its value: «top-k 50»."""
    template = texts.STAGES.get(name, name)
    value = getattr(params, name, None)
    number = ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = decimal(value, digits=4)
    return template.format(value=number)


def die_sentence(draw: Draw) -> str:
    """Say the die and its stretch."""
    u, low, high = die_numbers(draw)
    return texts.DIE.format(u=u, low=low, high=high)


def die_numbers(draw: Draw, *same: Draw) -> tuple[str, str, str]:
    """Write the die and the ends of its stretch: «0,553», «0,500», «0,590».

    Args:
        draw: A throw.
        *same: The same throw under other settings. There are as many decimals as it takes to see
            that it fell inside each stretch.
    """
    for digits in _INTERVAL_DIGITS:
        # All have one digit before the comma, so their texts sort as the numbers do.
        if all(_is_seen_inside(one, digits) for one in (draw, *same)):
            break
    return fixed(draw.u, digits), fixed(draw.low, digits), fixed(draw.high, digits)


def _is_seen_inside(draw: Draw, digits: int) -> bool:
    return fixed(draw.low, digits) <= fixed(draw.u, digits) < fixed(draw.high, digits)


def _contrast_sentence(step: Step, params: DecodingParams) -> str:
    term = next(term for term in step.contrast if term.token_id == step.chosen)
    return texts.CONTRAST.format(
        count=integer(len(step.contrast)),
        score=fixed(term.score, 3),
        share=percent(1.0 - params.penalty_alpha),
        confidence=percent(term.confidence),
        alpha=percent(params.penalty_alpha),
        penalty=fixed(term.penalty, 3),
    )


def _beam_sentence(view: StepView) -> str:
    place = (
        texts.BEAM_WINNER if view.attempt == 0 else texts.BEAM_OTHER.format(place=view.attempt + 1)
    )
    params = view.completion.params
    template = beam_template(params, texts.BEAM, texts.BEAM_SAMPLE, texts.BEAM_GROUPS)
    sentence = template.format(beams=params.num_beams, groups=params.num_beam_groups, place=place)
    standing = beam_standing(view.completion.beams, view.attempt, view.step)
    if standing is not None:
        sentence += " " + texts.BEAM_RANK.format(rank=standing[0], kept=standing[1])
    return sentence


def beam_template(params: DecodingParams, plain: str, drawn: str, grouped: str) -> str:
    """Return the one of three texts that speaks of this kind of beam search."""
    if params.strategy == "diverse_beam":
        return grouped
    return drawn if params.is_sampled else plain


def beam_standing(tree: BeamTree | None, attempt: int, step: int) -> tuple[int, int] | None:
    """Return the rank of an attempt's path at a step, and among how many, or None if unknown."""
    if tree is None or attempt >= len(tree.winners):
        return None
    path, index = [], tree.winners[attempt]
    while True:
        node = tree.nodes[index]
        path.append(node)
        if node.parent is None:
            break
        index = node.parent
    here = next((node for node in path if node.step == step), None)
    if here is None:
        return None
    alive = [n for n in tree.nodes if n.step == step and n.status != "pruned"]
    rank = 1 + sum(node.score > here.score for node in alive)
    return rank, len(alive)
