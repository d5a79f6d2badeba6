"""«Cambiarla» from the first screen to the changed text and back, on a scripted engine."""

import math
from dataclasses import replace

import pytest

from bot.messages.place import Place, step_view
from bot.storage import StorageError
from bot.texts.common import BANNED_TOKEN
from bot.ui.items import custom_id
from engine.explain import RedrawRequest
from tests.bot.by_hand import use
from tests.bot.explorer_screens import (
    ask,
    buttons,
    choose,
    explicar,
    heading,
    menus,
    published,
    screen,
    where,
)
from tests.bot.features.explorer.word.answers import answer, candidate, fate, spelling
from tests.bot.scripted import WORDS, ScriptedEngine


async def at_first_step(room, **options):
    """Explain a text, and turn to its first step."""
    result = await explicar(room, **options)
    message = result.response
    return await room.reply_of(result), await turned_to(room, message, 0)


async def changed(room, message, label="vida", who=None):
    """Put a rival in the step's place: two actions."""
    await (who or room.ana).click(message, label="Cambiarla")
    result = await (who or room.ana).click(message, label=label)
    return await room.storage.replies.find_by_message(message.id), result


async def test_two_actions_put_another_word_and_the_same_message_goes_on(room):
    before, message = await at_first_step(room)
    after, result = await changed(room, message)
    assert result.followups == []
    old, new = before.completion.attempts[0], after.completion.attempts[0]
    assert new.token_ids[0] == WORDS.index(" vida")
    assert len(new.token_ids) == len(old.token_ids) == len(new.steps)
    assert [step.draw.u for step in new.steps[1:]] == [step.draw.u for step in old.steps[1:]]
    assert new.steps[0].is_given
    assert new.steps[0].draw is None
    assert not any(step.is_given for step in new.steps[1:])
    assert new.text == "".join(WORDS[i] for i in new.token_ids)
    assert (after.request.prefix_ids, after.request.params) == ((), before.request.params)
    assert after.completion.prompt_ids == before.completion.prompt_ids
    assert (after.kind, after.owner_id, after.is_private) == ("explicar", room.ana.id, True)
    assert "Cambiarla" in buttons(message)
    assert "Volver al original" in buttons(message)
    assert "vida" in heading(message)
    assert room.engine.requests[1].prefix_ids == (WORDS.index(" vida"),)
    assert room.engine.requests[1].params.max_new_tokens == 7


async def test_the_page_offers_the_best_rivals_and_a_menu_of_the_others(room):
    _, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    assert heading(message) == "### ¿Qué pongo en vez de «amor»?"
    assert "el texto sigue desde ahí, con los mismos dados, en este mismo mensaje" in screen(
        message
    )
    assert buttons(message) == [
        "vida",
        "mar",
        "lago",
        "unicornio",
        "y",
        "Escribir otra…",
        "Volver",
    ]
    (others,) = menus(message)
    assert len(others["options"]) == len(WORDS) - 6
    assert others["options"][0]["label"] == "que"
    await room.ana.click(message, label="Volver")
    assert "Cambiarla" in buttons(message)
    assert len(room.engine.requests) == 1


async def test_a_rival_of_the_menu_is_put_there_too(room):
    _, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    (others,) = menus(message)
    await room.ana.select(message, [str(WORDS.index(" Andes"))], custom_id=others["custom_id"])
    after = await room.storage.replies.find_by_message(message.id)
    assert after.completion.attempts[0].text.startswith(" Andes")


async def test_a_change_of_a_change_and_the_way_back_work_after_a_restart(room):
    before, message = await at_first_step(room)
    first, _ = await changed(room, message)
    await room.restart()
    await turned_to(room, message, 1)
    second, _ = await changed(room, message, label=_a_rival(first, 1))
    steps = second.completion.attempts[0].steps
    assert [step.is_given for step in steps] == [True, True, *[False] * 6]
    await room.restart()
    await turned_to(room, message, 2)
    await room.ana.click(message, label="Volver al original")
    assert where(message) == (0, 2)
    assert "Volver al original" not in buttons(message)
    tree = await room.storage.branches.tree_of(before.reply_id, room.ana.id)
    parents = {node.reply_id: node.branch and node.branch.parent_id for node in tree}
    assert parents[second.reply_id] == first.reply_id
    assert parents[first.reply_id] == before.reply_id
    assert [node.branch.step for node in tree if node.branch] == [0, 1]


def _a_rival(reply, step):
    here = reply.completion.attempts[0].steps[step]
    best = sorted(here.candidates, key=lambda c: c.raw_rank)[:5]
    return next(c.text.strip() for c in best if c.token_id != here.chosen and c.text.strip(" \n⟨"))


async def test_a_typed_word_is_put_in_the_spelling_that_fits(room):
    _, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    tokens = [WORDS.index(" unicornio"), WORDS.index(" y")]
    room.engine.explain = _spelled(room.engine, tokens)
    form = await room.ana.click(message, label="Escribir otra…")
    await room.ana.submit_modal(form, {"palabra": "unicornio y"})
    after = await room.storage.replies.find_by_message(message.id)
    steps = after.completion.attempts[0].steps
    assert [step.chosen for step in steps[:2]] == tokens
    assert [step.is_given for step in steps] == [True, True, *[False] * 6]
    assert len(steps[1].candidates) == len(WORDS)
    assert steps[0].surprisal_bits == pytest.approx(-math.log2(steps[0].chosen_candidate.raw_prob))


def _spelled(engine, token_ids):
    """Spell any word as these tokens, and read steps over the fixed logits."""
    fates = [fate(candidate(i, WORDS[i]), "lost_draw") for i in token_ids]

    async def explain(request):
        if isinstance(request, RedrawRequest):
            return await ScriptedEngine.explain(engine, request)
        return answer(spelling(*fates))

    return explain


async def test_the_word_that_came_out_anyway_leaves_the_text_as_it_was(room):
    before, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    ids = before.completion.attempts[0].token_ids
    room.engine.explain = _spelled(room.engine, ids[:1])
    form = await room.ana.click(message, label="Escribir otra…")
    await room.ana.submit_modal(form, {"palabra": "amor"})
    after = await room.storage.replies.find_by_message(message.id)
    assert after.completion.attempts[0].token_ids == ids
    assert after.completion.attempts[0].text == before.completion.attempts[0].text
    assert after.completion.attempts[0].logprob == pytest.approx(
        before.completion.attempts[0].logprob
    )


async def turned_to(room, message, step):
    """Turn an explorer's first page to a step."""
    while where(message)[1] != step:
        await room.ana.click(message, label="◀" if where(message)[1] > step else "▶")
    return message


async def test_on_a_public_text_anybody_changes_their_own_copy(room):
    written = await room.continuar(tokens=6, estrategia="sample")
    owned = await room.reply_of(written)
    opened = (await room.luis.click(written.response, label="Explicar")).response
    after, _ = await changed(room, opened, label=_rival_button(owned), who=room.luis)
    assert opened.ephemeral
    assert (after.owner_id, after.is_private) == (room.luis.id, True)
    assert (await room.storage.replies.get(owned.reply_id)).completion == owned.completion


def _rival_button(reply):
    view = step_view(reply, Place())
    best = sorted(view.current.candidates, key=lambda c: c.raw_rank)
    rivals = [c for c in best if c.token_id != view.current.chosen][:5]
    return next(c.text.strip(" ") for c in rivals if c.text.strip())


async def test_on_a_published_page_the_clickers_own_copy_is_changed(room):
    before, message = await at_first_step(room)
    copy = await published(room, message)
    own = (await room.luis.click(copy, label="Cambiarla")).response
    assert own.ephemeral
    assert heading(own) == "### ¿Qué pongo en vez de «amor»?"
    shown = screen(copy)
    await room.luis.click(own, label="vida")
    assert screen(room.message(copy.id)) == shown
    after = await room.storage.replies.find_by_message(own.id)
    assert after.owner_id == room.luis.id
    assert after.completion.attempts[0].token_ids[0] == WORDS.index(" vida")
    assert before.reply_id != after.reply_id


async def test_a_later_attempt_keeps_its_own_dice(room):
    first = await room.tries_by_pages(3, estrategia="sample")
    before = await room.reply_of(first)
    opened = (await room.ana.click(first.response, label="Explicar")).response
    await choose(room, opened, "Ver más", "intento-2")
    await turned_to(room, opened, 0)
    third = before.completion.attempts[2]
    await room.ana.click(opened, label="Cambiarla")
    rivals = [label for label in buttons(opened) if label in {w.strip() for w in WORDS}]
    await room.ana.click(opened, label=rivals[0])
    after = await room.storage.replies.find_by_message(opened.id)
    (attempt,) = after.completion.attempts
    assert attempt.die == 2
    assert [s.draw.u for s in attempt.steps[1:]] == [s.draw.u for s in third.steps[1:]]
    await room.ana.click(opened, label="Volver al original")
    assert where(opened) == (2, 0)


async def test_a_failure_says_why_and_leads_back(room):
    _, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    gate = room.hold()
    await room.ana.click(message, label="vida")
    assert buttons(room.message(message.id)) == ["Detener"]
    await room.ana.click(room.message(message.id), label="Detener")
    gate.set()
    await room.env.settle()
    shown = room.message(message.id)
    await room.ana.click(shown, label="Volver al original")
    assert "Cambiarla" in buttons(room.message(message.id))


async def test_what_cannot_be_put_there_is_said(room, monkeypatch):
    before, message = await at_first_step(room)
    await room.ana.click(message, label="Cambiarla")
    first, *others = room.engine.models()
    ending = (replace(first, eos_ids=(1,)), *others)
    monkeypatch.setattr(room.engine, "models", lambda: ending)
    refused = await room.ana.click(message, label="vida")
    assert refused.response.content.startswith("Ese token es el que acaba los textos")
    await room.ana.click(message, label="Volver")
    await room.ana.click(message, label="Cambiarla")
    assert "vida" not in buttons(message)
    await room.storage.replies.save(replace(before, is_prompt_kept=False).without_foreign_prompt())
    refused = await room.ana.click(message, label="mar")
    assert "el mensaje de otra persona" in refused.response.content
    assert len(room.engine.requests) == 1


async def test_a_changed_text_that_is_not_in_the_tree_says_so(room, monkeypatch):
    async def fail(_):
        raise StorageError("full", reason="prueba")

    _, message = await at_first_step(room)
    monkeypatch.setattr(room.storage.branches, "add", fail)
    await changed(room, message)
    assert "Esta rama no está en el árbol." in screen(message)


async def test_a_change_of_the_same_word_hangs_from_the_original(room):
    before, message = await at_first_step(room)
    first, _ = await changed(room, message)
    second, _ = await changed(room, message, label="mar")
    tree = await room.storage.branches.tree_of(before.reply_id, room.ana.id)
    parents = {node.reply_id: node.branch.parent_id for node in tree if node.branch}
    assert parents == {first.reply_id: before.reply_id, second.reply_id: before.reply_id}
    assert second.completion.attempts[0].token_ids[0] == WORDS.index(" mar")
    await room.ana.click(message, label="Volver al original")
    assert where(message) == (0, 0)
    assert "Volver al original" not in buttons(message)


async def test_a_published_copy_does_not_turn_into_its_owners_private_original(room):
    before, message = await at_first_step(room)
    await changed(room, message)
    copy = await published(room, message)
    shown = screen(copy)
    own = (await room.ana.click(copy, label="Volver al original")).response
    assert own.ephemeral
    assert "amor" in heading(own)
    assert screen(room.message(copy.id)) == shown
    refused = (await room.luis.click(copy, label="Volver al original")).response
    assert "amor" not in (refused.content or screen(refused))
    assert (await room.storage.replies.get(before.reply_id)).is_private


async def test_a_public_original_is_turned_to_where_its_copy_is_published(room):
    _, message = await at_first_step(room)
    await published(room, message)
    await changed(room, message)
    copy = await published(room, message)
    await room.ana.click(copy, label="Volver al original")
    assert "Volver al original" not in buttons(room.message(copy.id))


def _masked(reply, token_id):
    """Return the reply as it is stored where the word list forbade a candidate of its start."""
    (attempt,) = reply.completion.attempts
    first = attempt.steps[0]
    candidates = tuple(
        replace(c, text=BANNED_TOKEN, removed_by="bad_words") if c.token_id == token_id else c
        for c in first.candidates
    )
    steps = (replace(first, candidates=candidates), *attempt.steps[1:])
    attempts = (replace(attempt, steps=steps),)
    return replace(reply, completion=replace(reply.completion, attempts=attempts))


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("cambiar-por", "0:0:{id}"),
        ("cambiar-lista", "0:0"),
        ("forzar", "0:0:{next}:0:0:0:0:0"),
        ("forzar-canal", "0:0:{next}:0:0:0:0:0"),
        ("escribir-una", "0:0"),
    ],
)
async def test_a_click_by_hand_writes_no_word_of_the_list(room, action, code):
    before, message = await at_first_step(room)
    token_id = WORDS.index(" vida")
    await room.storage.replies.save(_masked(before, token_id))
    words = code.format(id=token_id, next=token_id + 1).split(":")
    name, value = custom_id(action, before.reply_id, *words), str(token_id)
    option = {"label": "?", "value": value}
    is_menu = action in {"cambiar-lista", "escribir-una"}
    component = (
        {"type": 3, "custom_id": name, "options": [option]}
        if is_menu
        else {"type": 2, "style": 2, "label": "?", "custom_id": name}
    )
    await use(room, room.ana, message, component)
    assert len(room.engine.requests) == 1


async def test_the_author_is_told_that_they_put_the_word_and_others_that_somebody_did(room):
    _, message = await at_first_step(room)
    await changed(room, message)
    assert heading(message) == "### «vida» la pusiste tú"
    assert "No salió del dado: la cambiaste tú." in screen(message)
    copy = await published(room, message)
    assert heading(copy) == "### «vida» la puso una persona"
    assert "alguien la cambió" in screen(copy)
    form = await room.luis.click(copy, label="¿Y mi palabra?")
    vida = candidate(WORDS.index(" vida"), " vida", 0.22, 2, 0.22)
    room.engine.answer = answer(spelling(fate(vida, "chosen")))
    own = (await room.luis.submit_modal(form, {"palabra": "vida"})).response
    assert "La puso una persona: ni el dado" in screen(own)
    await ask(room, message, "vida")
    assert "La pusiste tú: ni el dado" in screen(message)
