"""Where a lesson is given: in a thread of its own, or in the channel where it was asked for."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import discord

from bot.client import Interaction
from bot.features.lesson import texts
from bot.features.lesson.cell import SEED
from bot.features.lesson.cells import plan
from bot.features.lesson.teacher import require_may_teach
from bot.messages.errors import UserError
from bot.messages.responses import acknowledge, say
from bot.render.markdown import clip
from bot.render.model_names import models_of
from bot.storage.lesson_records import Lesson
from bot.ui.carried import StaleItemError
from bot.ui.items import ButtonItem
from bot.ui.panels import panel
from engine import ModelInfo
from engine.status import Kind

MODELS: tuple[Kind, ...] = ("decoder",)
"""What can give a lesson: it has to show every number."""
_THREAD_NAME_LIMIT = 100
_FOR_A_THREAD = ("view_channel", "create_public_threads", "send_messages_in_threads")
_HERE = ("view_channel", "send_messages")


async def start_lesson(interaction: Interaction, info: ModelInfo, *, in_thread: bool) -> None:
    """Open a lesson, or say before it begins that there can be no thread.

    Raises:
        UserError: The person may not teach, a lesson is open here, or nothing can be sent here.
    """
    require_may_teach(interaction)
    await _require_none(interaction)
    # Without it, a computed cell could not be shown.
    _require(interaction, ("attach_files",))
    is_thread = isinstance(interaction.channel, discord.Thread)
    if in_thread and not is_thread:
        obstacle = _obstacle(interaction)
        if obstacle is not None:
            await _ask(interaction, info, obstacle)
            return
        await acknowledge(interaction, ephemeral=True)
        try:
            thread = await _open_thread(interaction, info)
        except discord.Forbidden:
            permission = texts.PERMISSIONS["create_public_threads"]
            await _ask(interaction, info, texts.NO_THREAD_PERMISSION.format(permission=permission))
            return
        await _begin(interaction, info, thread.id)
        await say(interaction, texts.STARTED_THREAD.format(place=thread.mention))
        return
    _require(interaction, ("send_messages_in_threads",) if is_thread else _HERE)
    await acknowledge(interaction, ephemeral=True)
    await _begin(interaction, info, _channel_id(interaction))
    await say(interaction, texts.STARTED_HERE)


class HereButton(ButtonItem, action="clase-aqui", pattern=":([0-9a-f]{16})"):
    """Gives a lesson in the channel, where there can be no thread."""

    label = texts.HERE
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Begin it."""
        engine = interaction.client.engine
        models = models_of(engine, MODELS)
        info = next((one for one in models if _mark(one) == self.words[0]), None)
        if info is None:
            raise StaleItemError
        await start_lesson(interaction, info, in_thread=False)


OPENING_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (HereButton,)


async def _begin(interaction: Interaction, info: ModelInfo, channel_id: int) -> None:
    """Store the lesson and show its first cell.

    Raises:
        UserError: Somebody has opened one meanwhile, or nothing can be shown there.
    """
    client = interaction.client
    lesson = Lesson(
        lesson_id=uuid4().hex,
        owner_id=interaction.user.id,
        application_id=interaction.application_id,
        guild_id=interaction.guild_id or 0,
        channel_id=channel_id,
        open_in=_channel_id(interaction),
        model=info.name,
        revision=info.revision,
        precision="",
        seed=SEED,
        cell=plan()[0].key,
        created_at=datetime.now(UTC),
    )
    if not await client.storage.lessons.start(lesson):
        await _require_none(interaction)
        raise UserError(texts.MOVED_MEANWHILE)
    try:
        await client.lessons.show(lesson.lesson_id)
    except UserError:
        # It never began: nobody has seen anything of it.
        await client.storage.lessons.delete(lesson.lesson_id)
        raise


async def _require_none(interaction: Interaction) -> None:
    lessons = interaction.client.storage.lessons
    here = await lessons.open_in(interaction.application_id, _channel_id(interaction))
    if here is not None:
        raise UserError(texts.ALREADY_OPEN.format(place=f"<#{here.channel_id}>"))


def _channel_id(interaction: Interaction) -> int:
    if interaction.guild_id is None or interaction.channel_id is None:
        raise UserError(texts.ONLY_IN_SERVERS)
    return interaction.channel_id


def _obstacle(interaction: Interaction) -> str | None:
    """Say why there can be no thread; None where there can."""
    if not isinstance(interaction.channel, discord.TextChannel):
        return texts.NO_THREAD_KIND
    missing = _missing(interaction, _FOR_A_THREAD)
    if missing is None:
        return None
    return texts.NO_THREAD_PERMISSION.format(permission=texts.PERMISSIONS[missing])


def _missing(interaction: Interaction, names: tuple[str, ...]) -> str | None:
    """Return the first permission that the bot does not have here."""
    own = interaction.app_permissions
    return next((name for name in names if not getattr(own, name)), None)


def _require(interaction: Interaction, names: tuple[str, ...]) -> None:
    missing = _missing(interaction, names)
    if missing is not None:
        raise UserError(texts.NO_SENDING.format(permission=texts.PERMISSIONS[missing]))


async def _ask(interaction: Interaction, info: ModelInfo, why: str) -> None:
    """Say why there is no thread, and offer to begin without."""
    _require(interaction, _HERE)
    view = panel(texts.NO_THREAD.format(why=why), rows=[[HereButton(_mark(info))]])
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)


async def _open_thread(interaction: Interaction, info: ModelInfo) -> discord.Thread:
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    news = discord.ChannelType.news_thread
    kind = news if channel.is_news() else discord.ChannelType.public_thread
    name = clip(texts.THREAD_NAME.format(model=info.display_name), _THREAD_NAME_LIMIT)
    return await channel.create_thread(name=name, type=kind)


def _mark(info: ModelInfo) -> str:
    """Return what stands for a model in a custom_id, which has no room for its name."""
    return hashlib.sha256(info.name.encode()).hexdigest()[:16]
