"""The part of a recipe that turns a source into a target, as an encoder-decoder does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template

from engine.requests import GenerationRequest
from engine.trace import Completion

NAMES = (
    "ForcedBOSTokenLogitsProcessor",
    "ForcedEOSTokenLogitsProcessor",
    "GenerationConfig",
    "NoBadWordsLogitsProcessor",
)
"""What it imports from transformers."""
_NEVER_LINE = "        *([NoBadWordsLogitsProcessor(NEVER, torch.tensor(ends))] if NEVER else []),"
_FORCED_LINES = """\
        *([ForcedBOSTokenLogitsProcessor(FIRST)] if FIRST is not None else []),
        *([ForcedEOSTokenLogitsProcessor(LENGTH, LAST)] if LAST is not None else []),"""
"""The checkpoint's own filters, where transformers has them."""

_TARGET = Template('''
# El texto de partida, y los tokens de él que leyó el codificador, con la tarea y los idiomas.
SOURCE = $source
SOURCE_IDS = $source_ids
# Los tokens que ya estaban escritos («Seguir» y las ramas empiezan en ellos).
PREFIX_IDS = $prefix
prompt_ids = $ids
# Los tokens que caben como mucho.
LENGTH = len(prompt_ids) + $max_new_tokens


def stated(name):
    """Lo que dice el modelo de cómo se decodifica."""
    values = [getattr(holder, name, None) for holder in (model.generation_config, model.config)]
    return next((value for value in values if value is not None), None)


# Lo que el modelo exige, o no escribe nunca; lo demás que digan sus autores no se aplica.
FIRST = $first
LAST = $last
special = {*tokenizer.all_special_ids, stated("pad_token_id")}
banned = stated("bad_words_ids") or []
NEVER = [ids for ids in banned if len(ids) == 1 and ids[0] in special and ids[0] not in ends]


class Target:
    """El modelo, visto como uno que sigue lo que lleva escrito y mira SOURCE_IDS."""

    def __init__(self, network):
        network.generation_config = GenerationConfig(decoder_start_token_id=prompt_ids[0])
        self.network, self.config = network, network.config
        self.source = torch.tensor([SOURCE_IDS])

    def __call__(self, rows, **options):
        source = self.source.expand(len(rows), -1)
        output = self.network(input_ids=source, decoder_input_ids=rows, **options)
        output["hidden_states"] = output.decoder_hidden_states
        return output

    def generate(self, rows, attention_mask, **options):
        return self.network.generate(
            self.source,
            attention_mask=torch.ones_like(self.source),
            decoder_input_ids=rows,
            forced_bos_token_id=FIRST,
            forced_eos_token_id=LAST,
            bad_words_ids=NEVER or None,
            **options,
        )


model = Target(model)
''')
_FIRST = 'stated("forced_bos_token_id")'
_LAST = 'stated("forced_eos_token_id")'
_FIRST_IN = "getattr(tokenizer, 'lang_code_to_id', {{}}).get({language!r}, {first})"
_FIRST_NAMED = "tokenizer.convert_tokens_to_ids({language!r})"
"""Of NLLB and mBART-50, whose tokens of languages are called as these."""


def target(
    request: GenerationRequest,
    completion: Completion,
    *,
    max_new_tokens: int,
    is_interrupted: bool,
    literal: Callable[[object], str],
) -> str:
    """Return the lines.

    Args:
        request: What was asked.
        completion: What was answered, with the source.
        max_new_tokens: As many as the script asks for.
        is_interrupted: Whether the text was to go on: then nothing is forced where it stops.
        literal: Writes a value as Python.
    """
    language = request.target_language
    first = _FIRST
    if language is not None:
        named = _FIRST_NAMED if "_" in language else _FIRST_IN
        first = named.format(language=language, first=_FIRST)
    return _TARGET.substitute(
        source=literal(request.prompt),
        source_ids=literal(list(completion.source_ids)),
        prefix=literal(list(request.prefix_ids)),
        ids=literal(list(completion.prompt_ids)),
        max_new_tokens=max_new_tokens,
        first=first,
        last="None" if is_interrupted else _LAST,
    )


def filters(lines: Mapping[str, str]) -> list[str]:
    """Return the lines of active filters, by name, with those of the checkpoint in their places."""
    before = ("repetition_penalty", "no_repeat_ngram_size")
    first = [line for name, line in lines.items() if name in before]
    middle = [line for name, line in lines.items() if name == "min_new_tokens"]
    rest = [line for name, line in lines.items() if name not in (*before, "min_new_tokens")]
    return [*first, _NEVER_LINE, *middle, _FORCED_LINES, *rest]
