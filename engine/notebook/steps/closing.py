"""The game with the next word, and all texts side by side."""

from __future__ import annotations

from engine.notebook.step import Step

_ASK = '''
sentence = LOVE.split(" dura")[0]  # sin su última palabra
start = encode(sentence)[0].tolist()


def whole_word(token):
    """La palabra que empieza en un token, acabada con greedy; "" si ahí no empieza ninguna."""
    ids, known = [*start, token], len(tokenizer.decode(start))
    for _ in range(4):
        ids.append(int(next_probs(torch.tensor([ids])).argmax()))
    added = tokenizer.decode(ids)[known:]
    found = (added.split() or [""])[0].rstrip(".,;:!?…")
    return found if added.startswith(" ") and found.isalpha() else ""


probs = next_probs(torch.tensor([start]))
order = torch.argsort(probs, descending=True, stable=True).tolist()
ranked = [(rank, token, whole_word(token)) for rank, token in enumerate(order[:50], 1)]
ranked = [one for one in ranked if one[2]]
die = random.Random(SEED)
near = [one for one in ranked[3:] if one[0] <= 10]
far = [one for one in ranked[3:] if one[0] > 10]
options = ranked[:3] + [die.choice(group) for group in (near, far) if group]
die.shuffle(options)
print(sentence, "…")
for letter, (_, _, found) in zip("ABCDE", options):
    print(f"{letter}. {found}")
'''
_REVEAL = """
came_out = draw(probs.log(), throw_die(0))
shown = whole_word(came_out) or word(came_out)
Table(
    ["", "palabra", "puesto", "el modelo le da"],
    [
        [letter, found, rank, percent(probs[token])]
        for letter, (rank, token, found) in zip("ABCDE", options)
    ]
    + [["dado", shown, order.index(came_out) + 1, percent(probs[came_out])]],
)
"""
GUESS = Step(
    key="guess",
    title="Adivina la palabra que sigue",
    idea=(
        "Cinco palabras: las tres favoritas del modelo y dos menos probables, barajadas. Elige "
        "una antes de ejecutar la segunda celda, que enseña lo que les da el modelo y lo que "
        "salió en el dado."
    ),
    code=(_ASK, _REVEAL),
    question="¿Acertarías más eligiendo siempre la favorita?",
)

_DUEL = """
rows = []
for name, ids in written.items():
    new = ids[0, prompt_length:].tolist()
    whole, _ = sequence_logprob(ids, prompt_length)
    rows.append(
        [name, len(new), number(whole), number(whole / len(new)), percent(repetition(new), 0)]
    )
Table(["", "tokens", "log-prob.", "por token", "repetido"], rows)
"""
DUEL = Step(
    key="close",
    title="Todos, lado a lado",
    idea=(
        "Los textos de la clase, con su log-probabilidad y lo que se repiten. El más probable "
        "suele ser el más repetido; el que más gusta, casi nunca el más probable."
    ),
    code=(_DUEL,),
    question="Léelos otra vez: ¿con cuál te quedas, y con qué ajustes salió?",
)
