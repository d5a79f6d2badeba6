"""Whatever a trace holds, a page keeps within Discord's limits."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.features.explorer.step.page import step_page
from bot.features.explorer.step.words import step_chart_of
from bot.messages.place import Place
from bot.render.markdown import length
from bot.render.step import StepView
from bot.render.step_table import step_table
from bot.render.tables import MAX_COLUMNS, width
from bot.storage.records import StoredReply
from engine import Attempt, Candidate, Completion, DecodingParams, Rest, Step
from tests.bot.any_reply import replies, steps
from tests.bot.readings import reading


async def components_of(reply: StoredReply, place: Place) -> list[dict]:
    done = replace(reply.completion, model="m" * 100)
    page = await step_page(
        reading(replace(reply, completion=done), place, notes=("nota " * 20,) * 3)
    )
    return list(walk_components(page.view.to_components()))


@given(replies())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
async def test_a_page_keeps_within_discords_limits(case):
    reply, place = case
    found = await components_of(reply, place)
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


@pytest.mark.parametrize("candidates", [1, 5, 25])
def test_the_picture_lists_what_the_table_lists(candidates):
    chosen = Candidate(token_id=3, text="c", raw_prob=0.1, raw_rank=3, final_prob=0.1)
    others = tuple(
        Candidate(token_id=i, text=str(i), raw_prob=0.3, raw_rank=i, final_prob=0.3) for i in (1, 2)
    )
    step = Step(
        chosen=3,
        entropy_bits=1,
        surprisal_bits=1,
        final_entropy_bits=1,
        draw=None,
        candidates=(*others, chosen),
        stages=(),
        rest=Rest(count=7, raw_mass=0.3, final_mass=0.3),
    )
    attempt = Attempt(
        token_ids=(3,), text="c", logprob=0, score=0, finish_reason="eos", steps=(step,)
    )
    completion = Completion.__new__(Completion)
    object.__setattr__(completion, "attempts", (attempt,))
    object.__setattr__(completion, "params", DecodingParams())
    view = StepView(before="x", completion=completion, attempt=0, step=0, candidates=candidates)
    chart = step_chart_of(view)
    assert len(chart.bars) == min(candidates, 2) + 1
    assert [bar.is_chosen for bar in chart.bars][-1]
    assert len(chart.bars) + chart.rest.count == 10


@given(replies())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
async def test_each_control_answers_to_exactly_one_item(case):
    for component in await components_of(*case):
        if "custom_id" in component:
            matching = [
                item
                for item in PERSISTENT_ITEMS
                if item.__discord_ui_compiled_template__.fullmatch(component["custom_id"])
            ]
            assert len(matching) == 1
