import os
import signal

import pytest

from bot.storage import StorageError, open_storage
from bot.storage.lock import LOCK_FILE, holder
from tests.bot.storage.processes import start
from tests.bot.storage.samples import ANA, PREFERENCES


async def test_kill_9_loses_no_acknowledged_setting_and_frees_the_lock(tmp_path):
    process = await start("write_for_ever", tmp_path)
    acknowledged = [await process.stdout.readline() for _ in range(60)]
    with pytest.raises(StorageError) as caught:
        async with open_storage(None, tmp_path):
            pass
    assert (caught.value.code, caught.value.pid) == ("locked", process.pid)
    assert holder(tmp_path) == process.pid
    process.send_signal(signal.SIGKILL)
    acknowledged += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL

    async with open_storage(None, tmp_path) as storage:
        for line in acknowledged:
            if line.endswith(b"\n"):
                user_id, value = map(int, line.split())
                found = await storage.preferences.get("user", user_id)
                assert found.params == {"top_k": value}


async def test_one_process_may_not_open_a_folder_twice(tmp_path):
    async with open_storage(None, tmp_path) as storage:
        with pytest.raises(StorageError) as caught:
            async with open_storage(f"sqlite:///{tmp_path}/other.db", tmp_path):
                pass
        assert (caught.value.code, caught.value.pid) == ("locked", os.getpid())
        await storage.preferences.set("user", ANA, PREFERENCES)
    assert holder(tmp_path) is None
    async with open_storage(None, tmp_path) as storage:
        assert await storage.preferences.get("user", ANA) == PREFERENCES


async def test_a_failed_start_frees_the_lock(tmp_path):
    (tmp_path / "unicornio.db").write_bytes(b"no soy una base de datos" * 400)
    with pytest.raises(StorageError):
        async with open_storage(None, tmp_path):
            pass
    assert holder(tmp_path) is None


def test_nobody_holds_an_unused_folder(tmp_path):
    assert holder(tmp_path) is None
    (tmp_path / LOCK_FILE).write_text("1234\n")
    assert holder(tmp_path) is None
