"""Whatever is drawn again, its page keeps within Discord's limits, and its picture is drawn."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features import PERSISTENT_ITEMS
from bot.features.explorer.redraw.chart import redraw_chart
from bot.features.explorer.redraw.choice import OFFERS, OWN, Choice, change_of, code_of
from bot.features.explorer.redraw.page import redraw_page
from bot.features.explorer.redraw.words import BARS, RedrawView, redraw_alt, redraw_chart_of
from bot.messages.place import step_view
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits, length
from engine import Draw
from engine.explain import CurveCut, CurvePoint, Redraw
from tests.bot.any_reply import CUTS, replies
from tests.bot.readings import reading
from tests.bot.render.pictures import pixels
from tests.bot.scripted import ScriptedEngine

CHOICES = st.builds(
    Choice,
    **{
        name: st.one_of(st.just(OWN), st.sampled_from([code_of(name, v) for v in values]))
        for name, values in OFFERS.items()
    },
)


@st.composite
def curves(draw):
    ranks = [*range(1, draw(st.integers(1, 32)) + 1), *draw(st.sampled_from([(), (90, 262_144)]))]
    return tuple(
        CurvePoint(
            rank=rank,
            prob=draw(st.floats(0, 1)),
            cumulative=draw(st.floats(0, 1.000001)),
            final=draw(st.sampled_from([0.0, 1e-9, 0.3, 1.0])),
        )
        for rank in ranks
    )


@st.composite
def pages(draw):
    """Return any reply with one of its steps drawn again."""
    reply, place = draw(replies())
    at = step_view(reply, place)
    choice = draw(CHOICES)
    own = reply.completion.params
    reply = replace(reply, request=replace(reply.request, params=own))
    before = at.current
    finals = draw(st.permutations([candidate.final_prob for candidate in before.candidates]))
    now = replace(
        before,
        chosen=draw(st.sampled_from(before.candidates)).token_id,
        draw=draw(st.sampled_from([None, Draw(u=0.5, low=0.499999999, high=0.500000001)])),
        candidates=tuple(
            replace(candidate, final_prob=final)
            for candidate, final in zip(before.candidates, finals, strict=True)
        ),
    )
    curve = draw(curves())
    answer = Redraw(
        step=now,
        curve=curve,
        cuts=tuple(
            CurveCut(name=name, rank=draw(st.integers(1, 32)))
            for name in draw(st.lists(st.sampled_from(CUTS), unique=True))
        ),
        before=draw(st.sampled_from([None, before])),
        curve_before=curve[::-1] if draw(st.booleans()) else curve,
    )
    params = replace(own, **change_of(own, choice))
    view = RedrawView(at=at, redraw=answer, params=params, values=choice.values)
    return reply, view, replace(place, attempt=at.attempt, step=at.step), choice


async def components_of(reply, view, place, choice):
    engine = ScriptedEngine()
    engine.answer = view.redraw
    done = replace(reply.completion, model="m" * 100, prompt_ids=(1,))
    place = replace(place, details=choice.codes)
    page = await redraw_page(reading(replace(reply, completion=done), place, engine=engine))
    return list(walk_components(page.view.to_components()))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages())
async def test_a_page_keeps_within_discords_limits(page):
    found = await components_of(*page)
    assert len(found) <= 40
    assert sum(length(c["content"]) for c in found if c["type"] == 10) <= 4000
    ids = [c["custom_id"] for c in found if "custom_id" in c]
    assert len(set(ids)) == len(ids)
    assert all(len(custom_id) <= 100 for custom_id in ids)
    for menu in (c for c in found if c["type"] == 3):
        options = menu["options"]
        assert 1 <= len(options) <= 25
        assert len({option["value"] for option in options}) == len(options)
        assert sum(option.get("default", False) for option in options) <= 1
        for option in options:
            assert 1 <= length(option["label"]) <= 100
            assert length(option.get("description") or "") <= 100
    assert fits(redraw_alt(page[1]), ALT_LIMIT)
    assert 1 <= len(redraw_chart_of(page[1]).bars) <= BARS + 2
    for component in found:
        if "custom_id" in component:
            templates = [item.__discord_ui_compiled_template__ for item in PERSISTENT_ITEMS]
            assert sum(bool(t.match(component["custom_id"])) for t in templates) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages())
def test_anything_can_be_drawn(page):
    png = redraw_chart(redraw_chart_of(page[1]))
    assert len(png) <= 300_000
    assert pixels(png).shape[1] == 700
