"""Any lesson at any moment: inside Discord's limits, with ids that are the message's own."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features.lesson import cells
from bot.features.lesson.cell import CellFile, CellResult, Row
from bot.features.lesson.findings import failure_of, findings_of, result_in
from bot.features.lesson.pages import cell_page, control_page
from bot.features.lesson.words import Standing
from bot.render.markdown import length
from bot.storage.doubts import DoubtCount
from bot.storage.lesson_records import Lesson, LessonCell
from bot.ui.picture_page import Picture

LESSON = Lesson(
    lesson_id="ab" * 16,
    owner_id=2**62,
    application_id=2**62,
    guild_id=2**62,
    channel_id=2**62,
    open_in=2**62,
    model="m",
    revision=None,
    precision="exact",
    seed=42,
    cell="families",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    version=999_999_999,
)
KEYS = [cell.key for cell in cells.plan()]
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["🦄" * 3000, "```\n" * 900, "ñ " * 1500]))
ROWS = st.lists(
    st.builds(Row, what=st.text(max_size=14), notebook=st.none() | st.just("-45,07"), ours=TEXTS),
    max_size=4,
)
RESULTS = st.builds(
    CellResult,
    text=TEXTS,
    rows=ROWS.map(lambda rows: tuple(replace(row, ours=row.ours[:14]) for row in rows)),
    why=st.none() | st.just("El modelo es otro."),
    picture=st.none() | st.just(Picture(b"png", "dibujo.png", "Un punto")),
    file=st.none() | st.just(CellFile(name="clase.ipynb", data=b"{}")),
)


@st.composite
def standings(draw):
    states = {}
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True)):
        state = draw(st.sampled_from(["shown", "running", "done", "failed"]))
        findings = None
        if state == "done":
            findings = findings_of(LESSON.lesson_id, key, draw(RESULTS))
            ids = draw(st.sampled_from([(), ("0" * 32,)]))
            findings = replace(findings, reply_ids=ids)
        elif state == "failed":
            findings = failure_of(draw(TEXTS))
        states[key] = LessonCell(cell=key, state=state, message_id=2**62, findings=findings)
    counts = st.builds(DoubtCount, st.integers(0, 10**5), st.integers(0, 10**5))
    return Standing(
        lesson=replace(
            LESSON,
            cell=draw(st.sampled_from([*KEYS, "gone"])),
            open_in=draw(st.sampled_from([None, 5])),
        ),
        model_name="modelo",
        cells=states,
        doubts=draw(st.dictionaries(st.sampled_from(KEYS), counts)),
        resumed=draw(st.none() | st.sampled_from(KEYS)),
        progress=draw(st.none() | st.just((3, 7))),
    )


def is_within_limits(page):
    items = list(walk_components(page.view.to_components()))
    assert len(items) <= 40
    assert 0 < sum(length(item.get("content", "")) for item in items) <= 4000
    ids = [item["custom_id"] for item in items if "custom_id" in item]
    assert len(ids) == len(set(ids))
    assert max(map(len, ids)) <= 100
    assert all(0 < len(item["label"]) <= 80 for item in items if "label" in item)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(standings())
def test_any_lesson_fits_discord(standing):
    is_within_limits(control_page(standing))
    for key, shown in standing.cells.items():
        is_within_limits(cell_page(cells.cell_of(key), shown, standing))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(RESULTS)
def test_a_result_comes_back_as_it_was_stored(result):
    again = result_in(findings_of("ab" * 16, "beam", result))
    assert (again.rows, again.why, again.picture, again.file) == (
        result.rows,
        result.why,
        result.picture,
        result.file,
    )
    assert again.text == result.text or len(result.text) > 1000


@pytest.mark.parametrize("cell", cells.plan(), ids=KEYS)
def test_each_cell_keeps_to_its_measures(cell):
    assert len(cell.key) <= 40
    assert len(cell.title) <= 40
    assert len(cell.code.split("\n")) <= 3
    assert cell.question.endswith("?")
    assert KEYS.count(cell.key) == 1
