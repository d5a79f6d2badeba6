"""`python -m engine.embedded.train`: from the corpus folder to the model that ships inside.

A small GPT-2 trained by time: the learning rate is constant for the first part of the budget and
falls to zero over the rest (Hu et al., 2024, warmup–stable–decay), so a run may have any length.
Matrices are trained with Muon (Jordan et al., 2024), everything else with AdamW.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from engine.embedded.corpus import (
    END_OF_TEXT,
    MODERN,
    TokenIds,
    encode_documents,
    read_documents,
    train_tokenizer,
)
from engine.embedded.evaluate import bits_per_byte, sample

LONGEST_STEP_S = 30.0
"""A step that took longer was paused from outside; no more than this counts as training time."""
SAMPLE_PROMPTS = ("Había una vez", "La ciencia nos enseña que", "—¿Quién es usted?")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides the result, beside the corpus and the hours."""

    vocab_size: int = 8192
    n_embd: int = 256
    n_layer: int = 6
    n_head: int = 4
    n_positions: int = 512
    batch_windows: int = 16
    micro_windows: int = 4
    modern_share: float = 0.3
    matrix_lr: float = 0.02
    other_lr: float = 2e-3
    weight_decay: float = 0.01
    dropout: float = 0.0
    warmup_steps: int = 50
    decay_share: float = 0.5
    validation_share: float = 0.01
    seed: int = 0


def main() -> None:
    """Train, keeping checkpoints, until the hours are used up; then write the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("output", type=Path, help="folder of the finished model")
    parser.add_argument("--work", type=Path, default=Path("training"), help="checkpoints, caches")
    parser.add_argument("--hours", type=float, default=1.0, help="training time, pauses left out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    for name, default in asdict(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    arguments = vars(parser.parse_args())
    recipe = Recipe(**{name: arguments[name] for name in asdict(Recipe())})
    run = Training(recipe, arguments["corpus"], arguments["work"], arguments["device"])
    if arguments["compile"]:
        run.compile()
    run.train(arguments["hours"] * 3600)
    run.export(arguments["output"])


class Training:
    """A training run: data, model, optimisers and its place in the budget."""

    def __init__(self, recipe: Recipe, corpus: Path, work: Path, device: str) -> None:
        self.recipe = recipe
        self.work = work
        self.device = device
        work.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.tokenizer, self.ids = prepare_data(recipe, corpus, work)
        # The library's own annotations do not let a model be called or moved.
        build: Any = GPT2LMHeadModel
        self.model = build(_config(recipe, self.tokenizer)).to(device)
        self.forward: Any = self.model
        self.optimisers = _optimisers(self.model, recipe)
        self.step = 0
        self.elapsed_s = 0.0
        self.windows_rng = np.random.default_rng(recipe.seed)
        self.log: list[dict[str, float]] = []
        self._resume()

    def compile(self) -> None:
        """Fuse the model's operations; costs a minute or two at the start."""
        self.forward = torch.compile(self.model, dynamic=False)

    def train(self, budget_s: float) -> None:
        """Take steps until `budget_s` seconds of training have passed."""
        bar = tqdm(total=round(budget_s), initial=round(self.elapsed_s), unit="s")
        next_evaluation_s = self.elapsed_s
        while self.elapsed_s < budget_s:
            if self.elapsed_s >= next_evaluation_s and self.step:
                self._report(bar)
                self._save()
                next_evaluation_s = self.elapsed_s + max(300.0, budget_s / 40)
            started = time.monotonic()
            loss = self._take_step(self.elapsed_s / budget_s)
            spent_s = min(time.monotonic() - started, LONGEST_STEP_S)
            self.elapsed_s += spent_s
            bar.update(round(self.elapsed_s) - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}", tokens_per_s=round(self._step_tokens / spent_s))
        self._report(bar)
        self._save()
        bar.close()

    @property
    def _step_tokens(self) -> int:
        return self.recipe.batch_windows * self.recipe.n_positions

    def _take_step(self, progress: float) -> float:
        recipe = self.recipe
        factor = _learning_rate_factor(progress, self.step, recipe)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["base_lr"] * factor
        self.model.train()
        windows = self._windows()
        total = 0.0
        for micro in torch.split(windows, recipe.micro_windows):
            with torch.autocast(self.device, dtype=torch.bfloat16):
                loss = _loss(self.forward, micro.to(self.device))
            (loss * len(micro) / len(windows)).backward()  # type: ignore[no-untyped-call]
            total += loss.item() * len(micro) / len(windows)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return total

    def _windows(self) -> Tensor:
        """Draw windows of n_positions + 1 ids. Shape (batch_windows, n_positions + 1)."""
        recipe = self.recipe
        length = recipe.n_positions + 1
        rows = []
        for _ in range(recipe.batch_windows):
            is_modern = self.windows_rng.random() < recipe.modern_share
            ids = self.ids[f"{MODERN if is_modern else 'literature'}.training"]
            start = int(self.windows_rng.integers(len(ids) - length))
            rows.append(ids[start : start + length].astype(np.int64))
        return torch.from_numpy(np.stack(rows))

    def _report(self, bar: Any) -> None:
        entry = {"step": self.step, "tokens": self.step * self._step_tokens, "s": self.elapsed_s}
        for name in ("literature", MODERN):
            entry[name] = bits_per_byte(
                self.model, self.tokenizer, self.ids[f"{name}.validation"][:60_000], self.device
            )
        self.log.append(entry)
        bar.write(json.dumps({key: round(value, 4) for key, value in entry.items()}))
        for prompt in SAMPLE_PROMPTS:
            bar.write(f"    {sample(self.model, self.tokenizer, prompt, self.device)!r}")

    def _save(self) -> None:
        state = {
            "recipe": asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "rng": self.windows_rng.bit_generator.state,
            "log": self.log,
        }
        part = self.work / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.work / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.work / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise SystemExit(f"{path} was made with another recipe: {state['recipe']}")
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.windows_rng.bit_generator.state = state["rng"]
        self.log = state["log"]

    def export(self, folder: Path) -> None:
        """Write config, bf16 safetensors and tokenizer, as `from_pretrained` reads them."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.to(torch.bfloat16).save_pretrained(folder)
        self.model.float()
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END_OF_TEXT,
            bos_token=END_OF_TEXT,
            unk_token=END_OF_TEXT,
            model_max_length=self.recipe.n_positions,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)
        record = {"recipe": asdict(self.recipe), "seconds": self.elapsed_s, "log": self.log}
        (folder / "training.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def prepare_data(recipe: Recipe, corpus: Path, work: Path) -> tuple[Tokenizer, dict[str, TokenIds]]:
    """Train the tokenizer and encode the corpus once; later calls read both from `work`."""
    tokenizer_file, ids_file = work / "tokenizer.json", work / "ids.npz"
    if not ids_file.exists():
        parts = read_documents(corpus, validation_share=recipe.validation_share)
        if not tokenizer_file.exists():
            texts = [text for part in parts.values() for text in part.training]
            random.Random(recipe.seed).shuffle(texts)
            train_tokenizer(iter(texts), recipe.vocab_size).save(str(tokenizer_file))
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        arrays = {
            f"{name}.{split}": encode_documents(tokenizer, getattr(documents, split))
            for name, documents in parts.items()
            for split in ("training", "validation")
        }
        np.savez(ids_file, **arrays)  # type: ignore[arg-type]
    with np.load(ids_file) as saved:
        return Tokenizer.from_file(str(tokenizer_file)), dict(saved)


def _config(recipe: Recipe, tokenizer: Tokenizer) -> GPT2Config:
    end = tokenizer.token_to_id(END_OF_TEXT)
    return GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_embd=recipe.n_embd,
        n_layer=recipe.n_layer,
        n_head=recipe.n_head,
        n_positions=recipe.n_positions,
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=recipe.dropout,
        embd_pdrop=recipe.dropout,
        attn_pdrop=recipe.dropout,
        bos_token_id=end,
        eos_token_id=end,
    )


def _optimisers(model: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.ndim == 2 and ".h." in name
        (matrices if is_matrix else others).append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=recipe.matrix_lr, weight_decay=recipe.weight_decay, momentum=0.95
    )
    adam = torch.optim.AdamW(others, lr=recipe.other_lr, betas=(0.9, 0.95), weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["base_lr"] = group["lr"]
    return [muon, adam]


def _learning_rate_factor(progress: float, step: int, recipe: Recipe) -> float:
    """Warm up over steps, hold, then fall linearly to zero over the last part of the budget."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    return warmup * min(1.0, max(0.0, (1.0 - progress) / recipe.decay_share))


def _loss(forward: Any, windows: Tensor) -> Tensor:
    logits = forward(input_ids=windows[:, :-1], use_cache=False).logits
    return nn.functional.cross_entropy(logits.flatten(0, 1).float(), windows[:, 1:].flatten())


if __name__ == "__main__":
    main()
