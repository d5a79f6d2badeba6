"""The texts with a die: temperature, cuts, and what they cut."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from engine.notebook import facts
from engine.notebook.numbers import comma
from engine.notebook.step import Step

_DIE = '''
def throw_die(t, attempt=0):
    """El dado de la clase: cada token tiene el suyo, y siempre cae igual."""
    return random.Random(f"{SEED}:{attempt}:{t}").random()


def draw(scores, u):
    """El primer token cuya probabilidad acumulada pasa de u, de más a menos probable."""
    probs = torch.softmax(scores.double(), -1)
    order = torch.argsort(probs, descending=True, stable=True)
    cumulative = probs[order].cumsum(0)
    place = int((cumulative <= u * cumulative[-1]).sum())
    return int(order[min(place, int((probs > 0).sum()) - 1)])


def sample(prompt, *filters):
    """Escribe con el dado de la clase, después de pasar los filtros."""
    ids = unread = encode(prompt)
    filters, cache = LogitsProcessorList(filters), None
    for t in range(MAX_LENGTH - ids.shape[1]):
        with torch.inference_mode():
            known = {} if cache is None else {"past_key_values": cache}
            output = model(unread, **known)
        cache = getattr(output, "past_key_values", None)
        token = draw(filters(ids, output.logits[:, -1].float())[0], throw_die(t))
        ids = torch.cat([ids, torch.tensor([[token]])], dim=-1)
        unread = ids if cache is None else ids[:, -1:]
        if token in ENDS:
            break
    return ids
'''
_DRAWN = Template("""
written[$label] = sample(UNICORNS$filters)
print(text_of(written[$label]))
""")


def _drawn(label: str, *filters: str) -> str:
    """Return the cell that draws a text.

    Args:
        label: What the text is called in the last table.
        filters: Python expressions, in transformers' order.
    """
    return _DRAWN.substitute(label=repr(label), filters="".join(f", {one}" for one in filters))


def temperature(values: Sequence[float]) -> Step:
    """Return the step with one text per temperature.

    Args:
        values: As the notebook has them.
    """
    texts = tuple(_drawn(f"T {comma(one)}", f"TemperatureLogitsWarper({one})") for one in values)
    return Step(
        key="temperature",
        title="Con dado: la temperatura",
        idea=(
            "En vez de tomar siempre la favorita, se tira un dado. La temperatura cambia las "
            "probabilidades antes: por encima de 1 las iguala (más locura) y por debajo las "
            "separa (más cordura). Este dado es el de la clase, así que con el mismo modelo salen "
            "los mismos textos; los del cuaderno salieron de otro dado."
        ),
        code=(_DIE, *texts),
        question="¿A qué se parecería el texto con temperatura casi 0?",
    )


_SORTED = Template('''
scores = model(encode(UNICORNS)).logits[:, -1].detach().float()


def cut_row(name, temperature, *filters):
    """Cuántos tokens deja un corte, y cuánta probabilidad suman."""
    cooled = TemperatureLogitsWarper(temperature)(None, scores)
    probs = torch.softmax(cooled, -1)
    alive = torch.isfinite(LogitsProcessorList(filters)(None, cooled))
    return [name, number(temperature), int(alive.sum()), percent(probs[alive].sum())]


probs = torch.softmax(scores[0], -1)
order = torch.argsort(probs, descending=True, stable=True)[:$shown]
cumulative = probs[order].cumsum(0)
Table(
    ["puesto", "token", "probabilidad", "", "acumulada"],
    [
        [n, word(i), percent(probs[i]), "█" * round(60 * float(probs[i])), percent(total)]
        for n, (i, total) in enumerate(zip(order, cumulative), 1)
    ],
)
''')
_CUTS = Template("""
Table(
    ["corte", "temperatura", "tokens que quedan", "suman"],
    [
        row
        for t in $temperatures
        for row in (
            cut_row("ninguno", t),
            cut_row("top-k $top_k", t, TopKLogitsWarper($top_k)),
            cut_row("top-k $hidden", t, TopKLogitsWarper($hidden)),
            cut_row("top-p $top_p_label", t, TopPLogitsWarper($top_p)),
            cut_row("los dos", t, TopKLogitsWarper($hidden), TopPLogitsWarper($top_p)),
        )
    ],
)
""")


def distribution(temperatures: Sequence[float], top_k: int, top_p: float) -> Step:
    """Return the step with the sorted probabilities and the cuts.

    Args:
        temperatures: At which the cuts are counted.
        top_k: Of the first cut.
        top_p: Of the second.
    """
    return Step(
        key="probabilities",
        title="Las probabilidades ordenadas, y los cortes",
        idea=(
            "De la más probable a la menos, y sumando: unas pocas se llevan casi todo, y detrás "
            "hay una cola larguísima. Top-k corta por puesto; top-p, cuando la suma llega a p. "
            "«Los dos» es el top-k que `transformers` pone sin que se pida, y después top-p."
        ),
        code=(
            _SORTED.substitute(shown=15),
            _CUTS.substitute(
                temperatures=repr(tuple(temperatures)),
                top_k=top_k,
                hidden=facts.HIDDEN_TOP_K,
                top_p=top_p,
                top_p_label=comma(top_p),
            ),
        ),
        question="¿Cuál de los dos cortes cambia de tamaño según lo seguro que esté el modelo?",
    )


def top_k(value: int) -> Step:
    """Return the step with top-k.

    Args:
        value: The notebook's.
    """
    return Step(
        key="top_k",
        title=f"Top-k {value}",
        idea=f"El dado solo puede caer en los {value} tokens más probables: la cola no existe.",
        code=(_drawn(f"top-k {value}", f"TopKLogitsWarper({value})"),),
        question="¿Qué pasa cuando el modelo está muy seguro y aun así se dejan tantos?",
    )


_HIDDEN = """
start = encode(UNICORNS)
options = {"do_sample": True, "max_new_tokens": 1, "output_scores": True}
options |= {"return_dict_in_generate": True}
Table(
    ["lo que se pide", "tokens entre los que cae el dado"],
    [
        [name, int(torch.isfinite(generate(UNICORNS, **options, **named).scores[0]).sum())]
        for name, named in {"nada": {}, "top_k=0": {"top_k": 0}}.items()
    ],
)
"""


def top_p(value: float) -> Step:
    """Return the step with top-p, with the hidden top-k and without.

    Args:
        value: The notebook's.
    """
    label, warper = f"top-p {comma(value)}", f"TopPLogitsWarper({value})"
    hidden = f"TopKLogitsWarper({facts.HIDDEN_TOP_K})"
    return Step(
        key="top_p",
        title=f"Top-p {comma(value)}, y un top-k escondido",
        idea=(
            f"Top-p {comma(value)} deja los tokens más probables que suman la mitad. Pero si no "
            f"dices nada de top-k, `transformers` pone {facts.HIDDEN_TOP_K}: el «top_p={value}» "
            "del cuaderno es en realidad los dos cortes, uno detrás del otro. Aquí, con él y sin "
            "él (`top_k=0`)."
        ),
        code=(
            _HIDDEN,
            _drawn(f"{label} y top-k {facts.HIDDEN_TOP_K}", hidden, warper),
            _drawn(label, warper),
        ),
        question="¿Cuándo daría otro texto quitar el top-k escondido?",
    )


_TORCH = Template("""
for settings in $settings:
    set_seed(SEED)
    print(settings)
    print(text_of(generate(UNICORNS, do_sample=True, max_length=MAX_LENGTH, **settings)))
    print()
""")


def torch_die(settings: Sequence[dict[str, float | int]]) -> Step:
    """Return the step that draws as the notebook does, with torch's own die.

    Args:
        settings: Of each text, as `generate` takes them.
    """
    return Step(
        key="torch_die",
        title="Lo mismo, con el dado de torch",
        idea=(
            "Así se hacía en el cuaderno: `set_seed` y `generate(do_sample=True, …)`. Con la misma "
            "semilla cae de otra manera que el dado de la clase, y puede cambiar con la versión "
            "de torch."
        ),
        code=(_TORCH.substitute(settings=repr(list(settings))),),
        question="¿Hay alguna semilla mejor que otra?",
    )
