"""Every question has one function that answers it, in a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine.explain.attention import attend
from engine.explain.inside_values import AttentionRequest, LogitLensRequest, TokenVectorsRequest
from engine.explain.logit_lens import read_layers
from engine.explain.redraw import redraw
from engine.explain.tokenization import tokenize
from engine.explain.tokenization_values import TokensRequest
from engine.explain.values import AnswerT, ExplainRequest, RedrawRequest, WhyNotRequest
from engine.explain.vectors import read_vectors
from engine.explain.why_not import why_not
from engine.models.kinds import refuse
from engine.models.loaded import LoadedModel, LoadedTokenizer

_ANSWERS: Mapping[type[ExplainRequest[Any]], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        WhyNotRequest: why_not,
        RedrawRequest: redraw,
        AttentionRequest: attend,
        LogitLensRequest: read_layers,
        TokenVectorsRequest: read_vectors,
        TokensRequest: tokenize,
    }
)
_OF_A_NEXT_TOKEN = (WhyNotRequest, RedrawRequest, LogitLensRequest)
"""Questions that an encoder has no answer to: it writes nothing behind a text."""


def answer(loaded: LoadedModel | LoadedTokenizer, request: ExplainRequest[AnswerT]) -> AnswerT:
    """Answer a question with a loaded model, or with its tokenizer alone where that is enough.

    Raises:
        EngineError: As the question's own function says; unsupported for what the model's kind
            does not do.
    """
    is_encoder = isinstance(loaded, LoadedModel) and loaded.kind == "encoder"
    if is_encoder and isinstance(request, _OF_A_NEXT_TOKEN):
        refuse(loaded.name, "encoder")
    result: AnswerT = _ANSWERS[type(request)](loaded, request)
    return result
