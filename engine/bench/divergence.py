"""How far a precision is from "exact": `python -m engine.bench.divergence MODEL TEXT`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.runtime.threads import configure_threads

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models.loaded import LoadedModel
    from engine.models.store import ModelStore


def main(arguments: Sequence[str] | None = None) -> None:
    """Read a text with both and print how their next-token distributions differ."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.divergence", description=__doc__)
    parser.add_argument("model", help="whatever the engine takes")
    parser.add_argument("text", type=Path, help="a text file")
    parser.add_argument("--precision", choices=("fast", "turbo"), default="fast")
    parser.add_argument("--tokens", type=int, default=640, help="how many of its tokens are read")
    parser.add_argument("--piece", type=int, default=128, help="tokens of context at most")
    parser.add_argument("--data-dir", type=Path, help="where prepared models are kept")
    options = parser.parse_args(arguments)
    configure_threads()
    sys.stdout.write(measure(options) + "\n")


def measure(options: argparse.Namespace) -> str:
    """Return one line: KL in nats per token, its greatest value, and how often the best agree."""
    import torch
    from torch.nn.functional import kl_div

    from engine.models.store import ModelStore
    from engine.precision import EXACT, label

    exact, rounded = (
        _loaded(ModelStore([options.model], device="cpu", precision=p, data_dir=options.data_dir))
        for p in (EXACT, options.precision)
    )
    text = options.text.read_text(encoding="utf-8")[: 20 * options.tokens]
    ids = exact.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    # Without its first token a model such as Gemma is not itself.
    start = torch.tensor(exact.tokenizer("")["input_ids"], dtype=torch.long)
    divergences, agreements, factors = [], [], []
    with torch.inference_mode():
        for part in torch.split(torch.tensor(ids[: options.tokens]), options.piece):
            piece = torch.cat([start, part])
            theirs, ours = _logprobs(exact, piece), _logprobs(rounded, piece)
            divergences.append(kl_div(ours, theirs, log_target=True, reduction="none").sum(-1))
            agreements.append(ours.argmax(-1) == theirs.argmax(-1))
            best = theirs.topk(10).indices
            factors.append((ours.gather(-1, best) - theirs.gather(-1, best)).abs())
    kl = torch.cat(divergences)
    here = label(options.precision, rounded.precision)
    return (
        f"{len(kl)} positions: KL({EXACT}, {here}) {kl.mean():.2g} nats per token, "
        f"median {kl.median():.2g}, greatest {kl.max():.2g}; same best token "
        f"{torch.cat(agreements).double().mean():.1%}; the ten best probabilities are off by "
        f"{torch.cat(factors).mean():.1%} on average"
    )


def _loaded(store: ModelStore) -> LoadedModel:
    return store.get(store.resolve(None))


def _logprobs(loaded: LoadedModel, ids: Tensor) -> Tensor:
    """Return the log-probabilities after every token, float64, shape (tokens, vocab)."""
    logits: Tensor = loaded.model(input_ids=ids[None]).logits[0]
    return logits.double().log_softmax(-1)


if __name__ == "__main__":
    main()
