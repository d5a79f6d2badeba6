import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.storage import StorageError, migrate, open_storage
from bot.storage.schema import metadata
from tests.bot.storage.samples import (
    ANA,
    BATCH,
    BRANCH,
    BRANCHED,
    CELLS,
    COMPLETION,
    FINDINGS,
    FIRST_ROUND,
    GAME,
    GUESS,
    HAND,
    HOLD,
    JOB,
    LESSON,
    NOON,
    OUTCOME,
    PREFERENCES,
    REPLY,
    VOTE,
    require_first_samples,
)

FIXTURES = Path(__file__).parent / "fixtures"
PACKAGED = Path(migrate.__file__).parent / "migrations"
SECOND = '''
"""Add a parent and a child that goes with it."""
from alembic import op
revision, down_revision = "1002", "{head}"

def upgrade():
    op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    op.execute("CREATE TABLE child (id INTEGER REFERENCES parent ON DELETE CASCADE)")
    op.execute("INSERT INTO parent VALUES (1)")
    op.execute("INSERT INTO child VALUES (1)")
'''
THIRD = '''
"""Rebuild the parent."""
from alembic import op
revision, down_revision = "1003", "1002"

def upgrade():
    op.execute("CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, name TEXT)")
    op.execute("INSERT INTO rebuilt SELECT id, 'x' FROM parent")
    op.execute("DROP TABLE parent")
    op.execute("ALTER TABLE rebuilt RENAME TO parent")
    {last_step}
'''


def load(name: str, data_dir: Path) -> Path:
    """Make a database from a fixture."""
    data_dir.mkdir(exist_ok=True)
    path = data_dir / "unicornio.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / f"{name}.sql").read_text(encoding="utf-8"))
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def later_version(tmp_path, monkeypatch):
    """Return a function that makes the code one of two schemas later."""

    def install(last_step: str = "pass") -> None:
        folder, head = tmp_path / "migrations %", migrate.head_revision()
        shutil.copytree(PACKAGED, folder)
        (folder / "versions" / "v1002_second.py").write_text(SECOND.format(head=head))
        (folder / "versions" / "v1003_third.py").write_text(THIRD.format(last_step=last_step))
        monkeypatch.setattr(migrate, "__file__", str(folder.parent / "migrate.py"))
        folder.rename(folder.with_name("migrations"))

    return install


def test_every_schema_has_its_fixture():
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    revisions = {script.revision for script in scripts.walk_revisions()}
    assert revisions == {path.stem for path in FIXTURES.glob("*.sql")}


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.sql")))
async def test_every_old_schema_is_upgraded_with_its_data(name, tmp_path):
    load(name, tmp_path)
    async with open_storage(None, tmp_path) as storage:
        await require_first_samples(storage)


async def test_of_texts_from_before_nobody_knows_that_they_were_shown(tmp_path):
    load("0001", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert (await storage.replies.get(REPLY.reply_id)).is_private
        assert len(await storage.branches.tree_of(REPLY.reply_id)) == 1


async def test_branches_are_upgraded_with_their_texts(tmp_path):
    load("0002", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.replies.get(BRANCHED.reply_id) == BRANCHED
        top, below = await storage.branches.tree_of(REPLY.reply_id)
        assert (top.reply_id, top.branch, top.is_private) == (REPLY.reply_id, None, True)
        assert (below.reply_id, below.branch, below.is_private) == (
            BRANCHED.reply_id,
            BRANCH,
            False,
        )


async def test_votes_are_upgraded_with_their_texts(tmp_path):
    load("0003", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.votes.count(BRANCHED.reply_id) == {VOTE: 1}
        assert (await storage.replies.get(BRANCHED.reply_id)).kept is None


async def test_files_of_prompts_are_upgraded_with_their_rows(tmp_path):
    load("0004", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.batches.running() == (BATCH,)
        first, second = await storage.batches.rows(BATCH.batch_id)
        assert (first.cells, first.outcome) == (CELLS[0], OUTCOME)
        assert (second.cells, second.outcome) == (CELLS[1], None)


async def test_lessons_are_upgraded_with_their_cells_and_doubts(tmp_path):
    load("0005", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        (lesson,) = await storage.lessons.all_open(LESSON.application_id)
        assert lesson == replace(LESSON, version=1)
        (cell,) = (await storage.lessons.cells(LESSON.lesson_id)).values()
        assert (cell.state, cell.findings, cell.started_at) == ("done", FINDINGS, NOON)
        (doubt,) = await storage.doubts.open(LESSON.lesson_id)
        assert (doubt.person_id, doubt.cell) == (ANA, LESSON.cell)


async def test_games_are_upgraded_with_their_rounds_and_votes(tmp_path):
    load("0006", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.games.open_in(GAME.channel_id) == GAME
        expected = replace(FIRST_ROUND, state="open", version=1, hand=HAND)
        assert await storage.games.rounds(GAME.game_id) == (expected,)
        assert await storage.games.trace(GAME.game_id, 1) == COMPLETION
        assert await storage.guesses.of(GAME.game_id) == (GUESS,)


async def test_what_is_held_is_upgraded_and_jobs_are_nobodys(tmp_path):
    load("0007", tmp_path)
    async with open_storage(None, tmp_path, is_shared=True) as storage:
        assert await storage.holds.take(HOLD, 1) > 1
        # What they are made of is not known.
        expected = replace(JOB, can_resume=False)
        assert await storage.jobs.take_over(JOB.application_id) == (expected,)


async def test_which_jobs_can_be_resumed_is_upgraded_with_them(tmp_path):
    load("0008", tmp_path)
    async with open_storage(None, tmp_path) as storage:
        assert await storage.jobs.unfinished() == (JOB,)


async def test_migrations_and_tables_agree(tmp_path):
    async with open_storage(None, tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path}/unicornio.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_a_new_database_is_private_and_takes_no_backup(tmp_path):
    async with open_storage(None, tmp_path / "a" / "b") as storage:
        await storage.state.set("a", "b")
        files = [p for p in (tmp_path / "a" / "b").iterdir() if p.is_file()]
        assert {p.stat().st_mode & 0o777 for p in files} == {0o600}
    assert not (tmp_path / "a" / "b" / "backups").exists()


async def test_an_upgrade_copies_first_and_keeps_children_of_rebuilt_tables(
    tmp_path, later_version
):
    data_dir = tmp_path / "data"
    path = load("0001", data_dir)
    later_version()
    async with open_storage(None, data_dir) as storage:
        assert await storage.preferences.get("user", ANA) == PREFERENCES
    assert rows(path, "SELECT * FROM child") == [(1,)]
    assert rows(path, "SELECT * FROM alembic_version") == [("1003",)]
    (backup,) = (data_dir / "backups").iterdir()
    assert backup.name.startswith("unicornio-0001-")
    assert rows(backup, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(backup, "SELECT count(*) FROM replies") == [(1,)]


async def test_a_backup_is_a_way_back(tmp_path, later_version, monkeypatch):
    data_dir = tmp_path / "data"
    path = load("0001", data_dir)
    later_version()
    async with open_storage(None, data_dir):
        pass
    monkeypatch.undo()
    (backup,) = (data_dir / "backups").iterdir()
    backup.replace(path)
    async with open_storage(None, data_dir) as storage:
        assert await storage.replies.get(REPLY.reply_id) == REPLY


@pytest.mark.parametrize(
    ("last_step", "code"),
    [
        ('op.execute("INSERT INTO no_such_table VALUES (1)")', "unavailable"),
        ('op.execute("DELETE FROM parent")', "corrupt"),
    ],
)
async def test_a_failed_upgrade_changes_nothing(tmp_path, later_version, last_step, code):
    data_dir = tmp_path / "data"
    path = load("0001", data_dir)
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
    later_version(last_step)
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, data_dir):
            pass
    assert caught.value.code == code
    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path):
    path = load("0001", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, tmp_path):
            pass
    assert caught.value.code == "newer_schema"
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"unicornio.db", "unicornio.lock"}


async def test_a_damaged_database_is_not_migrated(tmp_path, later_version):
    data_dir = tmp_path / "data"
    path = load("0001", data_dir)
    damaged = bytearray(path.read_bytes())
    damaged[-4096:] = b"\xff" * 4096
    path.write_bytes(damaged)
    later_version()
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, data_dir):
            pass
    assert caught.value.code == "corrupt"
    assert path.read_bytes()[-4096:] == b"\xff" * 4096
