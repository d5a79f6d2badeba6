"""The verdict of a step as a heading, and the one sentence or two that say why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.features.explorer.step import texts
from bot.features.explorer.step.labels import Labels, spoken
from bot.features.explorer.step.verdict import SURE, Decision, Verdict
from bot.render.chances import CERTAIN, times_of
from bot.render.markdown import escape
from bot.render.step import StepView, surprisal
from bot.render.step_sentence import (
    BANS,
    WORD_LIST,
    beam_template,
    cut_names,
    filters,
    names_of,
    stage_name,
)
from bot.render.written_words import WrittenWord, is_forced
from engine import Candidate, Stage

_TEMPERATURE = "temperature"
_PENALTIES = ("repetition_penalty", "diversity_penalty")

_HEADINGS = {
    Verdict.GIVEN: texts.GIVEN,
    Verdict.FORCED: texts.FORCED,
    Verdict.SURE: texts.SURE,
    Verdict.TOGETHER: texts.TOGETHER,
    Verdict.CONTRAST: texts.CONTRAST,
    Verdict.FAVOURITE: texts.FAVOURITE,
    Verdict.LUCK: texts.LUCK,
}


def verdict_text(found: Decision, labels: Labels, *, is_own: bool = False) -> str:
    """Return the verdict as plain text.

    Args:
        found: The verdict.
        labels: Name the tokens of the step.
        is_own: Whether only the author of the text reads it.
    """
    word = labels.chosen
    if found.verdict is Verdict.GIVEN and is_own:
        return texts.GIVEN_OWN.format(word=word)
    if found.verdict is Verdict.FORCED and is_forced(labels.view.current):
        return texts.FORCED_BY_MODEL.format(word=word)
    if found.verdict is Verdict.TIE:
        first, second = _tied(found)
        names = [labels.chosen if c is found.chosen else labels.of(c) for c in (first, second)]
        return texts.TIE.format(first=names[0], second=names[1], and_=_and(names[1]))
    if found.verdict is Verdict.FILTER:
        is_cut = found.favourite.removed_by is not None
        template = texts.FILTER_REMOVED if is_cut else texts.FILTER_LOWERED
        return template.format(word=word)
    return _HEADINGS[found.verdict].format(word=word)


def heading(verdict: str) -> str:
    """Return the verdict as the page's heading."""
    return texts.HEADING.format(verdict=escape(verdict))


def why(view: StepView, found: Decision, labels: Labels, *, is_own: bool = False) -> str:
    """Say why, in a sentence or two; see `verdict_text`."""
    is_own_word = found.verdict is Verdict.GIVEN and is_own
    said = _given(found, texts.SAY_GIVEN_OWN) if is_own_word else _why(view, found, labels)
    return " ".join(part for part in (said, _pieces(view, labels)) if part)


def _why(view: StepView, found: Decision, labels: Labels) -> str:
    tell: Callable[[StepView, Decision, Labels], str] = {
        Verdict.GIVEN: _forced,
        Verdict.FORCED: _forced,
        Verdict.SURE: _sure,
        Verdict.TOGETHER: _together,
        Verdict.CONTRAST: _contrast,
        Verdict.FILTER: _filtered,
        Verdict.TIE: _tie,
        Verdict.FAVOURITE: _favourite,
        Verdict.LUCK: _luck,
    }[found.verdict]
    return tell(view, found, labels)


def _forced(view: StepView, found: Decision, _labels: Labels) -> str:
    if found.verdict is Verdict.FORCED and is_forced(view.current):
        template = texts.SAY_FORCED_LAST if view.step else texts.SAY_FORCED_FIRST
        return template.format(often=times_of(found.chosen.raw_prob))
    return _given(found, texts.SAY_GIVEN if found.verdict is Verdict.GIVEN else texts.SAY_FORCED)


def _given(found: Decision, template: str) -> str:
    final = found.chosen.final_prob
    alone = texts.ALONE.format(often=times_of(final)) if final else texts.ALONE_NEVER
    return template.format(alone=alone)


def _contrast(_view: StepView, found: Decision, labels: Labels) -> str:
    return texts.SAY_CONTRAST.format(first=_said(labels, found.first))


def _sure(view: StepView, found: Decision, labels: Labels) -> str:
    word, comes = _told(labels.chosen), _comes(view, found.chosen)
    left = filters(view.current)
    if left and left[-1].tokens_kept == 1:
        names = cut_names(view.current, view.completion.params)
        if names:
            return texts.SAY_ONLY_ONE.format(names=_capitalised(names), word=word)
    if found.chosen.raw_prob < SURE:
        return texts.SAY_SURE_AFTER.format(word=word, comes=comes)
    return texts.SAY_SURE.format(word=word, comes=comes)


def _together(view: StepView, found: Decision, labels: Labels) -> str:
    params = view.completion.params
    template = beam_template(
        params, texts.SAY_TOGETHER, texts.SAY_TOGETHER_DRAWN, texts.SAY_TOGETHER_GROUPS
    )
    place = (
        texts.PLACE_WON if view.attempt == 0 else texts.PLACE_OTHER.format(place=view.attempt + 1)
    )
    said = template.format(beams=params.num_beams, groups=params.num_beam_groups, place=place)
    if found.first is found.chosen:
        return f"{said} {texts.HERE_FIRST.format(word=_told(labels.chosen))}"
    return f"{said} {texts.HERE_NOT_FIRST.format(first=_said(labels, found.first))}"


def _filtered(view: StepView, found: Decision, labels: Labels) -> str:
    left = texts.OF_THE_LEFT.format(word=_told(labels.chosen), comes=_comes(view, found.chosen))
    return f"{_lost_favourite(view, found, labels, texts.SAY_FILTER_REMOVED)} {left}"


def _lost_favourite(view: StepView, found: Decision, labels: Labels, removed: str) -> str:
    """Say what removed or lowered the favourite."""
    by, params = found.favourite.removed_by, view.completion.params
    favourite = _said(labels, found.favourite)
    if by == WORD_LIST:
        return texts.SAY_FILTER_BANNED
    if by is not None:
        return removed.format(
            favourite=favourite, verb=texts.REMOVED_IT, names=stage_name(by, params)
        )
    stages = _lowering(view)
    verb = texts.LOWERED_IT if len(stages) == 1 else texts.LOWERED_IT_MANY
    return texts.SAY_FILTER_LOWERED.format(
        favourite=favourite, verb=verb, names=names_of(stages, params)
    )


def _lowering(view: StepView) -> tuple[Stage, ...]:
    """Return the stages that changed the order: the penalties, else any; temperature keeps it."""
    reshaping = [s for s in filters(view.current) if s.kind == "reshape" and s.name != _TEMPERATURE]
    return tuple(s for s in reshaping if s.name in _PENALTIES) or tuple(reshaping)


def _tie(view: StepView, found: Decision, labels: Labels) -> str:
    first, second = _tied(found)
    said = texts.SAY_TIE.format(
        first=_said(labels, first),
        comes=_comes(view, first),
        second=_said(labels, second),
        often_second=times_of(second.final_prob),
    )
    return f"{said} {_chooser(view)}".strip()


def _favourite(view: StepView, found: Decision, labels: Labels) -> str:
    said = [texts.SAY_FAVOURITE.format(comes=_comes(view, found.chosen))]
    if found.rival is not None:
        often = times_of(found.rival.final_prob)
        said.append(texts.NEXT_ONE.format(rival=_said(labels, found.rival), often=often))
    if view.current.draw is None:
        said.append(_chooser(view))
    return " ".join(part for part in said if part)


def _luck(view: StepView, found: Decision, labels: Labels) -> str:
    said = texts.SAY_LUCK.format(
        first=_said(labels, found.first),
        often_first=times_of(found.first.final_prob),
        word=_told(labels.chosen),
        often=times_of(found.chosen.final_prob),
    )
    if found.favourite.removed_by in {None, *BANS}:
        return said
    return f"{said} {_lost_favourite(view, found, labels, texts.ALSO_REMOVED)}"


def _comes(view: StepView, candidate: Candidate) -> str:
    """Say how often a candidate comes out; where no die is thrown, what it had."""
    chance = candidate.final_prob
    is_drawn = view.current.draw is not None or chance >= CERTAIN
    return (texts.COMES if is_drawn else texts.HAD).format(often=times_of(chance))


def _chooser(view: StepView) -> str:
    if view.current.draw is not None:
        return texts.BY_DIE
    return texts.BY_ORDER if view.completion.params.strategy == "greedy" else ""


def _tied(found: Decision) -> tuple[Candidate, Candidate]:
    """Return the two that are nearly as likely, the likelier first."""
    if found.first is not found.chosen or found.rival is None:
        return found.first, found.chosen
    return found.chosen, found.rival


def _pieces(view: StepView, labels: Labels) -> str:
    """Say which piece of which word a token is, and where the surprise of the word is."""
    word = labels.word
    count = word.stop - word.start
    if count == 1:
        return ""
    name = _told(spoken(word.text, ""))
    place = view.step - word.start
    if place:
        return texts.PIECE_LATER.format(place=place + 1, count=count, word=name)
    said = texts.PIECE_OF.format(word=name)
    worst = _worst(view, word)
    if worst == view.step:
        return said
    piece = labels.at(worst)
    return f"{said} {texts.SURPRISE_LATER.format(piece=_told(piece))}"


def _worst(view: StepView, word: WrittenWord) -> int:
    return max(range(word.start, word.stop), key=lambda i: (surprisal(view.steps[i]), -i))


def _said(labels: Labels, candidate: Candidate) -> str:
    return _told(labels.of(candidate))


def _told(label: str) -> str:
    """Make a word stand out: bold, and in quotes where it is a sign that would be lost."""
    has_letters = any(char.isalnum() for char in label)
    return f"**{escape(label)}**" if has_letters else f"«{escape(label)}»"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _and(word: str) -> str:
    """Return «y», or «e» before the sound of an i: «e Inés», but «y hielo»."""
    plain = unicodedata.normalize("NFD", word.casefold())
    is_i = re.match("i|hi(?![ae])", plain) is not None
    return texts.AND_BEFORE_I if is_i else texts.AND
