"""What an earlier cell of the lesson has written is not written again, if it is the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.features.lesson.cell import Pinned
from bot.features.lesson.cells.earlier import written_before
from bot.features.lesson.findings import reply_id, reply_of
from bot.storage.errors import StorageError
from bot.storage.lesson_records import Lesson
from tests.bot.features.lesson.cells.labs import Replies, build, run_cells

TEXT = "Caminante, no hay"
ID = "a" * 32
LESSON = Lesson(
    lesson_id=ID,
    owner_id=1,
    application_id=3,
    guild_id=4,
    channel_id=2,
    open_in=2,
    model="modelo",
    revision=None,
    precision="exact",
    seed=42,
    cell="beam",
    created_at=datetime.now(UTC),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("earlier")
    build(path)
    return path


@pytest.fixture(scope="module")
def first(folder):
    """Run what later cells need again."""
    return run_cells("unicorns", "beam", models=[str(folder)], text=TEXT)


def stored(first, key):
    return reply_of(LESSON, key, 0, first[key].traces[0])


def marked(reply):
    """Return the reply with something by which its trace is known."""
    return replace(reply, completion=replace(reply.completion, decode_s=12_345.0))


def test_later_cells_take_the_texts_that_are_there(folder, first):
    known = {reply_id(ID, key, 0): marked(stored(first, key)) for key in ("unicorns", "beam")}
    found = run_cells(
        "logprob", "beam", "beam_ngram",
        models=[str(folder)], text=TEXT, replies=Replies(**known),
    )  # fmt: skip
    taken = {
        key: [trace.completion.decode_s == 12_345.0 for trace in result.traces]
        for key, result in found.items()
    }
    assert taken == {"logprob": [True], "beam": [False, True], "beam_ngram": [False, True]}
    fresh = run_cells("logprob", "beam_ngram", models=[str(folder)], text=TEXT)
    for key in fresh:
        assert json.dumps(found[key].text) == json.dumps(fresh[key].text)


class Failing:
    """A database that is gone."""

    async def get(self, _reply_id):
        raise StorageError("unavailable")


def lab_of(replies):
    storage = SimpleNamespace(replies=replies)
    pinned = Pinned(model="modelo", revision=None, precision="exact")
    return SimpleNamespace(client=SimpleNamespace(storage=storage), pinned=pinned, lesson_id=ID)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Otro principio"},
        {"seed": 7},
        {"model": "otro"},
        {"revision": "otra"},
        {"trace_top_n": 3},
    ],
)
async def test_another_request_is_written(first, change):
    reply = stored(first, "unicorns")
    lab = lab_of(Replies(**{reply_id(ID, "unicorns", 0): reply}))
    assert await written_before(lab, reply.request, "unicorns", "x") is not None
    assert await written_before(lab, replace(reply.request, **change), "unicorns", "x") is None
    longer = replace(reply.request.params, max_new_tokens=7)
    wanted = replace(reply.request, params=longer)
    assert await written_before(lab, wanted, "unicorns", "x") is None


async def test_a_text_cut_short_or_a_failing_database_is_no_reason_to_stop(first):
    reply = stored(first, "unicorns")
    attempt = replace(reply.completion.attempts[0], finish_reason="deadline")
    late = replace(reply, completion=replace(reply.completion, attempts=(attempt,)))
    lab = lab_of(Replies(**{reply_id(ID, "unicorns", 0): late}))
    assert await written_before(lab, reply.request, "unicorns", "x") is None
    assert await written_before(lab_of(Failing()), reply.request, "unicorns", "x") is None
