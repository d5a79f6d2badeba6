"""What a served engine is made of; a file for Ray Serve has the same names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from engine.api import Engine
from engine.create import create_engine
from engine.precision import EXACT, Precision

STATUS_ROOM = 8
"""Calls beside those that write: what a replica says of itself, and what looks inside a model."""

NODE_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
    }
)
"""Of every node of a cluster: HAProxy hands the calls out, and the replica speaks HTTP itself.

A record through Ray's own proxy, which is written in Python, crosses two processes as an object.
"""


class ServeOptions(BaseModel):
    """How many replicas there are, and what each one is.

    Attributes:
        models: As `create_engine` takes them; the weights must be at every node.
        workers: Batches that a replica computes at the same time; its cores are divided among
            them.
        rows: Rows that a replica decodes together, and calls that it is given at once.
        max_queue: Calls that may wait before the next is refused.
        replicas: At the least.
        max_replicas: At the most; between the two, as many as the calls under way need.
        cpus: Cores that a replica has for itself; they are its compute threads too.
        gpus: Share of a GPU.
        drain_s: How long a replica that has to go may still write.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...] = ()
    device: str = "auto"
    precision: Precision = EXACT
    workers: int = Field(default=1, ge=1, le=64)
    rows: int = Field(default=32, ge=1, le=1024)
    max_queue: int = Field(default=64, ge=1, le=100_000)
    replicas: int = Field(default=1, ge=1, le=10_000)
    max_replicas: int | None = Field(default=None, ge=1, le=10_000)
    cpus: int = Field(default=1, ge=1, le=1024)
    gpus: float = Field(default=0.0, ge=0.0, le=16.0)
    drain_s: float = Field(default=120.0, ge=0.0, le=3600.0)
    data_dir: str | None = None

    def engine(self) -> Engine:
        """Build the engine of one replica; nothing is loaded yet."""
        return create_engine(
            models=self.models,
            device=self.device,
            precision=self.precision,
            workers=self.workers,
            max_queue=self.max_queue,
            data_dir=self.data_dir,
            batch_rows=self.rows,
        )
