"""Reading a page of the explorer without a Discord: for screens of any shape."""

from types import SimpleNamespace

from bot.client import Reading
from bot.features import PAGES
from tests.bot.scripted import ScriptedEngine


class NoPictures:
    """Draws nothing: its pages keep the place of the picture."""

    async def get(self, key, draw, reader_id):
        return b"PNG"


def reading(reply, place, **fields):
    """Return somebody who reads a page, with an engine whose answers can be set."""
    client = SimpleNamespace(
        pages=PAGES,
        pictures=NoPictures(),
        engine=fields.pop("engine", None) or ScriptedEngine(),
        blocked_words=(),
        word_list=None,
        settings=SimpleNamespace(request_timeout_s=600.0),
    )
    return Reading(client=client, reader_id=1, reply=reply, place=place, **fields)
