"""The first answer to an interaction, whatever the network does to it.

An acknowledgement that Discord processed but whose reply was lost comes back as 40060 on the retry:
it counts as done, and since `response.is_done()` stays False after it, this module keeps its own
flag. There is no check of the time that has passed: a skewed clock would refuse everybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

import aiohttp
import discord

from bot.render.numbers import in_words

_log = logging.getLogger(__name__)

ALREADY_ACKNOWLEDGED = 40060
UNKNOWN_INTERACTION = 10062
_GONE_CODES = frozenset({10003, 10008, 10015, UNKNOWN_INTERACTION, 50027})
_FLAG = "is_acknowledged"
_THINKING = "is_thinking"
_THEN = "when_thinking"
_FIRST_RETRY_AFTER_S = (0.0, 0.3)
EDIT_TIMEOUT_S = 20.0
_RETRY_AFTER_S = (1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 28)
"""Pauses before the last edit is tried again: nearly the 15 minutes that a token lives."""
_T = TypeVar("_T")

NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
"""What a request to Discord raises besides `discord.HTTPException`."""


def is_gone(error: BaseException) -> bool:
    """Tell whether the message, its channel or the interaction's token no longer exists."""
    return isinstance(error, discord.HTTPException) and (
        error.code in _GONE_CODES or error.status == 401
    )


def is_discord_trouble(error: BaseException) -> bool:
    """Tell whether Discord, or Cloudflare before it, fails or turns the bot away for now.

    What Discord itself refuses has a code; a page of Cloudflare has none.
    """
    if not isinstance(error, discord.HTTPException):
        return False
    return error.status >= 500 or error.status == 429 or (error.status == 403 and not error.code)


def is_acknowledged(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the interaction has had its first answer."""
    return interaction.response.is_done() or bool(interaction.extras.get(_FLAG))


async def acknowledge(
    interaction: discord.Interaction[Any], *, ephemeral: bool
) -> tuple[bool, int | None]:
    """Answer with «está pensando…», to be filled in by editing the original response.

    Returns:
        Whether the interaction is alive, and the id of its message where Discord told it.

    Raises:
        discord.HTTPException: Discord refused for another reason.
    """
    try:
        response = await _despite_network(
            lambda: interaction.response.defer(thinking=True, ephemeral=ephemeral)
        )
    except discord.HTTPException as error:
        if error.code == ALREADY_ACKNOWLEDGED:
            _think(interaction)
            return True, None
        if is_gone(error):
            _log.info("interaction gone before it was acknowledged", extra=_facts(interaction))
            return False, None
        raise
    _think(interaction)
    return True, response.message_id if response is not None else None


def when_thinking(interaction: discord.Interaction[Any], act: Callable[[], None]) -> None:
    """Do something as soon as another message says «está pensando…», if one ever does."""
    interaction.extras[_THEN] = act


def _think(interaction: discord.Interaction[Any]) -> None:
    interaction.extras[_FLAG] = interaction.extras[_THINKING] = True
    if (act := interaction.extras.pop(_THEN, None)) is not None:
        act()


def stop_thinking(interaction: discord.Interaction[Any]) -> None:
    """Take note that the message no longer says «está pensando…»."""
    interaction.extras[_THINKING] = False


async def say(
    interaction: discord.Interaction[Any],
    text: str,
    *,
    attach: Callable[[], list[discord.File]] = list,
) -> None:
    """Say something: in the message that still says «está pensando…», else to this person only.

    A lost interaction leaves a log line.

    Args:
        interaction: Of the person.
        text: Markdown; its tiny shares are said in words, as `layout` does on pages.
        attach: Opens the files that go with it, for each try.
    """
    if interaction.type is discord.InteractionType.autocomplete:
        return
    text = in_words(text)
    try:
        if interaction.extras.get(_THINKING):
            await deliver(
                lambda: interaction.edit_original_response(content=text, attachments=attach())
            )
            stop_thinking(interaction)
        elif is_acknowledged(interaction):
            await interaction.followup.send(text, files=attach(), ephemeral=True)
        else:
            await _despite_network(
                lambda: interaction.response.send_message(text, files=attach(), ephemeral=True)
            )
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            _log.log(
                logging.INFO if is_gone(error) else logging.WARNING,
                "could not answer: %s",
                error,
                extra=_facts(interaction),
            )
    except NETWORK_ERRORS as error:
        _log.warning("could not answer: %r", error, extra=_facts(interaction))


async def deliver(edit: Callable[[], Awaitable[object]]) -> Literal["shown", "gone", "failed"]:
    """Make an edit, again and again after passing failures while the message can be edited.

    Returns:
        "gone" when the message or its token no longer exists, "failed" when time ran out.

    Raises:
        discord.HTTPException: Discord does not accept the edit.
    """
    for delay_s in (*_RETRY_AFTER_S, None):
        try:
            async with asyncio.timeout(EDIT_TIMEOUT_S):
                await edit()
        except NETWORK_ERRORS as error:
            _log.warning("the final edit failed: %r", error)
        except discord.HTTPException as error:
            if is_gone(error):
                return "gone"
            if not is_discord_trouble(error):
                raise
            _log.warning("the final edit failed: %s", error)
        else:
            return "shown"
        if delay_s is not None:
            await asyncio.sleep(delay_s)
    return "failed"


async def _despite_network(respond: Callable[[], Awaitable[_T]]) -> _T:
    """Try a first response again when the connection breaks: a second one is a 40060, not two."""
    for delay_s in _FIRST_RETRY_AFTER_S:
        try:
            return await respond()
        except NETWORK_ERRORS as error:
            _log.info("a first response broke off: %r", error)
        await asyncio.sleep(delay_s)
    return await respond()


def _facts(interaction: discord.Interaction[Any]) -> dict[str, object]:
    return {"interaction_id": interaction.id, "user_id": interaction.user.id}


async def acknowledge_click(interaction: discord.Interaction[Any]) -> None:
    """Accept a click without changing anything yet; a lost interaction is no error.

    Raises:
        discord.HTTPException: Discord refused for another reason.
    """
    try:
        await _despite_network(interaction.response.defer)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED and not is_gone(error):
            raise
    interaction.extras[_FLAG] = True


def is_private(
    visibility: Literal["auto", "public", "private"], asked: bool | None, *, by_default: bool
) -> bool:
    """Decide whether only the person who asks sees the answer.

    Args:
        visibility: The installation's REPLY_VISIBILITY.
        asked: The option `privado`, which wins when it was given.
        by_default: What the command does under `auto`.
    """
    if asked is not None:
        return asked
    return by_default if visibility == "auto" else visibility == "private"
