"""`/tokens`: two tokenizers side by side, page by page."""

import csv
import io
from dataclasses import replace

from bot.features.tokens import texts
from bot.texts import common
from engine.explain import TokensRequest
from tests.bot.elsewhere import ElsewhereEngine
from tests.bot.fillings import ENCODER
from tests.bot.screens import component, has_component, said, text_of
from tests.bot.world import open_world

TEXT = "Hola, ñandú mío"


async def ask(world, **options):
    return await world.member.slash(world.channel, "tokens", **{"texto": TEXT, **options})


def side_by_side(world, monkeypatch):
    """Say of the second model that its files are here."""
    first, second = type(world.engine).models(world.engine)
    here = (first, replace(second, needed_bytes=1_000_000))
    monkeypatch.setattr(world.engine, "models", lambda: here)


async def test_two_tokenizers_stand_side_by_side(world, monkeypatch):
    side_by_side(world, monkeypatch)
    shown = await ask(world)
    assert shown.response.ephemeral
    assert text_of(shown.response).splitlines() == [
        "### Tokens",
        "Con **guion (de prueba)** tu texto sale más barato: **3 tokens** frente a los **18** de "
        "**otro**.",
        "-# guion (de prueba): 1 por palabra · 20 por cada 100 letras y signos · 0,3\u00a0% de su "
        "contexto (1024)",
        "-# otro: 6 por palabra · 120 por cada 100 letras y signos · y 1 que añade él (\\<bos>)",
        texts.LEGEND,
        "-# ⟨C3⟩ es un byte: una parte de «ñ», que no cabe en una sola pieza.",
    ]
    assert has_component(shown.response, "tokens-csv")


async def test_no_model_is_fetched_for_a_comparison_that_nobody_asked_for(world):
    shown = await ask(world)
    models = [r.model for r in world.engine.explained if isinstance(r, TokensRequest)]
    assert models == ["guion"]
    assert "parte tu texto en **3 tokens**: 1 por palabra." in text_of(shown.response)
    assert texts.NO_OTHER in text_of(shown.response)


async def test_a_model_that_is_named_is_asked(world):
    shown = await ask(world, otro="otro")
    assert "frente a los **18**" in text_of(shown.response)


async def test_a_list_is_turned_page_by_page_and_back_to_the_picture(world):
    shown = await ask(world, otro="otro")
    message = shown.response
    buttons = [
        c["custom_id"]
        for row in message.components[0]["components"]
        if row["type"] == 1
        for c in row["components"]
    ]
    second = next(b for b in buttons if ":2:0:0" in b)
    click = await world.member.click(message, custom_id=second)
    page = text_of(click.response)
    assert page.splitlines()[:4] == [
        "### Piezas de otro",
        "Del 1 al 12, de 19.",
        "```",
        "pieza       id  bytes",
    ]
    assert "⟨C3⟩ de ñ  106      1" in page
    on = next(
        c["custom_id"]
        for row in click.response.components[0]["components"]
        if row["type"] == 1
        for c in row["components"]
        if c.get("label") == texts.BUTTON_ON
    )
    click = await world.member.click(click.response, custom_id=on)
    assert "Del 13 al 19, de 19." in text_of(click.response)
    picture = component(click.response, f"tokens:{second.split(':')[2]}:0:0:0")["custom_id"]
    click = await world.member.click(click.response, custom_id=picture)
    assert text_of(click.response).startswith("### Tokens")


async def test_the_file_has_every_byte_and_no_formula(world):
    shown = await ask(world, texto="=1+1 ñ", otro="otro")
    button = component(shown.response, "tokens-csv")["custom_id"]
    click = await world.member.click(shown.response, custom_id=button)
    (file,) = click.response.attachments
    rows = list(csv.reader(io.StringIO((await file.read()).decode("utf-8-sig")), delimiter=";"))
    assert tuple(rows[0]) == texts.CSV_HEADER
    of_other = [row for row in rows if row[0] == "otro"]
    assert of_other[0][7] == "sí"
    assert of_other[1][2] == "'="
    assert bytes.fromhex("".join(row[5] for row in of_other)).decode() == "=1+1 ñ"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


async def test_a_text_that_is_not_at_hand_any_more_is_said(world):
    shown = await ask(world)
    world.bot.at_hand.forget(world.member.id)
    button = component(shown.response, "tokens-csv")["custom_id"]
    assert said(await world.member.click(shown.response, custom_id=button)) == texts.GONE


async def test_what_is_deleted_is_not_at_hand(world):
    shown = await ask(world)
    panel = await world.member.slash(world.channel, "datos borrar")
    yes = component(panel.response, "datos-borrar-si")["custom_id"]
    await world.member.click(panel.response, custom_id=yes)
    button = component(shown.response, "tokens-csv")["custom_id"]
    assert said(await world.member.click(shown.response, custom_id=button)) == texts.GONE


async def test_the_same_model_twice_is_refused(world):
    shown = await ask(world, otro="guion (de prueba)")
    assert shown.response.content == texts.SAME_MODEL
    assert world.engine.explained == []


async def test_an_unknown_other_model_is_refused_with_the_names(world):
    shown = await ask(world, otro="gpt-5")
    assert "gpt-5" in shown.response.content
    assert "guion" in shown.response.content


async def test_a_word_of_the_list_is_refused(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("disputa\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        shown = await room.ana.slash(room.channel, "tokens", texto="una disputa")
        assert shown.response.content == common.BLOCKED_PROMPT
        assert room.engine.explained == []


async def test_an_encoder_has_a_tokenizer_too(world):
    world.engine.more_models = (ENCODER,)
    shown = await ask(world, modelo="huecos", otro="otro")
    assert "**huecos (de prueba)**" in text_of(shown.response)
    models = [r.model for r in world.engine.explained if isinstance(r, TokensRequest)]
    assert models == ["huecos", "otro"]


async def test_where_the_default_model_is_on_a_server_one_of_this_machine_cuts(tmp_path):
    async with open_world(tmp_path) as room:
        await room.env.restart_bot(room.new_bot(ElsewhereEngine()))
        await room.ana.slash(room.channel, "tokens", texto=TEXT)
        assert room.bot.engine.explained[0].model == "otro"
