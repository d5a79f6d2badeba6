"""The famous text about the unicorns: greedy search repeats itself, and what its sum is worth."""

from __future__ import annotations

from dataclasses import replace

from bot.features.continuation.remedy_words import loop_line
from bot.features.lesson.cell import Cell, CellResult, Lab, Row, Trace
from bot.features.lesson.cells import texts as common
from bot.features.lesson.cells import unicorns_texts as texts
from bot.features.lesson.cells.compared import beside, reason
from bot.features.lesson.cells.earlier import written_before
from bot.features.lesson.cells.quoting import final_space, notes_on, paragraphs, quoted, small
from bot.features.lesson.cells.room import Room, fitting, room_for
from bot.render.numbers import fixed, integer, percent
from engine import DecodingParams
from engine.decoding_params import MAX_NEW_TOKENS_LIMIT
from engine.explain import Measures, measure
from engine.notebook import facts

DIGITS = 2
"""Of a log-probability, as the notebook prints it."""
_TEXT_LIMIT = 300
_SHORT_LIMIT = 110


class UnicornCell(Cell):
    """Greedy search goes on until prompt and text are as long as the notebook's."""

    key = "unicorns"
    title = "Los unicornios, con greedy"
    idea = (
        "El texto más famoso de GPT-2, con la primera opción en cada paso: suele repetirse, porque "
        "lo ya dicho se vuelve lo más probable."
    )
    code = "out = model.generate(ids,\n    do_sample=False,\n    max_length=128)"
    question = "Si cada token es el más probable, ¿por qué el texto aburre?"
    own = DecodingParams(max_new_tokens=64)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Write the text and look for its loop.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        trace, room = await write_whole(lab, prompt, DecodingParams())
        attempt, measures = trace.completion.attempts[0], measure(trace.completion)
        seen, new = len(trace.completion.prompt_ids), measures.tokens
        rows = (beside(texts.ROW_LENGTH, integer(facts.MAX_LENGTH), integer(seen + new)),)
        is_ended = attempt.finish_reason == "eos"
        ended = texts.ENDED.format(total=integer(seen + new)) if is_ended else ""
        counts = texts.COUNTS_PROMPT.format(prompt=integer(seen), new=integer(new))
        return CellResult(
            text=paragraphs(
                _verdict(trace, measures),
                quoted(attempt, _TEXT_LIMIT),
                small(counts, final_space(prompt), ended, room.note, *notes_on(trace)),
            ),
            rows=rows,
            traces=(trace,),
        )


class LogprobCell(Cell):
    """Sums the log-probabilities of the same text, right and as the notebook does."""

    key = "logprob"
    title = "Log-prob de una secuencia"
    idea = (
        "La nota de un texto es la suma de los logaritmos de la probabilidad de cada token: cuanto "
        "más cerca de 0, más probable."
    )
    code = (
        "z = model(x).logits[0, :-1]\np = z.log_softmax(1).gather(1,\n  x[0, 1:, None])[n-1:].sum()"
    )
    question = "¿Un texto más largo puede tener mejor log-prob que otro más corto?"
    own = UnicornCell.own

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Sum both ways.

        Args:
            lab: The lesson's.
            text: Another beginning than the notebook's.
        """
        prompt = facts.UNICORN_PROMPT if text is None else text
        trace, room = await write_whole(lab, prompt, DecodingParams(), earlier=UnicornCell.key)
        measures = measure(trace.completion)
        rows = logprob_rows(measures, "greedy") if text is None else ()
        whole, shifted = measures.logprob, measures.notebook_logprob
        lines = [texts.SUM.format(total=fixed(whole, DIGITS), tokens=integer(measures.tokens))]
        if shifted is not None:
            first = fixed(whole - shifted, DIGITS)
            lines.append(texts.SHIFTED.format(shifted=fixed(shifted, DIGITS), first=first))
        mean = texts.MEAN.format(mean=fixed(measures.logprob_per_token, DIGITS))
        return CellResult(
            text=paragraphs(
                *lines,
                quoted(trace.completion.attempts[0], _SHORT_LIMIT),
                small(mean, room.note, *notes_on(trace)),
            ),
            rows=rows,
            why=reason(lab, rows, common.OTHER_WORDS),
            traces=(trace,),
        )


async def write_whole(
    lab: Lab,
    prompt: str,
    params: DecodingParams,
    label: str = "",
    *,
    most: int = MAX_NEW_TOKENS_LIMIT,
    earlier: str = "",
) -> tuple[Trace, Room]:
    """Write until prompt and text are as long as the notebook's, or as this model can.

    Args:
        lab: The lesson's.
        prompt: Text before.
        params: How to write.
        label: What the text is called.
        most: New tokens at most.
        earlier: Key of a cell whose first text it may be.

    Raises:
        EngineError: The text could not be written.
    """
    room = await room_for(lab, prompt, facts.MAX_LENGTH)
    wanted = replace(fitting(lab, params), max_new_tokens=min(room.new_tokens, most))
    request = lab.request(prompt, wanted)
    trace = await written_before(lab, request, earlier, label) if earlier else None
    return trace or await lab.serve(request, label=label), room


def logprob_rows(measures: Measures, name: facts.StrategyName) -> tuple[Row, ...]:
    """Put the log-probability beside the notebook's, which has a token less; then ours, whole."""
    known = fixed(facts.written(name).logprob, DIGITS)
    rows = []
    if measures.notebook_logprob is not None:
        rows.append(beside(texts.ROW_SHIFTED, known, fixed(measures.notebook_logprob, DIGITS)))
    rows.append(beside(texts.ROW_LOGPROB, None, fixed(measures.logprob, DIGITS)))
    return tuple(rows)


def _verdict(trace: Trace, measures: Measures) -> str:
    """Say whether the text is stuck."""
    if (line := loop_line(trace.completion.attempts[0])) is not None:
        return texts.LOOP.format(loop=line)
    if measures.repetition:
        return texts.REPEATED.format(rate=percent(measures.repetition, 0))
    return texts.VARIED
