"""Whatever a trace holds, a page keeps within Discord's limits."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.features.explorer.funnel.page import funnel_page
from bot.features.explorer.numbers.page import numbers_page
from bot.features.explorer.step.chart import Mark
from bot.features.explorer.step.labels import Labels
from bot.features.explorer.step.page import step_page
from bot.features.explorer.step.words import why_alt, why_chart_of
from bot.features.explorer.surprise.coloured import coloured_page
from bot.messages.place import Place
from bot.render.markdown import fits, length
from bot.render.step import StepView
from bot.render.step_table import step_table
from bot.render.tables import MAX_COLUMNS, width
from bot.storage.records import StoredReply
from engine import Attempt, Completion, DecodingParams
from tests.bot.any_reply import replies, steps
from tests.bot.readings import reading


async def components_of(reply: StoredReply, place: Place, build=step_page) -> list[dict]:
    done = replace(reply.completion, model="m" * 100)
    page = await build(reading(replace(reply, completion=done), place, notes=("nota " * 20,) * 3))
    return list(walk_components(page.view.to_components()))


@pytest.mark.parametrize("page", [step_page, numbers_page, coloured_page])
@given(replies())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_a_page_keeps_within_discords_limits(page, case):
    reply, place = case
    found = await components_of(reply, place, page)
    assert len(found) <= 40
    assert sum(length(c["content"]) for c in found if c["type"] == 10) <= 4000
    ids = [c["custom_id"] for c in found if "custom_id" in c]
    assert len(set(ids)) == len(ids)
    assert all(len(custom_id) <= 100 for custom_id in ids)
    assert all(1 <= len(c["label"]) <= 80 for c in found if c["type"] == 2)
    for menu in (c for c in found if c["type"] == 3):
        assert 1 <= len(menu["options"]) <= 25
        assert length(menu["placeholder"]) <= 150
        assert len({option["value"] for option in menu["options"]}) == len(menu["options"])
        for option in menu["options"]:
            assert 1 <= length(option["label"]) <= 100
            assert length(option.get("description") or "") <= 100


@given(steps(), st.sampled_from([1, 5, 25]))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_keeps_its_marks_narrow(step, candidates):
    attempt = Attempt(
        token_ids=(1,), text="", logprob=0, score=0, finish_reason="eos", steps=(step,)
    )
    view = StepView(
        before="x",
        completion=Completion.__new__(Completion),
        attempt=0,
        step=0,
        candidates=candidates,
    )
    object.__setattr__(view.completion, "attempts", (attempt,))
    table = step_table(view)
    lines = table.split("\n")
    assert (lines[0], lines[-1]) == ("```", "```")
    assert "```" not in "\n".join(lines[1:-1])
    assert all(width(line) <= MAX_COLUMNS for line in lines)
    assert table.count("◀") >= 1
    assert len(lines) - 3 >= min(candidates, len(step.candidates))


@pytest.mark.parametrize("page", [step_page, numbers_page, coloured_page, funnel_page])
@given(replies())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_nothing_on_a_page_is_wider_than_thirty_columns(page, case):
    for component in await components_of(*case, page):
        if component["type"] == 10 and "```" in component["content"]:
            block = component["content"].split("```")[1]
            assert all(width(line) <= 30 for line in block.split("\n"))


@pytest.mark.parametrize("candidates", [1, 2, 5, 25])
@given(steps())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_picture_has_at_most_five_bars_and_one_of_them_is_chosen(candidates, step):
    attempt = Attempt(
        token_ids=(3,), text="c", logprob=0, score=0, finish_reason="eos", steps=(step,)
    )
    completion = Completion.__new__(Completion)
    object.__setattr__(completion, "attempts", (attempt,))
    object.__setattr__(completion, "params", DecodingParams())
    view = StepView(before="x", completion=completion, attempt=0, step=0, candidates=candidates)
    chart = why_chart_of(view, Labels(view))
    assert 1 <= len(chart.bars) <= max(5 if candidates > 5 else candidates, 2)
    assert [bar.mark for bar in chart.bars].count(Mark.CHOSEN) == 1
    assert [word.is_current for word in chart.words].count(True) == 1
    assert fits(why_alt("Veredicto", chart), 1024)


@pytest.mark.parametrize("page", [step_page, numbers_page, coloured_page])
@given(replies())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
async def test_each_control_answers_to_exactly_one_item(page, case):
    for component in await components_of(*case, page):
        if "custom_id" in component:
            matching = [
                item
                for item in PERSISTENT_ITEMS
                if item.__discord_ui_compiled_template__.fullmatch(component["custom_id"])
            ]
            assert len(matching) == 1
