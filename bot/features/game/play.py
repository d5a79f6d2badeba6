"""A game from its first word to its ranking: every move is stored first, then the message drawn.

A move is a conditional change of what is stored, so that of two clicks, or of a click and the end
of a countdown, one does something. Whatever a process leaves undone the next one finds there.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import discord

from bot.client import Client, Interaction
from bot.features.game import texts
from bot.features.game.dealing import deal, reply_of
from bot.features.game.reading import game_of
from bot.features.game.sending import Send, follow_up, place_of, send_again
from bot.messages.errors import UserError, report
from bot.messages.responses import NETWORK_ERRORS, acknowledge_click, deliver
from bot.storage.errors import StorageError
from bot.storage.game_records import Game, Round
from engine import EngineError, GenerationRequest

_log = logging.getLogger(__name__)

GAP_S = 1.5
"""Shortest time between two edits of a round's message."""


async def show(client: Client, game_id: str, number: int, message_id: int | None = None) -> None:
    """Draw a round's message as it is stored now; those who ask meanwhile share an edit.

    A message that is gone takes its game with it: the channel is free again.

    Args:
        client: Of the bot.
        game_id: The game.
        number: Its round.
        message_id: Of its message, where that is known.
    """
    if message_id is None:
        one = await client.storage.games.round(game_id, number)
        message_id = None if one is None else one.message_id
    if message_id is not None:
        draw = partial(_draw, client, game_id, number)
        await client.redrawing.redraw(message_id, draw, least_s=GAP_S)


async def reveal(
    client: Client, game_id: str, number: int, clicked: Interaction | None = None
) -> None:
    """End the votes of a round and show what came out; a second time it does nothing."""
    if clicked is not None:
        await _note_token(clicked, game_id, number)
    if await client.storage.games.reveal(game_id, number):
        client.alarms.cancel(_alarm(game_id, number))
        await _settle(client, game_id, number)


async def end_game(client: Client, game_id: str, clicked: Interaction | None = None) -> None:
    """End a game: its open round is revealed, and its last message has the ranking."""
    rounds = await client.storage.games.rounds(game_id)
    dealt = [one for one in rounds if one.hand is not None]
    if not await client.storage.games.end(game_id) or not dealt:
        return
    number = dealt[-1].number
    if clicked is not None:
        await _note_token(clicked, game_id, number)
    if await client.storage.games.reveal(game_id, number):
        client.alarms.cancel(_alarm(game_id, number))
        await _settle(client, game_id, number)
    else:
        await show(client, game_id, number)


async def begin(
    client: Client, game: Game, send: Send, *, token: str = "", message_id: int | None = None
) -> Game:
    """Begin a game that `new_game` has made: deal its first word and send its message.

    Args:
        client: Of the bot.
        game: Its channel must be free.
        send: Sends its message.
        token: Of the interaction that the message answers; "" where there is none.
        message_id: Of the message that already stands there and says that the bot thinks.

    Raises:
        UserError: The channel has a game, or the text gives nothing to guess.
        EngineError: As `Engine.generate`.
    """
    first = replace(_new_round(game.game_id, 1, (), token), message_id=message_id)
    if not await client.storage.games.start(game, first):
        raise UserError(texts.ALREADY.format(link="", host=texts.ITS_HOST))
    try:
        await _deal_and_send(client, game, first, send)
    except BaseException:
        # While the process ends, Discord may have shown it all the same: the next start goes on.
        if not client.is_closed():
            await client.storage.games.delete(game.game_id)
        raise
    return game


async def go_on(interaction: Interaction, game_id: str, number: int) -> None:
    """Deal the word behind a round, in a new message; a second time it does nothing.

    Raises:
        UserError: The game has gone on, or too many requests.
        EngineError: As `Engine.generate`.
    """
    client = interaction.client
    game = await game_of(client, game_id)
    last = await client.storage.games.round(game_id, number)
    if last is None or last.hand is None or not game.is_open:
        raise UserError(texts.MOVED_ON)
    with await client.limits.admit(game.host_id):
        await acknowledge_click(interaction)
        prefix = (*last.prefix, *last.hand.outcome.ids)
        new = _new_round(game_id, number + 1, prefix, interaction.token)
        if not await client.storage.games.add_round(new):
            return
        await _note_token(interaction, game_id, number)
        await show(client, game_id, number)
        try:
            await _deal_and_send(client, game, new, follow_up(interaction))
        finally:
            if not client.is_closed():
                await client.storage.games.drop_round(game_id, new.number)
                await show(client, game_id, number)


def new_game(
    client: Client,
    *,
    host_id: int,
    guild_id: int | None,
    channel_id: int,
    rounds: int,
    seconds: int | None,
    request: GenerationRequest,
) -> Game:
    """Make a game that nobody knows of yet."""
    assert client.application_id is not None
    return Game(
        game_id=uuid4().hex,
        host_id=host_id,
        guild_id=guild_id,
        channel_id=channel_id,
        application_id=client.application_id,
        rounds=rounds,
        seconds=seconds,
        request=request,
        created_at=datetime.now(UTC),
    )


def resume_games(client: Client, left: tuple[tuple[Game, Round], ...]) -> None:
    """Go on with what an earlier process left, each round by itself.

    Args:
        client: Connected.
        left: Read before the first event came: what was begun since goes on by itself.
    """
    for game, one in left:
        client.alarms.set(
            _alarm(game.game_id, one.number), 0.0, partial(_resume, client, game, one)
        )


async def _resume(client: Client, game: Game, one: Round) -> None:
    try:
        if one.state == "preparing":
            await _deal_and_send(client, game, one, send_again(client, game, one))
            await show(client, game.game_id, one.number - 1)
            return
        if one.message_id is None:
            await _send(client, one, send_again(client, game, one))
        if one.state == "revealed":
            await _settle(client, game.game_id, one.number)
        elif one.deadline is not None and one.deadline <= datetime.now(UTC):
            await reveal(client, game.game_id, one.number)
        else:
            _arm(client, one)
            await show(client, game.game_id, one.number)
    except (UserError, EngineError, StorageError, discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.warning("the game %s does not go on: %s", game.game_id[:8], report(error))
        if one.state == "preparing" or one.message_id is None:
            await _give_up(client, game, one)


async def _give_up(client: Client, game: Game, one: Round) -> None:
    """Take back a round that could not be dealt or sent: its host may ask for it again."""
    if one.number == 1:
        await client.storage.games.delete(game.game_id)
        return
    await client.storage.games.drop_round(game.game_id, one.number)
    await show(client, game.game_id, one.number - 1)


async def _deal_and_send(client: Client, game: Game, new: Round, send: Send) -> None:
    dealt = await deal(client, game, new)
    deadline = None
    if game.seconds is not None:
        deadline = datetime.now(UTC) + timedelta(seconds=game.seconds)
    games = client.storage.games
    if not await games.open_round(new.game_id, new.number, dealt.hand, dealt.trace, deadline):
        raise UserError(texts.MOVED_ON)
    await _send(client, new, send)
    _arm(client, replace(new, deadline=deadline))


async def _send(client: Client, one: Round, send: Send) -> None:
    """Send a round's message as it is stored now."""
    page = await client.game_page(client, one.game_id, one.number)
    if page is None:
        raise UserError(texts.GONE)
    message = await send(page)
    message_id = one.message_id if message is None else message.id
    if message_id is not None:
        client.redrawing.note(message_id, least_s=GAP_S)
        await client.storage.games.set_message(one.game_id, one.number, message_id)


async def _settle(client: Client, game_id: str, number: int) -> None:
    """Do what follows when a round is revealed; what has been done already does no harm."""
    games = client.storage.games
    game, one = await games.get(game_id), await games.round(game_id, number)
    if game is None or one is None:
        return
    trace = await games.trace(game_id, number)
    if trace is not None:
        await client.storage.replies.save(reply_of(client, game, one, trace))
    if number >= game.rounds:
        await games.end(game_id)
    await show(client, game_id, number)


async def _draw(client: Client, game_id: str, number: int) -> None:
    games = client.storage.games
    game, one = await games.get(game_id), await games.round(game_id, number)
    page = await client.game_page(client, game_id, number)
    if game is None or one is None or one.message_id is None or page is None:
        return
    place, message_id = place_of(game, one), one.message_id
    try:
        outcome = await deliver(lambda: place.edit(client, message_id, page))
    except discord.HTTPException as error:
        # Without access to the channel the votes count all the same; a click shows what came out.
        _log.warning("the message of game %s stays as it was: %s", game_id[:8], error)
        return
    if outcome == "gone":
        await games.end(game_id)
    if outcome != "failed" and one.state == "revealed":
        await games.note_shown(game_id, number)


def _new_round(game_id: str, number: int, prefix: tuple[int, ...], token: str) -> Round:
    return Round(
        game_id=game_id,
        number=number,
        state="preparing",
        version=0,
        reply_id=uuid4().hex,
        message_id=None,
        interaction_token=token,
        token_at=datetime.now(UTC),
        deadline=None,
        prefix=prefix,
    )


async def _note_token(clicked: Interaction, game_id: str, number: int) -> None:
    """Edit a round's message by the click's token from now on, if that is what was clicked."""
    games = clicked.client.storage.games
    one = await games.round(game_id, number)
    if one is not None and clicked.message is not None and clicked.message.id == one.message_id:
        await games.set_token(game_id, number, clicked.token, datetime.now(UTC))


def _arm(client: Client, one: Round) -> None:
    """Reveal a round when its time is over."""
    if one.deadline is not None:
        left_s = (one.deadline - datetime.now(UTC)).total_seconds()
        act = partial(_when_over, client, one.game_id, one.number)
        client.alarms.set(_alarm(one.game_id, one.number), left_s, act)


async def _when_over(client: Client, game_id: str, number: int) -> None:
    try:
        await reveal(client, game_id, number)
    except (StorageError, EngineError, UserError) as error:
        _log.error("round %d of game %s is not revealed: %r", number, game_id[:8], error)


def _alarm(game_id: str, number: int) -> str:
    return f"game:{game_id}:{number}"
