"""Lessons: moves from a version, each done once or not at all, whoever comes at the same time."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage import open_storage
from bot.storage.doubts import DoubtCount, Hand
from bot.storage.lesson_records import Findings
from tests.bot.storage.samples import ANA, CHANNEL, FINDINGS, LESSON, NOON, REPLY

CELLS = ("one", "two", "three")
PEOPLE = (1, 2, 3)
ID = LESSON.lesson_id
APP = LESSON.application_id

MOVES = st.sampled_from(
    [*(("go", cell) for cell in CELLS), ("begin", ""), ("take", ""), ("close", "")]
)
ENDS = st.sampled_from(
    [("done", ""), ("failed", ""), ("restart", ""), ("look", ""), ("reopen", "")]
)
STEPS = st.lists(
    st.one_of(
        st.lists(st.tuples(st.sampled_from(PEOPLE), MOVES), min_size=1, max_size=4),
        st.tuples(st.sampled_from(PEOPLE), ENDS).map(lambda one: [one]),
    ),
    max_size=14,
)


class Model:
    """What must be true of a lesson, kept beside the stored one."""

    def __init__(self):
        self.version, self.cell, self.owner, self.is_open = 0, CELLS[0], ANA, True
        self.states = {CELLS[0]: "shown"}
        self.computed = Counter()
        self.seen = dict.fromkeys(PEOPLE, 0)

    @property
    def running(self):
        return [cell for cell, state in self.states.items() if state == "running"]

    def allows(self, name, version):
        if not self.is_open or version != self.version:
            return False
        state = self.states[self.cell]
        return name != "begin" or (not self.running and state in {"shown", "failed"})

    def apply(self, person, name, cell):
        self.version += 1
        if name == "go":
            self.cell = cell
            self.states.setdefault(cell, "shown")
        elif name == "begin":
            self.states[self.cell] = "running"
        elif name == "take":
            self.owner = person
        else:
            self.is_open = False
            self.states.update(dict.fromkeys(self.running, "shown"))


async def attempt(storage, person, name, cell, version):
    lessons = storage.lessons
    if name == "go":
        return await lessons.go_to(ID, version, cell)
    if name == "begin":
        return await lessons.begin(ID, version, NOON) is not None
    if name == "take":
        return await lessons.take_over(ID, version, person)
    return await lessons.close(ID, version)


async def moves_at_once(storage, model, batch):
    """Let people move a lesson at once, each from the version that they saw last."""
    asked = [(person, *move, model.seen[person]) for person, move in batch]
    done = await asyncio.gather(*(attempt(storage, *one) for one in asked))
    possible = [one for one in asked if model.allows(one[1], one[3])]
    winners = [one for one, is_done in zip(asked, done, strict=True) if is_done]
    assert len(winners) == min(len(possible), 1), (asked, done)
    for person, name, cell, _ in winners:
        assert (person, name, cell) in [one[:3] for one in possible]
        model.apply(person, name, cell)


async def ends(storage, model, person, name):
    if name == "look":
        model.seen[person] = model.version
    elif name == "reopen":
        is_reopened = await storage.lessons.reopen(ID, CHANNEL, person)
        assert is_reopened is not model.is_open
        if is_reopened:
            model.is_open, model.owner, model.version = True, person, model.version + 1
    else:
        for cell in CELLS:
            findings = Findings(words={"text": cell, "times": model.computed[cell]})
            is_ended = await storage.lessons.end(ID, cell, name, findings)
            assert is_ended is (model.states.get(cell) == "running")
            if is_ended:
                model.states[cell] = name
                model.computed[cell] += name == "done"


async def is_as(storage, model):
    lesson = await storage.lessons.get(ID)
    assert (lesson.version, lesson.cell) == (model.version, model.cell)
    assert (lesson.owner_id, lesson.is_open) == (model.owner, model.is_open)
    cells = await storage.lessons.cells(ID)
    assert {key: cell.state for key, cell in cells.items()} == model.states
    assert len(model.running) <= 1
    assert all(times <= 1 for times in model.computed.values())
    for key, cell in cells.items():
        if cell.state == "done":
            assert cell.findings.words == {"text": key, "times": 0}


async def play(steps):
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        for part in parts(steps):
            async with open_storage(None, Path(folder)) as storage:
                if await storage.lessons.get(ID) is None:
                    assert await storage.lessons.start(replace(LESSON, cell=CELLS[0]))
                await is_as(storage, model)
                for batch in part:
                    (person, (name, _)), *_ = batch
                    if name in {"done", "failed", "look", "reopen"}:
                        await ends(storage, model, person, name)
                    else:
                        await moves_at_once(storage, model, batch)
                    await is_as(storage, model)


def parts(steps):
    """Cut a history where its process ends."""
    found = [[]]
    for batch in steps:
        if batch[0][1][0] == "restart":
            found.append([])
        else:
            found[-1].append(batch)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_moves_at_once_and_restarts_lose_nothing_and_do_nothing_twice(steps):
    asyncio.run(play(steps))


async def test_one_is_open_in_a_channel_and_in_its_thread(storage):
    assert await storage.lessons.start(LESSON)
    thread = LESSON.channel_id
    for number, place in enumerate((CHANNEL, thread), start=5):
        other = replace(LESSON, lesson_id=f"{number:032x}", open_in=place, channel_id=place)
        assert not await storage.lessons.start(other)
    elsewhere = replace(LESSON, lesson_id=f"{7:032x}", open_in=1, channel_id=1)
    assert await storage.lessons.start(elsewhere)
    for place in (CHANNEL, thread):
        assert (await storage.lessons.open_in(APP, place)).lesson_id == ID
    assert await storage.lessons.close(ID)
    assert await storage.lessons.open_in(APP, CHANNEL) is None
    assert await storage.lessons.start(replace(LESSON, lesson_id=f"{8:032x}"))
    assert not await storage.lessons.reopen(ID, CHANNEL, ANA)


async def test_of_two_that_begin_at_once_one_does(storage):
    lessons = [replace(LESSON, lesson_id=f"{number:032x}") for number in range(10, 20)]
    started = await asyncio.gather(*(storage.lessons.start(lesson) for lesson in lessons))
    assert sum(started) == 1


async def test_what_a_cell_found_is_kept_whole(storage):
    await storage.lessons.start(LESSON)
    assert await storage.lessons.begin(ID, 0, NOON) == LESSON.cell
    assert await storage.lessons.end(ID, LESSON.cell, "done", FINDINGS)
    cell = await storage.lessons.cell(ID, LESSON.cell)
    assert (cell.state, cell.findings) == ("done", FINDINGS)
    assert await storage.lessons.size_bytes() > 0
    assert not await storage.lessons.end(ID, LESSON.cell, "done", None)


async def test_half_a_character_is_no_obstacle(storage):
    await storage.lessons.start(LESSON)
    await storage.lessons.begin(ID, 0, NOON)
    findings = Findings(words={"text": "\ud83e"})
    assert await storage.lessons.end(ID, LESSON.cell, "done", findings)
    assert (await storage.lessons.cell(ID, LESSON.cell)).findings == findings


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(CELLS), st.booleans())))
def test_a_person_has_one_doubt_about_a_cell(presses):
    async def press():
        expected = {}
        with tempfile.TemporaryDirectory() as folder:
            async with open_storage(None, Path(folder)) as storage:
                await storage.lessons.start(LESSON)
                for person, cell, is_resolved in presses:
                    if is_resolved:
                        await storage.doubts.resolve(ID, cell, person)
                        if (cell, person) in expected:
                            expected[cell, person] = True
                        continue
                    hand = await storage.doubts.raise_hand(ID, cell, person, NOON)
                    if expected.get((cell, person)) is False:
                        assert hand is Hand.TAKEN_BACK
                        del expected[cell, person]
                    else:
                        assert hand is Hand.RAISED
                        expected[cell, person] = False
                counts = await storage.doubts.count(ID)
                for cell in CELLS:
                    found = [is_done for (about, _), is_done in expected.items() if about == cell]
                    count = DoubtCount(found.count(False), found.count(True))
                    assert counts.get(cell, DoubtCount()) == count

    asyncio.run(press())


async def test_a_hundred_hands_at_once_are_all_counted(storage):
    await storage.lessons.start(LESSON)
    await asyncio.gather(
        *(storage.doubts.raise_hand(ID, "one", person, NOON) for person in range(100))
    )
    assert await storage.doubts.count(ID) == {"one": DoubtCount(100, 0)}
    assert await storage.doubts.raise_hand("f" * 32, "one", 1, NOON) is Hand.NO_LESSON


async def test_a_persons_lessons_and_doubts_are_seen_and_deleted(storage):
    await storage.replies.save(REPLY)
    await storage.lessons.start(LESSON)
    await storage.lessons.begin(ID, 0, NOON)
    await storage.lessons.end(ID, LESSON.cell, "done", FINDINGS)
    other = replace(LESSON, lesson_id=f"{9:032x}", owner_id=77, open_in=1, channel_id=1)
    await storage.lessons.start(other)
    for lesson in (LESSON, other):
        for person in (ANA, 77):
            await storage.doubts.raise_hand(lesson.lesson_id, "one", person, NOON)
    data = await storage.user_data(ANA)
    assert (data.lessons, data.doubts) == (1, 2)
    assert {doubt.cell for doubt in await storage.doubts.of(ANA, 10)} == {"one"}
    await storage.delete_user(ANA)
    assert await storage.lessons.get(ID) is None
    assert (await storage.user_data(ANA)).is_empty
    assert await storage.doubts.count(other.lesson_id) == {"one": DoubtCount(1, 0)}
    assert (await storage.user_data(77)).doubts == 1


async def test_old_ones_go_when_they_have_ended_and_the_largest_beyond_the_room(storage):
    late = NOON + timedelta(days=31)
    await storage.lessons.start(LESSON)
    assert await storage.lessons.prune(30, 10**9, late) == 0
    await storage.lessons.close(ID)
    assert await storage.lessons.prune(30, 10**9, late) == 1
    await storage.lessons.start(LESSON)
    await storage.lessons.begin(ID, 0, NOON)
    await storage.lessons.end(ID, LESSON.cell, "done", FINDINGS)
    await storage.lessons.close(ID)
    assert await storage.lessons.prune(30, 1, NOON) == 1
    await storage.lessons.start(LESSON)
    assert await storage.lessons.prune(30, 0, NOON + timedelta(days=61)) == 1
