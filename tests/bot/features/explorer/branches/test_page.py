"""«Rama» from the explorer's menu to every way on, on a scripted engine."""

from dataclasses import replace

import pytest
from simcord.components import walk_components

from bot.storage import StorageError
from tests.bot.explorer_screens import (
    alt,
    at_first_step,
    buttons,
    choose,
    explicar,
    heading,
    menu,
    menus,
    published,
    screen,
    where,
)
from tests.bot.features.explorer.word.answers import CUT
from tests.bot.scripted import WORDS
from tests.bot.world import open_world, options

SECOND = str(WORDS.index(" vida"))
"""Id of the second candidate of the first step."""


async def branches(room, **settings):
    """Open the branches of an explained text, at its first step."""
    result = await explicar(room, **settings)
    message = result.response
    await choose(room, message, "Más", "rama")
    while buttons(message)[0] != "◀ Primer paso":
        await room.ana.click(message, label=buttons(message)[0])
    return await room.reply_of(result), message


async def branch(room, message, token_id=SECOND, who=None):
    """Choose an alternative; return the stored branch and its message."""
    result = await choose(room, message, "Seguir por", token_id, who)
    return await room.reply_of(result), result.response


async def open_branches(room, message, who=None):
    """Open the branches of a written text from its own menu."""
    value = next(v for v in option_values(message) if v.startswith("branches-"))
    return (await (who or room.ana).select(message, [value])).followups[0]


def option_values(message):
    found = [i for row in message.components for i in row.get("components", ()) if i["type"] == 3]
    return [option["value"] for option in found[0]["options"]]


def nodes(message) -> list[str]:
    return [option["label"] for option in menu(message, "Estás en el")["options"]]


def files(message) -> list[str]:
    return [file.filename for file in message.attachments]


async def test_the_menu_turns_the_page_into_the_branches(room):
    _, message = await branches(room)
    assert heading(message) == "### Ramas desde «␣amor» · paso 1 de 8"
    assert (
        "Aquí salió «␣amor» (33,0 % crudo, 36,3 % final). Elige otra candidata, o escribe una "
        "palabra, y sigo desde ella con los mismos ajustes, la misma semilla y los mismos dados.\n"
        "-# Este texto aún no tiene ramas: la primera la abres tú."
    ) in screen(message)
    (alternatives,) = menus(message)
    assert len(alternatives["options"]) == len(WORDS)
    assert alternatives["placeholder"] == f"Seguir por otra candidata… ({len(WORDS)} anotadas)"
    first, second = alternatives["options"][:2]
    assert (first["label"], first["value"]) == ("1 · ␣amor ◀", "0")
    assert first["description"].replace("\u00a0", " ") == (
        "33,0 % crudo · 36,3 % final · la que salió"
    )
    assert (second["label"], second["value"]) == ("2 · ␣vida", SECOND)
    assert "✂ 0 % final" in alternatives["options"][-1]["description"].replace("\u00a0", " ")
    assert buttons(message) == [
        "◀ Primer paso",
        "Paso 2 ▶",
        "◀ Volver al paso",
        "Otra palabra…",
        "Actualizar",
        "Publicar",
    ]
    assert files(message) == []
    assert message.ephemeral
    assert len(room.engine.requests) == 1


async def test_a_branch_goes_on_from_ids_with_the_same_settings_and_die(room):
    parent, message = await branches(room)
    await room.ana.click(message, label="Paso 2 ▶")
    await room.ana.click(message, label="Paso 3 ▶")
    third = parent.completion.attempts[0].steps[2]
    chosen = next(c for c in third.candidates if c.token_id != third.chosen)
    stored, written = await branch(room, message, str(chosen.token_id))
    asked, before = stored.request, parent.request
    assert asked.prefix_ids == (*parent.completion.attempts[0].token_ids[:2], chosen.token_id)
    assert (asked.prompt, asked.seed, asked.params) == (before.prompt, 7, before.params)
    assert (asked.trace_top_n, asked.revision) == (25, "0123abcd")
    assert (stored.kind, stored.owner_id) == ("continuar", room.ana.id)
    assert written.ephemeral
    assert written.content.startswith("**El amor es eterno.** amor")
    assert "-# · Rama: en el paso 3, «" in written.content
    dice = [step.draw.u for step in parent.completion.attempts[0].steps]
    assert [step.draw.u for step in stored.completion.attempts[0].steps][:5] == dice[3:]


async def test_the_token_that_came_out_anyway_reproduces_the_text(room):
    parent, message = await branches(room)
    stored, written = await branch(room, message, "0")
    assert "«␣amor», lo mismo que salió." in written.content
    ids = parent.completion.attempts[0].token_ids
    assert stored.request.prefix_ids + stored.completion.attempts[0].token_ids[:7] == ids


async def test_the_tree_is_drawn_and_walked_also_after_a_restart(room):
    parent, message = await branches(room)
    first, written = await branch(room, message)
    page = await open_branches(room, written)
    assert page.ephemeral
    await room.restart()
    await room.ana.click(page, label=buttons(page)[0])
    second, _ = await branch(room, page)
    await room.ana.click(page, label="Actualizar")
    assert files(page) == ["ramas.png"]
    assert alt(page).startswith("Árbol de ramas · 3 textos. Estás en el 2, del 1, paso 1: «␣vida»")
    labels = nodes(page)
    assert [label.split(" · ")[:2] for label in labels] == [
        ["1", "inicio"],
        ["2", "␣vida"],
        ["3", "␣vida"],
    ]
    assert labels[1].endswith(" ◀")
    assert "**Camino:** inicio → paso 1 «␣vida»" in screen(page)
    values = [option["value"] for option in menu(page, "Estás en el")["options"]]
    assert [value.split(":")[0] for value in values] == [
        parent.reply_id,
        first.reply_id,
        second.reply_id,
    ]
    await room.restart()
    await choose(room, page, "Estás en el", values[0])
    assert heading(page) == "### Ramas desde «␣amor» · paso 1 de 8"
    assert nodes(page)[0].endswith(" ◀")
    assert "El árbol tiene 3 textos; 1 sale de este paso." in screen(page)
    await room.ana.click(page, label="◀ Volver al paso")
    assert where(page) == (0, 0)
    assert files(page) == ["por-que.png"]
    assert room.engine.requests == []


async def test_forcing_a_word_opens_a_branch_of_the_same_tree(room):
    _, message = await branches(room)
    room.engine.answer = CUT
    form = await room.ana.click(message, label="Otra palabra…")
    answer = (await room.ana.submit_modal(form, {"palabra": "mar"})).response
    result = await room.ana.click(answer, label="Forzarla y seguir")
    assert "-# · Rama: en el paso 1, «␣mar» en vez de «␣amor»." in result.response.content
    await room.ana.click(message, label="Actualizar")
    assert [label.split(" · ")[1] for label in nodes(message)] == ["inicio", "␣mar"]


async def test_a_word_forced_on_a_published_page_is_for_all_to_see(room):
    _, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    room.engine.answer = CUT
    for is_old in (False, True):
        if is_old:
            make_old(room, copy)
        form = await room.luis.click(copy, label="Otra palabra…")
        answer = (await room.luis.submit_modal(form, {"palabra": "mar"})).response
        assert answer.ephemeral
        result = await room.luis.click(answer, label="Forzarla y seguir")
        assert result.response.ephemeral == is_old
        assert (await room.reply_of(result)).is_private == is_old
        assert all(
            len(c["custom_id"]) <= 100
            for c in walk_components(answer.components)
            if "custom_id" in c
        )
    await room.ana.click(copy, label="Actualizar")
    assert [label.split(" · ")[1] for label in nodes(copy)] == ["inicio", "␣mar"]


def make_old(room, message):
    """Give a published page the button that pages had before it knew that it is public."""
    stored = room.env.backend.get_message(room.channel.id, message.id)
    found = walk_components(stored.components)
    asking = next(c for c in found if c.get("label") == "Otra palabra…")
    old = asking["custom_id"].replace("otra-palabra-canal", "otra-palabra")
    asking["custom_id"] = old.rsplit(":", 1)[0]


async def test_several_people_branch_from_one_published_page_at_once(room):
    parent, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert "Publicado por" in screen(copy)
    assert buttons(copy)[3:] == ["Otra palabra…", "Actualizar", "Explicar", "Borrar"]
    people = [room.ana, room.luis]
    people += [room.guild.add_member(room.env.create_user(name)) for name in ("eva", "leo", "sol")]
    gate = room.hold()
    results = [
        await choose(room, copy, "Seguir por", str(number), person)
        for number, person in enumerate(people, start=1)
    ]
    assert room.engine.stats().running == 5
    gate.set()
    await room.env.settle()
    for number, (person, result) in enumerate(zip(people, results, strict=True), start=1):
        stored = await room.reply_of(result)
        assert stored.owner_id == person.id
        assert stored.request.prefix_ids == (number,)
        assert not result.response.ephemeral
        assert not stored.is_private
    await room.ana.click(copy, label="Actualizar")
    assert len(nodes(copy)) == 6
    assert "El árbol tiene 6 textos; 5 salen de este paso." in screen(copy)
    opened = (await room.luis.click(copy, label="Paso 2 ▶")).response
    assert opened.ephemeral
    hints = [o["description"] for o in menu(opened, "Estás en el")["options"]]
    assert [hint.endswith(" · tuyo") for hint in hints] == [False, False, True, *[False] * 3]
    assert len({r.request_id for r in room.engine.requests}) == 6
    assert parent.reply_id in {n.reply_id for n in await tree_of(room, parent, room.luis)}


async def tree_of(room, reply, person):
    return await room.storage.branches.tree_of(reply.reply_id, person.id)


async def test_a_private_branch_is_seen_only_by_its_owner(room):
    parent, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    secret, _ = await branch(room, message)
    assert secret.is_private
    await room.ana.click(message, label="Actualizar")
    assert len(nodes(message)) == 2
    own = menu(message, "Estás en el")["options"][1]
    assert own["description"] == "Sale del 1, paso 1 · solo lo ves tú"
    await room.ana.click(copy, label="Actualizar")
    assert [m["placeholder"] for m in menus(copy)] == [
        f"Seguir por otra candidata… ({len(WORDS)} anotadas)"
    ]
    opened = (await room.luis.click(copy, label="Actualizar")).response
    assert len(menus(opened)) == 1
    await branch(room, copy, "3", room.luis)
    await room.luis.click(opened, label="Actualizar")
    await room.ana.click(copy, label="Actualizar")
    assert len(nodes(opened)) == len(nodes(copy)) == 2
    assert secret.reply_id not in screen_ids(copy) | screen_ids(opened)
    for person, page in ((room.luis, opened), (room.ana, copy)):
        forged = forge(room, page, f"{secret.reply_id}:0:0")
        refused = await person.select(page, [forged["value"]], custom_id=forged["custom_id"])
        assert refused.response.content.startswith("Ya no guardo los datos de ese texto")
    assert parent.reply_id in screen_ids(copy)


def forge(room, message, value):
    """Put an option into a page's menu of texts that the bot did not put there."""
    stored = room.env.backend.get_message(room.channel.id, message.id)
    found = walk_components(stored.components)
    walking = next(c for c in found if "ir-a-rama" in c.get("custom_id", ""))
    walking["options"].append({"label": "x", "value": value})
    return {"value": value, "custom_id": walking["custom_id"]}


def screen_ids(message):
    return {o["value"].split(":")[0] for o in menu(message, "Estás en el")["options"]}


async def test_a_published_private_branch_is_in_everybodys_tree(room):
    _, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    secret, written = await branch(room, message)
    page = await open_branches(room, written)
    await room.ana.click(page, label="Publicar")
    assert not (await room.storage.replies.get(secret.reply_id)).is_private
    opened = (await room.luis.click(copy, label="Actualizar")).response
    assert secret.reply_id in screen_ids(opened)


@pytest.mark.parametrize("page", [None, "embudo"])
async def test_a_text_of_which_any_page_is_published_is_not_private_any_more(room, page):
    result = await explicar(room)
    assert (await room.reply_of(result)).is_private
    if page is not None:
        await choose(room, result.response, "Ver más", page)
        await room.ana.click(result.response, label="Publicar")
    else:
        await published(room, result.response)
    assert not (await room.reply_of(result)).is_private


async def test_deleting_a_branch_takes_it_out_and_leaves_its_children(room):
    parent, message = await branches(room)
    middle, written = await branch(room, message)
    page = await open_branches(room, written)
    last, _ = await branch(room, page)
    await room.ana.select(written, ["delete"])
    await room.ana.click(message, label="Actualizar")
    assert len(menus(message)) == 1
    assert [n.reply_id for n in await tree_of(room, last, room.ana)] == [last.reply_id]
    refused = await room.ana.click(page, label="Actualizar")
    assert refused.followups[0].content.startswith("Ya no guardo los datos de ese texto")
    assert await room.storage.replies.get(middle.reply_id) is None
    assert await room.storage.replies.get(parent.reply_id) is not None


async def test_a_parent_that_goes_meanwhile_leaves_the_branch_alone(room):
    parent, message = await branches(room)
    gate = room.hold()
    result = await choose(room, message, "Seguir por", SECOND)
    await room.storage.replies.delete(parent.reply_id)
    gate.set()
    await room.env.settle()
    stored, written = await room.reply_of(result), room.message(result.response.id)
    assert "-# · El texto del que sale se borró: esta rama se queda sola." in written.content
    assert [n.reply_id for n in await tree_of(room, stored, room.ana)] == [stored.reply_id]


async def test_a_branch_that_cannot_be_stored_does_not_say_that_its_parent_is_gone(
    room, monkeypatch
):
    async def fail(_):
        raise StorageError("full", reason="prueba")

    _, message = await branches(room)
    monkeypatch.setattr(room.storage.replies, "save", fail)
    result = await choose(room, message, "Seguir por", SECOND)
    written = room.message(result.response.id)
    assert "se borró" not in written.content
    assert result.followups[0].content.startswith("El texto está escrito, pero no está guardado")


async def test_a_branch_of_somebody_else_shows_that_its_parent_was_public(room):
    parent, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    await branch(room, message, "4")
    # As an old version stored a text whose message stands in the channel.
    old = replace(parent, is_private=True, message_id=copy.id)
    await room.storage.replies.save(old)
    await branch(room, copy, "3")
    assert (await room.storage.replies.get(parent.reply_id)).is_private
    stored, _ = await branch(room, copy, "5", room.luis)
    assert not (await room.storage.replies.get(parent.reply_id)).is_private
    seen = [node.reply_id for node in await tree_of(room, stored, room.luis)]
    assert seen[0] == parent.reply_id
    assert len(seen) == 3


async def test_a_branch_that_cannot_be_linked_is_shown_and_says_so(room, monkeypatch):
    async def fail(_):
        raise StorageError("unavailable", reason="prueba")

    _, message = await branches(room)
    monkeypatch.setattr(room.storage.branches, "add", fail)
    stored, written = await branch(room, message)
    assert "-# · Esta rama no está en el árbol. " in written.content
    assert await room.storage.replies.get(stored.reply_id) is not None


async def test_a_later_attempt_keeps_its_own_die(room):
    before = await room.reply_of(await room.tries_by_pages(3, estrategia="sample"))
    message = room.message(before.message_id)
    await room.ana.click(message, label="Siguiente ▶")
    await room.ana.click(message, label="Siguiente ▶")
    page = await open_branches(room, message, room.luis)
    while buttons(page)[0] != "◀ Primer paso":
        await room.luis.click(page, label=buttons(page)[0])
    written = before.completion.attempts[2]
    stored, shown = await branch(room, page, str(written.token_ids[0]), room.luis)
    assert len(stored.completion.attempts) == 3
    assert stored.completion.attempts[2].token_ids[:4] == written.token_ids[1:]
    again = (await room.luis.click(shown, label="Explicar")).response
    assert where(again)[0] == 2
    await room.luis.click(page, label="Actualizar")
    values = [o["value"] for o in menu(page, "Estás en el")["options"]]
    await choose(room, page, "Estás en el", values[1], room.luis)
    assert buttons(page)[0] == "◀ Primer paso"
    assert stored.reply_id in screen_ids(page)


async def test_what_cannot_be_chosen_is_said(room):
    parent, message = await branches(room)
    choosing = menu(message, "Seguir por")["custom_id"]
    attempt = parent.completion.attempts[0]
    first = attempt.steps[0]
    fewer = replace(first, candidates=first.candidates[:2])
    attempt = replace(attempt, steps=(fewer, *attempt.steps[1:]))
    await room.storage.replies.save(
        replace(parent, completion=replace(parent.completion, attempts=(attempt,)))
    )
    refused = await room.ana.select(message, ["9"], custom_id=choosing)
    assert refused.response.content.startswith("Esa candidata ya no está en este paso.")
    ended = replace(attempt, finish_reason="eos", token_ids=(0,), steps=attempt.steps[:1])
    done = replace(parent.completion, attempts=(ended,))
    await room.storage.replies.save(replace(parent, completion=done))
    refused = await room.ana.select(message, ["0"], custom_id=choosing)
    assert refused.response.content.startswith("Ese token es el que acaba los textos")
    assert len(room.engine.requests) == 1


async def test_the_token_that_ends_texts_cannot_be_chosen(room, monkeypatch):
    _, message = await branches(room)
    first, *others = room.engine.models()
    ending = (replace(first, eos_ids=(5, 6)), *others)
    monkeypatch.setattr(room.engine, "models", lambda: ending)
    refused = await choose(room, message, "Seguir por", "6")
    assert refused.response.content.startswith("Ese token es el que acaba los textos")
    assert len(room.engine.requests) == 1
    await branch(room, message, "7")


async def test_the_text_of_another_person_is_not_branched(room):
    parent, message = await branches(room)
    choosing = menu(message, "Seguir por")["custom_id"]
    await room.storage.replies.save(replace(parent, is_prompt_kept=False))
    refused = await room.ana.select(message, ["1"], custom_id=choosing)
    assert "es el mensaje de otra persona y no lo guardo" in refused.response.content
    refused = await room.ana.click(message, label="Actualizar")
    assert "es el mensaje de otra persona y no lo guardo" in refused.followups[0].content


async def test_what_needs_the_prompt_is_listed_only_where_it_is_kept(room):
    result = await explicar(room)
    listed = [o["label"] for o in menu(result.response, "Más")["options"]]
    assert {"Ramas", "¿Y con otra temperatura?", "Por dentro"} <= set(listed)
    await forget_prompt(room, await room.reply_of(result))
    await room.ana.click(result.response, label=buttons(result.response)[1])
    left = [o["label"] for o in menu(result.response, "Más")["options"]]
    assert left == [
        one for one in listed if one not in {"Ramas", "¿Y con otra temperatura?", "Por dentro"}
    ]
    written = await room.continuar()
    await forget_prompt(room, await room.reply_of(written))
    await room.ana.select(written.response, ["details"])
    assert "Ramas" not in options(room.message(written.response.id))


async def forget_prompt(room, reply):
    unkept = replace(reply, is_prompt_kept=False).without_foreign_prompt()
    await room.storage.replies.save(unkept)


async def test_a_word_of_the_list_is_neither_offered_nor_written(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("amor vida\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        _, message = await branches(room, texto="El amor", pasos=2)
        refused = await choose(room, message, "Seguir por", SECOND)
        assert refused.response.content == (
            "Ese texto lleva una palabra que este servidor no permite."
        )
        assert len(room.engine.requests) == 1


async def test_a_written_text_offers_its_branches_only_where_its_steps_are_kept(room):
    result = await room.continuar()
    assert "Ramas" in options(result.response)
    reply = await room.reply_of(result)
    attempt = replace(reply.completion.attempts[0], steps=())
    done = replace(reply.completion, attempts=(attempt,))
    await room.storage.replies.save(replace(reply, completion=done))
    await room.ana.select(result.response, ["details"])
    assert "Ramas" not in options(room.message(result.response.id))


async def test_the_visibility_of_a_text_is_kept_with_it(room):
    assert not (await room.reply_of(await room.continuar())).is_private
    assert (await room.reply_of(await room.continuar(privado=True))).is_private
    assert (await room.reply_of(await explicar(room))).is_private


@pytest.mark.parametrize("text", ["🦄" * 300, "مرحبا بالعالم", "*_`@everyone`_* " * 300, "x"])
async def test_any_prompt_fits(room, text):
    _, message = await branches(room, texto=text, pasos=40)
    await branch(room, message)
    await room.ana.click(message, label="Actualizar")
    found = list(walk_components(message.components))
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
    for one in menus(message):
        assert 1 <= len(one["options"]) <= 25
        assert len(one["placeholder"]) <= 150
        for option in one["options"]:
            assert 1 <= len(option["label"]) <= 100
            assert len(option["value"]) <= 100
            assert len(option["description"]) <= 100
    assert all(len(c["custom_id"]) <= 100 for c in found if "custom_id" in c)
    assert len(alt(message)) <= 256


async def test_after_going_on_and_branching_the_words_that_the_model_read_are_shown(room):
    first = await room.continuar()
    second = (await room.ana.click(first.response, label="Seguir")).response
    page = await open_branches(room, second)
    while buttons(page)[0] != "◀ Primer paso":
        await room.ana.click(page, label=buttons(page)[0])
    _, written = await branch(room, page, str(WORDS.index(" unicornio")))
    opened = (await room.ana.click(written, label="Explicar")).response
    await at_first_step(room, opened)
    read = "Había una vez" + "".join(WORDS[i] for i in room.engine.requests[2].prefix_ids)
    assert read.count(" ") > 6
    assert read.endswith(" unicornio")
    assert f"«{read} " in alt(opened)
    table = await choose(room, opened, "Más", "csv")
    assert f"\n1;{read};" in (await table.response.attachments[0].read()).decode()
    tree = await open_branches(room, written)
    assert f"1 · inicio · {read.removesuffix(' unicornio')}" in nodes(tree)[0]
    for shown in (screen(opened), screen(tree), alt(tree), written.content, second.content):
        assert "[…]" not in shown


async def test_a_text_of_before_whose_words_were_not_kept_says_so(room):
    first = await room.continuar()
    second = await room.ana.click(first.response, label="Seguir")
    old = await room.reply_of(second)
    await room.storage.replies.save(
        replace(old, completion=replace(old.completion, prefix_text=None))
    )
    opened = (await room.ana.click(second.response, label="Explicar")).response
    assert "«Había una vez […]" in alt(opened)
