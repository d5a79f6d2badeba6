"""What a game begins with, and how others begin one: a lesson plays a round in its thread."""

from __future__ import annotations

from random import choice

from bot.asking.prompts import checked_prompt
from bot.asking.requests import draw_seed
from bot.client import Client
from bot.features.game import texts
from bot.features.game.dealing import game_params
from bot.features.game.play import begin, new_game
from bot.features.game.sending import to_channel
from bot.messages.errors import UserError
from bot.render.model_names import is_of, model_info
from bot.storage.game_records import Game
from engine import GenerationRequest, ModelInfo
from engine.status import Kind

MOST_ROUNDS, DEFAULT_ROUNDS = 20, 5
LEAST_SECONDS, MOST_SECONDS = 15, 120
TEXT_LIMIT = 600
_GUESSABLE: tuple[Kind, ...] = ("decoder",)


def opening_text(client: Client, typed: str | None) -> str:
    """Return what a game's text begins with: one of ours where nothing was typed.

    Raises:
        UserError: It is blank, too long, or has a word of the list.
    """
    # A space at the end would be half of the word that is to be guessed.
    text = checked_prompt(choice(texts.OPENINGS) if typed is None else typed, client.word_list)
    text = text.rstrip()
    if len(text) > TEXT_LIMIT:
        raise UserError(texts.TOO_LONG.format(limit=TEXT_LIMIT))
    return text


def game_model(client: Client, wanted: str | None) -> ModelInfo:
    """Return the wanted model if its hand can be seen, else the first such.

    Raises:
        UserError: There is none.
    """
    own = None if wanted is None else model_info(client.engine, wanted)
    for info in (own, *client.engine.models()):
        if info is not None and info.host is None and is_of(info, _GUESSABLE):
            return info
    raise UserError(texts.NO_MODEL)


def game_request(
    client: Client,
    host_id: int,
    text: str,
    *,
    model: str | None = None,
    revision: str | None = None,
    seed: int | None = None,
) -> GenerationRequest:
    """Return what a game asks of the engine; its rounds are one text of one seed.

    Raises:
        UserError: No model here can be guessed.
    """
    return GenerationRequest(
        prompt=text,
        params=game_params(client.settings.max_new_tokens),
        model=game_model(client, model).name,
        revision=revision,
        seed=draw_seed() if seed is None else seed,
        user_id=host_id,
    )


async def play_in(
    client: Client,
    *,
    channel_id: int,
    guild_id: int | None,
    host_id: int,
    text: str,
    rounds: int = 1,
    seconds: int | None = None,
    model: str | None = None,
    revision: str | None = None,
    seed: int | None = None,
) -> Game:
    """Play in a channel or thread, as a message of the bot's own; return once people may vote.

    Args:
        client: Of the bot.
        channel_id: Where; it must be free.
        guild_id: Its server.
        host_id: Who reveals and ends it, and whose request it is.
        text: What it begins with.
        rounds: How many words are guessed.
        seconds: Of the countdown; None where the host reveals.
        model: That plays; None for the first whose hand can be seen.
        revision: It must have, or None.
        seed: Of the die; None for a new one.

    Raises:
        UserError: The channel has a game, or the text gives nothing to guess.
        EngineError: As `Engine.generate`.
        discord.HTTPException: The bot may not write there.
    """
    request = game_request(
        client, host_id, opening_text(client, text), model=model, revision=revision, seed=seed
    )
    game = new_game(
        client,
        host_id=host_id,
        guild_id=guild_id,
        channel_id=channel_id,
        rounds=rounds,
        seconds=seconds,
        request=request,
    )
    return await begin(client, game, to_channel(client, channel_id, guild_id))
