"""«Por dentro» of any model and text: inside Discord's limits, drawable, and its numbers kept."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.features.explorer.inside.attention import (
    attention_alt,
    attention_chart_of,
    attention_sentences,
    attention_view,
)
from bot.features.explorer.inside.attention_chart import MOST_TOKENS, attention_chart
from bot.features.explorer.inside.lens import lens_alt, lens_chart_of, lens_sentences
from bot.features.explorer.inside.lens_chart import lens_chart
from bot.features.explorer.inside.summary import inside_alt, inside_chart_of, inside_sentences
from bot.features.explorer.inside.summary_chart import inside_chart
from bot.features.explorer.inside.vector import vector_alt, vector_chart_of, vector_sentences
from bot.features.explorer.inside.vector_chart import vector_chart
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from tests.bot import insides
from tests.bot.any_reply import HOSTILE
from tests.bot.features.explorer.word.answers import view_of
from tests.bot.render.pictures import pixels

TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40))
WORDS = st.lists(TEXTS, min_size=1, max_size=8).map(tuple)
IDS = st.lists(st.integers(0, 2**20), min_size=1, max_size=64).map(tuple)
LAYERS = st.integers(1, 100)
VIEW = view_of()
ANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def attentions(draw):
    ids, layers, heads = draw(IDS), draw(LAYERS), draw(st.integers(1, 100))
    layer = draw(st.integers(0, layers - 1))
    head = draw(st.none() | st.integers(0, heads - 1))
    asked = (None, None) if head is None else (layer, head)
    found = insides.attention(ids, layers, heads, *asked, words=draw(WORDS), seed=draw(LAYERS))
    return attention_view(found, layer, draw(st.integers(0, 70)))


@st.composite
def lenses(draw):
    return insides.lens(
        draw(IDS), draw(st.integers(0, 2**20)), draw(LAYERS), draw(LAYERS), draw(WORDS)
    )


@st.composite
def vectors(draw):
    ids = draw(IDS)
    return insides.vectors(
        ids,
        draw(st.none() | st.integers(0, len(ids) - 1)),
        draw(st.integers(0, 5)),
        draw(LAYERS),
        draw(st.integers(1, 20_000)),
        draw(WORDS),
    )


@ANY
@given(attentions())
def test_any_attention_keeps_its_rows_whole_and_its_future_empty(view):
    chart = attention_chart_of(view)
    assert 1 <= len(chart.rows) == len(chart.tokens) <= MOST_TOKENS
    for i, row in enumerate(chart.rows):
        assert len(row) == len(chart.tokens) + chart.has_earlier
        assert abs(sum(row) - 1.0) < 1e-9
        assert all(weight == 0.0 for weight in row[i + 1 + chart.has_earlier :])
    assert fits(attention_alt(chart), ALT_LIMIT)
    assert fits(attention_sentences(view), 2500)


@ANY
@given(lenses())
def test_any_lens_fits_discord(lens):
    assert fits(lens_sentences(lens), 2500)
    assert fits(lens_alt(lens_chart_of(VIEW, lens)), ALT_LIMIT)


@ANY
@given(vectors())
def test_any_vectors_fit_discord(found):
    assert fits(vector_sentences(found), 2500)
    assert fits(vector_alt(vector_chart_of(VIEW, found)), ALT_LIMIT)


@ANY
@given(lenses(), vectors())
def test_any_summary_fits_discord(lens, found):
    chart = inside_chart_of(VIEW, lens, found)
    assert sum(option.is_chosen for option in chart.options) == 1
    assert fits(inside_sentences(lens), 2500)
    assert fits(inside_alt(chart), ALT_LIMIT)


@FEW
@given(attentions(), lenses(), vectors())
def test_anything_can_be_drawn(view, lens, found):
    for png in (
        attention_chart(attention_chart_of(view)),
        lens_chart(lens_chart_of(VIEW, lens)),
        vector_chart(vector_chart_of(VIEW, found)),
        inside_chart(inside_chart_of(VIEW, lens, found)),
    ):
        assert len(png) <= 300_000
        assert pixels(png).shape[1] in {525, 700}
