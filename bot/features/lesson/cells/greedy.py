"""Greedy search: by hand, step by step, and then by the engine in one go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.features.explorer.files.notebook import NotebookRow, notebook_alt, notebook_rows
from bot.features.lesson.cell import Cell, CellResult, Lab, Row
from bot.features.lesson.cells import greedy_texts as texts
from bot.features.lesson.cells.choices_chart import choices_chart
from bot.features.lesson.cells.compared import beside, reason
from bot.features.lesson.cells.quoting import final_space, notes_on, paragraphs, quoted, small
from bot.render.numbers import fixed, integer
from bot.render.tables import cut
from bot.render.tokens import glyphs, plain
from bot.render.word_list import masked
from bot.ui.picture_page import Picture
from engine import DecodingParams, FinishReason, Step
from engine.notebook import facts

_TEXT_LIMIT = 120
_IDS_SHOWN = facts.GREEDY_STEPS
_TOKEN_COLUMNS = 7
_ONE = DecodingParams(max_new_tokens=1)


class ByHandCell(Cell):
    """Asks for one token at a time, and takes the most probable."""

    key = "greedy_by_hand"
    title = "Greedy a mano"
    idea = (
        "Un bucle: el modelo reparte el 100 % entre sus tokens, se coge el primero, se pega y "
        "vuelta a empezar."
    )
    code = (
        "z = model(ids).logits[:, -1]\nb = z.topk(5).indices[:, :1]\nids = torch.hstack((ids, b))"
    )
    question = "¿En qué paso dudó más?"
    own = DecodingParams(max_new_tokens=facts.GREEDY_STEPS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Fill the table of the notebook.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.LOVE_PROMPT if text is None else text
        steps, ending = await by_hand(lab, prompt, facts.GREEDY_STEPS)
        trace = await lab.write(prompt, self.own)
        rows = notebook_rows(prompt, steps)
        compared = _first_choices(steps) if text is None else ()
        count = len(steps)
        written = quoted(trace.completion.attempts[0], _TEXT_LIMIT)
        template = texts.BY_HAND_ONE if count == 1 else texts.BY_HAND
        verdict = template.format(count=integer(count), text=written)
        ended = texts.ENDED.format(step=integer(count)) if ending == "eos" else ""
        return CellResult(
            text=paragraphs(
                verdict,
                small(final_space(prompt), ended, *notes_on(trace)),
            ),
            rows=compared,
            why=reason(lab, compared),
            picture=await _table(lab, rows),
            traces=(trace,),
        )


class GenerateCell(Cell):
    """Writes the same in one go, and compares the ids."""

    key = "greedy"
    title = "Lo mismo, con generate"
    idea = "`generate` da las mismas vueltas por ti: sin dado, salen los mismos ids."
    code = "out = model.generate(ids,\n    do_sample=False,\n    max_new_tokens=12)"
    question = "Si lo pides cien veces, ¿cuántos textos distintos salen?"
    own = ByHandCell.own

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Compare greedy by hand with greedy search.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.LOVE_PROMPT if text is None else text
        steps, _ = await by_hand(lab, prompt, facts.GREEDY_STEPS)
        trace = await lab.write(prompt, self.own)
        ours = tuple(step.chosen for step in steps)
        theirs = trace.completion.attempts[0].token_ids
        equal = shared_start(ours, theirs)
        is_equal = ours == theirs
        verdict = texts.EQUAL.format(count=integer(len(ours)))
        if not is_equal:
            verdict = texts.DIFFERENT.format(token=integer(equal + 1))
        ids = texts.IDS.format(ids=" ".join(map(str, theirs[:_IDS_SHOWN])))
        return CellResult(
            text=paragraphs(
                verdict,
                quoted(trace.completion.attempts[0], _TEXT_LIMIT),
                small(ids, texts.RECIPE, *notes_on(trace)),
            ),
            traces=(trace,),
        )


async def by_hand(lab: Lab, prompt: str, count: int) -> tuple[tuple[Step, ...], FinishReason]:
    """Take the most probable token again and again, each time from a reading of all before it.

    Returns:
        A step per token, and why there are no more.
    """
    steps: list[Step] = []
    ending: FinishReason = "length"
    while len(steps) < count:
        prefix = tuple(step.chosen for step in steps)
        trace = await lab.write(prompt, _ONE, prefix_ids=prefix)
        attempt = masked(trace.completion).attempts[0]
        steps += attempt.steps
        lab.report(len(steps), count)
        ending = attempt.finish_reason
        if ending != "length":
            break
    return tuple(steps), ending


def shared_start(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two texts have in common from their beginning."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _first_choices(steps: Sequence[Step]) -> tuple[Row, ...]:
    """Compare the first column of the notebook's table; shares only of the same tokens."""
    rows = []
    pairs = zip(facts.FIRST_CHOICES, steps, strict=False)
    for number, (fact, step) in enumerate(pairs, start=1):
        own = step.chosen_candidate
        # As the notebook prints it: without the space that may stand before it.
        token = cut(plain(glyphs(own.text.strip(" ") or own.text)), _TOKEN_COLUMNS)
        rows.append(beside(texts.ROW_STEP.format(step=number), fact.token, token))
        if token == fact.token:
            theirs, ours = fixed(fact.percent, 2), fixed(100 * own.raw_prob, 2)
            rows.append(beside(texts.ROW_SHARE, theirs, ours))
    return tuple(rows)


async def _table(lab: Lab, rows: Sequence[NotebookRow]) -> Picture:
    return await lab.picture(partial(choices_chart, rows), texts.PICTURE, notebook_alt(rows))
