"""One cluster with two replicas for all tests; without Ray they are skipped, and say so."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from engine import create_engine
from engine.models.trial_notes import FILE_NAME
from tests.scale.cluster import Cluster


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("ray") is None:
        without = pytest.mark.skip(reason="Ray is not installed (extra «ray»)")
        for item in items:
            if "tests/scale" in item.path.as_posix():
                item.add_marker(without)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """The folder of every engine here, with the times of the kernels already in it.

    Each engine that tried them by itself could choose others, which add in another order, and a die
    that falls within that rounding of an edge would give another token.
    """
    folder = tmp_path_factory.mktemp("datos")

    async def try_kernels():
        engine = create_engine(models=("embedded",), device="cpu", data_dir=folder)
        await engine.start()
        await engine.close()

    asyncio.run(try_kernels())
    assert (folder / FILE_NAME).exists()
    return folder


@pytest.fixture(scope="session")
def cluster(data_dir):
    # Sockets of Ray lie in it, whose paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    cluster = Cluster(folder / "s", data_dir)
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
async def local(data_dir):
    engine = create_engine(models=("embedded",), device="cpu", data_dir=data_dir, batch_rows=32)
    await engine.start()
    yield engine
    await engine.close()
