"""A disk on which nothing more can be written."""

import shutil
import subprocess
from dataclasses import replace
from itertools import count

import pytest

from bot.storage import StorageError, open_storage, reserve
from bot.storage.reserve import SIZE_BYTES
from bot.storage.sweeping import sweep
from tests.bot.storage.samples import ANA, LUIS, NOON, PREFERENCES, reply

DISK_BYTES = 48 * 1024 * 1024
TEXTS = 80
"""More than one batch of deletions: each takes 90 kB."""
LARGE = reply(0, ids=30_000)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A small disk of its own, with a reserve of the true size."""
    monkeypatch.setattr(reserve, "SIZE_BYTES", SIZE_BYTES)
    mount = tmp_path / "disco"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(mount)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a disk")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def texts_of(owner_id, numbers):
    return (replace(LARGE, reply_id=f"{number:032x}", owner_id=owner_id) for number in numbers)


def fill(disk, left=0):
    free = shutil.disk_usage(disk).free
    (disk / "relleno").write_bytes(bytes(free - left))


async def save_until_refused(storage):
    for text in texts_of(LUIS, count(TEXTS)):
        await storage.replies.save(text)


async def open_full(storage, disk):
    """Store the texts of a person, and leave no room, not even inside the database's own files."""
    assert await storage.has_room()
    await storage.preferences.set("user", ANA, PREFERENCES)
    await storage.replies.save(*texts_of(ANA, range(TEXTS)))
    fill(disk)
    with pytest.raises(StorageError) as caught:
        await save_until_refused(storage)
    assert caught.value.code == "no_space"


async def test_everything_about_a_person_is_deleted_and_its_room_given_back(disk):
    room = disk / "unicornio.db-reserve"
    async with open_storage(None, disk) as storage:
        await open_full(storage, disk)
        assert room.exists()
        deleted = await storage.delete_user(ANA)
        assert deleted.replies == TEXTS
        assert (await storage.user_data(ANA)).is_empty
        await sweep(storage._database, disk / "unicornio.db")
        assert room.exists()
        await storage.preferences.set("user", LUIS, PREFERENCES)


async def test_one_text_is_deleted_and_old_ones_go(disk):
    async with open_storage(None, disk) as storage:
        await open_full(storage, disk)
        await storage.replies.delete(LARGE.reply_id)
        assert await storage.replies.get(LARGE.reply_id) is None
        assert await storage.replies.prune(1, 10**6, NOON.replace(year=2027)) >= TEXTS - 1
        assert (await storage.user_data(LUIS)).is_empty


async def test_a_disk_that_is_nearly_full_is_told_apart(disk):
    fill(disk, left=SIZE_BYTES)
    async with open_storage(None, disk) as storage:
        assert not await storage.has_room()
        await storage.replies.save(LARGE)
        assert await storage.replies.get(LARGE.reply_id) == LARGE


async def test_a_start_on_a_full_disk_says_so(disk):
    async with open_storage(None, disk) as storage:
        await storage.replies.save(LARGE)
    fill(disk)
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, disk):
            pass
    assert caught.value.code == "no_space"
