"""A word that the class guesses together."""

from __future__ import annotations

from bot.features.game.opening import play_in
from bot.features.lesson.cell import Cell, CellResult, Lab
from bot.features.lesson.cells import closing_texts as texts
from bot.messages.errors import UserError
from engine.notebook import facts

_OPENING = facts.LOVE_PROMPT.partition(" dura")[0]
"""What the notebook file asks about, too."""
_ROUNDS = 3


class GuessCell(Cell):
    """Opens a round of the game in the lesson's place."""

    key = "guess"
    title = "Adivinad la palabra que sigue"
    idea = (
        "Ahora apostáis vosotros: la clase elige la palabra siguiente, y el modelo enseña después "
        "su reparto y su dado."
    )
    code = "z = model(ids).logits[0, -1]\np = z.softmax(0)\n-p[token].log2()  # bits"
    posts = True
    question = "¿Ganaríais siempre votando a la favorita del modelo?"

    async def run(self, lab: Lab, text: str | None = None) -> CellResult:
        """Begin a game of a few words, unless a restart has left that very one open.

        Args:
            lab: The lesson's.
            text: Another beginning.

        Raises:
            UserError: The channel has another game: once it has ended, the cell may be repeated.
        """
        prompt = _OPENING if text is None else text
        try:
            await play_in(
                lab.client,
                channel_id=lab.channel_id,
                guild_id=lab.guild_id,
                host_id=lab.owner_id,
                text=prompt,
                rounds=_ROUNDS,
                model=lab.pinned.model,
                revision=lab.pinned.revision,
                seed=lab.pinned.seed,
            )
        except UserError:
            known = await lab.client.storage.games.open_in(lab.channel_id)
            if known is None or known.request.prompt != prompt:
                raise
        return CellResult(text=texts.ROUND)
