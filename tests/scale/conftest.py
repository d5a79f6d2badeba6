"""One cluster with two replicas for all tests; without Ray they are skipped, and say so."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from engine import create_engine
from tests.scale.cluster import Cluster


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("ray") is None:
        without = pytest.mark.skip(reason="Ray is not installed (extra «ray»)")
        for item in items:
            if "tests/scale" in item.path.as_posix():
                item.add_marker(without)


@pytest.fixture(scope="session")
def cluster():
    # Sockets of Ray lie in it, whose paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    cluster = Cluster(folder / "s")
    try:
        cluster.start(cpus=3)
        cluster.up(replicas=2)
        yield cluster
        cluster.serve("down")
    finally:
        cluster.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(cluster):
    engine = create_engine(url=cluster.url)
    await engine.start()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def local():
    engine = create_engine(models=("embedded",), device="cpu", batch_rows=32)
    await engine.start()
    yield engine
    await engine.close()
