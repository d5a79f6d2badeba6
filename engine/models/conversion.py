"""Turns a GGUF file once into safetensors and `tokenizer.json`, so that it loads quickly later."""

from __future__ import annotations

import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError, ModelUnavailable
from engine.models import memory
from engine.models.failures import typed_failures
from engine.models.gguf_header import read_gguf_header
from engine.models.gguf_once import headers_read_once
from engine.models.loader import silence_progress_bars

MANIFEST = "conversion.json"
FORMAT = 1
GGUF_NAME = "model.gguf"
_BLOCK_BYTES = 16 * 1024**2
_FREE_MARGIN_BYTES = 128 * 1024**2

Report = Callable[[str, float | None], None]


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A converted GGUF file, done or to be done.

    Attributes:
        model: Name for errors.
        folder: Where the converted checkpoint belongs.
        revision: Short content hash of the GGUF file; kept in the manifest.
        origin: What identifies the GGUF file without reading it; kept in the manifest.
        obtain: Puts the GGUF file at the path given.
        obtained_bytes: Disk space that `obtain` takes.
    """

    model: str
    folder: Path
    revision: str
    origin: Mapping[str, Any]
    obtain: Callable[[Path, Report], None]
    obtained_bytes: int

    def ensure(self, report: Report) -> dict[str, Any]:
        """Convert unless it is done and undamaged; return the manifest.

        Raises:
            ModelUnavailable: corrupt, unsupported_architecture, no_space or no_access.
            EngineError: out_of_memory.
        """
        from filelock import FileLock

        with typed_failures(self.model):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder.parent / f".{self.folder.name}.lock"):
                manifest = read_manifest(self.folder)
                if manifest is None or not _is_intact(self.folder, manifest):
                    manifest = self._convert(report)
        return manifest

    def _convert(self, report: Report) -> dict[str, Any]:
        prefix = f".{self.folder.name}-"
        for leftover in (self.folder, *self.folder.parent.glob(f"{prefix}*")):
            if leftover.is_dir():
                shutil.rmtree(leftover)
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=self.folder.parent))
        try:
            self._require_space(self.obtained_bytes)
            gguf, output = work / GGUF_NAME, work / "output"
            self.obtain(gguf, report)
            header = read_gguf_header(gguf)
            self._require_space(header.parameters * memory.FLOAT32_BYTES)
            _require_memory(self.model, header.parameters)
            report("convert", 0.0)
            _save_converted(self.model, gguf, output, report)
            manifest = {
                "format": FORMAT,
                "revision": self.revision,
                "origin": dict(self.origin),
                "name": header.name,
                "quantisation": header.quantisation,
                "files": {path.name: _fingerprint(path) for path in sorted(output.iterdir())},
            }
            (output / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
            output.rename(self.folder)
            report("convert", 1.0)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return manifest

    def _require_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder.parent).free
        if free < needed + _FREE_MARGIN_BYTES:
            raise ModelUnavailable(
                self.model,
                "no_space",
                path=str(self.folder.parent),
                needed_bytes=needed + _FREE_MARGIN_BYTES,
                available_bytes=free,
            )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what is known of a converted folder, or None if it is not one of this format."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    return manifest if is_known else None


def _require_memory(model: str, parameters: int) -> None:
    """Refuse what does not fit: the dequantised tensors are copied once into the model."""
    needed = 2 * memory.estimate_bytes(parameters)
    available = memory.available_bytes("cpu")
    if available is not None and needed > available:
        raise EngineError(
            "out_of_memory", model=model, needed_bytes=needed, available_bytes=available
        )


def _save_converted(model: str, gguf: Path, output: Path, report: Report) -> None:
    """Load the file through transformers and save it as an ordinary checkpoint."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GgufConfig, PreTrainedTokenizerFast

    silence_progress_bars()
    source: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    with headers_read_once():
        try:
            config = AutoConfig.from_pretrained(gguf.parent, **source)
        except ValueError as error:
            raise ModelUnavailable(model, "unsupported_architecture", error=str(error)) from error
        report("convert", 0.35)
        network: Any = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            config=config,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            **source,
        )
    report("convert", 0.8)
    # This class keeps the tokenizer as it was built; a family's own would build it anew each time.
    tokenizer = PreTrainedTokenizerFast.from_pretrained(gguf.parent, **source)
    report("convert", 0.9)
    network.save_pretrained(output)
    tokenizer.save_pretrained(output)


def _fingerprint(path: Path) -> list[int]:
    """Return size and CRC-32: enough against damage, and five times faster than a digest."""
    checksum = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return [path.stat().st_size, checksum]


def _is_intact(folder: Path, manifest: dict[str, Any]) -> bool:
    try:
        return all(_fingerprint(folder / name) == mark for name, mark in manifest["files"].items())
    except OSError:
        return False
