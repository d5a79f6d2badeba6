"""The urn of beam sampling draws what a throw over everything that is left would draw."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.beams import sampling
from engine.decoding.beams.sampling import Urn
from engine.decoding.sampling import draw_token

SCORES = st.lists(
    st.sampled_from([0.0, -0.5, -1.0]) | st.just(-float("inf")) | st.floats(-900.0, 0.0, width=32),
    min_size=1,
    max_size=60,
)
THROWS = st.lists(
    st.floats(0.0, 1.0, exclude_max=True) | st.just(1.0 - 2.0**-53), min_size=1, max_size=12
)


@pytest.mark.parametrize("first_look", [1, 3, 1024])
def test_it_draws_what_each_throw_over_all_that_is_left_draws(monkeypatch, first_look):
    monkeypatch.setattr(sampling, "_FIRST_LOOK", first_look)

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(SCORES, THROWS)
    def check(scores, throws):
        left = torch.tensor(scores)
        urn = Urn(left.clone())
        assert urn.left == sum(score > -float("inf") for score in scores)
        for u in throws[: urn.left]:
            expected, draw = draw_token(left, u)
            place, drawn = urn.draw(u)
            # A throw that meets a boundary may fall on either side of it.
            if min(abs(u - draw.low), abs(draw.high - u)) > 1e-12:
                assert (place, drawn.u) == (expected, u)
                assert drawn.interval == pytest.approx(draw.interval, abs=1e-12)
            left[place] = -torch.inf

    check()


def test_everything_comes_out_once_and_nothing_else():
    scores = torch.tensor([-1.0, -float("inf"), -800.0, -1.0, 0.0])
    urn = Urn(scores)
    assert sorted(urn.draw(0.5)[0] for _ in range(4)) == [0, 2, 3, 4]
    assert urn.left == 0
