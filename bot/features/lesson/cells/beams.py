"""Beam search with five beams: what it finds beside greedy search, and without repeated pairs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import pairwise

from bot.features.continuation.remedy_words import loop_line
from bot.features.explorer.tree.chart import tree_chart
from bot.features.explorer.tree.words import tree_alt, tree_chart_of, tree_view
from bot.features.lesson.cell import Cell, CellResult, Lab
from bot.features.lesson.cells import beams_texts as texts
from bot.features.lesson.cells import texts as common
from bot.features.lesson.cells.compared import reason
from bot.features.lesson.cells.quoting import notes_on, paragraphs, quoted, small
from bot.features.lesson.cells.unicorns import DIGITS, UnicornCell, logprob_rows, write_whole
from bot.render.numbers import fixed, integer
from bot.render.word_list import masked
from bot.ui.picture_page import Picture
from engine import Completion, DecodingParams
from engine.explain import measure
from engine.notebook import facts

_BEAM = facts.written("beam")
_NGRAM = facts.written("beam_ngram")
BEAM = DecodingParams(strategy="beam", num_beams=_BEAM.num_beams)
NGRAM = replace(BEAM, no_repeat_ngram_size=_NGRAM.no_repeat_ngram_size)
_OWN_TOKENS = 48
_TEXT_LIMIT, _LONG_LIMIT = 60, 180
_ALIKE = 0.005
_FIRST_WINDOW = 1
"""The step in the middle of the first columns of the tree."""


class BeamCell(Cell):
    """Follows five texts at once."""

    key = "beam"
    title = "Haces (beam search) de 5"
    idea = "Greedy mira un paso; los haces siguen cinco textos a la vez y eligen el más probable."
    code = "out = model.generate(ids,\n    max_length=128,\n    num_beams=5)"
    question = "¿Qué rama iba la primera y no ganó?"
    own = replace(BEAM, max_new_tokens=_OWN_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Compare with greedy search, and draw the tree.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        (trace, room), (greedy, _) = await asyncio.gather(
            write_whole(lab, prompt, BEAM, texts.BEAM_LABEL),
            write_whole(lab, prompt, DecodingParams(), texts.GREEDY_LABEL, earlier=UnicornCell.key),
        )
        measures = measure(trace.completion)
        rows = logprob_rows(measures, "beam") if text is None else ()
        return CellResult(
            text=paragraphs(
                _against_greedy(measures.logprob, measure(greedy.completion).logprob),
                quoted(trace.completion.attempts[0], _TEXT_LIMIT),
                small(loop_line(trace.completion.attempts[0]) or "", room.note, *notes_on(trace)),
            ),
            rows=rows,
            why=reason(lab, rows, common.OTHER_WORDS),
            picture=await _tree(lab, masked(trace.completion)),
            traces=(trace, greedy),
        )


class NgramCell(Cell):
    """The same, with no pair of tokens twice."""

    key = "beam_ngram"
    title = "Haces sin repetir parejas"
    idea = (
        "Con `no_repeat_ngram_size=2` ninguna pareja de tokens puede salir dos veces: el bucle se "
        "rompe a la fuerza."
    )
    code = "out = model.generate(ids,\n  max_length=128, num_beams=5,\n  no_repeat_ngram_size=2)"
    question = "¿Qué nombre propio largo no podría salir dos veces con esta regla?"
    own = replace(NGRAM, max_new_tokens=_OWN_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Say what the rule costs.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        (trace, room), (free, _) = await asyncio.gather(
            write_whole(lab, prompt, NGRAM, texts.NGRAM_LABEL),
            write_whole(lab, prompt, BEAM, texts.BEAM_LABEL, earlier=BeamCell.key),
        )
        measures = measure(trace.completion)
        rows = logprob_rows(measures, "beam_ngram") if text is None else ()
        before, after = repeated_pairs(free.completion), repeated_pairs(trace.completion)
        cost = measure(free.completion).logprob - measures.logprob
        verdict = texts.NGRAM.format(before=_pairs(before), after=_pairs(after))
        return CellResult(
            text=paragraphs(
                verdict,
                texts.COST.format(cost=fixed(cost, DIGITS)) if cost > _ALIKE else texts.NO_COST,
                quoted(trace.completion.attempts[0], _LONG_LIMIT),
                small(room.note, *notes_on(trace)),
            ),
            rows=rows,
            why=reason(lab, rows, common.OTHER_WORDS),
            traces=(trace, free),
        )


def repeated_pairs(completion: Completion) -> int:
    """Count the new tokens that end a pair which was there before, the prompt's among them."""
    seen_before = len(completion.prompt_ids)
    ids = (*completion.prompt_ids, *completion.attempts[0].token_ids)
    pairs = list(pairwise(ids))
    seen = set(pairs[: max(0, seen_before - 1)])
    count = 0
    for pair in pairs[max(0, seen_before - 1) :]:
        count += pair in seen
        seen.add(pair)
    return count


def _pairs(count: int) -> str:
    if count < 2:
        return texts.PAIR if count else texts.NO_PAIR
    return texts.PAIRS.format(count=integer(count))


def _against_greedy(beam: float, greedy: float) -> str:
    """Say which of the two texts is more probable."""
    if abs(beam - greedy) < _ALIKE:
        return texts.ALIKE.format(beam=fixed(beam, DIGITS))
    template = texts.BETTER if beam > greedy else texts.WORSE
    return template.format(beam=fixed(beam, DIGITS), greedy=fixed(greedy, DIGITS))


async def _tree(lab: Lab, completion: Completion) -> Picture | None:
    """Draw the first steps of the search."""
    if completion.beams is None or not completion.beams.nodes:
        return None
    chart = tree_chart_of(tree_view(completion.beams, completion.params, 0, _FIRST_WINDOW))
    return await lab.picture(partial(tree_chart, chart), texts.PICTURE, tree_alt(chart))
