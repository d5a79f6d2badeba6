"""Rows are dealt to people, not to requests: nobody waits for the many texts of somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runtime.batch.dealing import QUANTUM, Claim, Dealer, Need, Size


@dataclass(eq=False)
class Text:
    """What a person wants to be written, in a model of time: a row writes a token a turn."""

    person: int
    tokens: int
    rows: int = 1
    columns: int = 1
    comes: int = 0
    is_background: bool = False
    is_in: bool = False
    written: int = 0
    written_at: list[int] = field(default_factory=list)

    def claim(self) -> Claim[Text]:
        return Claim(
            person=self.person,
            text=self,
            measure=lambda: Need(rows=self.rows, columns=self.columns),
            parked_cells=self.rows * self.written if self.is_in else 0,
            is_in=self.is_in,
            is_queued=not self.written_at,
            is_background=self.is_background,
        )


def turns(texts: list[Text], size: Size, parked_cells: int = 10**9):
    """Deal until everything is written; yield the texts that are wanted in each turn."""
    dealer = Dealer[Text](size, parked_cells)
    for turn in count():
        wanted = [t for t in texts if t.comes <= turn and t.written < t.tokens]
        if not wanted and all(text.comes < turn for text in texts):
            return
        kept = sum(t.rows * t.written for t in wanted if not t.is_in)
        dealt = {claim.text for claim in dealer.deal([t.claim() for t in wanted], kept)}
        assert sum(text.rows for text in dealt) <= size.rows
        assert sum(t.rows for t in dealt) * max((t.columns for t in dealt), default=0) <= size.cells
        for text in wanted:
            text.is_in = text in dealt
        for text in dealt:
            text.written += 1
            text.written_at.append(turn)
            text.is_in = text.written < text.tokens
        yield turn, wanted


def run(texts: list[Text], size: Size, parked_cells: int = 10**9) -> int:
    last = 0
    for turn, _ in turns(texts, size, parked_cells):
        last = turn
        assert turn < 100_000
    return last


ROWS = Size(rows=32, cells=32 * 1000, columns=1000)


def crowd() -> list[Text]:
    """Ten people who have all that they may ask for under way: three times ten attempts."""
    return [Text(person=p, tokens=256) for p in range(10) for _ in range(3 * 10)]


def first_turn_of_whole_requests(requests: list[list[Text]], light: Text, rows: int) -> int:
    """Return when a text is begun where people take turns, but a request has all rows or none.

    Who does not fit holds up those behind them, and whoever is in stays to the end: that was the
    rule once.
    """
    queue = sorted([*requests, [light]], key=lambda request: request[0].comes)
    ends: list[tuple[int, int]] = []
    for turn in count():
        ends = [(end, size) for end, size in ends if end > turn]
        while queue and queue[0][0].comes <= turn:
            request = queue[0]
            if sum(size for _, size in ends) + len(request) > rows:
                break
            if queue.pop(0) == [light]:
                return turn
            ends.append((turn + request[0].tokens, len(request)))
    raise AssertionError


def test_a_light_request_is_in_at_the_next_turn_whoever_has_all_that_they_may_ask_for():
    light = Text(person=99, tokens=32, comes=100)
    # One request of each person comes first, then the light one, then the others: fair turns.
    firsts = [[Text(person=p, tokens=256) for _ in range(10)] for p in range(10)]
    assert first_turn_of_whole_requests(firsts, light, ROWS.rows) == 768
    run([*crowd(), light], ROWS)
    assert light.written_at == [*range(100, 132)]


def test_what_makes_room_goes_on_when_there_is_room_again():
    heavy = [Text(person=1, tokens=60) for _ in range(4)]
    light = Text(person=2, tokens=10, comes=20)
    run([*heavy, light], Size(rows=4, cells=10**6, columns=10**6))
    assert light.written_at == [*range(20, 30)]
    assert [*heavy[3].written_at] == [*range(20), *range(30, 70)]
    assert all(text.written_at == [*range(60)] for text in heavy[:3])


def test_everybody_gets_as_many_tokens_however_many_texts_each_has():
    texts = [Text(person=p, tokens=400) for p in range(4) for _ in range(1 + 5 * p)]
    for turn, _ in turns(texts, Size(rows=8, cells=10**6, columns=10**6)):
        if turn == 200:
            break
    tokens = [sum(text.written for text in texts if text.person == p) for p in range(4)]
    assert tokens[0] == 201
    assert max(tokens[1:]) <= 201 * 3
    assert min(tokens[1:]) >= 201 * 2


def test_more_people_than_rows_take_turns_of_a_quantum():
    texts = [Text(person=p, tokens=4 * QUANTUM) for p in range(9)]
    run(texts, Size(rows=3, cells=10**6, columns=10**6))
    first = sorted(text.written_at[0] for text in texts)
    assert first == [0] * 3 + [QUANTUM] * 3 + [2 * QUANTUM] * 3


def test_what_cannot_be_kept_stays_and_the_next_end_makes_room():
    heavy = [Text(person=1, tokens=50 + n) for n in range(4)]
    light = Text(person=2, tokens=10, comes=20)
    run([*heavy, light], Size(rows=4, cells=10**6, columns=10**6), parked_cells=10)
    assert light.written_at[0] == 50
    assert all(text.written_at == [*range(text.tokens)] for text in heavy)


def test_what_is_for_another_batch_lets_nobody_else_in_and_the_batch_empties():
    size = Size(rows=4, cells=10**6, columns=10**6)
    seated = [Text(person=1, tokens=20, is_in=True, written=1, written_at=[0]) for _ in range(6)]
    dealer = Dealer[Text](size, 10**9)
    other = Claim(
        person=2,
        text=Text(person=2, tokens=1),
        measure=lambda: Need(rows=1, columns=1, is_possible=False),
        is_queued=True,
    )
    late = Text(person=3, tokens=5)
    for text in seated[4:]:
        text.is_in = False
    dealt = dealer.deal([*(text.claim() for text in seated), other, late.claim()])
    assert [claim.text for claim in dealt] == seated[:4]
    for text in seated[:4]:
        text.is_in = False
    left = [text.claim() for text in seated[4:]]
    assert dealer.deal([*left, other, late.claim()]) == left


def test_the_background_is_dealt_what_no_person_wants():
    size = Size(rows=2, cells=10**6, columns=10**6)
    background = [Text(person=9, tokens=30, is_background=True) for _ in range(2)]
    person = Text(person=1, tokens=10, comes=5)
    crowd = [Text(person=p, tokens=10, comes=20) for p in (1, 1, 2)]
    run([*background, person, *crowd], size)
    assert person.written_at == [*range(5, 15)]
    assert background[0].written_at[:20] == [*range(20)]
    assert background[1].written_at[:10] == [*range(5), *range(15, 20)]
    assert min(t for text in background for t in text.written_at if t >= 20) == 30


SIZE = Size(rows=6, cells=120, columns=60)


@st.composite
def arrivals(draw):
    """Texts of up to nine people, some with many, some that need several or long rows."""
    return [
        Text(
            person=draw(st.integers(1, draw(st.sampled_from((2, 5, 9))))),
            tokens=draw(st.integers(1, 40)),
            rows=draw(st.sampled_from((1, 1, 1, 2, 5))),
            columns=draw(st.sampled_from((5, 20, 24))),
            comes=draw(st.integers(0, 60)),
        )
        for _ in range(draw(st.integers(1, 30)))
    ]


@settings(max_examples=150, deadline=None)
@given(arrivals(), st.booleans())
def test_nobody_starves_and_a_wait_is_bounded_by_the_people(texts, is_all_kept):
    """A person has no row for at most a quantum for each person that there is."""
    people = len({text.person for text in texts})
    waited: dict[int, int] = {}
    for turn, wanted in turns(texts, SIZE, 10**9 if is_all_kept else 60):
        in_now = {text.person for text in wanted if text.written_at[-1:] == [turn]}
        assert in_now or not wanted
        for person in {text.person for text in wanted}:
            waited[person] = 0 if person in in_now else waited.get(person, 0) + 1
            if is_all_kept:
                assert waited[person] <= (QUANTUM + 1) * people
        assert turn < 60 + sum(text.tokens for text in texts)
    assert all(text.written == text.tokens for text in texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(6, 12))
def test_shares_are_equal_up_to_one_row_where_everybody_wants_more(counts, rows):
    texts = [Text(person=p, tokens=50) for p, n in enumerate(counts) for _ in range(n)]
    for turn, wanted in turns(texts, Size(rows=rows, cells=10**6, columns=10**6)):
        now = [text for text in wanted if text.written_at[-1:] == [turn]]
        mine = {p: sum(text.person == p for text in now) for p in range(len(counts))}
        for p, share in mine.items():
            is_waiting = share < sum(text.person == p for text in wanted)
            assert not is_waiting or max(mine.values()) <= share + 1
