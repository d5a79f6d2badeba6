"""The slides, the model, and the table of the notebook."""

from __future__ import annotations

from string import Template

from engine.notebook.step import Step

_MASK = """
sentence = encode("La casa de la montaña es muy grande")
changed = sentence.clone()
changed[0, -1] = int(next_probs(sentence[:, :-1]).argmin())  # otra palabra al final

with torch.inference_mode():
    difference = (model(sentence).logits - model(changed).logits).abs().amax(-1)[0]
Table(
    ["token", "¿cambia lo que dice el modelo aquí?"],
    [
        [word(token), "sí" if value > 0.001 else "no"]
        for token, value in zip(sentence[0], difference)
    ],
)
"""

FAMILIES = Step(
    key="families",
    title="Familias, y la máscara",
    idea=(
        "Un **codificador** (BERT) lee los dos lados de cada palabra y rellena huecos; un "
        "**decodificador** (GPT) solo ve lo que tiene a la izquierda y sigue textos; un "
        "**codificador-decodificador** (T5) lee un texto entero y escribe otro. Lo que tapa la "
        "derecha se llama *máscara*. Se nota así: si cambias la última palabra, lo que el modelo "
        "pensaba en las de antes no se mueve."
    ),
    code=(_MASK,),
    question="¿Por qué no puede mirar a la derecha un modelo que escribe de izquierda a derecha?",
)

_SIZE = Template("""
parameters = sum(weights.numel() for weights in model.parameters())
Table(
    ["", "cuaderno", "aquí"],
    [
        ["modelo", $notebook_model, MODEL],
        ["parámetros", "$parameters M", number(parameters / 1e6, 1) + " M"],
        ["tokens del vocabulario", "—", model.config.vocab_size],
        ["tokens que puede mirar", "—", getattr(model.config, "max_position_embeddings", "—")],
    ],
)
""")


def model_step(notebook_model: str, parameters: str) -> Step:
    """Return the step about the model.

    Args:
        notebook_model: Of the notebook.
        parameters: Of that one in millions, as a Spanish number.
    """
    return Step(
        key="model",
        title="El modelo y su tamaño",
        idea=(
            "Un modelo es una lista larga de números (parámetros) que se ajustaron leyendo mucho "
            "texto. Con ellos hace una sola cosa: dar una probabilidad a cada token que podría "
            "venir ahora."
        ),
        code=(_SIZE.substitute(notebook_model=repr(f"{notebook_model}"), parameters=parameters),),
        question="¿Cuántas veces más grande es uno que el otro?",
    )


_GREEDY_TABLE = Template("""
STEPS, CHOICES = $steps, $choices
ids = encode(LOVE)
by_hand, chances, rows = [], [], []
for _ in range(STEPS):
    probs = next_probs(ids)
    best = torch.argsort(probs, descending=True, stable=True)[:CHOICES]
    rows.append(["…" + text_of(ids)[-30:], *(f"{word(i)} ({percent(probs[i])})" for i in best)])
    by_hand.append(int(best[0]))  # greedy: siempre el más probable
    chances.append(float(probs[best[0]]))
    ids = torch.cat([ids, best[None, :1]], dim=-1)
    if by_hand[-1] in ENDS:
        break
Table(["Entrada", *(f"Opción {n}" for n in range(1, CHOICES + 1))], rows)
""")
_GREEDY_NOTEBOOK = Template("""
NOTEBOOK = $first
Table(
    ["paso", "cuaderno", "aquí"],
    [
        [step, f"{token} ({number(share)} %)", f"{word(here)} ({percent(chance)})"]
        for step, ((token, share), here, chance) in enumerate(zip(NOTEBOOK, by_hand, chances), 1)
    ],
)
""")


def greedy_by_hand(steps: int, choices: int, first: str) -> Step:
    """Return the step with the table.

    Args:
        steps: Rows.
        choices: Columns.
        first: Python literal of the notebook's first tokens with their percentages.
    """
    return Step(
        key="greedy_by_hand",
        title="Greedy a mano",
        idea=(
            "Greedy es elegir siempre el token más probable, pegarlo detrás y volver a preguntar. "
            f"Aquí, {steps} veces, con las {choices} mejores opciones de cada paso."
        ),
        code=(
            _GREEDY_TABLE.substitute(steps=steps, choices=choices),
            _GREEDY_NOTEBOOK.substitute(first=first),
        ),
        question="¿En qué paso estaba el modelo menos seguro?",
    )


_GENERATE = """
output = generate(LOVE, max_new_tokens=STEPS, do_sample=False)
generated = output[0, encode(LOVE).shape[1] :].tolist()
print(text_of(output))
print("Los mismos tokens que a mano ✔" if generated == by_hand else "Otros tokens ✘")
"""
GREEDY = Step(
    key="greedy",
    title="Lo mismo, con generate()",
    idea="`generate()` hace ese bucle por ti: sin dado (`do_sample=False`) es greedy.",
    code=(_GENERATE,),
    question="¿Qué cambia si pides más tokens?",
)
