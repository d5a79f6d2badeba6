"""`/adivina`: a game from its first word to its ranking."""

from bot.features.game import texts
from tests.bot.screens import said, text_of

TEXT = "Había una vez"


async def begin(room, who=None, **options):
    options = {"texto": TEXT, "rondas": 2, **options}
    return await (who or room.ana).slash(room.channel, "adivina", **options)


async def game_and_round(room, number=1):
    game = await room.storage.games.open_in(room.channel.id)
    return game, await room.storage.games.round(game.game_id, number)


async def vote(room, who, message, letter):
    return await who.click(message, label=letter)


async def test_a_round_offers_five_words_and_counts_votes_without_telling_whose(room):
    result = await begin(room)
    _, one = await game_and_round(room)
    shown = text_of(result.response)
    assert "¿Qué palabra viene ahora? · 1 de 2" in shown
    assert all(f"**{letter}** · " in shown for letter in "ABCDE")
    assert "Sin votos todavía" in shown
    answer = await vote(room, room.luis, result.response, "B")
    option = one.hand.options[1]
    assert said(answer) == texts.VOTED.format(letter="B", word=option.word)
    assert answer.response.ephemeral
    after = text_of(result.response)
    assert "**1** voto ·" in after
    assert "Luis" not in after
    assert str(room.luis.id) not in after
