"""«Por dentro» from the explorer's menu to every page and menu, on a scripted engine."""

from dataclasses import replace

import pytest
from simcord.components import walk_components

from bot.features.explorer.inside.items import HeadMenu, InsideButton, LayerMenu, menu_options
from bot.features.explorer.inside.page import inside_page
from bot.features.explorer.inside.place import InsidePage, InsidePlace
from bot.messages.errors import UserError
from bot.storage.records import UNKEPT_PROMPT
from bot.ui.items import custom_id
from engine import EngineError
from engine.explain import AttentionRequest, LogitLens, LogitLensRequest, TokenVectorsRequest
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
from tests.bot.insides import answering
from tests.bot.readings import reading
from tests.bot.world import open_world

PAGES = ["Resumen", "Logit lens", "Atención", "Vector"]


def answer_with(room, **sizes):
    room.engine.explain, asked = answering(**sizes)
    return asked


async def inside(room, page=None, sizes=None, **options):
    """Open the summary of a step, or turn to one of its pages; return message and questions."""
    asked = answer_with(room, **(sizes or {}))
    message = (await explicar(room, **options)).response
    await choose(room, message, "Más…", "dentro")
    if page is not None:
        await room.ana.click(message, label=page)
    return message, asked


def disabled(message):
    return [
        c["label"]
        for c in walk_components(message.components)
        if c["type"] == 2 and c.get("disabled")
    ]


async def test_the_menu_turns_the_page_into_the_summary(room):
    message, asked = await inside(room)
    shown = screen(message)
    assert heading(message) == "### Por dentro · paso 6 de 8"
    assert "3 capas mezclan cada vector con los que tiene a su izquierda" in shown
    assert "«⟨C3⟩» es la favorita **desde la capa 2** de 3 hasta el final." in shown
    assert shown.endswith("semilla 7 · solo lo ves tú")
    assert message.ephemeral
    assert [file.filename for file in message.attachments] == ["por-dentro.png"]
    assert alt(message).startswith(
        "Por dentro · paso 6 de 8. 9 tokens; el último es «␣ñandú», id 12, un vector de 320 "
        "números."
    )
    assert buttons(message) == [
        *PAGES, "◀", "▶", "Volver", "Publicar",
    ]  # fmt: skip
    assert disabled(message) == ["Resumen"]
    assert [type(one) for one in asked] == [LogitLensRequest, TokenVectorsRequest]
    assert len(room.engine.requests) == 1


async def test_the_engine_is_asked_about_that_very_step(room):
    asked = answer_with(room)
    result = await explicar(room)
    await choose(room, result.response, "Más…", "dentro")
    reply = await room.reply_of(result)
    done = reply.completion
    for request in asked:
        assert request.context_ids == (*done.prompt_ids, *done.attempts[0].token_ids[:5])
        assert (request.model, request.revision) == ("guion", "0123abcd")
        assert request.user_id == room.ana.id
        assert request.deadline_s == room.settings.request_timeout_s
    assert asked[0].target == done.attempts[0].token_ids[5]


async def test_the_lens_lists_every_layer(room):
    message, _ = await inside(room, "Logit lens")
    shown = screen(message)
    assert heading(message) == "### Logit lens · paso 6 de 8"
    assert "cuánto le da a «⟨C3⟩», el que salió" in shown
    assert "```" not in shown
    assert "capa 3, «⟨C3⟩» 50 %; capa 2, «⟨C3⟩» 50 %; capa 1, «␣amor» 50 %" in alt(message)
    assert disabled(message) == ["Logit lens"]


@pytest.mark.parametrize(
    ("found_at", "words"),
    [
        (0, "ya era la favorita antes de la primera capa"),
        (1, "**desde la capa 1** de 3"),
        (3, "no es la favorita hasta la **última capa**"),
        (9, "La favorita de la última capa es «␣amor» (50,0 %); «⟨C3⟩» queda 900.ª, con un "
            "**0,1 %** crudo."),
    ],
)  # fmt: skip
async def test_where_the_token_became_the_favourite(room, found_at, words):
    message, _ = await inside(room, "Logit lens", {"found_at": found_at})
    assert words in screen(message)


async def test_attention_has_a_menu_for_layers_and_one_for_heads(room):
    message, asked = await inside(room, "Atención")
    assert heading(message) == "### Atención · paso 6 de 8"
    assert "a los anteriores y a sí mismo." in screen(message)
    assert "Con la media de las cabezas de la capa 1, el último, «␣ñandú»" in screen(message)
    assert alt(message).startswith("Capa 1 · media de 4 cabezas. A quién mira más")
    assert alt(message).endswith("al futuro, 0 %")
    assert [o["label"] for o in menu(message, "Capa")["options"]] == ["Capa 1", "Capa 2", "Capa 3"]
    assert [o["label"] for o in menu(message, "Cabeza")["options"]] == [
        "Media de todas", "Cabeza 1", "Cabeza 2", "Cabeza 3", "Cabeza 4",
    ]  # fmt: skip
    assert isinstance(asked[-1], AttentionRequest)
    assert (asked[-1].layer, asked[-1].head) == (None, None)
    before = message.attachments[0].id
    await choose(room, message, "Capa… Capa 1", "2")
    assert "de la capa 3, el último" in screen(message)
    await choose(room, message, "Cabeza… Media", "4")
    assert (asked[-1].layer, asked[-1].head) == (2, 3)
    assert "Con la cabeza 4 de la capa 3, el último" in screen(message)
    assert alt(message).startswith("Capa 3 · cabeza 4 de 4.")
    assert [m["placeholder"] for m in menus(message)] == ["Capa… Capa 3", "Cabeza… Cabeza 4"]
    assert message.attachments[0].id != before
    assert len(message.attachments) == 1
    await room.ana.click(message, label="▶")
    assert heading(message) == "### Atención · paso 7 de 8"
    assert (asked[-1].layer, asked[-1].head) == (2, 3)


async def test_the_vector_of_any_token_can_be_chosen(room):
    message, asked = await inside(room, "Vector")
    assert heading(message) == "### Vector · paso 6 de 8"
    assert "«␣ñandú» es la fila 12 de una tabla: 320 números" in screen(message)
    assert (
        "«␣amor» (0,90), «␣vida» (0,80), «␣mar» (0,70), «␣lago» (0,60) y «␣unicornio» (0,50)."
        in (screen(message))
    )
    labels = [o["label"] for o in menu(message, "Token")["options"]]
    assert (len(labels), labels[0]) == (9, "1 · ␣amor · id 0")
    await choose(room, message, "Token… 9", "1")
    assert asked[-1].position == 1
    assert "«␣vida» es la fila 1 de una tabla" in screen(message)
    assert "«␣vida», id 1: 320 números" in alt(message)


async def test_it_works_after_a_restart(room):
    message, _ = await inside(room)
    for press, title in (
        (lambda: room.ana.click(message, label="Atención"), "### Atención · paso 6 de 8"),
        (lambda: choose(room, message, "Capa…", "1"), "### Atención · paso 6 de 8"),
        (lambda: choose(room, message, "Cabeza…", "2"), "### Atención · paso 6 de 8"),
        (lambda: room.ana.click(message, label="◀"), "### Atención · paso 5 de 8"),
        (lambda: room.ana.click(message, label="Vector"), "### Vector · paso 5 de 8"),
        (lambda: choose(room, message, "Token…", "0"), "### Vector · paso 5 de 8"),
        (lambda: room.ana.click(message, label="Volver"), "### «ñandú» era la favorita"),
    ):  # fmt: skip
        await room.restart()
        answer_with(room)
        await press()
        assert heading(message).startswith(title)
    assert [file.filename for file in message.attachments] == ["por-que.png"]
    assert room.engine.requests == []


async def test_a_copy_in_the_channel_opens_the_readers_own(room):
    message, _ = await inside(room, "Atención")
    await choose(room, message, "Capa…", "1")
    copy = (await room.ana.click(message, label="Publicar")).followups[0]
    assert not copy.ephemeral
    assert buttons(copy) == ["Abrir por dentro", "Borrar"]
    assert menus(copy) == []
    assert "exto inventado por un modelo · " in screen(copy)
    assert screen(copy).endswith(f"Publicado por <@{room.ana.id}>")
    before = screen(copy)
    opened = (await room.luis.click(copy, label="Abrir por dentro")).response
    assert opened.ephemeral
    assert "de la capa 2, el último" in screen(opened)
    assert screen(copy) == before
    await room.luis.click(opened, label="Vector")
    assert heading(opened) == "### Vector · paso 6 de 8"
    refused = (await room.luis.click(copy, label="Borrar")).response
    assert "la publicó otra persona" in refused.content


async def test_from_a_public_explorer_it_opens_for_the_clicker_only(room):
    answer_with(room)
    message = (await explicar(room)).response
    copy = await published(room, message)
    before = screen(copy)
    for who in (room.luis, room.ana):
        opened = (await choose(room, copy, "Más…", "dentro", who)).response
        assert opened.ephemeral
        assert heading(opened) == "### Por dentro · paso 6 de 8"
        assert screen(copy) == before


async def test_many_layers_and_heads_are_listed_in_parts(room):
    sizes = {"layers": 80, "heads": 64}
    message, asked = await inside(room, "Atención", sizes)
    for start, last in (("Capa", 79), ("Cabeza", 64)):
        seen = set()
        while True:
            options = menu(message, f"{start}…")["options"]
            assert 2 <= len(options) <= 25
            seen |= {o["value"] for o in options if " a " not in o["label"]}
            onward = [o for o in options if " a " in o["label"]]
            if str(last) in seen:
                break
            await choose(room, message, f"{start}…", onward[-1]["value"])
        assert seen == {str(i) for i in range(last + 1)}
        await choose(room, message, f"{start}…", str(last))
    assert (asked[-1].layer, asked[-1].head) == (79, 63)
    await room.ana.click(message, label="Logit lens")
    assert "-# Son 80 capas: aquí ves 20 filas." in screen(message)
    assert "capa 80" in alt(message)


async def test_a_long_text_is_drawn_in_stretches(room):
    message, _ = await inside(room, "Atención", texto="palabra " * 45)
    assert "-# Tokens 36 a 50 de 50; «antes» suma" in screen(message)
    await room.ana.click(message, label="◀ 21–35")
    assert "-# Tokens 21 a 35 de 50; «antes» suma" in screen(message)
    assert "el último" not in screen(message)
    assert buttons(message)[-2:] == ["◀ 6–20", "36–50 ▶"]
    await choose(room, message, "Capa…", "1")
    assert "-# Tokens 21 a 35 de 50" in screen(message)
    await room.ana.click(message, label="◀ 6–20")
    await room.ana.click(message, label="◀ 1–5")
    assert screen(message).count("-# Tokens 1 a 5 de 50.\n") == 1
    await room.ana.click(message, label="▶")
    assert "-# Tokens 37 a 51 de 51" in screen(message)


async def test_a_text_that_is_too_long_is_refused_with_the_step_that_fits(room):
    async def refuse(request):
        count = len(request.context_ids)
        if count <= 64:
            raise AssertionError
        raise EngineError("invalid_params", field="context_ids", value=count, range="1 ≤ x ≤ 64")

    message = (await explicar(room, texto="palabra " * 62)).response
    room.engine.explain = refuse
    answer = (await choose(room, message, "Más…", "dentro")).followups[0]
    assert answer.ephemeral
    assert answer.content == (
        "Por dentro solo miro textos de hasta 64 tokens, y hasta este paso van 67. "
        "Prueba en el paso 3 o en uno anterior."
    )
    assert where(message)[1] > 2
    message = (await explicar(room, texto="palabra " * 70)).response
    answer = (await choose(room, message, "Más…", "dentro")).followups[0]
    assert answer.content.endswith("Prueba /explicar con un texto más corto.")


@pytest.mark.parametrize("reason", ["attention", "logit_lens"])
async def test_a_model_that_cannot_be_looked_into_says_so(room, reason):
    message = (await explicar(room)).response
    room.engine.error = EngineError("unsupported", reason=reason)
    answer = (await choose(room, message, "Más…", "dentro")).followups[0]
    assert "no me deja mirar dentro" in answer.content


async def test_banned_words_are_never_shown_unless_the_text_has_them(tmp_path):
    words = tmp_path / "vetadas.txt"
    words.write_text("unicornio\nlago\n", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as room:
        explain, _ = answering(found_at=9)

        def banned_first(row):
            first, *others = row.candidates
            first = replace(first, token_id=4, text=" unicornio")
            return replace(row, candidates=(first, *others))

        async def explain_with_banned(request):
            answer = await explain(request)
            if isinstance(answer, LogitLens):
                return replace(answer, rows=tuple(map(banned_first, answer.rows)))
            return answer

        message = (await explicar(room)).response
        room.engine.explain = explain_with_banned
        await choose(room, message, "Más…", "dentro")
        for page, names in (("Resumen", 2), ("Logit lens", 4), ("Vector", 1)):
            if page != "Resumen":
                await room.ana.click(message, label=page)
            copy = (await room.ana.click(message, label="Publicar")).followups[0]
            for shown in (message, copy):
                assert "unicornio" not in screen(shown) + alt(shown)
                assert (screen(shown) + alt(shown)).count("⟨vetada⟩") >= names
        # The fourth token of the text.
        assert "«␣lago» (0,60) y «⟨vetada⟩» (0,50)." in screen(message)


async def test_another_persons_words_are_not_there_to_be_read_again(room):
    reply = await room.reply_of(await explicar(room))
    answer_with(room)
    hidden = replace(
        reply,
        is_prompt_kept=False,
        request=replace(reply.request, prompt=UNKEPT_PROMPT),
        completion=replace(reply.completion, prompt_ids=()),
    )
    with pytest.raises(UserError) as refusal:
        await inside_page(reading(hidden, InsidePlace().in_explorer))
    assert "no guardo cómo empezaba" in refusal.value.text


async def test_turning_pages_counts_against_a_persons_limit_and_is_given_back(tmp_path):
    async with open_world(tmp_path, max_per_user=1) as room:
        message, _ = await inside(room)
        for page in (*PAGES[1:], PAGES[0]):
            await room.ana.click(message, label=page)
            assert disabled(message) == [page]
        ticket = await room.bot.limits.admit(room.ana.id)
        answer = (await room.ana.click(message, label="Vector")).response
        assert answer.ephemeral
        ticket.release()


@pytest.mark.parametrize("page", [None, *PAGES[1:]])
@pytest.mark.parametrize("text", ["🦄" * 300, "مرحبا بالعالم", "*" * 3000, "palabra " * 50, "x"])
async def test_any_prompt_fits(room, page, text):
    message, _ = await inside(room, page, {"layers": 60, "heads": 60}, texto=text, pasos=10)
    found = list(walk_components(message.components))
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
    assert all(1 <= len(c["components"]) <= 5 for c in found if c["type"] == 1)
    for listed in menus(message):
        assert 1 <= len(listed["options"]) <= 25
        assert all(1 <= len(option["label"]) <= 100 for option in listed["options"])
        assert len(listed["placeholder"]) <= 150
    ids = [c["custom_id"] for c in found if "custom_id" in c]
    assert len(set(ids)) == len(ids)
    assert all(len(one) <= 100 for one in ids)
    assert len(alt(message)) <= 256


def test_the_farthest_place_fits_into_a_custom_id():
    far = InsidePlace(
        attempt=9, step=4095, candidates=25, page=InsidePage.VECTOR, layer=999, head=999, token=64
    )
    assert InsidePlace.of_args(far.args) == far
    for item in (InsideButton, LayerMenu, HeadMenu):
        assert len(custom_id(item.action, "f" * 32, *far.args, 3)) <= 100


@pytest.mark.parametrize("count", [1, 2, 24, 25, 26, 46, 47, 64, 128, 1000])
def test_every_index_of_a_menu_can_be_reached(count):
    for current in range(count):
        options = menu_options(count, current, str, "{first} a {last}")
        values = [int(option.value) for option in options]
        listed = [
            value
            for value, option in zip(values, options, strict=True)
            if " a " not in option.label
        ]
        assert current in listed
        assert len(options) <= 25
        assert len(set(values)) == len(values)
        assert all(0 <= value < count for value in values)
        if listed[-1] < count - 1:
            assert listed[-1] + 1 in values
        if listed[0] > 0:
            assert any(value < listed[0] for value in values)


def test_the_mean_is_no_head_in_the_names_of_other_parts():
    def others(current):
        options = menu_options(65, current, str, "{first} a {last}", first=1)
        return [(o.label, o.value) for o in options if " a " in o.label]

    assert others(0) == [("23 a 45", "23")]
    assert others(30) == [("1 a 22", "0"), ("46 a 64", "46")]
