"""The slides: three families and a mask, and how large the lesson's model is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.features.families.overview_chart import overview_chart
from bot.features.families.reading import Reader, Trio
from bot.features.families.sentence import sentence_of, shortened
from bot.features.families.words import overview_alt, overview_chart_of, overview_sentences
from bot.features.lesson.cell import Cell, CellResult, Lab, Trace
from bot.features.lesson.cells import slides_texts as texts
from bot.features.lesson.cells.compared import beside, reason
from bot.features.lesson.cells.quoting import paragraphs, small
from bot.features.models.words import parameter_count
from bot.features.transform.asked import told_to
from bot.messages.errors import UserError
from bot.render.markdown import clip, escape
from bot.render.model_names import TRANSFORMERS, first_of, model_info, shown_name
from bot.render.numbers import decimal, integer
from bot.storage.records import TRANSFORMED, Kind, StoredReply
from bot.texts.common import PRECISIONS
from engine import DecodingParams, EngineError, ModelInfo, status
from engine.notebook import facts

_NEXT_TOKENS = 12
_SPARE_TOKENS = 32
_OTHER_LANGUAGE = "en"
_REVISION_LENGTH = 12
_TIMES_SAID, _TIMES_IN_FULL = 1.5, 10
_KIND: Kind = "familias"


class FamiliesCell(Cell):
    """One sentence in an encoder, a decoder and an encoder-decoder."""

    key = "families"
    title = "Tres familias y una máscara"
    idea = (
        "Un codificador mira a los dos lados; un decodificador (GPT-2), solo a la izquierda: una "
        "máscara le tapa lo que viene."
    )
    code = "o = model(ids,\n  output_attentions=True)\no.attentions[0].triu(1).max()"
    question = "¿Por qué quien ve lo que viene no puede aprender a adivinarlo?"
    own = DecodingParams(max_new_tokens=_NEXT_TOKENS)

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Read a sentence with each family that is here, and draw who sees whom.

        Args:
            lab: The lesson's.
            text: Another sentence, of three words at least.
        """
        sentence, _ = shortened(texts.SENTENCE if text is None else text)
        trace = await lab.write(sentence, self.own)
        replies: dict[status.Kind, StoredReply] = {"decoder": stored(lab, trace)}
        if (transformed := await _transformed(lab, sentence)) is not None:
            replies["encoder_decoder"] = stored(lab, transformed)
        reader = Reader(
            client=lab.client,
            sentence=sentence_of(sentence),
            replies=replies,
            user_id=lab.owner_id,
        )
        trio = await reader.read()
        draw = partial(overview_chart, overview_chart_of(trio))
        return CellResult(
            text=paragraphs(_verdict(trio), overview_sentences(trio)),
            picture=await lab.picture(draw, texts.FAMILIES_PICTURE, overview_alt(trio)),
            traces=(trace,),
        )


class ModelCell(Cell):
    """The model, its size and what it can see."""

    key = "model"
    title = "El modelo y su tamaño"
    idea = (
        "Un modelo es un tokenizador y una lista muy larga de números, los parámetros: se cargan y "
        "ya puede escribir."
    )
    code = "p = pipeline(model=name)\np.model.num_parameters()"
    question = "¿Cuánto ocuparía en memoria con 4 bytes por número?"

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Load the model by one token, and say what it is.

        Args:
            lab: The lesson's.
            text: Another beginning for that token.
        """
        prompt = facts.LOVE_PROMPT if text is None else text
        trace = await lab.write(prompt, DecodingParams(max_new_tokens=1))
        info = model_info(lab.client.engine, lab.pinned.model)
        name = shown_name(lab.client.engine, lab.pinned.model)
        count = None if info is None else info.parameters
        size = texts.UNKNOWN if count is None else parameter_count(count)
        theirs = parameter_count(round(facts.PARAMETERS_MILLIONS * 1_000_000))
        rows = (beside(texts.ROW_SIZE, theirs, size),)
        return CellResult(
            text=paragraphs(
                texts.MODEL.format(name=name, size=size) + _times(count),
                "" if info is None else _facts(info),
                small(_pinned(trace)),
            ),
            rows=rows,
            why=reason(lab, rows),
            traces=(trace,),
        )


def stored(lab: Lab, trace: Trace) -> StoredReply:
    """Return a text as other features read them; nothing is stored."""
    return StoredReply(
        reply_id=trace.request.request_id,
        kind=_KIND,
        owner_id=lab.owner_id,
        guild_id=lab.guild_id,
        channel_id=lab.channel_id,
        message_id=None,
        request=trace.request,
        completion=trace.completion,
        is_prompt_kept=True,
        created_at=datetime.now(UTC),
    )


async def _transformed(lab: Lab, sentence: str) -> Trace | None:
    """Have the sentence transformed by the first encoder-decoder; None where there is none."""
    info = first_of(lab.client.engine, TRANSFORMERS)
    if info is None or info.kind != "encoder_decoder":
        return None
    ceiling = lab.client.settings.max_new_tokens
    params = DecodingParams(max_new_tokens=min(len(sentence) + _SPARE_TOKENS, ceiling))
    try:
        told = told_to(info, task=None, source=None, target=None)
    except UserError:
        told = told_to(info, task=None, source=None, target=_OTHER_LANGUAGE)
    request = replace(
        lab.request(sentence, params, trace_top_n=0),
        model=info.name,
        revision=None,
        style=TRANSFORMED,
        task=told.task,
        source_language=told.source,
        target_language=told.target,
    )
    try:
        return await lab.serve(request)
    except EngineError as error:
        if error.code in ("cancelled", "closed", "deadline"):
            raise
        # The picture says that it is missing.
        return None


def _verdict(trio: Trio) -> str:
    """Say what the maps show of the decoder."""
    grid = trio.of("decoder").grid
    is_masked = grid is not None and grid.is_masked
    if grid is None or not is_masked:
        return texts.NO_MASK
    return texts.MASK.format(count=integer(grid.squares_ahead))


def _times(count: int | None) -> str:
    """Say how large the model is beside the notebook's, where it is another size."""
    theirs = facts.PARAMETERS_MILLIONS * 1_000_000
    if not count or max(count, theirs) / min(count, theirs) < _TIMES_SAID:
        return ""
    times = max(count, theirs) / min(count, theirs)
    template = texts.TIMES_SMALLER if count < theirs else texts.TIMES_LARGER
    return template.format(times=decimal(times, 1 if times < _TIMES_IN_FULL else 0))


def _facts(info: ModelInfo) -> str:
    """Say how many tokens it knows and sees."""
    if info.vocab_size is None:
        return ""
    said = texts.FACTS.format(vocabulary=integer(info.vocab_size))
    if info.n_positions is None:
        return said + texts.FACTS_END
    return said + texts.FACTS_CONTEXT.format(context=integer(info.n_positions))


def _pinned(trace: Trace) -> str:
    """Say what stays the same for the whole lesson."""
    done = trace.completion
    return texts.PINNED.format(
        revision=escape(clip(done.revision or texts.NO_REVISION, _REVISION_LENGTH)),
        precision=PRECISIONS.get(done.precision, done.precision),
        seed=done.seed,
    )
