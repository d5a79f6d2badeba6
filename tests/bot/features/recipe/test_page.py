"""«Receta» in both menus «Más…»: the script as a file, or why there is none."""

import ast
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from bot.features.recipe.page import recipe_page
from bot.messages.errors import UserError
from engine import Stage
from tests.bot.explorer_screens import choose, explicar
from tests.bot.world import open_world

LIMIT = 10 * 1024 * 1024


async def chosen(room, message, value, who=None):
    """Choose in the only menu of a continuation."""
    menu = next(i for row in message.components for i in row["components"] if i["type"] == 3)
    return await (who or room.ana).select(message, [value], custom_id=menu["custom_id"])


def literal(script: str, name: str) -> object:
    """Return the value that a script gives to a name."""
    lines = [
        node
        for node in ast.parse(script).body
        if isinstance(node, ast.Assign) and node.targets[0].id == name
    ]
    return ast.literal_eval(lines[0].value)


async def test_a_continuation_sends_its_script_to_whoever_asks(room):
    result = await room.continuar(texto="Había «una» vez…")
    reply = await room.reply_of(result)
    answer = await chosen(room, room.message(reply.message_id), "recipe", who=room.luis)
    sent = answer.followups[0]
    assert sent.ephemeral
    assert sent.content.startswith("La receta: un programa de Python que vuelve a escribir")
    assert [file.filename for file in sent.attachments] == ["receta.py"]
    script = (await sent.attachments[0].read()).decode("utf-8")
    assert literal(script, "PROMPT") == "Había «una» vez…"
    assert literal(script, "SEED") == 7
    assert literal(script, "EXPECTED") == [list(a.token_ids) for a in reply.completion.attempts]


async def test_the_explorer_sends_the_trace_beside_it(room):
    result = await explicar(room)
    reply = await room.reply_of(result)
    sent = (await choose(room, result.response, "Más", "receta")).response
    assert sent.ephemeral
    assert "Al lado va la traza entera." in sent.content
    assert [file.filename for file in sent.attachments] == ["receta.py", "traza.json"]
    script, trace = [await file.read() for file in sent.attachments]
    assert literal(script.decode("utf-8"), "PROMPT") == "El amor es eterno."
    assert json.loads(trace) == reply.completion.to_dict()


async def test_a_prompt_that_is_not_kept_has_no_recipe_and_says_why(room):
    message = await room.luis.send(room.channel, "un secreto de Luis")
    result = await room.ana.context_menu(room.channel, "Continuar este mensaje", message)
    answer = await chosen(room, result.response, "recipe")
    said = answer.followups[0]
    assert said.ephemeral
    assert said.content.startswith("No hay receta de este texto: empieza en un mensaje que no se")
    assert said.attachments == []


async def test_the_word_list_is_not_in_the_script_but_its_effect_is_said(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("zopenco\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        reply = await room.reply_of(await explicar(room))
    first, *others = reply.completion.attempts[0].steps
    ban = Stage(
        name="bad_words",
        kind="cut",
        tokens_kept=15,
        tokens_removed=1,
        mass_kept=0.9,
        mass_removed=0.1,
        raw_mass=0.9,
    )
    step = replace(first, stages=(first.stages[0], ban, *first.stages[1:]))
    attempt = replace(reply.completion.attempts[0], steps=(step, *others))
    filtered = replace(reply, completion=replace(reply.completion, attempts=(attempt,)))
    scripts = [
        (await recipe_page(each, LIMIT)).files[0].fp.read().decode("utf-8")
        for each in (reply, filtered)
    ]
    assert not any("zopenco" in script for script in scripts)
    assert ["palabras vetadas" in script for script in scripts] == [False, True]


async def test_files_that_the_channel_does_not_take(room):
    reply = await room.reply_of(await explicar(room))
    page = await recipe_page(reply, 20_000, has_trace=True)
    assert [file.filename for file in page.files] == ["receta.py"]
    assert "traza" not in page.content
    with pytest.raises(UserError, match="aquí solo caben 100"):
        await recipe_page(reply, 100, has_trace=True)


async def test_a_reply_without_the_ids_of_its_prompt_has_none(room):
    reply = await room.reply_of(await explicar(room))
    reply = replace(reply, completion=replace(reply.completion, prompt_ids=()))
    with pytest.raises(UserError, match="no guardo lo bastante"):
        await recipe_page(reply, LIMIT)


def test_the_bot_makes_recipes_without_torch():
    code = "import sys, bot.features.recipe.page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
