"""Programs that the tests run as separate processes: `python -m … NAME FOLDER [URL]`."""

import asyncio
import os
import resource
import sys
import tempfile
from pathlib import Path

from bot.storage import Preferences, StorageError, open_storage
from tests.bot.storage.samples import ANA, PREFERENCES, reply

ROOT = Path(__file__).parents[3]


async def write_for_ever(folder: Path, url: str | None = None) -> None:
    """Print each setting once it has been acknowledged."""
    async with open_storage(url, folder) as storage:

        async def write(first: int) -> None:
            for number in range(10**6):
                user_id = first + number
                await storage.preferences.set(
                    "user", user_id, Preferences(params={"top_k": number})
                )
                sys.stdout.write(f"{user_id} {number}\n")
                sys.stdout.flush()

        await asyncio.gather(*(write(writer * 10**6) for writer in range(4)))


async def fill_disk(folder: Path) -> None:
    """Write under a file size limit; print the error, then what works without it again."""
    async with open_storage(None, folder) as storage:
        await storage.preferences.set("user", ANA, PREFERENCES)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        saved = 0
        try:
            for number in range(100):
                await storage.replies.save(reply(number, ids=10_000))
                saved = number + 1
        except StorageError as error:
            print(error.code)
        print(await storage.preferences.get("user", ANA) == PREFERENCES)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await storage.replies.save(reply(saved))
        print(all([await storage.replies.get(f"{n:032x}") for n in range(saved + 1)]))


async def start_without_space(folder: Path) -> None:
    """Start for the first time under a file size limit."""
    await _warm_up()
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    await _print_error_of_opening(folder)


async def start_without_permission(folder: Path) -> None:
    """Start in a folder that this user may only read."""
    await _warm_up()
    if os.geteuid() == 0:
        os.seteuid(65534)
    await _print_error_of_opening(folder)


async def _warm_up() -> None:
    """Import what is imported late, before the limits hold."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_storage(None, Path(folder)):
            pass


async def _print_error_of_opening(folder: Path) -> None:
    try:
        async with open_storage(None, folder):
            print("open")
    except StorageError as error:
        print(error.code)


async def start(name: str, folder: Path, *url: str) -> asyncio.subprocess.Process:
    """Start the program of that name."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bot.storage.processes", name, str(folder), *url),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:]))
