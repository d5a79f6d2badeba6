"""The texts without a die: greedy, its sum, and beams."""

from __future__ import annotations

from string import Template

from engine.notebook.step import Step

_UNICORNS = '''
def repetition(new, size=4):
    """Qué parte de los grupos de cuatro tokens seguidos ya había salido."""
    groups = [tuple(new[i : i + size]) for i in range(len(new) - size + 1)]
    return 1 - len(set(groups)) / len(groups) if groups else 0.0


def loop_of(ids):
    """Dónde empieza a repetirse el final de un texto, y cada cuántos tokens; o None."""
    for period in range(1, len(ids) // 3 + 1):
        same = 0
        while same + period < len(ids) and ids[-1 - same] == ids[-1 - same - period]:
            same += 1
        if same >= 2 * period and same + period >= 6:
            return len(ids) - same, period
    return None


prompt_length = encode(UNICORNS).shape[1]
written = {"greedy": generate(UNICORNS, max_length=MAX_LENGTH, do_sample=False)}
print(text_of(written["greedy"]))
new = written["greedy"][0, prompt_length:].tolist()
print(f"\\n{prompt_length} tokens del principio y {len(new)} nuevos: {MAX_LENGTH} como mucho.")
print(f"Grupos de cuatro tokens que ya habían salido: {percent(repetition(new), 0)}.")
if loop := loop_of(new):
    print(f"Desde el token nuevo {loop[0] + 1} no hace más que repetir los {loop[1]} de antes.")
'''


def unicorns(max_length: int) -> Step:
    """Return the step with the greedy text.

    Args:
        max_length: Of prompt and new tokens.
    """
    return Step(
        key="unicorns",
        title="Los unicornios, con greedy",
        idea=(
            f"El principio más famoso, hasta {max_length} tokens. Ojo: `max_length` cuenta también "
            "los del principio. Y elegir siempre lo más probable tiene un precio: en el cuaderno "
            "el texto acaba repitiéndose."
        ),
        code=(_UNICORNS,),
        question="¿Por qué le cuesta tanto salir de una repetición?",
    )


_SUM = '''
def sequence_logprob(ids, prompt_length):
    """La log-probabilidad de lo nuevo: entera, y como la suma el cuaderno."""
    with torch.inference_mode():
        logprobs = torch.log_softmax(model(ids).logits[:, :-1].float(), -1)
    # Va corrida un sitio: la casilla i es la del token i + 1.
    shifted = logprobs.gather(2, ids[:, 1:, None])[0, :, 0]
    return float(shifted[prompt_length - 1 :].sum()), float(shifted[prompt_length:].sum())


def sums(name, stored):
    """Las dos sumas de un texto, al lado de la del cuaderno."""
    whole, as_notebook = sequence_logprob(written[name], prompt_length)
    return Table(
        ["", "cuaderno", "aquí"],
        [
            ["log-prob. como en el cuaderno", number(stored), number(as_notebook)],
            ["log-prob. entera", "—", number(whole)],
        ],
    )
'''


def logprob(stored: float) -> Step:
    """Return the step with the sum of the greedy text.

    Args:
        stored: The notebook's.
    """
    return Step(
        key="logprob",
        title="¿Cómo de probable es un texto?",
        idea=(
            "La probabilidad de un texto es el producto de las de sus tokens: un número "
            "diminuto. Por eso se suman sus logaritmos; cuanto más cerca de 0, más probable. El "
            "cuaderno corta la lista un sitio tarde y se deja el primer token nuevo: aquí están "
            "las dos sumas."
        ),
        code=(_SUM, f'sums("greedy", {stored})\n'),
        question="¿Cuál de las dos sumas es siempre más cercana a 0, y por qué?",
    )


_BEAM = Template("""
written["haces"] = generate(UNICORNS, max_length=MAX_LENGTH, num_beams=$beams, do_sample=False)
print(text_of(written["haces"]))
""")
_TREE = Template('''
def beam_steps(prompt, beams, steps):
    """Los haces paso a paso: para cada uno, los candidatos y cuáles se quedan."""
    start, rows, levels = encode(prompt)[0].tolist(), [((), 0.0)], []
    for _ in range(steps):
        found = []
        for path, score in rows:
            logprobs = next_probs(torch.tensor([[*start, *path]])).log()
            best = logprobs.topk(min(2 * beams, len(logprobs)))
            found += [
                ((*path, int(token)), score + float(value))
                for value, token in zip(best.values, best.indices)
            ]
        found = sorted(found, key=lambda one: -one[1])[: 2 * beams]
        rows = [one for one in found if one[0][-1] not in ENDS][:beams]
        levels.append((found, {path for path, _ in rows}))
    return levels


def draw_tree(levels, parent=()):
    """Pinta el árbol: ● se queda, ✂ se poda, ■ es un final."""
    if len(parent) == len(levels):
        return
    found, kept = levels[len(parent)]
    for path, score in found:
        if path[:-1] == parent:
            mark = "●" if path in kept else "■" if path[-1] in ENDS else "✂"
            print("    " * len(parent) + f"{mark} {word(path[-1])}  {number(score)}")
            draw_tree(levels, path)


levels = beam_steps(UNICORNS, beams=$beams, steps=$steps)
draw_tree(levels)
''')


def beam(beams: int, stored: float, tree_steps: int) -> Step:
    """Return the step with the beams and their tree.

    Args:
        beams: How many.
        stored: The notebook's sum.
        tree_steps: Tokens from the root to a leaf of the tree.
    """
    return Step(
        key="beam",
        title=f"{beams} haces (beam search), y su árbol",
        idea=(
            f"En vez de quedarse con un texto, se llevan {beams} a la vez (haces) y en cada paso "
            "se guardan los de mejor suma. Greedy puede perderse un texto mejor que empieza peor; "
            f"los haces, menos. El árbol son sus primeros {tree_steps} pasos."
        ),
        code=(
            _BEAM.substitute(beams=beams),
            f'sums("haces", {stored})\n',
            _TREE.substitute(beams=beams, steps=tree_steps),
        ),
        question="¿Mejor log-probabilidad quiere decir mejor texto?",
    )


_NGRAM = Template("""
written["haces sin parejas"] = generate(
    UNICORNS,
    max_length=MAX_LENGTH,
    num_beams=$beams,
    no_repeat_ngram_size=$size,
    do_sample=False,
)
print(text_of(written["haces sin parejas"]))
""")


def beam_ngram(beams: int, size: int, stored: float) -> Step:
    """Return the step with beams that repeat no pair.

    Args:
        beams: How many.
        size: Of what may not come twice.
        stored: The notebook's sum.
    """
    return Step(
        key="beam_ngram",
        title="Haces, sin repetir parejas",
        idea=(
            f"`no_repeat_ngram_size={size}` prohíbe que dos tokens seguidos salgan juntos dos "
            "veces. El texto deja de repetirse, y su log-probabilidad cae: el modelo quería "
            "repetirse."
        ),
        code=(
            _NGRAM.substitute(beams=beams, size=size),
            f'sums("haces sin parejas", {stored})\n',
        ),
        question="¿Qué texto normal prohibiría esta regla sin querer?",
    )
