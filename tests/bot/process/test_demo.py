"""When the page of the demo is published."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
import simcord

from bot.messages.alarms import Alarms
from bot.messages.errors import UserError, reply_error
from bot.messages.trash import UNDO_S, Trash
from bot.process import demo
from bot.process.demo_page import LivePage


class Round:
    """What an engine is seen to do, and what a preview is told, round by round."""

    def __init__(self, rounds):
        self.rounds, self.number, self.waits = rounds, -1, 0
        self.published = []
        self.closed = asyncio.Event()

    @property
    def now(self):
        return self.rounds[self.number] if self.number < len(self.rounds) else {}

    @property
    def is_busy(self):
        self.number += 1
        if self.number >= len(self.rounds) - 1:
            self.closed.set()
        self.waits += self.now.get("waits", 0)
        return self.now.get("is_busy", False)

    async def wait_closed(self):
        await self.closed.wait()

    async def refresh(self):
        self.published.append(self.number)
        if self.now.get("is_refused"):
            raise simcord.SetupError


@pytest.mark.parametrize(
    ("rounds", "published"),
    [
        ([{}, {}, {}], []),
        ([{"is_busy": True}, {"is_busy": True}, {}, {}], [0, 1, 2]),
        ([{}, {"waits": 1}, {}, {}], [1]),
        ([{"waits": 2, "is_refused": True}, {"is_refused": True}, {}, {}], [0, 1, 2]),
    ],
)
async def test_the_page_is_published_until_it_shows_what_the_engine_did(
    monkeypatch, rounds, published
):
    monkeypatch.setattr(demo, "_REFRESH_S", 0.001)
    both = Round(rounds)
    await demo._keep_fresh(both, both, SimpleNamespace(trash=Trash(), alarms=Alarms()))
    assert both.published == published


async def test_time_goes_by_while_a_deleted_text_waits_for_its_end(room, monkeypatch):
    monkeypatch.setattr(demo, "_REFRESH_S", 0.001)
    first = await room.continuar()
    await room.ana.select(first.response, ["delete"])
    page = LivePage(Clicks(room.env, room.channel.id))
    with pytest.raises(simcord.SetupError):
        async with page._turn:
            await page.pass_time(1)
    await page.pass_time(UNDO_S - 1)
    assert first.response is not None
    await page.pass_time(1)
    assert first.response is None
    both = Round([{}, {}, {}, {}])
    trash = SimpleNamespace(is_empty=False)

    async def pass_time(seconds):
        trash.is_empty = True

    both.pass_time = pass_time
    bot = SimpleNamespace(trash=trash, alarms=Alarms())
    await demo._keep_fresh(both, both, bot)
    assert both.published == [0]


class BadWordForm(discord.ui.Modal):
    def __init__(self):
        super().__init__(title="Palabra")
        self.word = discord.ui.TextInput(label="Palabra", custom_id="palabra")
        self.add_item(self.word)

    async def on_submit(self, interaction):
        raise UserError("Esa palabra no vale.")

    async def on_error(self, interaction, error):
        await reply_error(interaction, error)


async def test_a_refusal_is_no_crash_of_the_action(room):
    demo._answer_errors_itself(room.bot)
    refused = await room.ana.slash(room.channel, "continuar", texto="Hola", temperatura="99")
    assert refused.response.content.startswith("«temperatura» tiene que ser un número entre 0 y 5")

    @room.bot.tree.command(name="formulario", description="Abre un formulario")
    async def form(interaction):
        await interaction.response.send_modal(BadWordForm())

    await room.bot.tree.sync()
    opened = await room.ana.slash(room.channel, "formulario")
    refused = await room.ana.submit_modal(opened, {"palabra": "x"})
    assert refused.response.content == "Esa palabra no vale."
    assert room.env.errors_since(0) == ()


class Clicks:
    """A preview of one page whose actions are only noted."""

    def __init__(self, env, channel_id):
        self.env = env
        self.page = SimpleNamespace(id="p", channel_id=channel_id, revision=0)
        self._pages = {"p": self.page}
        self.seen, self.held, self.refreshed = [], None, 0

    async def _action(self, context_id, body):
        self.seen.append(body.get("published_revision"))
        if self.held is not None:
            await self.held.wait()

    def _publish(self, page, *, reason="refresh"):
        page.revision += 1

    async def refresh(self):
        self.refreshed += 1
        self._publish(self.page)

    async def click(self, message, revision):
        body = {"kind": "click", "target_id": str(message.id), "published_revision": revision}
        await self._action("p", body)
        return self.seen[-1]


async def test_a_text_can_be_stopped_while_it_is_published_again_and_again(room):
    gate = room.hold()
    running = (await room.continuar()).response
    clicks = Clicks(room.env, room.channel.id)
    page = LivePage(clicks)
    for _ in range(3):
        await page.refresh()
    assert clicks.page.revision == 3
    assert await clicks.click(running, 1) == 3
    gate.set()
    await room.env.settle()
    # It has other buttons now: what was clicked before is not what is there.
    assert await clicks.click(running, 1) == 1
    await page.refresh()
    assert await clicks.click(running, 3) == 3
    await page.refresh()
    assert await clicks.click(running, 4) == 5
    await clicks._action("p", {"kind": "run_command", "published_revision": 2})
    assert clicks.seen[-1] == 5


async def test_nothing_is_published_while_an_action_is_in_flight(room):
    clicks = Clicks(room.env, room.channel.id)
    page = LivePage(clicks)
    clicks.held = asyncio.Event()
    action = asyncio.create_task(clicks._action("p", {"kind": "run_command"}))
    await asyncio.sleep(0)
    with pytest.raises(simcord.SetupError):
        await page.refresh()
    assert clicks.refreshed == 0
    clicks.held.set()
    await action
    await page.refresh()
    assert clicks.refreshed == 1
