"""A Python script that writes an answer again, token by token, with transformers.

The script is read and run by people, so what it says is Spanish. Everything that comes from a
request enters it as a Python literal.
"""

from __future__ import annotations

import pprint
from dataclasses import replace
from importlib.metadata import version

from engine import functions, letter_states, letters, spellings
from engine.decoding_params import FILTERS, DecodingParams
from engine.errors import NO_TOKEN_LEFT, EngineError
from engine.explain import recipe_stages_text as stages
from engine.explain import recipe_target
from engine.explain import recipe_text as text
from engine.explain.recipe_diverse_text import DIVERSE
from engine.explain.recipe_loading import Loading, keeps_letters_of, loading_of
from engine.explain.recipe_remote import remote_recipe
from engine.explain.recipe_source import source_of
from engine.requests import GenerationRequest
from engine.sentences import CLOSERS, LIFT_NATS, MARKS, SHORTENED
from engine.trace import Attempt, Completion

_LIBRARIES = ("torch", "transformers", "tokenizers")
_STRATEGIES = (
    "greedy",
    "sample",
    "beam",
    "sample_and_rank",
    "beam_sample",
    "contrastive",
    "diverse_beam",
)
_INTERRUPTED = frozenset({"cancelled", "deadline", NO_TOKEN_LEFT})
_WIDTH = 96


def recipe(request: GenerationRequest, completion: Completion) -> str:
    """Return the script of an answer.

    It loads the model, or the folder or file given as its argument, prints the text and the ids of
    every attempt, and names the first token that differs from the answer, if any does.

    Args:
        request: What was asked.
        completion: What was answered.

    Raises:
        EngineError: unsupported, with `reason`: prompt_not_kept, or strategy for one that it has
            no code for.
    """
    if completion.remote is not None:
        return remote_recipe(request, completion, completion.remote)
    if not completion.prompt_ids:
        raise EngineError("unsupported", reason="prompt_not_kept")
    if completion.params.strategy not in _STRATEGIES:
        raise EngineError("unsupported", reason="strategy")
    request, completion = _as_asked(request, completion)
    params = completion.params
    loading = loading_of(completion)
    expected = _literal([list(attempt.token_ids) for attempt in completion.attempts])
    sections = [
        text.HEAD.substitute(versions=", ".join(f"{name} {version(name)}" for name in _LIBRARIES)),
        *_notes(completion),
        _imports(completion, loading),
        loading.lines,
        text.ENDS,
        *([text.STOP.substitute(stop=_literal(list(params.stop)))] if params.stop else []),
        _prompt(request, completion),
        *_own_stages(completion),
        *(
            [text.FUNCTION_END.substitute(source=source_of(functions))]
            if completion.ends_with
            else []
        ),
        *([_stopping(completion)] if _may_stop(completion) else []),
        _writing(completion),
        text.REPORT.substitute(expected=expected),
    ]
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _as_asked(
    request: GenerationRequest, completion: Completion
) -> tuple[GenerationRequest, Completion]:
    """Return what was asked for of a text in which a person put tokens: they are its prefix."""
    if len(completion.attempts) != 1:
        return request, completion
    (attempt,) = completion.attempts
    given = max((n for n, step in enumerate(attempt.steps, start=1) if step.is_given), default=0)
    if not given:
        return request, completion
    ids = attempt.token_ids
    params = completion.params
    params = replace(
        params.after(given),
        strategy="sample" if params.strategy == "sample_and_rank" else params.strategy,
        attempts=completion.die_of(0) + 1 if params.draws_tokens else 1,
    )
    left = replace(attempt, token_ids=ids[given:], steps=attempt.steps[given:])
    asked = replace(request, prefix_ids=(*request.prefix_ids, *ids[:given]))
    seen = (*completion.prompt_ids, *ids[:given])
    return asked, replace(completion, params=params, attempts=(left,), prompt_ids=seen)


def _own_stages(completion: Completion) -> list[str]:
    """Return the code of the filters that transformers does not have."""
    params = completion.params
    keeps_letters = keeps_letters_of(completion)
    sections = [stages.PIECES] if _own(params) or keeps_letters else []
    if keeps_letters:
        source = "\n\n\n".join(map(source_of, (letters, spellings, letter_states)))
        sections.append(stages.SAME_LETTERS.substitute(source=source))
    if params.whole_word_start:
        sections.append(stages.WORD_START)
    if params.plain_text:
        start = stages.SOURCE_TEXT if completion.source_ids else stages.START_TEXT
        sections.append(stages.PLAIN_TEXT.substitute(start_text=start))
    if params.sentence_end_tokens:
        ending = stages.SENTENCE_END.substitute(
            limit=params.max_new_tokens,
            extra=params.sentence_end_tokens,
            lift=LIFT_NATS,
            marks=_literal(MARKS),
            closers=_literal(CLOSERS),
            shortened=_literal(set(SHORTENED)),
        )
        sections.append(ending)
    return sections


def _own(params: DecodingParams) -> list[str]:
    """Name the active filters that transformers does not have."""
    return [name for name in _active(params) if FILTERS[name].is_own]


def _may_stop(completion: Completion) -> bool:
    params = completion.params
    return bool(params.stop or params.sentence_end_tokens or completion.ends_with)


def _stopping(completion: Completion) -> str:
    params = completion.params
    conditions = [text.IS_STOPPED] if params.stop else []
    conditions += [text.IS_FUNCTION_END] if completion.ends_with else []
    conditions += [text.IS_SENTENCE_END] if params.sentence_end_tokens else []
    stopping = text.IS_OVER.substitute(conditions=" or ".join(conditions))
    return stopping.rstrip() + text.STOP_CLASS if _is_generated(params) else stopping


def _is_generated(params: DecodingParams) -> bool:
    """Tell whether transformers' own `generate` writes the text."""
    return not params.draws_tokens and params.strategy not in ("contrastive", "diverse_beam")


def _notes(completion: Completion) -> list[str]:
    notes, params = [], completion.params
    if params.bad_words:
        notes.append(text.BANNED_NOTE)
    if _is_generated(params) and any(
        (a.score or 0.0) < text.LEAST_SCORE for a in completion.attempts
    ):
        notes.append(text.SCORES_NOTE)
    if completion.precision != "exact":
        notes.append(text.PRECISION_NOTE.substitute(precision=completion.precision))
    if any(_is_interrupted(completion, attempt) for attempt in completion.attempts):
        notes.append(text.INTERRUPTED_NOTE)
    return notes


def _is_interrupted(completion: Completion, attempt: Attempt) -> bool:
    """Tell of an attempt that was to go on; one that stops without a stop string broke off."""
    reason = attempt.finish_reason
    return reason in _INTERRUPTED or (reason == "stop" and not completion.params.stop)


def _imports(completion: Completion, loading: Loading) -> str:
    params = completion.params
    standard, names = ["import sys", *loading.standard], list(loading.names)
    if params.is_sampled:
        standard.insert(0, "import random")
    own, keeps_letters = _own(params), keeps_letters_of(completion)
    is_own = bool(own) or keeps_letters
    if is_own:
        standard = ["import codecs", *standard, "import unicodedata", "from functools import cache"]
        names.append("LogitsProcessor")
    if completion.ends_with:
        standard.insert(0, "import copy")
    if params.plain_text or completion.ends_with or keeps_letters:
        standard.append("import re")
    if params.whole_word_start:
        standard.append("import regex")
    if keeps_letters:
        standard += stages.LETTERS_IMPORTS
    if is_own and _is_generated(params):
        names.append("LogitsProcessorList")
    if _may_stop(completion) and _is_generated(params):
        names += ["StoppingCriteria", "StoppingCriteriaList"]
    if not _is_generated(params):
        theirs = [FILTERS[name].processor for name in _active(params) if name not in own]
        names += ["LogitsProcessorList", *theirs]
    elif params.is_sampled:
        standard.append("from itertools import count")
    if completion.source_ids:
        names += recipe_target.NAMES
    listed = "\n".join(f"    {name}," for name in sorted(names))
    return text.IMPORTS.substitute(standard="\n".join(standard), names=listed)


def _prompt(request: GenerationRequest, completion: Completion) -> str:
    if completion.source_ids:
        return recipe_target.target(
            request,
            completion,
            max_new_tokens=_max_new_tokens(completion),
            is_interrupted=any(_is_interrupted(completion, a) for a in completion.attempts),
            literal=_literal,
        )
    prefix = _literal(list(request.prefix_ids))
    ids = _literal(list(completion.prompt_ids))
    if completion.truncated_tokens:
        return text.CUT_PROMPT.substitute(prefix=prefix, ids=ids)
    if not request.prompt.strip():
        return text.EMPTY_PROMPT.substitute(prefix=prefix, ids=ids)
    return text.PROMPT.substitute(prompt=_literal(request.prompt), prefix=prefix)


def _writing(completion: Completion) -> str:
    if completion.params.strategy == "contrastive":
        return _contrast(completion)
    if completion.params.strategy == "diverse_beam":
        return _diverse(completion)
    return _sample(completion) if completion.params.draws_tokens else _generate(completion)


def _generate(completion: Completion) -> str:
    params = completion.params
    is_beam = params.is_beam
    die = text.BEAM_DIE.substitute(seed=completion.seed) if params.is_sampled else ""
    return die + text.GENERATE.substitute(
        do_sample=params.is_sampled,
        sampling=_sampling_options(params) if params.is_sampled else "",
        stopping=text.STOP_OPTIONS if _may_stop(completion) else "",
        length=text.STOP_LENGTH if _may_stop(completion) else "end + 1",
        own=_own_option(completion),
        max_new_tokens=_max_new_tokens(completion),
        num_beams=params.num_beams if is_beam else 1,
        attempts=params.attempts if is_beam else 1,
        length_penalty=params.length_penalty,
        early_stopping=repr(params.early_stopping),
        repetition_penalty=params.repetition_penalty,
        no_repeat_ngram_size=params.no_repeat_ngram_size,
        min_new_tokens=params.min_new_tokens,
    )


def _own_option(completion: Completion) -> str:
    first = ["SameLetters()"] if keeps_letters_of(completion) else []
    made = ", ".join([*first, *(_filter(name, 0) for name in _own(completion.params))])
    return f"    logits_processor=LogitsProcessorList([{made}]),\n" if made else ""


def _sampling_options(params: DecodingParams) -> str:
    """Write all of them: transformers and the checkpoint have defaults of their own.

    Only top-h has no value that switches it off.
    """
    off = DecodingParams()
    warpers = [name for name, facts in FILTERS.items() if facts.is_warper]
    names = [n for n in warpers if n != "top_h" or params.top_h != off.top_h]
    values = {name: getattr(params, name) for name in names}
    floats = {n: v if isinstance(getattr(off, n), int) else float(v) for n, v in values.items()}
    return "".join(f"    {name}={value!r},\n" for name, value in floats.items())


def _contrast(completion: Completion) -> str:
    params = completion.params
    return text.CONTRAST.substitute(
        max_new_tokens=_max_new_tokens(completion),
        top_k=params.top_k,
        alpha=float(params.penalty_alpha),
        stopping=text.STOP_CONDITION if _may_stop(completion) else "",
        filters=_filter_lines(completion),
    )


def _diverse(completion: Completion) -> str:
    params = completion.params
    return DIVERSE.substitute(
        max_new_tokens=_max_new_tokens(completion),
        attempts=params.attempts,
        groups=params.num_beam_groups,
        beams=params.num_beams // params.num_beam_groups,
        penalty=float(params.diversity_penalty),
        length_penalty=params.length_penalty,
        early_stopping=repr(params.early_stopping),
        stopping=text.STOP_ENDING if _may_stop(completion) else "",
        filters=_filter_lines(completion),
    )


def _sample(completion: Completion) -> str:
    params = completion.params
    sampling = text.SAMPLE.substitute(
        seed=completion.seed,
        attempts=params.attempts,
        max_new_tokens=_max_new_tokens(completion),
        stopping=text.STOP_CONDITION if _may_stop(completion) else "",
        filters=_filter_lines(completion),
    )
    if params.strategy == "sample_and_rank":
        return sampling + text.RANK
    return sampling + text.LAST if len(completion.attempts) < params.attempts else sampling


def _filter_lines(completion: Completion) -> str:
    """Write the filters, and where transformers has them those of an encoder-decoder's model."""
    lines = {"same_letters": "        SameLetters(),"} if keeps_letters_of(completion) else {}
    lines |= {n: f"        {_filter(n, v)}," for n, v in _active(completion.params).items()}
    return "\n".join(recipe_target.filters(lines) if completion.source_ids else lines.values())


def _filter(name: str, value: float) -> str:
    arguments = repr(value)
    if FILTERS[name].is_own:
        arguments = ""
    elif name == "min_new_tokens":
        arguments = f"len(prompt_ids), {value}, ends"
    return f"{FILTERS[name].processor}({arguments})"


def _active(params: DecodingParams) -> dict[str, float]:
    off = DecodingParams()
    acting = [n for n in FILTERS if params.is_sampled or not FILTERS[n].is_warper]
    values = {name: getattr(params, name) for name in acting}
    floats = {n: v if isinstance(getattr(off, n), int) else float(v) for n, v in values.items()}
    return {name: value for name, value in floats.items() if value != getattr(off, name)}


def _max_new_tokens(completion: Completion) -> int:
    """Return the limit that was effective: an attempt that was stopped had no more to come."""
    attempts = completion.attempts
    if any(a.finish_reason == "context" or _is_interrupted(completion, a) for a in attempts):
        return max(len(attempt.token_ids) for attempt in attempts)
    return completion.params.max_new_tokens + completion.params.sentence_end_tokens


def _literal(value: object) -> str:
    return pprint.pformat(value, width=_WIDTH, compact=True)
