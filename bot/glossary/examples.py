"""The example of each term, and those that were computed lately."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from bot.glossary import before, choosing, filters, measures, penalties
from bot.glossary.asking import Asker, Example
from bot.jobs.admission import require_place
from engine import Engine, EngineError, ModelInfo

EXAMPLES: Mapping[str, Callable[[Asker], Awaitable[Example]]] = MappingProxyType(
    {
        "token": before.split,
        "vocabulario": before.vocabulary,
        "contexto": before.context,
        "logit": before.logits,
        "softmax": before.softmax,
        "crudo-y-final": before.raw_and_final,
        "atencion": measures.attention,
        "greedy": choosing.greedy,
        "muestreo": choosing.samples,
        "beam-search": choosing.beams,
        "muestreo-y-orden": choosing.ranking,
        "busqueda-contrastiva": choosing.contrast,
        "dado": choosing.die,
        "semilla": choosing.seeds,
        "token-final": choosing.end,
        "temperatura": filters.temperature,
        "top-k": filters.top_k,
        "top-p": filters.top_p,
        "min-p": filters.min_p,
        "typical-p": filters.typical_p,
        "epsilon-y-eta": filters.cutoffs,
        "penalizacion-por-repeticion": penalties.penalty,
        "n-grama": penalties.no_repeat,
        "penalizacion-de-longitud": penalties.length,
        "entropia": measures.entropy,
        "sorpresa": measures.surprise,
        "log-prob": measures.logprobs,
        "perplejidad": measures.perplexity,
    }
)
"""Key of a term → what asks for its numbers."""

MOST_AT_ONCE = 2
"""Examples that may wait in the queue together: a lesson must not push the others' texts back."""


class Examples:
    """The examples of one bot instance: each is computed once for a model and revision.

    So nobody can load the machine with them, and they count neither against a person's requests
    nor against the pause between two; in the queue they take turns like everybody's.

    Args:
        engine: Computes them.
        bad_words: The installation's word list.
    """

    def __init__(self, engine: Engine, bad_words: tuple[str, ...]) -> None:
        self._engine = engine
        self._bad_words = bad_words
        self._known: dict[tuple[str, str | None, str], Example] = {}
        self._running = 0

    def known(self, info: ModelInfo, term: str) -> Example | None:
        """Return an example that is here already."""
        return self._known.get((info.name, info.revision, term))

    async def compute(self, info: ModelInfo, term: str, user_id: int) -> Example:
        """Compute an example, and keep it.

        Args:
            info: Of a model that is loaded.
            term: A key of `EXAMPLES`.
            user_id: Who reads it.

        Raises:
            EngineError: queue_full where others are before it; what the engine raises.
        """
        if self._running >= MOST_AT_ONCE:
            raise EngineError("queue_full", position=self._running)
        require_place(self._engine, 1, 0)
        self._running += 1
        try:
            asker = Asker(
                engine=self._engine, info=info, user_id=user_id, bad_words=self._bad_words
            )
            example = await EXAMPLES[term](asker)
        finally:
            self._running -= 1
        self._known[info.name, info.revision, term] = example
        return example
