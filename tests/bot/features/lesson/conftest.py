"""A class with its teacher, and cells that are quick, slow, broken or full of things."""

from __future__ import annotations

import zlib
from types import SimpleNamespace

import discord
import pytest
from simcord.results import ResponseMessage

from bot.features.lesson import cells
from bot.features.lesson.cell import Cell, CellFile, CellResult, Row
from engine import DecodingParams, EngineError
from tests.bot.screens import text_of
from tests.bot.world import Gate

GREEDY = DecodingParams(strategy="greedy", max_new_tokens=5)


def png() -> bytes:
    """Return the smallest picture that there is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    head = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class OneText(Cell):
    """Writes a text."""

    key = "one_text"
    title = "Un texto"
    idea = "Se escribe un texto."
    code = "model.generate(ids)"
    question = "¿Qué sale?"
    own = GREEDY

    async def run(self, lab):
        trace = await lab.write("El amor es ", GREEDY)
        rows = (Row(what="log-prob", notebook="-45,07", ours="-12,30"),)
        text = f"**Sale** {trace.completion.attempts[0].text}"
        return CellResult(text=text, rows=rows, why="El modelo es otro.", traces=(trace,))


class Full(Cell):
    """Has two texts, a picture and a file."""

    key = "full"
    title = "De todo"
    idea = "Un dibujo y un archivo."
    question = "¿Y aquí?"

    async def run(self, lab):
        first = await lab.write("El amor es ", GREEDY, label="T 2")
        second = await lab.write("La vida es ", GREEDY, label="T 0,75")
        picture = await lab.picture(png, "dibujo.png", "Un punto")
        file = CellFile(name="clase.ipynb", data=b"{}")
        return CellResult(text="Dos", traces=(first, second), picture=picture, file=file)


class Broken(Cell):
    """Fails until it is mended."""

    key = "broken"
    title = "La que falla"
    idea = "No sale a la primera."
    error: Exception | None = EngineError("out_of_memory")

    async def run(self, lab):
        if self.error is not None:
            raise self.error
        return CellResult(text="Arreglada")


class School:
    """A lesson as its people see it."""

    def __init__(self, room):
        self.room, self.env = room, room.env
        may_manage = discord.Permissions(manage_messages=True)
        role = room.guild.create_role("mesa", permissions=may_manage)
        self.eva, self.pepe = (
            room.guild.add_member(room.env.create_user(name), roles=[role])
            for name in ("eva", "pepe")
        )
        self.ana, self.luis = room.ana, room.luis

        self.hasten()

    def hasten(self):
        """Let drawings follow one another at once."""
        self.room.bot.lessons._interval_s = 0

    async def restart(self):
        bot = self.room.new_bot()
        self.hasten()
        await self.env.restart_bot(bot)

    @property
    def storage(self):
        return self.room.storage

    async def start(self, who=None, channel=None, **options):
        asked = who or self.eva
        return await asked.slash(channel or self.room.channel, "clase empezar", **options)

    async def command(self, name, who=None, **options):
        return await (who or self.eva).slash(self.place, f"clase {name}", **options)

    @property
    def place(self):
        """The lesson's thread."""
        return self.room.channel.threads[-1]

    @property
    def messages(self):
        backend = self.env.backend
        found = sorted(backend.messages[self.place.id].values(), key=lambda m: m.id)
        return [ResponseMessage(self.env, one) for one in found if not one.is_ephemeral]

    @property
    def control(self):
        """The message with the teacher's buttons: always the last."""
        return self.messages[-1]

    def cell(self, number):
        """Return the message of a cell."""
        title = f"### {number} · "
        return next(m for m in self.messages if text_of(m).startswith(title))

    def fresh(self, message):
        """Read a message as it is now."""
        stored = self.env.backend.get_message(message.channel_id, message.id)
        return ResponseMessage(self.env, stored)

    async def lesson(self):
        (found,) = await self.storage.lessons.all_open(self.room.bot.application_id)
        return found

    async def press(self, label, who=None, on=None):
        return await (who or self.eva).click(on or self.control, label=label)


@pytest.fixture
def plan(monkeypatch):
    """The cells of these tests."""
    broken = Broken()
    monkeypatch.setattr(cells, "CELLS", (OneText(), Full(), broken))
    return SimpleNamespace(broken=broken)


@pytest.fixture
def school(room, plan):
    return School(room)


@pytest.fixture
def hold(room):
    """Return a function that holds the engine until its gate opens."""

    def hold():
        room.engine.gate = Gate(room.env)
        return room.engine.gate

    return hold
