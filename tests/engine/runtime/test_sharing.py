"""People, models and texts at random, in a model of time: rows are dealt, batches take turns."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime.batch.dealing import QUANTUM, Claim, Dealer, Need, Size
from engine.runtime.turns import PATIENCE_S, Member, Shares

ROWS = 4
STEPS_S = (0.003, 0.04, 0.15)
"""Of a step of each model, however many rows run."""


@dataclass(eq=False)
class Text:
    person: int
    model: int
    tokens: int
    comes_s: float
    is_in: bool = False
    written_s: list[float] = field(default_factory=list)

    @property
    def is_written(self) -> bool:
        return len(self.written_s) == self.tokens

    def claim(self) -> Claim[Text]:
        return Claim(
            person=self.person,
            text=self,
            measure=lambda: Need(rows=1, columns=1),
            is_in=self.is_in,
            is_queued=not self.written_s,
        )


class Batch:
    """The texts of one model that are wanted, and its place among those that take turns."""

    def __init__(self, first: Text, shares: Shares) -> None:
        self.step_s = STEPS_S[first.model]
        self.texts: list[Text] = []
        self.member = Member(frozenset({first.person}))
        self._dealer = Dealer[Text](Size(rows=ROWS, cells=10**6, columns=10**6), 10**9)
        shares.enter(self.member, first.comes_s)

    def step(self, now_s: float) -> frozenset[int]:
        """Write a token of each text that is dealt a row; return who has one."""
        dealt = [claim.text for claim in self._dealer.deal([t.claim() for t in self.texts])]
        for text in self.texts:
            text.is_in = text in dealt
        for text in dealt:
            text.written_s.append(now_s + self.step_s)
        self.texts = [text for text in self.texts if not text.is_written]
        return frozenset(text.person for text in dealt)


def write_all(texts: list[Text]) -> None:
    shares, now_s, batches = Shares(), 0.0, dict[int, Batch]()
    left = sorted(texts, key=lambda text: text.comes_s)
    while left or batches:
        while left and (not batches or left[0].comes_s <= now_s):
            text = left.pop(0)
            now_s = max(now_s, text.comes_s)
            if text.model not in batches:
                batches[text.model] = Batch(text, shares)
            batches[text.model].texts.append(text)
        member = shares.next([batch.member for batch in batches.values()], now_s)
        (model,) = [one for one, batch in batches.items() if batch.member is member]
        batch = batches[model]
        people = batch.step(now_s)
        now_s += batch.step_s
        if batch.texts:
            shares.charge(member, batch.step_s, now_s, people)
        else:
            shares.leave(member)
            del batches[model]


@st.composite
def arrivals(draw):
    people = draw(st.sampled_from((2, 5, 9)))
    return [
        Text(
            person=draw(st.integers(1, people)),
            model=draw(st.integers(0, len(STEPS_S) - 1)),
            tokens=draw(st.integers(1, 40)),
            comes_s=draw(st.floats(0, 6)),
        )
        for _ in range(draw(st.integers(1, 30)))
    ]


@settings(max_examples=150, deadline=None)
@given(arrivals())
def test_all_is_written_and_nobody_is_without_a_token_for_long(texts):
    """For a quantum of each person who wants the model, a turn being patience and a few steps.

    Where there are as many rows as people, for one such turn: less than a second.
    """
    write_all(texts)
    turn_s = PATIENCE_S + max(STEPS_S) + sum(STEPS_S)
    assert turn_s < 1.0
    for model in range(len(STEPS_S)):
        mine = [text for text in texts if text.model == model]
        people = {text.person for text in mine}
        turns = 1 if len(people) <= ROWS else (QUANTUM + 1) * len(people)
        for person in people:
            own = [text for text in mine if text.person == person]
            tokens = sorted(second for text in own for second in text.written_s)
            for text in own:
                assert text.is_written
                begun_s = next(second for second in tokens if second > text.comes_s)
                assert begun_s - text.comes_s <= turns * turn_s + 1e-9
    work_s = sum(STEPS_S[text.model] * text.tokens for text in texts)
    last_s = max(text.written_s[-1] for text in texts)
    assert last_s <= max(text.comes_s for text in texts) + work_s + 1e-9


def test_somebody_new_with_another_model_has_a_word_at_once_however_many_write():
    crowd = [Text(person=n, model=2, tokens=200, comes_s=0.0) for n in range(16)]
    light = Text(person=99, model=0, tokens=30, comes_s=5.0)
    write_all([*crowd, light])
    assert light.written_s[0] - light.comes_s <= STEPS_S[2] + STEPS_S[0]
    assert light.written_s[-1] - light.comes_s <= 0.5
