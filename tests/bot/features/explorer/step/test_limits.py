"""Whatever a trace holds, a page keeps within Discord's limits."""

from dataclasses import replace
from datetime import UTC, datetime

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
from engine import (
    STRATEGIES,
    Attempt,
    BeamNode,
    BeamTree,
    Candidate,
    Completion,
    DecodingParams,
    Draw,
    GenerationRequest,
    Rest,
    Stage,
    Step,
)
from tests.bot.readings import reading

CUTS = ("no_repeat_ngram_size", "bad_words", "top_k", "top_p", "typical_p", "min_p", "eta_cutoff")
HOSTILE = (
    "```",
    "**",
    "\n# x",
    "@everyone",
    "\u202e",
    "🦄" * 8,
    "مرحبا",
    "⟨C3⟩",
    " " * 64,
    "<@1>",
    "a" * 90,
)

HYPOTHESIS = BeamNode(
    node=0,
    parent=None,
    step=0,
    token_id=1,
    text="x",
    token_score=-1.0,
    score=-1.0,
    normalised_score=-1.0,
    status="finished",
)

token_texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40), st.text("*_`~|<>[]()#", min_size=1)
)
probabilities = st.floats(0, 1, allow_nan=False)


@st.composite
def steps(draw) -> Step:
    count = draw(st.integers(1, 26))
    ranks = sorted(draw(st.sets(st.integers(1, 300_000), min_size=count, max_size=count)))
    cuts = draw(st.lists(st.sampled_from(CUTS), max_size=4, unique=True))
    candidates = tuple(
        Candidate(
            token_id=rank,
            text=draw(token_texts),
            raw_prob=draw(probabilities),
            raw_rank=rank,
            final_prob=draw(probabilities),
            removed_by=draw(st.sampled_from([None, *cuts])),
        )
        for rank in ranks
    )
    low = draw(st.floats(0, 0.999, allow_nan=False))
    return Step(
        chosen=draw(st.sampled_from(ranks)),
        entropy_bits=draw(st.floats(0, 18)),
        surprisal_bits=draw(st.floats(0, 1100)),
        final_entropy_bits=draw(st.floats(0, 18)),
        draw=draw(st.sampled_from([None, Draw(u=low, low=low, high=low + 1e-5)])),
        candidates=candidates,
        stages=tuple(
            Stage(
                name=name,
                kind="cut",
                tokens_kept=draw(st.integers(1, 300_000)),
                tokens_removed=draw(st.integers(0, 300_000)),
                mass_kept=0.5,
                mass_removed=0.5,
                raw_mass=draw(probabilities),
            )
            for name in ("vocabulary", *cuts, "draw")
        ),
        rest=Rest(count=draw(st.integers(0, 300_000)), raw_mass=0.1, final_mass=0.1),
    )


@st.composite
def replies(draw) -> tuple[StoredReply, Place]:
    sample = draw(st.lists(steps(), min_size=1, max_size=3))
    length_of_text = draw(st.sampled_from([1, 2, 24, 25, 26, 40, 60]))
    chain = tuple(sample[i % len(sample)] for i in range(length_of_text))
    attempt = Attempt(
        token_ids=tuple(step.chosen for step in chain),
        text="x",
        logprob=-1e4,
        score=-1e4,
        finish_reason=draw(st.sampled_from(["eos", "length", "cancelled", "context"])),
        steps=chain,
    )
    params = DecodingParams(
        strategy=draw(st.sampled_from(STRATEGIES)),
        num_beams=8,
        temperature=1.23456,
        top_k=50,
        top_p=0.98765,
        min_p=0.0123,
        typical_p=0.912,
        eta_cutoff=0.0003,
        epsilon_cutoff=0.0003,
        repetition_penalty=1.25,
        no_repeat_ngram_size=3,
        min_new_tokens=4096,
        top_h=0.45678,
        length_penalty=-1.5,
    )
    prompt = draw(
        st.one_of(st.text(min_size=1, max_size=50), st.sampled_from(["<@1>" * 1500, "🦄"]))
    )
    reply = StoredReply(
        reply_id="f" * 32,
        kind="explicar",
        owner_id=2**63 - 1,
        guild_id=1,
        channel_id=1,
        message_id=1,
        request=GenerationRequest(prompt=f"{prompt}x", trace_top_n=25),
        completion=Completion(
            request_id="f" * 32,
            model="m",
            revision="0123456789abcdef",
            precision="exact",
            device="cpu",
            seed=2**32 - 1,
            params=params,
            inactive=(),
            prompt_tokens=1,
            truncated_tokens=draw(st.sampled_from([0, 1, 99_999])),
            queue_s=0,
            prefill_s=0,
            decode_s=0,
            beams=draw(st.sampled_from([None, BeamTree(nodes=(HYPOTHESIS,), winners=(0,))])),
            attempts=(attempt,) * draw(st.sampled_from([1, 2, 10])),
        ),
        is_prompt_kept=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    place = Place(
        attempt=draw(st.integers(0, 9)),
        step=draw(st.integers(0, 60)),
        candidates=draw(st.sampled_from([1, 5, 10, 25])),
        publisher=draw(st.sampled_from([0, 2**63 - 1])),
    )
    return reply, place


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
