"""`/rellenar`: its screens, its refusals, its manners."""

from dataclasses import replace
from types import SimpleNamespace

import discord
import pytest
from sqlalchemy import select

from bot.features.fill import texts
from bot.jobs.limits import Limits
from bot.storage.errors import StorageError
from bot.storage.schema import replies
from bot.texts import common
from bot.texts import errors as error_texts
from bot.texts import kinds as kind_texts
from engine import EngineError
from engine.explain import CONTEXT_TOO_LONG
from engine.filling import FILL_ORDERS
from engine.words import WordList
from tests.bot.features.families.answers import attention_of
from tests.bot.fillings import ENCODER, OTHER_ENCODER
from tests.bot.screens import component, has_component, said, text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import labels, options

TEXT = "Me gusta el café con ___ y un poco de canela."
THREE = "El ___ y la ___ van con [MASK]."


@pytest.fixture(autouse=True)
def encoder(world):
    world.engine.more_models = (ENCODER,)


async def ask(world, texto=TEXT, who=None, **given):
    return await (who or world.member).slash(world.channel, "rellenar", texto=texto, **given)


async def click(world, message, label, who=None):
    return await (who or world.member).click(message, custom_id=_button(message, label))


async def test_the_first_screen_says_what_fits_and_what_the_right_side_did(world):
    shown = (await ask(world)).response
    assert shown.ephemeral
    assert text_of(shown).splitlines() == [
        "### En el hueco cabe «leche» (41 de cada 100)",
        "Con lo de la derecha tapado habría dicho **azúcar** (20 de cada 100); **leche** sería la "
        "6.ª.",
        "-# huecos (de prueba) · Solo lo ves tú",
    ]
    (picture,) = shown.attachments
    assert picture.filename == texts.CHART_NAME
    assert labels(_rows(shown)) == [[texts.NUMBERS, texts.ATTENTION], [texts.MORE_MENU]]
    (request,) = world.engine.filled
    assert (request.text, request.model, request.order) == (TEXT, "huecos", "independent")
    assert request.top_n == 5


def _rows(message):
    """Give `labels` the rows of a container."""

    rows = [c for c in message.components[0]["components"] if c["type"] == 1]
    return SimpleNamespace(components=rows)


async def test_the_picture_says_both_halves_in_words(world):
    shown = (await ask(world)).response
    (gallery,) = (c for c in shown.components[0]["components"] if c["type"] == 12)
    description = gallery["items"][0]["description"]
    assert "Con los dos lados: leche 41,0\u00a0%; azúcar 12,0\u00a0%" in description
    assert "Con la derecha tapada: azúcar 20,0\u00a0%; amigos 17,0\u00a0%; ." in description
    assert "leche · 6.ª 2,0\u00a0%" in description


async def test_without_anything_on_the_right_that_is_said(world):
    shown = (await ask(world, "Me gusta el café con ___")).response
    assert texts.NO_RIGHT in text_of(shown)
    (gallery,) = (c for c in shown.components[0]["components"] if c["type"] == 12)
    assert "tapada" not in gallery["items"][0]["description"]


async def test_several_gaps_are_turned_one_by_one(world):
    shown = (await ask(world, THREE)).response
    lines = text_of(shown).splitlines()
    assert lines[0] == "### Hueco 1 de 3: «leche»"
    assert lines[1] == "> El **leche** y la **leche** van con **leche**."
    turned = await world.member.click(shown, custom_id=_button(shown, texts.AFTER))
    assert "### Hueco 2 de 3" in text_of(turned.response)
    # Whatever was asked a moment ago is at hand.
    assert len(world.engine.filled) == 1


async def _stored(world):
    """Return the ids of the member's texts."""
    query = select(replies.c.reply_id).where(replies.c.owner_id == world.member.id)
    async with world.storage._database.reading() as connection:
        return (await connection.scalars(query)).all()


async def test_the_orders_are_in_the_menu_and_said(world):
    shown = (await ask(world, THREE)).response
    orders = [texts.ORDER_NAMES[order] for order in FILL_ORDERS]
    assert options(_rows(shown)) == [*orders[1:], "Publicar"]
    menu = component(shown, "mas-hueco")
    turned = await world.member.select(shown, ["most_certain"], custom_id=menu["custom_id"])
    assert world.engine.filled[-1].order == "most_certain"
    assert "Orden: primero el más seguro. Este hueco se rellenó el 3.º" in text_of(turned.response)
    assert options(_rows(turned.response)) == [*orders[:2], "Publicar"]


async def test_the_numbers_are_one_click_away_and_back(world):
    shown = (await ask(world)).response
    numbers = (await click(world, shown, texts.NUMBERS)).response
    said_there = text_of(numbers)
    assert "Entropía: **3,2 bits** con los dos lados, **6,5 bits**" in said_there
    both, hidden = (part.strip().splitlines() for part in said_there.split("```")[1::2])
    assert both[1].split() == ["leche", "41,0", "%", "6.ª"]
    assert both[5].split()[0] == "…ción"
    assert hidden[1].split() == ["azúcar", "20,0", "%", "2.ª"]
    assert "Pseudo-log-verosimilitud del texto relleno: **−23,4** nats" in said_there
    assert "acabado en el hueco y con su token de fin" in said_there
    assert "de los 512 que le caben" in said_there
    assert all(len(line) <= 25 for line in (*both, *hidden))
    back = (await click(world, numbers, texts.BACK)).response
    assert text_of(back) == text_of(shown)


async def test_whom_the_word_in_a_gap_looks_at_is_shown(world, monkeypatch):
    asked = []

    async def explain(self, request):
        asked.append(request)
        return attention_of(request)

    monkeypatch.setattr(ScriptedEngine, "explain", explain)
    shown = (await ask(world, THREE)).response
    turned = await world.member.click(shown, custom_id=_button(shown, texts.AFTER))
    seen = (
        await world.member.click(
            turned.response, custom_id=_button(turned.response, texts.ATTENTION)
        )
    ).response
    (request,) = asked
    assert (request.text, request.part) == ("El leche y la leche van con leche.", "encoder")
    assert text_of(seen).replace("\u00a0", " ").splitlines()[:3] == [
        "### «leche» mira a los dos lados",
        texts.LOOKS_SHARES.format(left="50 %", right="38 %"),
        "-# Media de todas las capas y cabezas, con los huecos ya llenos.",
    ]
    assert [a.filename for a in seen.attachments] == [texts.LOOKS_NAME]
    assert labels(_rows(seen))[0] == [texts.BEFORE, texts.AFTER, texts.BACK, "Publicar"]
    back = await world.member.click(seen, custom_id=_button(seen, texts.BACK))
    assert "### Hueco 2 de 3" in text_of(back.response)


async def test_of_a_long_text_the_words_around_the_gap_are_read(world, monkeypatch):
    asked = []

    async def explain(self, request):
        asked.append(request.text.split())
        if len(asked[-1]) > 6:
            raise EngineError(
                "invalid_params", field="context_ids", value=161, reason=CONTEXT_TOO_LONG, limit=64
            )
        return attention_of(request)

    monkeypatch.setattr(ScriptedEngine, "explain", explain)
    shown = (await ask(world, "uno " * 20 + "___ " + "dos " * 20)).response
    seen = await click(world, shown, texts.ATTENTION)
    assert "mira a los dos lados" in text_of(seen.response)
    assert [len(words) for words in asked] == [12, 6]
    assert asked[1] == ["uno", "uno", "uno", "leche", "dos", "dos"]
    assert texts.LOOKS_PART.format(read=6, count=41) in text_of(seen.response)


async def test_at_an_end_a_word_has_one_side(world, monkeypatch):
    async def explain(self, request):
        return attention_of(request)

    monkeypatch.setattr(ScriptedEngine, "explain", explain)
    shown = (await ask(world, "Me gusta la ___")).response
    seen = await click(world, shown, texts.ATTENTION)
    assert text_of(seen.response).startswith(texts.LOOKS_TITLE_AT_AN_END.format(word="leche"))


async def test_what_is_too_long_to_be_looked_into_is_said(world, monkeypatch):
    async def explain(self, request):
        raise EngineError(
            "invalid_params", field="context_ids", value=161, reason=CONTEXT_TOO_LONG, limit=64
        )

    monkeypatch.setattr(ScriptedEngine, "explain", explain)
    shown = (await ask(world)).response
    told = said(await click(world, shown, texts.ATTENTION))
    assert told.startswith("Por dentro solo puedo mirar 64 tokens a la vez, y ese texto son 161")


async def test_two_encoders_stand_side_by_side(world):
    world.engine.more_models = (ENCODER, OTHER_ENCODER)
    shown = (await ask(world)).response
    menu = component(shown, "mas-hueco")
    assert options(_rows(shown)) == ["Comparar con destilado", "Publicar"]
    turned = await world.member.select(shown, ["con:destilado"], custom_id=menu["custom_id"])
    assert text_of(turned.response).splitlines() == [
        "### huecos (de prueba) y destilado no dicen lo mismo",
        "**leche** (41 de cada 100) · **azúcar** (12 de cada 100)",
        "-# De las 5 primeras de cada uno comparten 5.",
        "**huecos (de prueba)**: BERT · 6,3 millones de parámetros · 12,6\u00a0MB · "
        "4\u00a0ms esta vez",
        "**destilado**: DistilBERT · 3,1 millones de parámetros · 12,6\u00a0MB · "
        "4\u00a0ms esta vez",
        "-# Solo lo ves tú",
    ]
    back = await click(world, turned.response, texts.BACK)
    assert text_of(back.response) == text_of(shown)


async def test_with_several_gaps_their_agreement_is_counted(world):
    world.engine.more_models = (ENCODER, OTHER_ENCODER)
    shown = (await ask(world, THREE)).response
    menu = component(shown, "mas-hueco")
    turned = await world.member.select(shown, ["con:destilado"], custom_id=menu["custom_id"])
    assert "coinciden en 0 de 3 huecos" in text_of(turned.response)
    assert "Hueco 3: **leche** (41 de cada 100) · **azúcar**" in text_of(turned.response)


async def test_a_text_without_gaps_gets_an_example_that_works(world):
    shown = (await ask(world, "Me gusta el café con leche")).response
    assert shown.ephemeral
    assert "Pon `___` donde falte la palabra" in shown.content
    assert world.engine.filled == []
    (row,) = shown.components
    (button,) = row["components"]
    tried = await world.member.click(shown, custom_id=button["custom_id"])
    assert "### En el hueco cabe «leche»" in text_of(tried.response)
    assert world.engine.filled[0].text == texts.EXAMPLE


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("  ", "No me has dado ningún texto"),
        ("la casa___ azul", "El hueco de «casa\\_\\_\\_» está dentro de una palabra"),
        ("___ " * 21, "Son 21 huecos, y caben 20 como mucho"),
    ],
)
async def test_what_cannot_be_filled_is_refused_at_once(world, text, part):
    shown = await ask(world, text)
    assert shown.response.ephemeral
    assert part in shown.response.content
    assert world.engine.filled == []
    assert await _stored(world) == []


async def test_a_text_that_is_too_long_is_refused_and_not_kept(world):
    shown = await ask(world, f"{'casa ' * 130}___")
    assert "El texto son 620 tokens y a este modelo le caben 512" in said(shown)
    assert await _stored(world) == []


async def test_without_an_encoder_that_is_said(world):
    world.engine.more_models = ()
    # Of a model that nobody has loaded yet, the kind is not known.
    first, _ = world.engine.models()
    world.engine.models = lambda: (first,)
    assert (await ask(world)).response.content == kind_texts.NONE_OF["fill"]


async def test_a_decoder_is_refused_with_its_command(world):
    shown = await ask(world, modelo="guion")
    assert "/continuar" in shown.response.content
    assert world.engine.filled == []


async def test_a_word_of_the_list_is_neither_accepted_nor_shown(world):
    world.bot.blocked_words = ("leche",)
    world.bot.word_list = WordList(("leche",))
    assert (await ask(world, "leche con ___")).response.content == common.BLOCKED_PROMPT
    shown = (await ask(world)).response
    assert world.engine.filled[-1].bad_words == ("leche",)
    assert "leche" not in str(shown.components)
    assert "quitó un 41,0\u00a0% de lo que cabía" in text_of(shown)


async def test_a_failure_is_said_and_nothing_is_kept(world):
    world.engine.error = EngineError("out_of_memory")
    assert said(await ask(world)) == error_texts.ENGINE["out_of_memory"]
    assert await _stored(world) == []


async def test_a_public_page_is_turned_by_its_publisher_and_opened_by_others(world):
    luis = world.guild.add_member(world.env.create_user("lucía", global_name="Lucía"))
    shown = (await ask(world, THREE)).response
    menu = component(shown, "mas-hueco")["custom_id"]
    published = (await world.member.select(shown, ["publicar"], custom_id=menu)).followups[-1]
    assert not published.ephemeral
    assert f"<@{world.member.id}>" in text_of(published)
    numbers = _button(published, texts.NUMBERS)
    other = await luis.click(published, custom_id=numbers)
    assert other.response.ephemeral
    assert "### Números" in text_of(other.response)
    own = await world.member.click(published, custom_id=numbers)
    assert "### Números" in text_of(own.response)
    assert not own.response.ephemeral


async def test_a_copy_may_be_clicked_before_its_sender_hears_that_it_is_there(world, monkeypatch):
    send, private_when_sent = discord.Webhook.send, []

    async def noted(webhook, *args, **options):
        message = await send(webhook, *args, **options)
        private_when_sent.append(await _is_private(world))
        return message

    shown = (await ask(world)).response
    assert await _is_private(world)
    menu = component(shown, "mas-hueco")["custom_id"]
    monkeypatch.setattr(discord.Webhook, "send", noted)
    await world.member.select(shown, ["publicar"], custom_id=menu)
    assert private_when_sent == [False]


async def test_a_copy_whose_text_cannot_be_made_public_is_not_sent(world, monkeypatch):
    async def fail(*_, **__):
        raise StorageError("no_space")

    shown = (await ask(world)).response
    menu = component(shown, "mas-hueco")["custom_id"]
    monkeypatch.setattr(world.storage.replies, "set_public", fail)
    (answer,) = (await world.member.select(shown, ["publicar"], custom_id=menu)).followups
    assert answer.ephemeral
    assert answer.content == error_texts.STORAGE["no_space"]
    assert await _is_private(world)


async def _is_private(world):
    (reply_id,) = await _stored(world)
    return (await world.storage.replies.get(reply_id)).is_private


def _button(message, label):
    return next(
        c["custom_id"]
        for row in _rows(message).components
        for c in row["components"]
        if c.get("label") == label
    )


async def test_it_may_be_asked_for_in_public(world):
    shown = (await ask(world, privado=False)).response
    assert not shown.ephemeral
    assert f"<@{world.member.id}>" in text_of(shown)
    assert has_component(shown, "borrar-copia")


async def test_its_buttons_work_after_a_restart(world, room):
    shown = (await ask(world, THREE)).response
    before = text_of(shown)
    await world.restart()
    room.engine.more_models = (ENCODER,)
    turned = (await world.member.click(shown, custom_id=_button(shown, texts.AFTER))).response
    assert "### Hueco 2 de 3" in text_of(turned)
    back = (await world.member.click(turned, custom_id=_button(turned, texts.BEFORE))).response
    assert text_of(back) == before


async def test_what_is_kept_is_the_text_and_goes_with_the_person(world):
    await ask(world)
    data = await world.storage.user_data(world.member.id)
    assert data.replies == 1
    (text,) = [text async for text in world.storage.texts_of(world.member.id, 10)]
    assert (text.kind, text.request.prompt, text.texts) == ("rellenar", TEXT, ())
    await world.storage.delete_user(world.member.id)
    assert (await world.storage.user_data(world.member.id)).is_empty


async def test_a_text_that_cannot_be_stored_is_answered_without_buttons(world, monkeypatch):
    async def save(*_):
        raise StorageError("no_space")

    monkeypatch.setattr(world.storage.replies, "save", save)
    shown = await ask(world)
    assert "### En el hueco cabe" in text_of(shown.response)
    assert _rows(shown.response).components == []
    assert "no está guardado" in said(shown)


async def test_a_deleted_text_says_so(world):
    shown = (await ask(world)).response
    await world.storage.replies.delete(*await _stored(world))
    gone = await world.member.click(shown, custom_id=_button(shown, texts.NUMBERS))
    assert said(gone) == common.REPLY_GONE


async def test_at_most_so_many_at_once(world):
    world.bot.limits = Limits(max_per_user=1, cooldown_s=30)
    shown = (await ask(world)).response
    assert "Vas muy deprisa" in (await ask(world)).response.content
    # What is at hand costs nothing; what is asked again does.
    assert said(await click(world, shown, texts.NUMBERS)).startswith("Vas muy deprisa")


async def held(world, monkeypatch, then=None):
    """Note the rows of jobs while the engine is at work."""
    rows, fill = [], world.engine.fill

    async def filling(request):
        rows.extend(await world.storage.jobs.unfinished())
        return await (then or fill)(request)

    monkeypatch.setattr(world.engine, "fill", filling)
    return rows


async def test_while_it_is_filled_a_row_stands_by_which_a_crash_is_told(world, monkeypatch):
    rows = await held(world, monkeypatch)
    shown = await ask(world)
    (job,) = rows
    reply = await world.storage.replies.find_by_message(shown.response.id)
    assert (job.kind, job.owner_id, job.job_id) == ("rellenar", world.member.id, reply.reply_id)
    assert job.request.prompt == TEXT
    assert job.interaction_token
    assert await world.storage.jobs.unfinished() == ()


async def test_no_row_is_left_of_a_text_that_could_not_be_filled(world, monkeypatch):
    async def fail(_):
        raise EngineError("deadline")

    rows = await held(world, monkeypatch, fail)
    await ask(world)
    assert len(rows) == 1
    assert await world.storage.jobs.unfinished() == ()


@pytest.mark.parametrize("is_private", [True, False])
async def test_a_second_crash_is_told_and_the_text_can_be_filled_after_all(
    world, room, monkeypatch, is_private
):
    rows = await held(world, monkeypatch)
    shown = (await ask(world, privado=is_private)).response
    before = text_of(shown)
    await world.storage.jobs.start(replace(rows[0], can_resume=False))
    await room.restart()
    room.engine.more_models = (ENCODER,)
    message = room.message(shown.id)
    told = TEXT.replace("_", "\\_")
    assert text_of(message).splitlines() == [f"> {told}", common.INTERRUPTED_AGAIN]
    assert labels(_rows(message)) == [["Otra"]]
    assert await world.storage.jobs.unfinished() == ()
    if not is_private:
        other = await click(world, message, "Otra", who=world.manager)
        assert other.response.ephemeral
        assert "«leche»" in text_of(other.response)
    await click(world, message, "Otra")
    again = room.message(shown.id)
    assert text_of(again) == before
    assert labels(_rows(again)) == labels(_rows(shown))


async def test_after_a_crash_it_is_filled_once(world, room, monkeypatch):
    rows = await held(world, monkeypatch)
    shown = (await ask(world)).response
    before = text_of(shown)
    for is_begun in (False, True):
        await world.storage.jobs.start(replace(rows[0], can_resume=not is_begun))
        engine = ScriptedEngine()
        engine.more_models = (ENCODER,)
        await room.env.restart_bot(room.new_bot(engine))
        await room.env.settle()
        assert len(engine.filled) == (not is_begun)
        message = room.message(shown.id)
        assert (text_of(message) == before) is not is_begun
        assert await world.storage.jobs.unfinished() == ()


async def test_a_crash_is_told_though_its_text_was_deleted_meanwhile(world, room, monkeypatch):
    rows = await held(world, monkeypatch)
    shown = (await ask(world)).response

    async def read_before_the_deletion(*_):
        return tuple(rows)

    monkeypatch.setattr(room.storage.jobs, "unfinished", read_before_the_deletion)
    await world.storage.delete_user(world.member.id)
    await room.restart()
    assert text_of(room.message(shown.id)) == common.INTERRUPTED
    assert (await room.storage.user_data(world.member.id)).is_empty


async def test_so_is_one_whose_text_is_deleted_while_it_waits(world, room, monkeypatch):
    rows = await held(world, monkeypatch)
    shown = (await ask(world)).response
    await world.storage.jobs.start(rows[0])
    begin_again = room.storage.jobs.begin_again

    async def delete_before(job_id):
        await world.storage.delete_user(world.member.id)
        return await begin_again(job_id)

    monkeypatch.setattr(room.storage.jobs, "begin_again", delete_before)
    await room.restart()
    assert text_of(room.message(shown.id)) == common.INTERRUPTED
    assert (await room.storage.user_data(world.member.id)).is_empty
