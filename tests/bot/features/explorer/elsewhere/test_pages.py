"""A text of a server: what it tells is shown, and of the rest it is said that nobody knows."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features import PAGES
from bot.features.explorer.elsewhere.words import numbers_text, why, word_lines
from bot.messages.errors import UserError
from bot.messages.place import PageName, Place, listed_view, step_view
from bot.render.listed import ListedView
from bot.render.step import join_tokens
from engine import EngineError, Listed, ListedStep
from engine.completions.pieces import text_of
from tests.bot.any_reply import HOSTILE, probabilities, token_texts
from tests.bot.elsewhere import FACTS, HOST
from tests.bot.explorer_screens import alt, buttons, heading, menu, opened, screen
from tests.bot.readings import reading
from tests.bot.world import labels

KNOWN = {PageName.STEP, PageName.NUMBERS, PageName.WORD}


async def stored(room):
    return await room.reply_of(await opened(room))


async def test_the_first_page_says_what_the_server_says(away):
    result = await opened(away)
    text = screen(result.response)
    assert f"Lo escribió un modelo de fuera, en {HOST}" in text
    assert f"{HOST} " in text
    assert buttons(result.response) == ["◀", "▶", "¿Y mi palabra?"]
    shown = [option["label"] for option in menu(result.response, "Ver más")["options"]]
    assert shown == ["Números", "Receta", "JSON", "Publicar"]
    assert "Según el servidor" in alt(result.response)
    assert "todas las demás juntas" in alt(result.response)


async def test_a_token_behind_the_list_has_no_place(away):
    reply = await stored(away)
    steps = reply.completion.attempts[0].listed
    outside = next(i for i, step in enumerate(steps) if step.chosen.rank is None)
    view = listed_view(reply, Place(step=outside))
    assert f"{HOST} solo enseña sus 3 mejores" in why(view)
    assert "no lo sé" in why(view)
    assert " ? " in numbers_text(view)


async def test_arrows_and_numbers_turn(away):
    result = await opened(away)
    first = heading(result.response)
    turned = (await away.ana.click(result.response, label="◀")).response
    second = heading(turned)
    assert second != first
    numbers = (
        await away.ana.select(turned, ["numeros"], custom_id=menu(turned, "más")["custom_id"])
    ).response
    assert "resto, inferido" in screen(numbers)
    assert "no lo sé, porque el servidor no lo dice" in screen(numbers)
    back = (await away.ana.click(numbers, label="Volver")).response
    assert heading(back) == second


@pytest.mark.parametrize("page", [page for page in PAGES if page is not PageName.FAMILIES])
async def test_no_page_breaks_or_invents(away, page):
    """Each page shows what is known, or says whose it is not."""
    reply = await stored(away)
    place = Place(page=page, step=1, details=())
    asked = reading(reply, place, words=("mar",), engine=away.engine)
    asked.client.word_list = away.bot.word_list
    if page in KNOWN:
        assert await PAGES[page].build(asked)
        return
    with pytest.raises(UserError) as caught:
        await PAGES[page].build(asked)
    assert HOST in caught.value.text
    assert PAGES[page].label in caught.value.text


async def test_what_needs_steps_says_so(away):
    reply = await stored(away)
    with pytest.raises(UserError) as caught:
        step_view(reply, Place())
    assert HOST in caught.value.text
    silent = replace(
        reply,
        completion=replace(
            reply.completion,
            attempts=tuple(replace(a, listed=()) for a in reply.completion.attempts),
        ),
    )
    with pytest.raises(UserError) as caught:
        listed_view(silent, Place())
    assert "no dio sus probabilidades" in caught.value.text


async def test_a_word_in_the_list_is_answered_and_another_is_not_known(away):
    result = await opened(away, palabra="mar, hipopótamo")
    text = screen(result.response)
    assert "«hipopótamo»: no lo sé." in text
    assert f"{HOST} solo enseña sus 3 mejores y no está entre ellas" in text
    view = listed_view(await away.reply_of(result), Place(step=0))
    first = view.current.candidates[0]
    (line,) = word_lines(view, (first.text.strip(),))
    assert "no lo sé" not in line
    (line,) = word_lines(view, (first.text.strip() + "zzz",))
    assert line.endswith("cómo seguiría, no lo sé.")


async def test_the_form_of_a_word_opens(away):
    result = await opened(away)
    clicked = await away.ana.click(result.response, label="¿Y mi palabra?")
    answer = await away.ana.submit_modal(clicked, {"palabra": "hipopótamo"})
    assert "no lo sé" in screen(answer.response)


async def test_a_continuation_says_where_the_text_went(away):
    result = await away.continuar()
    assert f"Escrito fuera de aquí: tu texto se envió a {HOST}" in result.response.content
    assert "Explicar" in labels(result.response)[0]
    details = (await away.ana.select(result.response, ["details"])).followups[0].content
    assert f"el texto de partida se envió a {HOST}, que dice haber usado «gpt-x-2024»" in details
    assert "**No enviado**, porque esa interfaz no lo admite: top-k" in details
    assert "no promete repetir el texto" in details
    assert "no se sabe en cuántos tokens" in details


async def test_a_text_goes_on_from_its_tokens(away):
    result = await away.continuar()
    first = (await away.reply_of(result)).completion.attempts[0]
    await away.ana.click(result.response, label="Seguir")
    assert text_of(away.engine.requests[-1].prefix_ids) == join_tokens(
        [step.text for step in first.listed]
    )


async def test_another_persons_words_stay_here(away):
    message = await away.luis.send(away.channel, "Mi perro se llama Toby y")
    result = await away.ana.context_menu(away.channel, "Continuar este mensaje", message)
    assert f"no lo envío a {HOST}" in result.response.content
    assert away.engine.requests == []
    message = await away.ana.send(away.channel, "Había una vez")
    await away.ana.context_menu(away.channel, "Continuar este mensaje", message)
    assert [request.prompt for request in away.engine.requests] == ["Había una vez"]


async def test_the_list_of_models_says_it_before(away):
    result = await away.ana.slash(away.channel, "modelos")
    assert f"fuera de aquí: tu texto se envía a {HOST}" in screen(result.response)


async def test_a_comparison_and_the_glossary_ask_the_server_for_nothing(away):
    result = await away.ana.slash(away.channel, "comparar", texto="Había una vez")
    assert "Ese modelo está fuera de aquí" in result.response.content
    await away.ana.slash(away.channel, "ayuda", tema="softmax")
    assert away.engine.requests == []
    assert [request.model for request in away.engine.scored if request.model == "guion"] == []


async def test_a_loop_is_said_and_no_remedy_that_cannot_be_sent(away):
    away.engine.text = " la casa" * 30
    result = await away.continuar()
    assert "Arreglar la repetición" not in str(labels(result.response))


async def test_a_failure_of_the_server_is_said(away):
    away.engine.error = EngineError(
        "model_unavailable",
        model="gpt-x",
        reason="remote_busy",
        host=HOST,
        status=429,
        retry_after_s=17,
    )
    result = await away.continuar()
    text = result.response.content
    assert f"{HOST} no acepta ahora más peticiones" in text
    assert "Prueba dentro de 17 s" in text


async def test_the_json_and_the_recipe_are_sent(away):
    result = await opened(away)
    more = menu(result.response, "Ver más")["custom_id"]
    sent = (await away.ana.select(result.response, ["json"], custom_id=more)).response
    (file,) = sent.attachments
    reply = await away.reply_of(result)
    assert json.loads(await file.read()) == reply.completion.to_dict()
    sent = (await away.ana.select(result.response, ["receta"], custom_id=more)).response
    script = (await sent.attachments[0].read()).decode()
    assert "No repite el texto con seguridad" in script
    assert f"'http://{HOST}/v1'" in script


@st.composite
def any_step(draw) -> ListedStep:
    found = draw(
        st.lists(st.tuples(token_texts, probabilities), max_size=25, unique_by=lambda p: p[0])
    )
    candidates = tuple(Listed(text=t, prob=p, rank=n) for n, (t, p) in enumerate(found, start=1))
    text = draw(st.one_of(token_texts, st.sampled_from([t for t, _ in found] or [""])))
    logprob = draw(st.one_of(st.none(), st.floats(-50, 0)))
    return ListedStep(text=text, logprob=logprob, candidates=candidates, rest=None)


class AnyCompletion:
    remote = FACTS

    def __init__(self, steps, params):
        self.attempts = (type("A", (), {"listed": steps})(),)
        self.params = params


@settings(max_examples=40, deadline=None)
@given(st.lists(any_step(), min_size=1, max_size=4), st.sampled_from(HOSTILE), st.booleans())
def test_any_list_fits_a_message(steps, word, is_sampled):
    from bot.features.explorer.elsewhere.words import alt_text, chart_of, verdict_of
    from engine import DecodingParams

    params = DecodingParams(strategy="sample" if is_sampled else "greedy")
    for step in range(len(steps)):
        view = ListedView(
            before="Había",
            completion=AnyCompletion(tuple(steps), params),
            attempt=0,
            step=step,
            candidates=25,
        )
        said = [verdict_of(view), why(view), numbers_text(view), *word_lines(view, (word,))]
        assert sum(map(len, said)) < 4000
        assert len(alt_text(said[0], chart_of(view))) <= 1024


async def test_a_message_is_weighed_by_a_model_of_this_machine_which_is_named(away):
    message = await away.luis.send(away.channel, "Había una vez un mar")
    result = await away.ana.context_menu(away.channel, "Explicar este mensaje", message)
    (request,) = away.bot.engine.scored
    assert request.model == "otro"
    assert "gpt-x" not in screen(result.response)
