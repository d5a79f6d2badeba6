"""«Explicar este mensaje»: anybody's text, coloured by surprise, and nothing kept of it."""

import pytest

from engine import EngineError
from tests.bot.explorer_screens import alt, buttons, screen, where
from tests.bot.traces import everything_logged, everything_stored, log_everything
from tests.bot.world import open_world

MENU = "Explicar este mensaje"


async def explain(room, text, who=None):
    message = await room.luis.send(room.channel, text)
    return await (who or room.ana).context_menu(room.channel, MENU, message)


async def test_the_screen(room):
    message = (await explain(room, "vida y mar")).response
    assert message.ephemeral
    assert message.flags.components_v2
    assert screen(message) == (
        "### Este texto sorprende al modelo de vez en cuando\n"
        "Lo que menos esperaba:\n"
        "**1.** «que», donde esperaba «雪».\n"
        "**2.** «lago», donde esperaba «⟨C3⟩».\n"
        "**3.** «amor».\n"
        "-# Perplejidad 15: como elegir cada token a ciegas entre 15. Son 0,84 bits por carácter.\n"
        "-# guion (de prueba) · 3 tokens · no guardo este texto · solo lo ves tú"
    )


async def test_the_picture_is_attached_and_told(room):
    message = (await explain(room, "vida y mar")).response
    assert [file.filename for file in message.attachments] == ["sorpresa.png"]
    assert alt(message).startswith("Texto de 3 palabras")
    assert len(alt(message)) <= 256
    assert buttons(message) == []


async def test_another_persons_text_is_neither_stored_nor_logged(room, caplog, tmp_path):
    log_everything(caplog)
    await explain(room, "secretísimo zafiro")
    assert room.engine.scored[-1].continuation == "secretísimo zafiro"
    assert room.engine.scored[-1].prompt == ""
    assert "zafiro" not in everything_logged(caplog)
    assert (await room.storage.user_data(room.ana.id)).replies == 0
    assert (await room.storage.user_data(room.luis.id)).replies == 0
    assert "zafiro" not in everything_stored(tmp_path)


async def test_a_reply_of_the_bot_opens_its_own_trace(room):
    reply = await room.continuar()
    result = await room.luis.context_menu(room.channel, MENU, reply.response)
    assert result.response.ephemeral
    assert where(result.response)[0] == 0
    assert room.engine.scored == []
    assert len(room.engine.requests) == 1


async def test_a_reply_whose_trace_is_gone_is_said(room):
    reply = await room.continuar()
    stored = await room.reply_of(reply)
    await room.storage.replies.delete(stored.reply_id)
    result = await room.luis.context_menu(room.channel, MENU, reply.response)
    assert "Ya no guardo los datos de ese texto" in result.response.content


async def test_a_message_without_text_is_refused(room):
    message = await room.luis.send(room.channel, "", attachments=[("a.png", b"x")])
    result = await room.ana.context_menu(room.channel, MENU, message)
    assert result.response.ephemeral
    assert result.response.content == "Ese mensaje no tiene texto: no hay nada que explicar."


async def test_a_forbidden_word_is_refused(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("zafiro\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        result = await explain(room, "un zafiro")
        assert "una palabra que este servidor no permite" in result.response.content
        assert room.engine.scored == []


async def test_a_failure_of_the_engine_is_said(room):
    room.engine.error = EngineError("invalid_logits")
    result = await explain(room, "hola")
    assert result.response.ephemeral
    assert result.response.content


async def test_a_text_that_the_model_cannot_hold_is_said(room):
    room.engine.error = EngineError(
        "invalid_params", field="continuation", value=2000, range="1 ≤ x ≤ 1023"
    )
    result = await explain(room, "hola")
    assert result.response.content.startswith("Ese mensaje es más largo de lo que el modelo")


async def test_one_person_cannot_ask_for_too_much(tmp_path):
    async with open_world(tmp_path, cooldown_s=60) as room:
        await explain(room, "uno")
        result = await explain(room, "dos")
        assert result.response.content.startswith("Vas muy deprisa")


@pytest.mark.parametrize(
    "text", ["🦄" * 500, "مرحبا بالعالم " * 60, "`" * 200, "x", "@everyone **a**"]
)
async def test_any_text_fits(room, text):
    message = (await explain(room, text)).response
    assert screen(message).startswith("### Este texto ")
    assert len(screen(message)) <= 4000
