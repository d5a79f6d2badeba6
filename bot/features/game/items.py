"""The buttons of a game: what they carry is the game, the round and the choice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import discord

from bot.client import Interaction
from bot.features.game import texts
from bot.features.game.dealing import WORD_LIMIT, option_guess, weighed
from bot.features.game.play import end_game, go_on, reveal, show
from bot.features.game.reading import game_of, open_round_of, require_host, standings_of
from bot.features.game.words import place_text, shown_word
from bot.messages.errors import UserError, reply_error
from bot.messages.responses import acknowledge, acknowledge_click, say
from bot.storage.game_records import Guess
from bot.storage.guesses import Cast
from bot.ui.carried import item_at
from bot.ui.items import ButtonItem

_GAME = ":([0-9a-f]{32})"
_ROUND = _GAME + r":(\d{1,2})"
_FORM_TIMEOUT_S = 840.0


class VoteButton(ButtonItem, action="adivina-voto", pattern=_ROUND + r":(\d)"):
    """Votes for a word in place of whatever the person voted for before."""

    async def respond(self, interaction: Interaction) -> None:
        """Count the vote of anybody and say so to that person alone.

        A whole class votes at once: each click is accepted before its vote waits for its turn.
        """
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
        one = await open_round_of(interaction.client, self.words[0], int(self.words[1]))
        assert one.hand is not None
        choice = int(self.words[2])
        option = item_at(one.hand.options, choice)
        await cast(interaction, self.words[0], option_guess(one, choice, interaction.user.id))
        letter = texts.LETTERS[choice]
        await say(interaction, texts.VOTED.format(letter=letter, word=shown_word(option.word)))
        message_id = None if interaction.message is None else interaction.message.id
        await show(interaction.client, self.words[0], one.number, message_id)


class OtherWordButton(ButtonItem, action="adivina-otra", pattern=_ROUND):
    """Asks for a word that is not offered."""

    label = texts.OTHER

    async def respond(self, interaction: Interaction) -> None:
        """Open the form for anybody."""
        one = await open_round_of(interaction.client, self.words[0], int(self.words[1]))
        await interaction.response.send_modal(OtherWordForm(one.game_id, one.number))


class OtherWordForm(discord.ui.Modal):
    """Asks for one word.

    Args:
        game_id: The game.
        number: Its round.
    """

    def __init__(self, game_id: str, number: int) -> None:
        super().__init__(title=texts.FORM_TITLE, timeout=_FORM_TIMEOUT_S)
        self._game_id, self._number = game_id, number
        self.word: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="palabra", placeholder=texts.FORM_EXAMPLE, max_length=WORD_LIMIT
        )
        self.add_item(
            discord.ui.Label(
                text=texts.FORM_LABEL, description=texts.FORM_HINT, component=self.word
            )
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Weigh the word and count the vote."""
        client = interaction.client
        client.require_allowed(interaction)
        one = await open_round_of(client, self._game_id, self._number)
        game = await game_of(client, self._game_id)
        is_alive, _ = await acknowledge(interaction, ephemeral=True)
        if not is_alive:
            return
        guess = await weighed(client, game, one, self.word.value, interaction.user.id)
        await cast(interaction, self._game_id, guess)
        await say(interaction, _voted(guess))
        await show(client, self._game_id, self._number)

    async def on_error(  # type: ignore[override]  # discord.py's own Modal narrows it so
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Say what went wrong."""
        await reply_error(interaction, error)


class RevealButton(ButtonItem, action="adivina-ver", pattern=_ROUND):
    """Ends the votes of a round."""

    label = texts.REVEAL

    async def respond(self, interaction: Interaction) -> None:
        """Reveal it for the host or a moderator."""
        await require_host(interaction, self.words[0])
        await acknowledge_click(interaction)
        await reveal(interaction.client, self.words[0], int(self.words[1]), clicked=interaction)


class NextWordButton(ButtonItem, action="adivina-otra-ronda", pattern=_ROUND):
    """Goes on to the next word of the text."""

    label = texts.NEXT
    style = discord.ButtonStyle.primary

    async def respond(self, interaction: Interaction) -> None:
        """Deal it for the host or a moderator."""
        await require_host(interaction, self.words[0])
        await go_on(interaction, self.words[0], int(self.words[1]))


class EndGameButton(ButtonItem, action="adivina-fin", pattern=_GAME):
    """Ends a game: what is being voted on is seen, and the ranking stands."""

    label = texts.END

    async def respond(self, interaction: Interaction) -> None:
        """End it for the host or a moderator."""
        await require_host(interaction, self.words[0])
        await acknowledge_click(interaction)
        await end_game(interaction.client, self.words[0], clicked=interaction)
        if interaction.message is not None and interaction.message.flags.ephemeral:
            await say(interaction, texts.ENDED)


class MyPlaceButton(ButtonItem, action="adivina-puesto", pattern=_GAME):
    """Tells whoever asks how they stand."""

    label = texts.MY_PLACE

    async def respond(self, interaction: Interaction) -> None:
        """Say it to this person only."""
        await game_of(interaction.client, self.words[0])
        standings = await standings_of(interaction.client, self.words[0])
        await say(interaction, place_text(standings, interaction.user.id))


GAME_ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (
    VoteButton,
    OtherWordButton,
    RevealButton,
    NextWordButton,
    EndGameButton,
    MyPlaceButton,
)


async def cast(interaction: Interaction, game_id: str, guess: Guess) -> None:
    """Count a vote.

    Raises:
        UserError: The round has ended.
    """
    guesses = interaction.client.storage.guesses
    if await guesses.cast(game_id, guess, datetime.now(UTC)) is Cast.TOO_LATE:
        raise UserError(texts.CLOSED)


def _voted(guess: Guess) -> str:
    word = shown_word(guess.word)
    if guess.choice is None:
        return texts.VOTED_OTHER.format(word=word)
    return texts.VOTED.format(letter=texts.LETTERS[guess.choice], word=word)
