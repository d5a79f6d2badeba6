"""Keeps the configured models: loaded when first used, unloaded when memory asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError, ModelUnavailable
from engine.models import loader, memory, survey
from engine.models.catalogue import Entry, HubSource, entries
from engine.models.checkpoint import Checkpoint
from engine.models.loaded import LoadedTokenizer
from engine.models.preparation import prepare
from engine.models.residents import Key, Residents
from engine.precision import EXACT, require_precision
from engine.status import FreeMemory, Kind, PreparationProgress
from engine.trace import ModelInfo

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from engine.models.loaded import LoadedModel

logger = logging.getLogger(__name__)


class ModelStore:
    """The models of one engine; every method may be called from any thread.

    Args:
        models: Configured strings, the default first; empty means what is installed.
        device: auto, cpu, cuda or cuda:N.
        precision: exact, fast or turbo.
        data_dir: Where converted models are kept; None means the user's cache folder.
        hf_token: Token for gated repositories of the hub.
        on_preparation: Called as (model, phase, share or None) from the thread that loads. Phases:
            download, join, convert, load.
        quiet: Lets nobody else compute while kernels are timed.
    """

    def __init__(
        self,
        models: Sequence[str] = (),
        *,
        device: str = "auto",
        precision: str = EXACT,
        data_dir: Path | None = None,
        hf_token: str | None = None,
        on_preparation: PreparationProgress | None = None,
        quiet: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        require_precision(precision)
        self._entries = entries([*map(str, models)])
        self._device = device
        self._precision = precision
        self._data_dir = data_dir
        self._hf_token = hf_token
        self._on_preparation = on_preparation
        self._quiet = quiet
        self._loading = threading.RLock()
        self._residents = Residents()
        self._mutex = threading.Lock()
        # Guarded by the mutex.
        self._current: dict[str, str] = {}
        # Guarded by the first lock, and kept when the weights go: a large one takes seconds to
        # read, in which no other thread can run.
        self._tokenizers: dict[Key, PreTrainedTokenizerBase] = {}
        self._infos = {
            name: survey.first_info(name, entry) for name, entry in self._entries.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the configured models, the default first."""
        return tuple(self._entries)

    def resolve(self, name: str | None, kinds: Collection[Kind] = ()) -> str:
        """Return the name of the model meant by a name or path.

        Args:
            name: None means the first, of those kinds if any are named.
            kinds: What the model is wanted for; one named is taken whatever it is.

        Raises:
            EngineError: unknown_model.
            ModelUnavailable: no_models, if none is configured or installed, or none of the kinds.
        """
        if not self._entries:
            raise ModelUnavailable(None, "no_models")
        if name is None:
            infos = self._infos.items()
            found = [name for name, info in infos if not kinds or info.kind in kinds]
            # One that has not been read yet may be of any kind.
            found += [name for name, info in infos if info.kind is None]
            if not found:
                raise ModelUnavailable(None, "no_models")
            return found[0]
        if name in self._entries:
            return name
        for configured, entry in self._entries.items():
            if name in entry.aliases:
                return configured
        raise EngineError("unknown_model", model=name)

    def get(self, name: str, revision: str | None = None) -> LoadedModel:
        """Return a model, loading it if it is not in memory.

        Args:
            name: Its name, its catalogue name, or the string that it was configured with.
            revision: Revision that it must have; None takes the current one.

        Raises:
            EngineError: unknown_model, out_of_memory, or invalid_params (device).
            ModelUnavailable: See its reasons; revision_changed if the revision cannot be had.
        """
        with self.use(name, revision) as loaded:
            return loaded

    @property
    def room_wanted_s(self) -> float | None:
        """Since when a model waits for the memory of those in use, in monotonic seconds.

        Until it has that, nobody begins to use a model that is there: they wait behind it.
        """
        return self._residents.room_wanted_s

    @contextmanager
    def use(
        self,
        name: str,
        revision: str | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> Iterator[LoadedModel]:
        """Return a model as `get` does, and keep it in memory while the block runs.

        Args:
            name: As for `get`.
            revision: As for `get`.
            is_wanted: Asked now and then while it waits for the memory of others.

        Raises:
            EngineError: cancelled, if it is wanted no longer; as `get`.
            ModelUnavailable: As `get`.
        """
        name = self.resolve(name)
        taken = None if self.room_wanted_s is not None else self._take(name, revision)
        key, loaded = taken or self._load(name, revision, is_wanted)
        try:
            yield loaded
        finally:
            self._residents.release(key)

    def tokenizer(self, name: str, revision: str | None = None) -> LoadedTokenizer:
        """Return a model's tokenizer; the weights are fetched, but not read into memory.

        Raises:
            EngineError: As `get`.
            ModelUnavailable: As `get`.
        """
        name = self.resolve(name)
        if (taken := self._take(name, revision)) is not None:
            key, loaded = taken
            self._residents.release(key)
            return LoadedTokenizer(
                name=name,
                tokenizer=loaded.tokenizer,
                n_positions=loaded.info.source_positions or loaded.n_positions,
            )
        with self._loading:
            device = loader.resolve_device(self._device)
            checkpoint = self._checkpoint(name, self._entries[name], device, revision)
            key = (name, checkpoint.revision)
            if key not in self._tokenizers:
                self._tokenizers[key] = loader.load_tokenizer(name, checkpoint)
            return LoadedTokenizer(
                name=name,
                tokenizer=self._tokenizers[key],
                n_positions=loader.stated_positions(checkpoint.config),
            )

    def infos(self) -> tuple[ModelInfo, ...]:
        """Describe the configured models, the default first; reads no file."""
        loaded = self._residents.names()
        with self._mutex:
            return tuple(
                replace(info, is_loaded=name in loaded) for name, info in self._infos.items()
            )

    def survey(self) -> None:
        """Find out what the models whose files are here will need, before they are loaded."""
        for name, entry in self._entries.items():
            if self._infos[name].is_loaded:
                continue
            needed = survey.needed_bytes(entry, self._data_dir or _user_cache())
            with self._mutex:
                if not self._infos[name].is_loaded:
                    self._infos[name] = replace(self._infos[name], needed_bytes=needed)

    def free_memory(self) -> FreeMemory:
        """Say how much memory a model could take now."""
        device = loader.resolve_device(self._device)
        return FreeMemory(
            device=device,
            available_bytes=memory.available_bytes(device),
            reclaimable_bytes=sum(self._residents.idle_bytes().values()),
            working_bytes=memory.MARGIN_BYTES,
        )

    def close(self) -> None:
        """Drop every model."""
        with self._loading:
            self._residents.clear()
            self._tokenizers.clear()
        memory.free_memory()

    def _take(self, name: str, revision: str | None) -> tuple[Key, LoadedModel] | None:
        """Take a model that is in memory into use."""
        with self._mutex:
            wanted = revision or self._current.get(name)
        if wanted is None or (loaded := self._residents.take((name, wanted))) is None:
            return None
        return (name, wanted), loaded

    def _load(
        self, name: str, revision: str | None, is_wanted: Callable[[], bool]
    ) -> tuple[Key, LoadedModel]:
        with self._loading:
            if (taken := self._take(name, revision)) is not None:
                return taken
            entry = self._entries[name]
            device = loader.resolve_device(self._device)
            checkpoint = self._checkpoint(name, entry, device, revision)
            device = self._placed(checkpoint, device)
            needed = _needed_bytes(checkpoint)
            self._residents.make_room(name, needed, device, is_wanted)
            self._report(name, "load", None)
            key = (name, checkpoint.revision)
            with memory.promised(device, needed, is_taken_now=True):
                loaded = loader.load(
                    entry,
                    checkpoint,
                    device,
                    self._precision,
                    tokenizer=self._tokenizers.get(key),
                    data_dir=self._data_dir,
                    quiet=self._quiet,
                )
            self._tokenizers[key] = loaded.tokenizer
            self._report(name, "load", 1.0)
            logger.info("Loaded %s, revision %s, on %s", name, checkpoint.revision, device)
            self._residents.add(key, loaded)
            with self._mutex:
                if revision is None or name not in self._current:
                    self._current[name] = checkpoint.revision
                    self._infos[name] = loaded.info
            return key, loaded

    def _checkpoint(self, name: str, entry: Entry, device: str, revision: str | None) -> Checkpoint:
        """Prepare the current revision, or the one asked for where a source still has it."""
        with self._mutex:
            current = self._current.get(name)
        is_other = revision is not None and current is not None and revision != current
        checkpoint = None if is_other else self._prepare(name, entry, device)
        if checkpoint is not None and revision in (None, checkpoint.revision):
            return checkpoint
        found = current if checkpoint is None else checkpoint.revision
        changed = ModelUnavailable(name, "revision_changed", revision=revision, current=found)
        if not isinstance(entry.source, HubSource):
            raise changed
        pinned = replace(entry, source=replace(entry.source, revision=revision))
        try:
            return self._prepare(name, pinned, device)
        except ModelUnavailable as error:
            raise changed from error

    def _prepare(self, name: str, entry: Entry, device: str) -> Checkpoint:
        return prepare(
            entry,
            data_dir=self._data_dir or _user_cache(),
            hf_token=self._hf_token,
            device=device,
            report=partial(self._report, name),
        )

    def _report(self, name: str, phase: str, share: float | None) -> None:
        if self._on_preparation is not None:
            self._on_preparation(name, phase, share)

    def _placed(self, checkpoint: Checkpoint, device: str) -> str:
        """Return where a model goes: where nobody chose, the CPU if the GPU has no room for it."""
        if self._device != "auto" or device == "cpu":
            return device
        free = {where: memory.available_bytes(where) or 0 for where in (device, "cpu")}
        return survey.place(_needed_bytes(checkpoint), free) or device


def _needed_bytes(checkpoint: Checkpoint) -> int:
    # A table that is embedding and output layer is packed beside what is looked up in.
    return memory.estimate_bytes(checkpoint.parameters + checkpoint.tied_parameters)


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("unicornio")
