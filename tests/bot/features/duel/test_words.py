"""The words of a duel: whatever was written, they fit and stay inert."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.features.duel.contestants import CARD_PLACES, cards, others
from bot.features.duel.lesson import TABLE_COLUMNS, lesson_pages
from bot.features.duel.message import CARDS, Duel
from bot.features.duel.results import name_of, results_of
from bot.features.duel.words import cards as card_blocks
from bot.features.duel.words import running_duel
from bot.jobs.duel_ids import duel_ids
from bot.messages.pictures import PictureCache
from bot.render.markdown import V2_TEXT_LIMIT, length
from bot.render.tables import width
from bot.storage.records import StoredReply
from engine import DecodingParams, GenerationRequest, Progress
from tests.bot.features.continuation.completions import attempt, completion
from tests.bot.scripted import ScriptedEngine

IDS = duel_ids("f" * 32)
BASE = GenerationRequest(prompt="x", params=DecodingParams(max_new_tokens=60))
ALL = (*cards(BASE), *others(BASE))
HOSTILE = ("```", "**", "\n# x", "@everyone ", "\u202e", "🦄" * 8, "مرحبا ", "<@1>", "- ", "a" * 90)
texts = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(HOSTILE), max_size=200).map("".join)
)
REASONS = st.sampled_from(["eos", "length", "cancelled", "context", "deadline", "stop"])


def reply(place, made, *, prompt="Hola"):
    """Return one strategy's reply."""
    asked = replace(ALL[place], prompt=prompt, request_id=IDS[place])
    return StoredReply(
        reply_id=IDS[place],
        kind="comparar",
        owner_id=2**63 - 1,
        guild_id=1,
        channel_id=1,
        message_id=1,
        request=asked,
        completion=replace(completion(made, params=asked.params), request_id=IDS[place]),
        is_prompt_kept=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def duel_of(replies, notes=()):
    results = results_of(replies)
    return Duel(results=results, engine=ScriptedEngine(), pictures=PictureCache(), notes=notes)


@st.composite
def duels(draw):
    """Draw a duel: any prompt, texts, loops and numbers, some strategies missing."""
    prompt = draw(texts) + "x"
    places = draw(st.sets(st.integers(0, 11), min_size=1))
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
    duel = duel_of(replies, ("nota " * 50,) * 3)
    texts_at_once = -(-len(replies) // 4)
    for index in range(CARDS, texts_at_once + 4):
        page = await duel.page(index, 1)
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
        assert all(length(picture.description) <= 256 for picture in page.files)
        named = [c["custom_id"] for c in found if "custom_id" in c]
        assert len(set(named)) == len(named)
        for custom_id in named:
            matching = [
                item
                for item in PERSISTENT_ITEMS
                if item.__discord_ui_compiled_template__.fullmatch(custom_id)
            ]
            assert len(matching) == 1


@given(duels())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_tables_stay_narrow_and_text_inert(replies):
    results = results_of(replies)
    pages = lesson_pages(results, "m" * 60)
    shown = [block for page in pages[:-2] for block in page.blocks]
    above = "\n".join((*shown, *card_blocks(results)))
    assert "@everyone" not in above
    assert "<@1>" not in above
    assert "```" not in above
    below = "\n".join(block for page in pages[-2:] for block in page.blocks)
    tables = below.split("```")[1::2]
    assert len(tables) == 3
    for table in tables:
        assert all(width(line) <= TABLE_COLUMNS for line in table.split("\n"))
        assert len(table.strip("\n").split("\n")) == len(replies) + 1
    assert sum(len(page.results) for page in pages) == len(replies)
    assert sum(page.has_chart for page in pages) == 1


@given(st.dictionaries(st.sampled_from(IDS[:12]), texts))
@settings(max_examples=40, deadline=None)
def test_what_is_written_meanwhile_fits(progress):
    requests = [replace(r, request_id=IDS[place]) for place, r in enumerate(ALL)]
    shown = running_duel(
        {name: Progress(attempt=0, text=text, tokens=4096) for name, text in progress.items()},
        requests,
    )
    assert length(shown) <= 3000
    assert shown.count("· esperando") == 12 - len(progress)


def test_the_names_are_short():
    names = [name_of(request.style, request.params) for request in ALL]
    assert names == [
        "greedy", "haces", "Equilibrado", "Loco", "haces+2gram", "T 0,75", "T 2", "top-k 200",
        "top-p 0,5", "min-p 0,05", "mejor de 5", "contrastiva",
    ]  # fmt: skip
    assert max(map(width, names)) <= 11


def test_equal_texts_are_shown_once_where_the_first_of_them_stands():
    said = [" la vida", " otro", "la vida ", " más"]
    made = [replace(attempt([20 + place]), text=text) for place, text in enumerate(said)]
    blocks = card_blocks(results_of([reply(place, made[place]) for place in CARD_PLACES]))
    assert blocks == (
        "**greedy y Equilibrado** · *sensato*\nla vida",
        "**haces (beam search)** · *sensato*\notro",
        "**Loco** · *sensato*\nmás",
    )


def test_the_numbers_are_those_of_the_texts():
    loop = replace(attempt([1, 2] * 6, logprob=-6.0), text=" la vida")
    wild = replace(attempt(range(20, 32), logprob=-1234.5), text=" otro")
    pages = lesson_pages(results_of((reply(0, loop), reply(6, wild))), "m")
    assert pages[0].blocks == (
        "### La lección completa · 1 de 4",
        "**greedy** · *se repite* · 12 tokens, 0\u00a0ms\nla vida\n"
        "-# ↻ Se repite «la vida» desde el token 3.",
        "**T 2** · *sensato* · 12 tokens, 0\u00a0ms\notro",
    )
    said = "\n".join(block for page in pages[1:] for block in page.blocks).replace("\u00a0", " ")
    assert "La más probable por token: **greedy**. La que más se repite: **greedy** (78 %)." in said
    assert "greedy   −6,0   −5,3\nT 2     −1234  −1234" in said
    assert "greedy   −0,50  78 %\nT 2     −102,9   0 %" in said
    assert "greedy   0,17   0,18\nT 2      1,00   1,00" in said
    assert "-# Faltan 10 estrategias: este modelo no las hace, o se pararon antes" in said


def test_each_text_of_the_best_of_five_has_a_die_of_its_own():
    pages = lesson_pages(results_of([reply(place, attempt([1, 2])) for place in (5, 10)]), "m")
    below = pages[-1].blocks[-1]
    assert "las que muestrean un solo texto tiran el mismo dado." in below
    assert "«mejor de 5»: de 5 textos con T 0,75, cada uno con su dado, el más" in below


def test_a_text_that_broke_off_says_so():
    broken = replace(attempt([1, 2]), finish_reason="stop")
    result = lesson_pages(results_of([reply(0, broken)]), "m")[0].blocks[1]
    assert "\u00a0ms · se cortó por un fallo\n" in result


@pytest.mark.parametrize("count", [1, 2])
def test_a_duel_without_repetition_says_so(count):
    replies = [reply(i, attempt([20 + i], logprob=-1.0 - i)) for i in range(count)]
    (page,) = [p for p in lesson_pages(results_of(replies), "m") if p.has_chart]
    assert ("Ninguna se repite." in page.blocks[-1]) is (count == 2)


async def test_a_picture_is_drawn_once_for_as_many_texts():
    duel = duel_of([reply(0, attempt([1, 2]))])
    first = await duel.page(2, 1)
    drawn = dict(duel.pictures._pictures)
    second = await duel.page(2, 1)
    assert duel.pictures._pictures == drawn
    assert first.files[0].fp.read() == second.files[0].fp.read()
    duel.pictures.forget(IDS[0])
    assert not duel.pictures._pictures
