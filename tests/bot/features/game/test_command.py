"""`/adivina`: a game from its first word to its ranking, and what may come in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord
import pytest
from sqlalchemy import update

from bot.features.explorer.surprise import texts as surprise_texts
from bot.features.game import play, texts
from bot.features.game.choosing import RECORDED
from bot.features.game.dealing import game_params, round_request
from bot.features.game.opening import TEXT_LIMIT, play_in
from bot.features.game.play import new_game
from bot.features.game.rules import points
from bot.messages.errors import UserError
from bot.messages.redrawing import Redrawing
from bot.storage.game_records import Round
from bot.storage.schema import game_rounds
from bot.texts import common
from engine import EngineError, GenerationRequest
from tests.bot.features.explorer.word.answers import answer, candidate, fate, spelling
from tests.bot.screens import has_component, said, text_of
from tests.bot.world import open_world

TEXT = "Había una vez"
HOSTILE = "**@everyone**"


@pytest.fixture(autouse=True)
def _without_pauses(request):
    """Let messages be drawn at once: the simulated clock stands still between two clicks."""
    if "room" in request.fixturenames:
        request.getfixturevalue("room").bot.redrawing = Redrawing(interval_s=0.0)


async def begin(room, who=None, **options):
    options = {"texto": TEXT, "rondas": 2, **options}
    return await (who or room.ana).slash(room.channel, "adivina", **options)


async def current(room, number=1):
    game = await room.storage.games.open_in(room.channel.id)
    return game, await room.storage.games.round(game.game_id, number)


async def click(who, message, label):
    return await who.click(message, label=label)


async def type_word(room, who, message, word):
    form = await who.click(message, label=texts.OTHER)
    return await who.submit_modal(form, {"palabra": word})


async def test_a_round_offers_five_words_and_counts_votes_without_telling_whose(room):
    result = await begin(room)
    _, one = await current(room)
    shown = text_of(result.response)
    assert "¿Qué palabra sigue? · 1 de 2" in shown
    assert all(f"**{letter}** · " in shown for letter in "ABCDE")
    assert texts.NOBODY in shown
    answered = await click(room.luis, result.response, "B")
    assert said(answered) == texts.VOTED.format(letter="B", word=one.hand.options[1].word)
    assert answered.response.ephemeral
    await click(room.ana, result.response, "A")
    await click(room.luis, result.response, "A")
    after = text_of(result.response)
    assert "**2** votos ·" in after
    assert "Luis" not in after
    assert str(room.luis.id) not in after
    game, _ = await current(room)
    assert [one.choice for one in await room.storage.guesses.of(game.game_id)] == [0, 0]


async def test_the_reveal_shows_the_room_against_the_model_and_the_next_word_follows(room):
    result = await begin(room)
    game, one = await current(room)
    await click(room.luis, result.response, "C")
    await click(room.ana, result.response, texts.REVEAL)
    shown, hand = text_of(result.response), one.hand
    assert f"Salió «{hand.outcome.word}» · 1 de 2" in shown
    assert result.response.attachments
    (guess,) = await room.storage.guesses.of(game.game_id)
    earned = points(hand, guess)
    assert (f"<@{room.luis.id}> ({earned})" in shown) is bool(earned)
    late = await room.luis.click(result.response, label=texts.MY_PLACE)
    assert "**1.º de 1**" in said(late)
    await click(room.ana, result.response, texts.NEXT)
    _, second = await current(room, 2)
    assert second.prefix == hand.outcome.ids
    assert second.hand.before == TEXT + hand.outcome.text
    assert not has_component(result.response, "adivina-otra-ronda")
    assert "· 2 de 2" in text_of(room.message(second.message_id))


async def test_the_last_word_ends_in_the_ranking_and_frees_the_channel(room):
    result = await begin(room, rondas=1)
    for who, letter in ((room.ana, "A"), (room.luis, "B")):
        await click(who, result.response, letter)
    await click(room.ana, result.response, texts.REVEAL)
    shown = text_of(result.response)
    assert texts.FINAL_TITLE in shown
    assert "bits" in shown
    assert f"<@{room.luis.id}>" in shown
    assert await room.storage.games.open_in(room.channel.id) is None
    assert not has_component(result.response, "adivina-fin")
    assert (await begin(room)).response is not None


async def test_what_comes_out_is_the_text_of_one_seed(room):
    result = await begin(room)
    game, first = await current(room)
    await click(room.ana, result.response, texts.REVEAL)
    await click(room.ana, result.response, texts.NEXT)
    _, second = await current(room, 2)
    whole = replace(game.request, params=replace(game.request.params, max_new_tokens=8))
    written = (await room.engine.generate(whole)).attempts[0].token_ids
    drawn = (*first.hand.outcome.ids, *second.hand.outcome.ids)
    assert written[: len(drawn)] == drawn
    for one in (first, second):
        outcome = one.hand.outcome
        assert outcome.low <= outcome.u < outcome.high
        assert outcome.high - outcome.low == pytest.approx(outcome.prob)


async def test_everybody_explains_what_came_out_but_nobody_before(room):
    result = await begin(room)
    early = await room.luis.context_menu(room.channel, "Explicar este mensaje", result.response)
    assert said(early) == surprise_texts.SCORE_NO_TEXT
    await click(room.ana, result.response, texts.REVEAL)
    opened = await click(room.luis, result.response, "Explicar")
    assert opened.response.ephemeral
    _, one = await current(room)
    assert one.hand.outcome.word in text_of(opened.response)


@pytest.mark.parametrize("label", [texts.REVEAL, texts.END])
async def test_only_the_host_or_a_moderator_reveals_or_ends(room, label):
    result = await begin(room)
    refused = await click(room.luis, result.response, label)
    assert said(refused) == texts.ONLY_HOST.format(host=f"<@{room.ana.id}>")
    assert (await current(room))[1].state == "open"
    role = room.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    eva = room.guild.add_member(room.env.create_user("eva"), roles=[role])
    await click(eva, result.response, label)
    assert "Salió «" in text_of(result.response)


async def test_votes_for_what_was_seen_do_not_count(room):
    result = await begin(room)
    before = room.message(result.response.id)
    game, _ = await current(room)
    await room.storage.games.reveal(game.game_id, 1)
    for refused in (
        await click(room.luis, before, "A"),
        await click(room.luis, before, texts.OTHER),
    ):
        assert said(refused) == texts.CLOSED
    assert await room.storage.guesses.of(game.game_id) == ()


async def test_two_reveals_and_two_next_words_are_one(room):
    result = await begin(room)
    game, _ = await current(room)
    open_page = room.message(result.response.id)
    await click(room.ana, open_page, texts.REVEAL)
    await room.storage.games.reveal(game.game_id, 1)
    assert (await current(room))[1].version == 3
    await click(room.ana, result.response, texts.NEXT)
    asked = len(room.engine.requests)
    second = await room.storage.games.round(game.game_id, 2)
    assert not await room.storage.games.add_round(replace(second, message_id=None))
    assert len(room.engine.requests) == asked


async def test_a_countdown_reveals_by_itself(room):
    result = await begin(room, segundos=15)
    _, one = await current(room)
    assert f"<t:{int(one.deadline.timestamp())}:R>" in text_of(result.response)
    await click(room.luis, result.response, "A")
    await room.env.advance_time(14)
    assert "¿Qué palabra sigue" in text_of(result.response)
    await room.env.advance_time(5)
    assert "Salió «" in text_of(result.response)
    assert room.bot.alarms.is_empty


async def test_a_word_of_ones_own_is_weighed_once_and_told_to_nobody(room):
    result = await begin(room)
    game, one = await current(room)
    gap = candidate(99, " xilófono", raw=0.01, final=0.02)
    room.engine.answer = answer(spelling(fate(gap, "lost_draw"), odds=0.02))
    told = await type_word(room, room.luis, result.response, " xilófono ")
    assert said(told) == texts.VOTED_OTHER.format(word="xilófono")
    await type_word(room, room.ana, result.response, "xilófono")
    assert len(room.engine.explained) == 1
    assert room.engine.explained[0].moment.t == 0
    found = await room.storage.guesses.of(game.game_id)
    assert {(g.voter_id, g.prob) for g in found} == {(room.ana.id, 0.02), (room.luis.id, 0.02)}
    assert "xilófono" not in text_of(result.response)
    option = one.hand.options[3]
    same = await type_word(room, room.luis, result.response, option.word.upper())
    assert said(same) == texts.VOTED.format(letter="D", word=option.word)


async def test_typed_words_ping_nobody_and_are_no_markdown(room):
    result = await begin(room)
    odd = candidate(99, f" {HOSTILE}", raw=0.01, final=0.0)
    room.engine.answer = answer(spelling(fate(odd, "lost_draw"), odds=0.0))
    told = await type_word(room, room.luis, result.response, HOSTILE)
    assert "@everyone" not in said(told)
    assert "\\*\\*" in said(told)
    await click(room.ana, result.response, texts.REVEAL)
    assert "everyone" not in text_of(result.response)


@pytest.mark.parametrize(("word", "why"), [("dos palabras", texts.ONE_WORD), ("   ", None)])
async def test_what_is_no_word_is_refused(room, word, why):
    result = await begin(room)
    told = said(await type_word(room, room.luis, result.response, word))
    assert told == why if why else told
    game, _ = await current(room)
    assert await room.storage.guesses.of(game.game_id) == ()


async def test_blocked_words_are_neither_offered_nor_accepted(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("mar\nlago\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as world:
        refused = await begin(world, texto="El mar y")
        assert said(refused) == common.BLOCKED_PROMPT
        result = await begin(world)
        _, one = await current(world)
        assert not {"mar", "lago"} & {option.word for option in one.hand.options}
        told = await type_word(world, world.luis, result.response, "MAR")
        assert said(told) == texts.BLOCKED


async def test_a_channel_has_one_game_and_its_host_ends_it_from_there(room):
    result = await begin(room)
    refused = await begin(room, room.luis)
    assert refused.response.ephemeral
    assert f"/{room.channel.id}/{result.response.id}" in refused.response.content
    denied = await click(room.luis, refused.response, texts.END)
    assert said(denied) == texts.ONLY_HOST.format(host=f"<@{room.ana.id}>")
    again = await begin(room)
    await click(room.ana, again.response, texts.END)
    assert "Salió «" in text_of(result.response)
    assert texts.NO_PLAYERS in text_of(result.response)
    assert (await begin(room, room.luis)).response is not None


async def test_a_forgotten_game_gives_way(room):
    await begin(room)
    old = (await current(room))[0]
    other = replace(old, game_id="e" * 32, created_at=old.created_at - timedelta(hours=13))
    await room.storage.games.end(old.game_id)
    await room.storage.games.start(other, round_of(room, other))
    assert "¿Qué palabra sigue" in text_of((await begin(room, room.luis)).response)
    assert (await current(room))[0].host_id == room.luis.id


async def test_without_a_text_one_of_ours_begins(room):
    await room.ana.slash(room.channel, "adivina")
    game, _ = await current(room)
    assert game.request.prompt in texts.OPENINGS
    assert (game.rounds, game.seconds) == (5, None)


@pytest.mark.parametrize("text", ["   ", "a" * (TEXT_LIMIT + 1)])
async def test_a_text_that_is_none_or_too_long_is_refused_at_once(room, text):
    refused = await begin(room, texto=text)
    assert refused.response.ephemeral
    assert await room.storage.games.open_in(room.channel.id) is None
    assert room.engine.requests == []


async def test_a_failing_model_costs_no_game_and_no_round(room):
    room.engine.error = EngineError("queue_full", position=3, limit=2)
    failed = await begin(room)
    assert "cola" in failed.response.content
    assert await room.storage.games.open_in(room.channel.id) is None
    room.engine.error = None
    result = await begin(room)
    await click(room.ana, result.response, texts.REVEAL)
    room.engine.error = EngineError("queue_full", position=3, limit=2)
    told = await click(room.ana, result.response, texts.NEXT)
    assert "cola" in said(told)
    game, _ = await current(room)
    assert await room.storage.games.round(game.game_id, 2) is None
    room.engine.error = None
    await click(room.ana, result.response, texts.NEXT)
    assert (await current(room, 2))[1].state == "open"


async def test_what_the_end_of_the_process_cuts_off_goes_on_at_the_next_start(room, monkeypatch):
    with monkeypatch.context() as ending:
        ending.setattr(type(room.bot), "is_closed", lambda _: True)
        room.engine.error = EngineError("closed")
        await begin(room)
    game, one = await current(room)
    assert (game.host_id, one.state) == (room.ana.id, "preparing")


async def test_a_restart_keeps_the_game(room):
    result = await begin(room)
    await click(room.luis, result.response, "A")
    await room.restart()
    await click(room.ana, result.response, "B")
    assert "**2** votos ·" in text_of(result.response)
    await click(room.ana, result.response, texts.REVEAL)
    assert "de 2" in text_of(result.response)
    await click(room.ana, result.response, texts.NEXT)
    assert (await current(room, 2))[1].state == "open"


async def test_a_countdown_that_ended_meanwhile_is_seen_at_the_next_start(room):
    result = await begin(room, segundos=15)
    game, _ = await current(room)
    await click(room.luis, result.response, "A")
    await room.bot.close()
    await overdue(room, game)
    late = await room.storage.guesses.cast(
        game.game_id, (await room.storage.guesses.of(game.game_id))[0], datetime.now(UTC)
    )
    assert late.name == "TOO_LATE"
    await room.restart()
    await room.env.advance_time(1)
    assert "Salió «" in text_of(result.response)
    assert len(await room.storage.guesses.of(game.game_id)) == 1


async def test_what_was_revealed_but_not_shown_is_shown_at_the_next_start(room):
    result = await begin(room, rondas=1)
    game, _ = await current(room)
    await room.bot.close()
    await room.storage.games.reveal(game.game_id, 1)
    await room.restart()
    await room.env.advance_time(1)
    assert "Salió «" in text_of(result.response)
    assert (await room.storage.games.round(game.game_id, 1)).state == "shown"
    assert await room.storage.games.open_in(room.channel.id) is None


async def test_a_round_that_was_being_dealt_is_dealt_at_the_next_start(room):
    await begin(room)
    game, _ = await current(room)
    await room.storage.games.reveal(game.game_id, 1)
    await room.bot.close()
    second = replace(round_of(room, game), number=2, message_id=None, interaction_token="")
    assert await room.storage.games.add_round(second)
    await room.restart()
    await room.env.advance_time(1)
    found = await room.storage.games.round(game.game_id, 2)
    assert found.state == "open"
    assert "· 2 de 2" in text_of(room.message(found.message_id))


@pytest.mark.parametrize("is_overdue", [False, True])
async def test_a_round_whose_message_was_never_sent_is_sent_at_the_next_start(room, is_overdue):
    result = await begin(room, segundos=15)
    await click(room.ana, result.response, texts.REVEAL)
    await click(room.ana, result.response, texts.NEXT)
    game, second = await current(room, 2)
    await room.bot.close()
    room.env.backend.delete_message(room.channel.id, second.message_id)
    unsent = update(game_rounds).where(game_rounds.c.number == 2)
    await room.storage._database.execute(unsent.values(message_id=None, interaction_token=""))
    if is_overdue:
        await overdue(room, game)
    await room.restart()
    await room.env.advance_time(5)
    found = await room.storage.games.round(game.game_id, 2)
    assert found.state == ("shown" if is_overdue else "open")
    shown = text_of(room.message(found.message_id))
    assert ("Salió «" in shown) is is_overdue
    assert "· 2 de 2" in shown


async def test_a_word_that_could_not_be_sent_may_be_asked_for_again(room, monkeypatch):
    result = await begin(room)
    await click(room.ana, result.response, texts.REVEAL)

    async def send(_page):
        raise UserError("No se pudo enviar.")

    with monkeypatch.context() as patched:
        patched.setattr(play, "follow_up", lambda _interaction: send)
        told = await click(room.ana, result.response, texts.NEXT)
    assert "No se pudo enviar." in said(told)
    game, _ = await current(room)
    assert await room.storage.games.round(game.game_id, 2) is None
    await click(room.ana, result.response, texts.NEXT)
    assert (await current(room, 2))[1].state == "open"


async def test_a_deleted_message_frees_the_channel(room):
    result = await begin(room, segundos=15)
    room.env.backend.delete_message(room.channel.id, result.response.id)
    game, _ = await current(room)
    await room.env.advance_time(17)
    assert await room.storage.games.open_in(room.channel.id) is None
    assert (await room.storage.games.round(game.game_id, 1)).state == "shown"


async def test_a_deleted_person_takes_votes_and_games_along(room):
    result = await begin(room)
    game, _ = await current(room)
    await click(room.luis, result.response, "A")
    await room.storage.delete_user(room.luis.id)
    await click(room.ana, result.response, "B")
    assert "**1** voto ·" in text_of(result.response)
    await room.storage.delete_user(room.ana.id)
    gone = await click(room.luis, result.response, "A")
    assert said(gone) == texts.GONE
    assert await room.storage.guesses.of(game.game_id) == ()


async def test_a_lesson_plays_one_round_in_its_own_channel(room):
    place = {"channel_id": room.channel.id, "guild_id": room.guild.id, "host_id": room.ana.id}
    game = await play_in(room.bot, **place, text=TEXT, seed=42)
    with pytest.raises(UserError):
        await play_in(room.bot, **place, text=TEXT)
    one = await room.storage.games.round(game.game_id, 1)
    message = room.message(one.message_id)
    await click(room.luis, message, "A")
    await click(room.ana, message, texts.REVEAL)
    assert texts.FINAL_TITLE in text_of(room.message(one.message_id))


async def test_a_round_asks_with_the_words_of_today_and_of_its_host(room):
    request = GenerationRequest(prompt=TEXT, params=game_params(64), model="guion", seed=3)
    game = game_of(room, request)
    asked = round_request(room.bot, game, round_of(room, game))
    assert (asked.user_id, asked.seed) == (room.ana.id, 3)
    assert asked.params.strategy == "sample"
    assert (asked.params.temperature, asked.params.top_k, asked.params.top_p) == (1.0, 0, 1.0)


def game_of(room, request):
    return new_game(
        room.bot,
        host_id=room.ana.id,
        guild_id=room.guild.id,
        channel_id=room.channel.id,
        rounds=2,
        seconds=None,
        request=request,
    )


def round_of(room, game):
    return Round(
        game_id=game.game_id,
        number=1,
        state="preparing",
        version=0,
        reply_id="f" * 32,
        message_id=None,
        interaction_token="",
        token_at=datetime.now(UTC),
        deadline=None,
        prefix=(),
    )


async def overdue(room, game):
    """Let a round's countdown have ended a minute ago."""
    change = update(game_rounds).where(game_rounds.c.game_id == game.game_id)
    past = datetime.now(UTC) - timedelta(minutes=1)
    await room.storage._database.execute(change.values(deadline=past))


async def test_a_game_that_begins_while_the_bot_starts_is_dealt_once(room):
    """What a start goes on with was read before the first event came."""
    result = await begin(room)
    await room.bot.on_ready()
    room.bot._has_resumed = False
    await room.bot.on_ready()
    await room.env.advance_time(1)
    assert "¿Qué palabra sigue" in text_of(result.response)
    assert len([one for one in room.engine.requests if one.trace_top_n == RECORDED]) == 1
    assert room.bot._left_games == ()
