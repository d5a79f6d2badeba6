"""The buttons under a long coloured text, whose stretches have pages of their own."""

from dataclasses import replace

import discord
import pytest

from bot.features.explorer.surprise.coloured import _buttons
from bot.messages.place import PageName, Place
from bot.render.written_words import WrittenWord

REPLY = "f" * 32


def stretches(count):
    """Return stretches of one word each."""
    word = WrittenWord(
        start=0, stop=1, text=" x", bits=1.0, excess_bits=0.0, has_letters=True, is_whole=True
    )
    return [[replace(word, start=50 * i, stop=50 * i + 1)] for i in range(count)]


@pytest.mark.parametrize("publisher", [0, 7])
@pytest.mark.parametrize("here", [0, 1, 2])
def test_the_buttons_of_every_stretch_fit_into_their_rows(publisher, here):
    place = Place(step=50 * here, publisher=publisher, page=PageName.COLOURED)
    rows = _buttons(REPLY, place, stretches(3), here, 0)
    labels = [[item.item.label for item in discord.ui.ActionRow(*row).children] for row in rows]
    own = [["Explicar", "Borrar"]] if publisher else []
    assert labels[1:] == own
    assert ("Publicar" in labels[0]) is not bool(publisher)
    assert [label in labels[0] for label in ("◀ Antes", "Después ▶")] == [here > 0, here < 2]
