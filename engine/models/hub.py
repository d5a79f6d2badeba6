"""Fetches a repository of the Hugging Face hub: safe formats only, from the cache when offline."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from engine.errors import EngineError, ModelUnavailable, UnavailableReason
from engine.models import memory
from engine.models.catalogue import HubSource
from engine.models.checkpoint import (
    CONFIG,
    TOKENIZER_FILES,
    WEIGHTS,
    WEIGHTS_INDEX,
    inspect,
    is_unsafe,
)
from engine.models.failures import typed_failures
from engine.spellings import SPELLINGS_FILE

logger = logging.getLogger(__name__)

FILES = (
    CONFIG,
    "generation_config.json",
    WEIGHTS,
    WEIGHTS_INDEX,
    "model-*.safetensors",
    *TOKENIZER_FILES,
    SPELLINGS_FILE,
)
TIMEOUT_S = 10.0
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True)
class _Listing:
    commit: str
    sizes: dict[str, int]

    @property
    def weights_bytes(self) -> int:
        return sum(size for name, size in self.sizes.items() if name.endswith(".safetensors"))


def fetch(
    model: str,
    source: HubSource,
    *,
    token: str | None,
    device: str,
    report: Callable[[float | None], None],
) -> tuple[Path, str]:
    """Return the local folder of a repository and the commit that it holds.

    Args:
        model: Name for errors.
        source: Repository and revision.
        token: Token for gated repositories.
        device: Where the model will run; one that cannot ever fit is not downloaded.
        report: Called with the share downloaded.

    Raises:
        ModelUnavailable: not_found, gated, offline, unsafe_format, missing_file or no_space.
        EngineError: out_of_memory.
    """
    is_pinned = _COMMIT.fullmatch(source.revision or "") is not None
    if is_pinned and (folder := cached(source)) is not None and _is_complete(model, folder):
        return folder, folder.name
    try:
        listing = _list(model, source, token)
    except ModelUnavailable as error:
        folder = cached(source)
        if folder is None:
            raise
        logger.warning("%s: using the cached copy (%s)", model, error)
        return folder, folder.name
    _require_loadable(model, source, listing, device)
    return _download(model, source, listing, token, report), listing.commit


def _list(model: str, source: HubSource, token: str | None) -> _Listing:
    """Ask the hub for the commit of a revision and the sizes of its files."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # The base class belongs to the HTTP client, which depends on huggingface_hub's version.
    http_error: Any = HfHubHTTPError.__bases__[0]
    facts = {"repo": source.repo, "revision": source.revision}
    try:
        info = HfApi(token=token).model_info(
            source.repo, revision=source.revision, files_metadata=True, timeout=TIMEOUT_S
        )
    except GatedRepoError as error:
        raise ModelUnavailable(model, "gated", **facts, error=str(error)) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise ModelUnavailable(model, "not_found", **facts, error=str(error)) from error
    except (http_error, OSError) as error:
        raise ModelUnavailable(model, "offline", **facts, error=str(error)) from error
    if info.sha is None:
        raise ModelUnavailable(model, "not_found", **facts)
    return _Listing(
        commit=info.sha, sizes={file.rfilename: file.size or 0 for file in info.siblings or ()}
    )


def _require_loadable(model: str, source: HubSource, listing: _Listing, device: str) -> None:
    """Refuse before the download what could not be loaded after it."""
    if not listing.weights_bytes:
        unsafe = sorted(name for name in listing.sizes if is_unsafe(name))
        reason: UnavailableReason = "unsafe_format" if unsafe else "missing_file"
        path = f"{source.repo}/{unsafe[0] if unsafe else WEIGHTS}"
        raise ModelUnavailable(model, reason, repo=source.repo, path=path)
    total = memory.total_bytes() if device == "cpu" else None
    if total is not None and listing.weights_bytes > total:
        raise EngineError(
            "out_of_memory",
            model=model,
            needed_bytes=listing.weights_bytes,
            available_bytes=total,
        )


def cached(source: HubSource) -> Path | None:
    """Return the folder that the cache holds of a revision, or None."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                source.repo,
                revision=source.revision,
                allow_patterns=list(FILES),
                local_files_only=True,
            )
        )
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    has_weights = any((folder / name).is_file() for name in (WEIGHTS, WEIGHTS_INDEX))
    return folder if has_weights else None


def _is_complete(model: str, folder: Path) -> bool:
    try:
        inspect(model, folder, revision=folder.name)
    except ModelUnavailable:
        return False
    return True


def _download(
    model: str,
    source: HubSource,
    listing: _Listing,
    token: str | None,
    report: Callable[[float | None], None],
) -> Path:
    from huggingface_hub import snapshot_download, try_to_load_from_cache

    missing = sum(
        size
        for name, size in listing.sizes.items()
        if any(fnmatch(name, pattern) for pattern in FILES)
        and not isinstance(try_to_load_from_cache(source.repo, name, revision=listing.commit), str)
    )
    if missing:
        report(0.0)
    with typed_failures(model, "offline"):
        # The branch, not the commit, so that the cache remembers what it pointed to.
        folder = snapshot_download(
            source.repo,
            revision=source.revision,
            allow_patterns=list(FILES),
            token=token,
            tqdm_class=_progress_bar(missing, report),
        )
    if missing:
        report(1.0)
    return Path(folder)


def _progress_bar(total_bytes: int, report: Callable[[float | None], None]) -> Any:
    """Return a silent tqdm class that reports the share of `total_bytes` written so far."""
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **(kwargs | {"file": io.StringIO(), "disable": False}))

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            is_written_bytes = self.unit == "B" and "Reconstructing" in (self.desc or "")
            if is_written_bytes and total_bytes:
                report(min(1.0, self.n / total_bytes))
            return shown

    return Bar
