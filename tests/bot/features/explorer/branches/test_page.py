"""«Rama» from the explorer's menu to every way on, on a scripted engine."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from simcord.components import walk_components

from bot.storage import StorageError
from tests.bot.explorer_screens import (
    alt,
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
from tests.bot.screens import said
from tests.bot.scripted import WORDS
from tests.bot.world import open_world, options

SECOND = str(WORDS.index(" vida"))
"""Id of the second candidate of the first step."""


async def turned_to(room, message, step, who=None):
    """Turn an explorer's first page to a step."""
    while where(message)[1] != step:
        label = "◀" if where(message)[1] > step else "▶"
        await (who or room.ana).click(message, label=label)
    return message


async def branches(room, step=0, **settings):
    """Open the branches of an explained text at a step."""
    result = await explicar(room, **settings)
    message = await turned_to(room, result.response, step)
    await choose(room, message, "Ver más", "rama")
    return await room.reply_of(result), message


async def branch(room, message, token_id=SECOND, who=None):
    """Choose an alternative on one's own page; return the branch that the page shows then."""
    await choose(room, message, "Seguir por", token_id, who)
    return await room.storage.replies.find_by_message(message.id)


async def branch_of_all(room, copy, token_id, who):
    """Choose an alternative on a published page; return the branch and its message."""
    result = await choose(room, copy, "Seguir por", token_id, who)
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
    assert heading(message) == "### Ramas desde «amor» · paso 1 de 8"
    assert (
        "Elige otra palabra y el texto sigue desde ella, con los mismos dados, en este mismo "
        "mensaje.\n-# Este texto aún no tiene ramas: la primera la abres tú."
    ) in screen(message)
    (alternatives,) = menus(message)
    assert len(alternatives["options"]) == len(WORDS)
    assert alternatives["placeholder"] == f"Seguir por otra… ({len(WORDS)})"
    first, second = alternatives["options"][:2]
    assert (first["label"], first["value"]) == ("1 · amor ◀", "0")
    assert first["description"].replace("\u00a0", " ") == (
        "33,0 % crudo · 36,3 % final · la que salió"
    )
    assert (second["label"], second["value"]) == ("2 · vida", SECOND)
    assert "✂ 0 % final" in alternatives["options"][-1]["description"].replace("\u00a0", " ")
    assert buttons(message) == ["◀", "▶", "Volver", "Escribir otra…", "Publicar"]
    assert files(message) == []
    assert message.ephemeral
    assert len(room.engine.requests) == 1


async def test_a_branch_goes_on_from_ids_with_the_same_settings_and_die(room):
    parent, message = await branches(room, step=2)
    third = parent.completion.attempts[0].steps[2]
    chosen = next(c for c in third.candidates if c.token_id != third.chosen)
    stored = await branch(room, message, str(chosen.token_id))
    (asked,), before = room.engine.requests[1:], parent.request
    assert asked.prefix_ids == (*parent.completion.attempts[0].token_ids[:2], chosen.token_id)
    assert (asked.prompt, asked.seed, asked.params.top_p) == (before.prompt, 7, before.params.top_p)
    assert (asked.trace_top_n, asked.revision) == (25, "0123abcd")
    assert (stored.kind, stored.owner_id) == ("explicar", room.ana.id)
    dice = [step.draw.u for step in parent.completion.attempts[0].steps]
    assert [step.draw.u for step in stored.completion.attempts[0].steps[3:]] == dice[3:]


async def test_the_page_shows_the_new_branch_at_once_with_its_steps_counted_from_the_prompt(room):
    parent, message = await branches(room, step=2)
    first = await branch(room, message, _other(parent, 2))
    assert files(message) == ["ramas.png"]
    assert heading(message).endswith("· paso 3 de 8")
    (line,) = [label for label in nodes(message) if label.endswith(" ◀")]
    written = first.completion.attempts[0].steps[3].chosen_candidate.text.strip()
    assert line.startswith("2 · ")
    assert written in line
    await room.ana.click(message, label="▶")
    await room.ana.click(message, label="▶")
    second = await branch(room, message, _other(first, 4))
    hints = [option["description"] for option in menu(message, "Estás en el")["options"]]
    assert hints[1:] == [
        "Sale del 1, paso 3 · solo lo ves tú",
        "Sale del 2, paso 5 · solo lo ves tú",
    ]
    assert heading(message).endswith("· paso 5 de 9")
    assert second.completion.attempts[0].token_ids[:4] == first.completion.attempts[0].token_ids[:4]


def _other(reply, step):
    """Return the best other token of a step, as a menu has it."""
    here = reply.completion.attempts[0].steps[step]
    best = sorted(here.candidates, key=lambda c: c.raw_rank)
    return str(next(c.token_id for c in best if c.token_id != here.chosen))


async def test_the_token_that_came_out_anyway_reproduces_the_text(room):
    parent, message = await branches(room)
    stored = await branch(room, message, "0")
    assert stored.completion.attempts[0].token_ids == parent.completion.attempts[0].token_ids


async def test_the_tree_is_drawn_and_walked_also_after_a_restart(room):
    parent, message = await branches(room)
    first = await branch(room, message)
    await room.restart()
    second = await branch(room, message, "3")
    assert alt(message).startswith("Árbol de ramas · 3 textos. Estás en el 3, del 1, paso 1: «lago")
    assert [label.split(" · ")[:2] for label in nodes(message)] == [
        ["1", "inicio"],
        ["2", "vida"],
        ["3", "lago"],
    ]
    values = [option["value"] for option in menu(message, "Estás en el")["options"]]
    assert [value.split(":")[0] for value in values] == [
        parent.reply_id,
        first.reply_id,
        second.reply_id,
    ]
    await room.restart()
    await choose(room, message, "Estás en el", values[0])
    assert heading(message) == "### Ramas desde «amor» · paso 1 de 8"
    assert nodes(message)[0].endswith(" ◀")
    assert "El árbol tiene 3 textos; 2 salen de este paso." in screen(message)
    await room.ana.click(message, label="Volver")
    assert heading(message) == "### «amor» era la favorita"
    assert room.engine.requests == []


async def test_a_typed_word_opens_a_branch_of_the_same_tree(room):
    _, message = await branches(room)
    room.engine.answer = CUT
    form = await room.ana.click(message, label="Escribir otra…")
    await room.ana.submit_modal(form, {"palabra": "mar"})
    assert heading(message) == "### Ramas desde «mar» · paso 1 de 8"
    assert [label.split(" · ")[1] for label in nodes(message)] == ["inicio", "mar"]


async def test_a_word_written_on_a_published_page_is_for_all_to_see(room):
    _, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    room.engine.answer = CUT
    form = await room.luis.click(copy, label="Escribir otra…")
    answer = (await room.luis.submit_modal(form, {"palabra": "mar"})).response
    assert answer.ephemeral
    result = await room.luis.click(answer, label="Escribirla y seguir")
    assert not result.response.ephemeral
    assert not (await room.reply_of(result)).is_private
    assert "Rama: en el paso 1, «mar» en vez de «amor»." in result.response.content
    assert all(
        len(c["custom_id"]) <= 100 for c in walk_components(answer.components) if "custom_id" in c
    )
    await room.ana.click(copy, label="Actualizar")
    assert [label.split(" · ")[1] for label in nodes(copy)] == ["inicio", "mar"]


async def test_a_word_typed_on_an_old_published_page_opens_ones_own(room):
    _, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    room.engine.answer = CUT
    make_old(room, copy)
    shown = screen(copy)
    form = await room.luis.click(copy, label="Escribir otra…")
    own = (await room.luis.submit_modal(form, {"palabra": "mar"})).response
    assert own.ephemeral
    assert heading(own) == "### Ramas desde «mar» · paso 1 de 8"
    assert screen(room.message(copy.id)) == shown


def make_old(room, message):
    """Give a published page the button that pages had before it knew that it is public."""
    stored = room.env.backend.get_message(room.channel.id, message.id)
    found = walk_components(stored.components)
    asking = next(c for c in found if c.get("label") == "Escribir otra…")
    old = asking["custom_id"].replace("otra-palabra-canal", "otra-palabra")
    asking["custom_id"] = old.rsplit(":", 1)[0]


async def test_several_people_branch_from_one_published_page_at_once(room):
    parent, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert "Publicado por" in screen(copy)
    assert buttons(copy)[3:] == ["Escribir otra…", "Actualizar", "Explicar", "Borrar"]
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
        assert stored.completion.attempts[0].token_ids[0] == number
        assert not result.response.ephemeral
        assert not stored.is_private
    copy = room.message(copy.id)
    assert len(nodes(copy)) == 6
    assert "El árbol tiene 6 textos; 5 salen de este paso." in screen(copy)
    opened = (await room.luis.click(copy, label="▶")).response
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
    secret = await branch(room, message)
    assert secret.is_private
    assert len(nodes(message)) == 2
    own = menu(message, "Estás en el")["options"][1]
    assert own["description"] == "Sale del 1, paso 1 · solo lo ves tú"
    await room.ana.click(copy, label="Actualizar")
    assert [m["placeholder"] for m in menus(copy)] == [f"Seguir por otra… ({len(WORDS)})"]
    opened = (await room.luis.click(copy, label="Actualizar")).response
    assert len(menus(opened)) == 1
    await branch_of_all(room, copy, "3", room.luis)
    copy = room.message(copy.id)
    opened = (await room.luis.click(copy, label="Actualizar")).response
    assert len(nodes(opened)) == len(nodes(copy)) == 2
    assert secret.reply_id not in screen_ids(copy) | screen_ids(opened)
    for person, page in ((room.luis, opened), (room.ana, copy)):
        forged = forge(room, page, f"{secret.reply_id}:0:0")
        refused = await person.select(page, [forged["value"]], custom_id=forged["custom_id"])
        assert said(refused).startswith("Ya no guardo los datos de ese texto")
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
    secret = await branch(room, message)
    await room.ana.click(message, label="Publicar")
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
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    middle, written = await branch_of_all(room, copy, SECOND, room.ana)
    page = await open_branches(room, written)
    last = await branch(room, page)
    await room.ana.select(written, ["delete~"])
    await room.ana.click(copy, label="Actualizar")
    assert len(menus(copy)) == 1
    assert [n.reply_id for n in await tree_of(room, last, room.ana)] == [last.reply_id]
    assert await room.storage.replies.get(middle.reply_id) is None
    assert await room.storage.replies.get(parent.reply_id) is not None


async def test_a_parent_that_goes_meanwhile_leaves_the_branch_alone(room):
    parent, message = await branches(room)
    gate = room.hold()
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    result = await choose(room, copy, "Seguir por", SECOND)
    await room.storage.replies.delete(parent.reply_id)
    gate.set()
    await room.env.settle()
    stored, written = await room.reply_of(result), room.message(result.response.id)
    assert "El texto del que sale se borró: esta rama se queda sola." in written.content
    assert [n.reply_id for n in await tree_of(room, stored, room.ana)] == [stored.reply_id]


async def test_a_branch_that_cannot_be_stored_does_not_say_that_its_parent_is_gone(
    room, monkeypatch
):
    async def fail(_):
        raise StorageError("full", reason="prueba")

    _, message = await branches(room)
    monkeypatch.setattr(room.storage.replies, "save", fail)
    result = await choose(room, message, "Seguir por", SECOND)
    assert "se borró" not in screen(message)
    assert result.followups[0].content.startswith("El texto está escrito, pero no está guardado")


async def test_a_branch_of_somebody_else_shows_that_its_parent_was_public(room):
    parent, message = await branches(room)
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    await branch(room, message, "4")
    # As an old version stored a text whose message stands in the channel.
    old = replace(parent, is_private=True, message_id=copy.id)
    await room.storage.replies.save(old)
    await branch_of_all(room, copy, "3", room.ana)
    assert (await room.storage.replies.get(parent.reply_id)).is_private
    stored, _ = await branch_of_all(room, copy, "5", room.luis)
    assert not (await room.storage.replies.get(parent.reply_id)).is_private
    seen = [node.reply_id for node in await tree_of(room, stored, room.luis)]
    assert seen[0] == parent.reply_id
    assert len(seen) == 3


async def test_a_branch_that_cannot_be_linked_is_shown_and_says_so(room, monkeypatch):
    async def fail(_):
        raise StorageError("unavailable", reason="prueba")

    _, message = await branches(room)
    monkeypatch.setattr(room.storage.branches, "add", fail)
    stored = await branch(room, message)
    assert "-# Esta rama no está en el árbol. " in screen(message)
    assert await room.storage.replies.get(stored.reply_id) is not None


async def test_a_later_attempt_keeps_its_own_die(room):
    before = await room.reply_of(await room.tries_by_pages(3, estrategia="sample"))
    message = room.message(before.message_id)
    await room.ana.click(message, label="Siguiente ▶")
    await room.ana.click(message, label="Siguiente ▶")
    page = await open_branches(room, message, room.luis)
    while not buttons_off(page)[0]:
        await room.luis.click(page, label="◀")
    written = before.completion.attempts[2]
    stored = await branch(room, page, str(written.token_ids[0]), room.luis)
    assert stored.completion.attempts[0].token_ids[:5] == written.token_ids
    assert stored.completion.attempts[0].die == 2
    values = [o["value"] for o in menu(page, "Estás en el")["options"]]
    await choose(room, page, "Estás en el", values[0], room.luis)
    await room.luis.click(page, label="Volver")
    assert where(page) == (2, 0)


def buttons_off(message):
    return [c.get("disabled", False) for c in walk_components(message.components) if c["type"] == 2]


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
    assert said(refused).startswith("Esa candidata ya no está en este paso.")
    ended = replace(attempt, finish_reason="eos", token_ids=(0,), steps=attempt.steps[:1])
    done = replace(parent.completion, attempts=(ended,))
    await room.storage.replies.save(replace(parent, completion=done))
    refused = await room.ana.select(message, ["0"], custom_id=choosing)
    assert said(refused).startswith("Ese token es el que acaba los textos")
    assert len(room.engine.requests) == 1


async def test_the_token_that_ends_texts_cannot_be_chosen(room, monkeypatch):
    _, message = await branches(room)
    first, *others = room.engine.models()
    ending = (replace(first, eos_ids=(5, 6)), *others)
    monkeypatch.setattr(room.engine, "models", lambda: ending)
    refused = await choose(room, message, "Seguir por", "6")
    assert said(refused).startswith("Ese token es el que acaba los textos")
    assert len(room.engine.requests) == 1
    await branch(room, message, "7")


async def test_the_text_of_another_person_is_not_branched(room):
    parent, message = await branches(room)
    choosing = menu(message, "Seguir por")["custom_id"]
    await room.storage.replies.save(replace(parent, is_prompt_kept=False))
    refused = await room.ana.select(message, ["1"], custom_id=choosing)
    assert "es el mensaje de otra persona y no lo guardo" in said(refused)
    refused = await room.ana.click(message, label="Volver")
    assert heading(message) == "### «amor» era la favorita"
    assert refused.followups == []


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
        assert said(refused) == ("Ese texto lleva una palabra que este servidor no permite.")
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
    before = await room.reply_of(page_of(second))
    (alternatives,) = menus(page)
    step = int(alternatives["custom_id"].split(":")[-1])
    stored = await branch(room, page, _other(before, step))
    await room.ana.click(page, label="Volver")
    table = await choose(room, page, "Ver más", "csv")
    assert where(page)[1] == step
    rows = (await table.response.attachments[0].read()).decode()
    assert f"\n{step + 1};Había una vez " in rows
    kept = before.completion.attempts[0].token_ids[:step]
    assert kept == stored.completion.attempts[0].token_ids[:step]
    assert "[…]" not in screen(page) + alt(page) + second.content


def page_of(message):
    return SimpleNamespace(response=message)


async def test_a_text_of_before_whose_words_were_not_kept_says_so(room):
    first = await room.continuar()
    second = await room.ana.click(first.response, label="Seguir")
    old = await room.reply_of(second)
    await room.storage.replies.save(
        replace(old, completion=replace(old.completion, prefix_text=None))
    )
    opened = (await room.ana.click(second.response, label="Explicar")).response
    assert "Había una vez […]" in alt(opened)
