"""Any tries of any text: inside Discord's limits, one line each, and read back as they were."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.contest.items import KeepMenu, ReadMenu
from bot.features.contest.page import contest_page
from bot.features.contest.words import frame_of, is_card
from bot.render.frame import Frame
from bot.render.markdown import CONTENT_LIMIT, length
from tests.bot.any_reply import HOSTILE
from tests.bot.features.continuation.replies import attempt, reply

TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(
        [
            "👩‍👩‍👧‍👦" * 30,
            "<@1>" * 30,
            "",
            "\n",
            " **1.** uno\n**2 · 3 votos.** dos",
            "-# Inventado por",
            "-# · x",
        ]
    ),
    st.text(max_size=60),
    st.text("*_`~|<>[]()#.0123456789 \n", max_size=60),
)
PROMPTS = st.one_of(
    TEXTS.filter(str.strip),
    st.sampled_from(
        [
            "🦄" * 3000,
            "مرحبا " * 1000,
            "```py\nx\n```\n" * 400,
            "**a** " * 1000,
            "¿Cuál es la capital?",
        ]
    ),
)


@st.composite
def contests(draw):
    pool = draw(st.lists(TEXTS, min_size=1, max_size=4))
    chosen = draw(st.lists(st.sampled_from(pool), min_size=2, max_size=10))
    tries = [attempt(text * draw(st.sampled_from([1, 40]))) for text in chosen]
    votes = draw(st.none() | st.dictionaries(st.integers(0, len(tries) - 1), st.integers(1, 10**6)))
    is_kept = draw(st.booleans())
    written = reply(*tries, prompt=draw(PROMPTS), is_prompt_kept=is_kept)
    notes = tuple(draw(st.lists(st.sampled_from(["En greedy no cuenta.", "x" * 140]), max_size=4)))
    return written, votes, notes


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(contests())
def test_any_contest_fits_discord(found):
    written, votes, notes = found
    frame = Frame.of_prompt(written.request.prompt, notes, is_kept=written.is_prompt_kept)
    page = contest_page(written, frame, votes, "modelo")
    tries = len(written.completion.attempts)
    assert 0 < length(page.content) <= CONTENT_LIMIT
    lines = page.content.split("\n")
    assert len([line for line in lines if is_card(line)]) == tries
    rows: dict[int, int] = {}
    ids = [item.item.custom_id for item in page.view.children]
    for item in page.view.children:
        is_menu = isinstance(item, ReadMenu | KeepMenu)
        rows[item.item.row] = rows.get(item.item.row, 0) + (5 if is_menu else 1)
    assert max(rows) <= 4
    assert max(rows.values()) <= 5
    assert len(ids) == len(set(ids))
    assert max(map(len, ids)) <= 100
    assert sum(":votar:" in custom_id for custom_id in ids) == (0 if votes is None else tries)
    for menu in page.view.children:
        if isinstance(menu, ReadMenu | KeepMenu):
            for option in menu.item.options:
                assert 0 < length(option.label) <= 100
                assert length(option.description or "") <= 100


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(contests())
def test_a_message_is_drawn_again_as_it_was(found):
    written, votes, notes = found
    frame = Frame.of_prompt(written.request.prompt, notes, is_kept=written.is_prompt_kept)
    first = contest_page(written, frame, votes, "modelo").content
    stored = replace(written.without_foreign_prompt())
    again = contest_page(stored, frame_of(stored, first), votes, "modelo").content
    if written.is_prompt_kept:
        assert again == first
    else:
        assert [line for line in again.split("\n") if is_card(line)] == [
            line for line in first.split("\n") if is_card(line)
        ]
