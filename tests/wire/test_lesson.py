"""A whole lesson over the wire: a teacher, thirty pupils, and a crash in the middle of a cell."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from typing import Any

import pytest
import pytest_asyncio

from bot.features.lesson.cells import plan
from tests.wire.asking import SOON_S, is_explained, is_written
from tests.wire.holding import held, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEACHER, MODERATOR, CLASS = 1, 40, range(2, 32)
MANAGE_MESSAGES = 1 << 13
CELLS = plan()
LONGEST_S = 150.0
EDIT_S = 1.5
_RUNNING = "SELECT count(*) FROM lesson_cells WHERE state = 'running'"
KNOWN = ("notifies somebody", "allowed_mentions.users.0: ")
"""What is wanted here alone: that the teacher is called at the end of a long cell."""


class Classroom:
    """A lesson as its people see it.

    Attributes:
        d: The fake Discord.
        thread: Where the lesson is given.
    """

    def __init__(self, d: Any) -> None:
        self.d = d
        self.thread: Any = None

    async def start(self, channel: int = 0, user: int = TEACHER) -> Any:
        r = await self.d.slash("clase empezar", user=user, channel=channel, quiet=SOON_S)
        self.thread = self.d.threads(channel)[-1]
        return r

    @property
    def messages(self) -> list[Any]:
        found = [m for m in self.d.thread_messages(self.thread) if not m.ephemeral]
        return sorted(found, key=lambda m: int(m.id))

    @property
    def control(self) -> Any:
        """The teacher's message: the last but for those that a game posts."""
        return [m for m in self.messages if m.text.startswith("### Clase")][-1]

    def cell(self, number: int) -> Any:
        title = f"### {number} · "
        return next(m for m in self.messages if m.text.startswith(title))

    async def press(self, label: str, user: int = TEACHER, on: Any = None, **options: Any) -> Any:
        options = {"quiet": SOON_S, **options}
        return await self.d.click(on or self.control, label=label, user=user, **options)

    async def until(self, is_so: Any, what: str) -> None:
        """Wait until something is seen."""
        end = time.monotonic() + LONGEST_S
        while not is_so():
            if time.monotonic() > end:
                pytest.fail("\n".join((what, *(m.text for m in self.messages))))
            await asyncio.sleep(0.1)

    async def stands_at(self, number: int) -> None:
        title = f"### Clase · {number} de {len(CELLS)} · "
        await self.until(lambda: self.control.text.startswith(title), f"cell {number}")

    async def computed(self, number: int) -> None:
        """Wait until the cell where the lesson stands has its result, and the buttons know it."""
        await self.until(lambda: is_computed(self.cell(number)), f"cell {number} computed")
        await self.until(lambda: "Hecha." in self.control.text, f"cell {number} done")


def is_computed(message: Any) -> bool:
    waits = ("Calculando", "Aún sin calcular", "No ha salido")
    return not any(word in message.text for word in waits)


def doubts(message: Any) -> int:
    """Read the doubts off a cell's button."""
    found = [re.fullmatch(r"Duda ✋ (\d+)", label) for label in message.labels]
    return next((int(one[1]) for one in found if one), 0)


def unexpected(problems: list[str]) -> list[str]:
    return [text for text in problems if not any(part in text for part in KNOWN)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(wire: Any, start_bot: Any) -> Any:
    """A teacher by role, a moderator, and people who are neither."""
    wire.add_role("Profesora", TEACHER)
    everything = wire.bot_permissions
    for user in (TEACHER, *CLASS):
        wire.permissions[user] = everything & ~MANAGE_MESSAGES
    await start_bot(TEACHER_ROLE="Profesora", EDIT_INTERVAL_S=EDIT_S)
    return Classroom(wire)


async def test_only_those_who_may_teach_begin_a_lesson(wire, room, problems):
    refused = await wire.slash("clase empezar", user=2, quiet=SOON_S)
    assert "Dar clase pueden" in refused.text
    assert wire.threads(0) == []
    started = await room.start()
    assert started.ephemeral
    assert "Clase empezada en <#" in started.text
    await room.stands_at(1)
    assert unexpected(await problems()) == []


async def test_thirty_pupils_doubt_explore_and_try_at_once(wire, room, problems):
    greedy = next(number for number, cell in enumerate(CELLS, 1) if cell.key == "greedy")
    await wire.slash("clase ir", {"celda": str(greedy)}, channel=room.thread["id"], quiet=SOON_S)
    await room.stands_at(greedy)
    clicks = [room.press("Ejecutar") for _ in range(2)]
    await asyncio.gather(*clicks, return_exceptions=True)
    await room.computed(greedy)
    shown = room.cell(greedy)
    before = len(shown.history)
    hands = await asyncio.gather(*(room.press("Duda", user=user, on=shown) for user in CLASS))
    assert all("Apuntada" in hand.text and hand.ephemeral for hand in hands)
    assert max(hand.latency_ack for hand in hands) < 3, wire.report(hands)
    await room.until(lambda: doubts(room.cell(greedy)) == len(CLASS), "every hand")
    half = [*CLASS][::2]
    hands = await asyncio.gather(*(room.press("Duda", user=user, on=shown) for user in half))
    assert all("Quitada" in hand.text for hand in hands)
    await room.until(lambda: doubts(room.cell(greedy)) == len(CLASS) - len(half), "half of them")
    assert len(shown.history) - before <= 20
    patient = {"on": shown, "until": is_explained, "timeout": LONGEST_S}
    readers = [*CLASS][::3]
    explored = await asyncio.gather(
        *(room.press("Explicar", user=user, **patient) for user in readers)
    )
    assert all(one.ephemeral for one in explored)
    assert [one.text for one in explored if not is_explained(one)] == []
    form = await room.press("Hacerlo yo", user=2, on=shown)
    # Nobody writes so quickly that Discord has not yet told the bot that the form is open.
    await asyncio.sleep(SOON_S)
    own = await wire.submit_modal(form, {"Tu texto": "La vida es"}, until=is_written)
    assert own.ephemeral
    assert f"Como la celda {greedy}: greedy" in own.text
    refused = await room.press("Siguiente", user=3)
    assert "Los botones de la clase son de" in refused.text
    assert unexpected(await problems()) == []


async def test_a_crash_in_the_middle_of_a_cell_costs_nothing(
    wire, room, start_bot, data_dir, problems
):
    number = next(number for number, cell in enumerate(CELLS, 1) if cell.key == "unicorns")
    other = Classroom(wire)
    await other.start(channel=1, user=MODERATOR)
    there = {"user": MODERATOR, "channel": other.thread["id"], "quiet": SOON_S}
    await wire.slash("clase ir", {"celda": str(number)}, **there)
    await other.stands_at(number)
    await other.press("Ejecutar", user=MODERATOR)
    await other.computed(number)
    here = {"channel": room.thread["id"], "quiet": SOON_S}
    await wire.slash("clase ir", {"celda": str(number)}, **here)
    await room.stands_at(number)
    running = asyncio.create_task(room.press("Ejecutar"))
    await stored(wire, data_dir, _RUNNING)
    with held(data_dir, _RUNNING) as cells:
        assert cells == 1
        await room.until(lambda: "Calculando" in room.control.text, "running")
        await wire.stop_bot(signal.SIGKILL)
    await asyncio.gather(running, return_exceptions=True)
    assert "Calculando" in room.cell(number).text
    await start_bot(TEACHER_ROLE="Profesora", EDIT_INTERVAL_S=EDIT_S)
    await room.computed(number)
    assert "Me reinicié a media celda" in room.control.text
    assert room.cell(number).text == other.cell(number).text
    titles = [m.text.split("\n")[0] for m in room.messages]
    assert len(titles) == len(set(titles))
    await wire.slash("clase terminar", user=MODERATOR, channel=other.thread["id"], quiet=SOON_S)
    assert unexpected(await problems()) == []


async def test_the_whole_lesson_to_its_end_with_another_teacher(wire, room, problems):
    await wire.slash("clase ir", {"celda": "1"}, channel=room.thread["id"], quiet=SOON_S)
    await room.stands_at(1)
    taken = await room.press("Seguir yo la clase", user=MODERATOR)
    assert "La clase es tuya" in taken.text
    name = f"<@{wire.user(MODERATOR)['id']}>"
    await room.until(lambda: name in room.control.text, "another teacher")
    for number in range(1, len(CELLS) + 1):
        await room.stands_at(number)
        if not is_computed(room.cell(number)):
            await room.press("Ejecutar", user=MODERATOR)
            await room.computed(number)
        if number < len(CELLS):
            await room.press("Siguiente", user=MODERATOR)
    assert room.control.text.startswith(f"### Clase · {len(CELLS)} de {len(CELLS)}")
    cells = [m for m in room.messages if re.match(r"### \d+ · ", m.text)]
    assert len(cells) == len(CELLS)
    assert all(is_computed(m) for m in cells), [m.text for m in cells if not is_computed(m)]
    await room.press("Terminar", user=MODERATOR)
    await room.until(lambda: room.control.text.startswith("### Clase terminada"), "the end")
    assert f"{len(CELLS)} de {len(CELLS)} celdas calculadas. Quedan 15 dudas" in room.control.text
    assert unexpected(await problems()) == []
