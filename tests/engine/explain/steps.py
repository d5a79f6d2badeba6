"""Comparing two steps."""

import pytest


def assert_same_step(mine, theirs):
    assert (mine.chosen, mine.draw.u) == (theirs.chosen, theirs.draw.u)
    assert mine.draw.interval == pytest.approx(theirs.draw.interval, abs=1e-5)
    assert [c.token_id for c in mine.candidates] == [c.token_id for c in theirs.candidates]
    for a, b in zip(mine.candidates, theirs.candidates, strict=True):
        assert (a.raw_rank, a.removed_by) == (b.raw_rank, b.removed_by)
        assert (a.raw_prob, a.final_prob) == pytest.approx((b.raw_prob, b.final_prob), abs=1e-5)
    assert [(s.name, s.tokens_kept) for s in mine.stages] == [
        (s.name, s.tokens_kept) for s in theirs.stages
    ]
