"""A simulated Discord with the whole bot on a scripted engine and a real database."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import simcord
from simcord.results import ResponseMessage

from bot.app import Unicornio
from bot.config import Settings
from bot.features.continuation.message import continuation_page
from bot.messages.errors import UserError
from bot.render.frame import Frame
from bot.storage import Storage, open_storage
from engine import EngineError
from tests.bot.scripted import ScriptedEngine

SETTLE_S = 60.0
"""By the true clock: a machine that does other work draws slowly."""


class Gate:
    """Holds the scripted engine's streams; simcord knows that the wait is on purpose."""

    def __init__(self, env):
        self._env = env
        self._is_open = env._loop.create_future()

    async def wait(self):
        if not self._is_open.done():
            await self._env.external_wait(_shielded(self._is_open), reason="engine")

    def set(self):
        if not self._is_open.done():
            self._is_open.set_result(None)


async def _shielded(future):
    await asyncio.shield(future)


@dataclass
class Resources:
    """What one process of the bot is made of."""

    settings: Settings
    engine: ScriptedEngine
    storage: Storage
    bot: Unicornio


class World:
    """A server with Ana and Luis, who write in one channel."""

    def __init__(self, env, made):
        self.env, self.bot, self.engine = env, made.bot, made.engine
        self.storage, self.settings = made.storage, made.settings
        self.guild = env.create_guild("Taller")
        self.channel = self.guild.create_text_channel("decodificadores")
        self.ana = self.guild.add_member(env.create_user("ana", global_name="Ana"))
        self.luis = self.guild.add_member(env.create_user("luis", global_name="Luis"))

    def new_bot(self, engine=None):
        """Build a bot of a second process on the same database."""
        self.engine = engine or ScriptedEngine()
        self.bot = Unicornio(
            settings=self.settings,
            engine=self.engine,
            storage=self.storage,
            shard_count=1,
        )
        return self.bot

    async def restart(self):
        await self.env.restart_bot(self.new_bot())

    async def continuar(self, who=None, texto="Había una vez", **options):
        """Run /continuar with seed 7 and five tokens unless told otherwise."""
        options = {"semilla": 7, "tokens": 5, **options}
        return await (who or self.ana).slash(self.channel, "continuar", texto=texto, **options)

    async def tries_by_pages(self, tries, **options):
        """Run /continuar with several tries, and show them by pages as earlier versions did."""
        result = await self.continuar(intentos=tries, **options)
        reply = await self.reply_of(result)
        frame = Frame.of_reply(reply, result.response.content)
        page = continuation_page(reply, frame, 0, self.engine)
        shown = {"content": page.content, "components": page.view.to_components()}
        self.env.backend.edit_message(self.channel.id, result.response.id, shown)
        return result

    def hold(self):
        """Hold the engine after its first progress, until `gate.set()` or a cancel."""
        self.engine.gate = Gate(self.env)
        return self.engine.gate

    def first_responses(self):
        """Return the type of every first response: 4 says something, 5 is «pensando»."""
        return [
            request.json["type"]
            for request in self.env.http_requests
            if request.method == "POST" and request.path.endswith("/callback")
        ]

    async def reply_of(self, result):
        return await self.storage.replies.find_by_message(result.response.id)

    def message(self, message_id):
        """Read a message as it is now."""
        stored = self.env.backend.get_message(self.channel.id, message_id)
        return ResponseMessage(self.env, stored)


@asynccontextmanager
async def resources(tmp_path, *, is_shared=False, **overrides):
    """Open a database, perhaps one that several processes share, and build a bot on it."""
    settings = Settings(**{"data_dir": tmp_path, "cooldown_s": 0, "max_per_user": 5, **overrides})
    engine = ScriptedEngine()
    async with open_storage(settings.database_url, tmp_path, is_shared=is_shared) as storage:
        bot = Unicornio(settings=settings, engine=engine, storage=storage, shard_count=1)
        yield Resources(settings, engine, storage, bot)


@asynccontextmanager
async def open_world(tmp_path, **overrides):
    """Open a world with other settings, inside a test."""
    async with (
        resources(tmp_path, **overrides) as made,
        simcord.run(made.bot, check_errors=False, settle_timeout=SETTLE_S) as env,
    ):
        yield World(env, made)
        assert unexpected_errors(env) == []


def unexpected_errors(env):
    """Return what the bot raised and does not foresee; refusals are raised too."""
    # An EngineError has every attribute.
    causes = [
        error if isinstance(error, EngineError) else getattr(error, "original", error)
        for error in env.errors
    ]
    return [cause for cause in causes if not isinstance(cause, UserError | EngineError)]


def labels(message):
    """Return the labels of a message's buttons and its menus' placeholders, row by row."""
    return [
        [item.get("label") or item.get("placeholder") for item in row.get("components", ())]
        for row in message.components
    ]


def options(message):
    """Return the option labels of a message's only menu."""
    menus = [
        item
        for row in message.components
        for item in row.get("components", ())
        if item["type"] == 3
    ]
    return [option["label"] for option in menus[0]["options"]]
