"""The words of a duel: whatever was written, they fit and stay inert."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.features.duel.message import duel_page
from bot.features.duel.words import duel_screen, results_of, running_duel, short_name
from bot.jobs.duel_ids import duel_ids
from bot.messages.pictures import PictureCache
from bot.render.markdown import V2_TEXT_LIMIT, length
from bot.render.tables import width
from bot.storage.records import StoredReply
from engine import GenerationRequest, Progress
from engine.explain import contenders
from tests.bot.features.continuation.completions import attempt, completion
from tests.bot.scripted import ScriptedEngine

IDS = duel_ids("f" * 32)
HOSTILE = ("```", "**", "\n# x", "@everyone ", "\u202e", "🦄" * 8, "مرحبا ", "<@1>", "- ", "a" * 90)
texts = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(HOSTILE), max_size=200).map("".join)
)
REASONS = st.sampled_from(["eos", "length", "cancelled", "context", "deadline", "stop"])


def reply(place, made, *, prompt="Hola", params=None):
    """Return one strategy's reply."""
    params = params or contenders(60)[place].params
    return StoredReply(
        reply_id=IDS[place],
        kind="comparar",
        owner_id=2**63 - 1,
        guild_id=1,
        channel_id=1,
        message_id=1,
        request=GenerationRequest(prompt=prompt, params=params, request_id=IDS[place]),
        completion=replace(completion(made, params=params), request_id=IDS[place]),
        is_prompt_kept=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@st.composite
def duels(draw):
    """Draw a duel: any prompt, texts, loops and numbers, some strategies missing."""
    prompt = draw(texts) + "x"
    places = draw(st.sets(st.integers(0, 9), min_size=1))
    replies = []
    for place in sorted(places):
        unit = draw(st.lists(st.integers(0, 30), min_size=1, max_size=5))
        ids = draw(st.lists(st.integers(0, 30), max_size=5)) + unit * draw(st.integers(0, 40))
        made = replace(
            attempt(ids, logprob=draw(st.floats(-50_000, 0))),
            text=draw(texts),
            finish_reason=draw(REASONS),
        )
        replies.append(reply(place, made, prompt=prompt))
    done = replies[0].completion
    cut = replace(done, truncated_tokens=draw(st.sampled_from([0, 99_999])), decode_s=1e6)
    return (replace(replies[0], completion=cut), *replies[1:])


@given(duels())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_a_message_keeps_within_discords_limits(replies):
    notes = ("nota " * 50,) * 3
    page = await duel_page(replies, ScriptedEngine(), PictureCache(), 1, notes)
    found = list(walk_components(page.view.to_components()))
    blocks = [c["content"] for c in found if c["type"] == 10]
    assert len(found) <= 40
    assert length("".join(blocks)) <= V2_TEXT_LIMIT
    assert all(1 <= length(c["label"]) <= 80 for c in found if c["type"] == 2)
    for menu in (c for c in found if c["type"] == 3):
        assert 1 <= len(menu["options"]) <= 25
        assert len({option["value"] for option in menu["options"]}) == len(menu["options"])
        for option in menu["options"]:
            assert 1 <= length(option["label"]) <= 100
            assert length(option.get("description") or "") <= 100
    (picture,) = page.files
    assert length(picture.description) <= 256
    for custom_id in (c["custom_id"] for c in found if "custom_id" in c):
        matching = [
            item
            for item in PERSISTENT_ITEMS
            if item.__discord_ui_compiled_template__.fullmatch(custom_id)
        ]
        assert len(matching) == 1


@given(duels())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_tables_stay_narrow_and_text_inert(replies):
    screen = duel_screen(results_of(replies), (), "m" * 60)
    above = "\n".join((screen.head, *screen.results))
    assert "@everyone" not in above
    assert "<@1>" not in above
    assert "```" not in above
    assert screen.below.count("```") == 4
    for table in screen.below.split("```")[1::2]:
        assert all(width(line) <= 34 for line in table.split("\n"))
        assert len(table.strip("\n").split("\n")) == len(replies) + 1
    assert len(screen.results) == len(replies)
    assert all(re.match(r"\*\*[^*]+\*\* · ", result) for result in screen.results)


@given(st.dictionaries(st.sampled_from(IDS[:10]), texts))
@settings(max_examples=40, deadline=None)
def test_what_is_written_meanwhile_fits(progress):
    requests = [
        GenerationRequest(prompt="x", params=contender.params, request_id=IDS[place])
        for place, contender in enumerate(contenders(4096))
    ]
    shown = running_duel(
        {name: Progress(attempt=0, text=text, tokens=4096) for name, text in progress.items()},
        requests,
    )
    assert length(shown) <= 3000
    assert shown.count("· esperando") == 10 - len(progress)


def test_the_names_are_short():
    names = [short_name(contender.params) for contender in contenders(1)]
    assert names == [
        "greedy", "beam 5", "beam+2gram", "T 0,75", "T 2", "top-k 200", "top-p 0,5", "min-p 0,05",
        "mejor de 5", "contraste",
    ]  # fmt: skip
    assert max(map(width, names)) <= 10


def test_the_numbers_are_those_of_the_texts():
    loop = replace(attempt([1, 2] * 6, logprob=-6.0), text=" la vida")
    wild = replace(attempt(range(20, 32), logprob=-1234.5), text=" otro")
    screen = duel_screen(results_of((reply(0, loop), reply(4, wild))), ("una nota",), "m")
    assert screen.head == "### Duelo: 2 estrategias para un mismo texto\n> Hola"
    assert screen.results == (
        "**greedy** · 12 tokens, 0 ms\n…la vida\n-# ↻ Se repite «la vida» desde el token 3.",
        "**muestreo, T 2** · 12 tokens, 0 ms\n…otro",
    )
    below = screen.below.replace("\u00a0", " ")
    assert below.startswith(
        "La más probable por token: **greedy**. La que más se repite: **greedy** (78 %).\n"
    )
    assert "greedy   −6,0   −5,3    −0,50\nT 2     −1234  −1234  −102,88" in below
    assert "greedy    78 %    0,17    0,18\nT 2        0 %    1,00    1,00" in below
    assert "-# Faltan 8 estrategias: este modelo no las hace, o se pararon antes" in below
    assert "\n-# una nota\n-# Texto inventado" in below


def test_each_text_of_the_best_of_five_has_a_die_of_its_own():
    replies = [reply(place, attempt([1, 2])) for place in (4, 8)]
    below = duel_screen(results_of(replies), (), "m").below
    assert "las que muestrean un solo texto tiran el mismo dado." in below
    assert "«mejor de 5»: de 5 textos con T 0,75, cada uno con su dado, el más" in below


def test_a_text_that_broke_off_says_so():
    broken = replace(attempt([1, 2]), finish_reason="stop")
    (result,) = duel_screen(results_of([reply(0, broken)]), (), "m").results
    assert " ms · se cortó por un fallo\n" in result


@pytest.mark.parametrize("count", [1, 2])
def test_a_duel_without_repetition_says_so(count):
    replies = [reply(i, attempt([20 + i], logprob=-1.0 - i)) for i in range(count)]
    screen = duel_screen(results_of(replies), (), "m")
    if count == 1:
        assert screen.head.startswith("### Duelo: solo una estrategia llegó a escribir")
        assert screen.below.startswith("**Log-prob cruda**")
    else:
        assert "Ninguna se repite." in screen.below


async def test_a_picture_is_drawn_once():
    replies, pictures = (reply(0, attempt([1, 2])),), PictureCache()
    first = await duel_page(replies, ScriptedEngine(), pictures, 1)
    drawn = dict(pictures._pictures)
    second = await duel_page(replies, ScriptedEngine(), pictures, 1)
    assert pictures._pictures == drawn
    assert first.files[0].fp.read() == second.files[0].fp.read()
    pictures.forget(IDS[0])
    assert not pictures._pictures
