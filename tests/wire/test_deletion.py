"""A person deletes a great deal while five others work."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage import open_storage
from bot.storage.replies import values_of
from tests.bot.storage.samples import NOON, reply
from tests.wire.asking import SOON_S, is_written, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA, OTHERS = 1, range(2, 7)
TEXTS, EACH_BYTES = 1000, 30_000
PATIENCE_S = 60


async def filled(data_dir: Path, owners: list[int]) -> list[bytes]:
    """Make a database of the owners' texts in turn; return pieces of the first one's."""
    async with open_storage(None, data_dir):
        pass
    noise, pieces = random.Random(0), []
    sample = values_of(reply(1, message_id=None, created_at=NOON))
    with closing(sqlite3.connect(data_dir / "unicornio.db")) as connection, connection:
        for number in range(TEXTS):
            row = sample | {
                "reply_id": noise.randbytes(16).hex(),
                "owner_id": owners[number % len(owners)],
                "created_at": NOON.strftime("%Y-%m-%d %H:%M:%S.%f"),
                "size_bytes": EACH_BYTES,
                "completion": noise.randbytes(noise.randrange(2 * EACH_BYTES)),
            }
            columns = ", ".join(row)
            places = ", ".join(f":{name}" for name in row)
            connection.execute(f"INSERT INTO replies ({columns}) VALUES ({places})", row)
            if number % len(owners) == 0:
                pieces += [row["reply_id"].encode(), row["completion"][:16]]
    return [piece for piece in pieces if len(piece) >= 16]


async def left(data_dir: Path, pieces: list[bytes]) -> bytes | None:
    """Return a piece that still stands in a file, or None.

    In a thread, which lets go between two pieces: the fake Discord beats in this process, and on a
    slow machine the search takes longer than a gateway waits for a heartbeat.
    """

    def search() -> bytes | None:
        data = b"".join(p.read_bytes() for p in data_dir.rglob("*") if p.is_file())
        return next((piece for piece in pieces if piece in data), None)

    return await asyncio.to_thread(search)


async def test_others_are_answered_meanwhile_and_no_byte_is_left(
    wire: Any, start_bot: Any, data_dir: Path, problems: Any
):
    d = wire
    owners = [int(d.user(number)["id"]) for number in (ANA, *OTHERS)]
    pieces = await filled(data_dir, owners)
    (data_dir / "backups").mkdir()
    copy = data_dir / "backups" / "unicornio-0001-x.db"
    copy.write_bytes((data_dir / "unicornio.db").read_bytes())
    # The texts of the samples have a date: they are to be deleted by nobody but their owner.
    await start_bot(RETENTION_DAYS=3650)
    asked = await d.slash("datos borrar", user=ANA, quiet=SOON_S)
    with closing(sqlite3.connect(data_dir / "unicornio.db")) as reader:
        # A copy that somebody takes: the log cannot be emptied meanwhile.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM replies").fetchone()
        deleted, *answers = await asyncio.gather(
            d.click(asked, label="Sí", user=ANA, until=lambda r: "Borrado" in r.source.text),
            *(written(d, user=n, channel=n) for n in OTHERS),
            *(d.slash("datos ver", user=n, channel=n, quiet=SOON_S) for n in OTHERS),
        )
    assert f"{TEXTS // len(owners) + 1} textos con sus trazas" in deleted.source.text
    assert all(is_written(answer) or "Tus datos" in answer.text for answer in answers)
    assert all(answer.latency_ack < 3 for answer in (deleted, *answers)), d.report(answers)
    assert not copy.exists()
    pieces.append(owners[0].to_bytes(8, "big"))
    for _ in range(PATIENCE_S):
        if (found := await left(data_dir, pieces)) is None:
            break
        await asyncio.sleep(1)
    assert found is None
    assert await problems() == []
    await d.stop_bot()
