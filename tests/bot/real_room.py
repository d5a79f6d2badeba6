"""A room whose bot has a tiny real model."""

import contextlib

import simcord

from bot.app import Unicornio
from bot.config import Settings
from bot.process.demo import DemoEngine
from bot.storage import open_storage
from engine import create_engine
from tests.bot.world import Resources, World
from tests.engine import tiny


@contextlib.asynccontextmanager
async def real_room(tmp_path):
    """Open a room whose bot has a tiny real model."""
    folder = tmp_path / "modelo"
    tiny.build("gpt2", folder)
    engine = DemoEngine(create_engine(models=(str(folder),), device="cpu", data_dir=tmp_path))
    await engine.start()
    settings = Settings(data_dir=tmp_path, cooldown_s=0, max_per_user=5)
    async with open_storage(None, tmp_path) as storage:
        bot = Unicornio(settings=settings, engine=engine, storage=storage, shard_count=1)
        async with simcord.run(bot, check_errors=False) as env:
            engine.env = env
            yield World(env, Resources(settings, engine, storage, bot))
    await engine.close()
