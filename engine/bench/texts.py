"""The text that the benches' prompts are cut from."""

from __future__ import annotations

TEXT = """En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía
un hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo corredor. Una olla de
algo más vaca que carnero, salpicón las más noches, duelos y quebrantos los sábados, lantejas los
viernes, algún palomino de añadidura los domingos, consumían las tres partes de su hacienda. El
resto della concluían sayo de velarte, calzas de velludo para las fiestas, con sus pantuflos de lo
mesmo, y los días de entresemana se honraba con su vellorí de lo más fino."""
