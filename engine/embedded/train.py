"""`python -m engine.embedded.train`: from the corpus folder to the model that ships inside.

A small GPT-2 trained by time: the learning rate is constant for the first part of the budget and
falls to zero over the rest (Hu et al., 2024, warmup–stable–decay), so a run may have any length.
Matrices are trained with Muon (Jordan et al., 2024), everything else with AdamW. Most steps have
short windows, which are cheaper, and a share has windows as long as the model's context: positions
that are not trained for a while are spoilt. Windows begin where a paragraph begins, as a prompt
does.

A run may start from a finished model instead of from nothing, with its vocabulary. What the weights
were before the learning rate fell is kept: the same command with more hours goes on from there.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from engine.embedded.corpus import END_OF_TEXT, KINDS, paragraph_starts, prepare
from engine.embedded.evaluate import encoded_bits_per_byte, sample
from engine.embedded.loss import Kernel, head_loss, nats_and_gradient
from engine.embedded.recipe import Recipe, gpt2_config, learning_rate_factor, optimisers

LONGEST_STEP_S = 30.0
"""A step that took longer was paused from outside; no more than this counts as training time."""
CHECKPOINT_S, EVALUATION_S = 600.0, 1800.0
EVALUATION_TOKENS = 30_000
CHECKPOINT, BEFORE_DECAY = "checkpoint.pt", "before_decay.pt"
SAMPLE_PROMPTS = ("Había una vez", "La ciencia nos enseña que", "—¿Quién es usted?")


def main() -> None:
    """Train, keeping checkpoints, until the hours are used up; then write the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("output", type=Path, help="folder of the finished model")
    parser.add_argument("--work", type=Path, default=Path("training"), help="checkpoints, caches")
    parser.add_argument("--hours", type=float, default=1.0, help="training time, pauses left out")
    parser.add_argument("--start-from", type=Path, help="folder of a finished model to go on with")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    for name, default in asdict(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    arguments = vars(parser.parse_args())
    recipe = Recipe(**{name: arguments[name] for name in asdict(Recipe())})
    run = Training(
        recipe,
        arguments["corpus"],
        arguments["work"],
        arguments["device"],
        budget_s=arguments["hours"] * 3600,
        start_from=arguments["start_from"],
    )
    if arguments["compile"]:
        run.compile()
    run.train()
    run.export(arguments["output"])


class Training:
    """A training run: data, model, optimisers and its place in the budget.

    Args:
        recipe: What decides the result.
        corpus: Folder with `*.txt.xz` files.
        work: Folder of the checkpoints and of the encoded corpus.
        device: Where to train.
        budget_s: Seconds of training, all that a checkpoint already took among them.
        start_from: Folder of a finished model of the same shape, whose weights and vocabulary a
            new run begins with.
    """

    def __init__(
        self,
        recipe: Recipe,
        corpus: Path,
        work: Path,
        device: str,
        *,
        budget_s: float = math.inf,
        start_from: Path | None = None,
    ) -> None:
        self.recipe = recipe
        self.work = work
        self.device = device
        self.budget_s = budget_s
        work.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.tokenizer, self.ids = prepare(
            corpus,
            work,
            vocab_size=recipe.vocab_size,
            validation_share=recipe.validation_share,
            seed=recipe.seed,
            tokenizer_file=start_from and start_from / "tokenizer.json",
        )
        self.starts = {
            kind: paragraph_starts(self.tokenizer, self.ids[f"{kind}.training"]) for kind in KINDS
        }
        # The library's own annotations do not let a model be called or moved.
        build: Any = GPT2LMHeadModel
        self.model = build(gpt2_config(recipe, self.tokenizer)).to(device)
        self.body: Any = self.model.transformer
        self.kernel: Kernel = nats_and_gradient
        self.optimisers = optimisers(self.model, recipe)
        self.step = 0
        self.elapsed_s = 0.0
        self.windows_rng = np.random.default_rng(recipe.seed)
        self.log: list[dict[str, float]] = []
        self.before: dict[str, Any] | None = None
        self.start: Mapping[str, Tensor] | None = None
        if start_from is not None:
            self.start = build.from_pretrained(start_from, dtype=torch.float32).state_dict()
        if not self._resume() and start_from is not None:
            self.model.load_state_dict(self.start)
            self.before = json.loads((start_from / "training.json").read_text(encoding="utf-8"))

    def compile(self) -> None:
        """Fuse the model's operations; needs a C++ compiler, and a minute at the start."""
        self.body = torch.compile(self.model.transformer, dynamic=False)
        self.kernel = torch.compile(nats_and_gradient, dynamic=False)

    def train(self) -> None:
        """Take steps until the budget is used up."""
        budget_s = self.budget_s
        bar = tqdm(total=round(budget_s), initial=round(self.elapsed_s), unit="s", mininterval=10)
        next_checkpoint_s = self.elapsed_s + CHECKPOINT_S
        next_evaluation_s = self.elapsed_s + EVALUATION_S
        was_decaying = self._is_decaying(self.elapsed_s / budget_s)
        while self.elapsed_s < budget_s:
            progress = self.elapsed_s / budget_s
            if self._is_decaying(progress) and not was_decaying:
                self._save(BEFORE_DECAY)
                was_decaying = True
            if self.elapsed_s >= next_evaluation_s:
                self._report(bar)
                next_evaluation_s = self.elapsed_s + EVALUATION_S
            if self.elapsed_s >= next_checkpoint_s:
                self._save(CHECKPOINT)
                next_checkpoint_s = self.elapsed_s + CHECKPOINT_S
            started = time.monotonic()
            loss = self._take_step(progress)
            spent_s = min(time.monotonic() - started, LONGEST_STEP_S)
            self.elapsed_s += spent_s
            bar.update(round(self.elapsed_s) - bar.n)
            speed = round(self.recipe.step_tokens / spent_s)
            bar.set_postfix(loss=f"{loss:.3f}", tokens_per_s=speed, refresh=False)
        self._report(bar)
        self._save(CHECKPOINT)
        bar.close()

    def _is_decaying(self, progress: float) -> bool:
        return progress > 1.0 - self.recipe.decay_share

    def _take_step(self, progress: float) -> float:
        recipe = self.recipe
        factor = learning_rate_factor(progress, self.step, recipe)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["base_lr"] * factor
        self.model.train()
        is_long = self.windows_rng.random() < recipe.long_share
        windows = self._windows(recipe.n_positions if is_long else recipe.short_window)
        micro_windows = max(1, recipe.micro_tokens * len(windows) // recipe.step_tokens)
        total = 0.0
        for micro in torch.split(windows, micro_windows):
            loss = self._loss(micro.to(self.device)) * (len(micro) / len(windows))
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return total

    def _loss(self, windows: Tensor) -> Tensor:
        with torch.autocast(self.device, dtype=torch.bfloat16):
            hidden = self.body(input_ids=windows[:, :-1], use_cache=False).last_hidden_state
        weight, targets = self.model.lm_head.weight, windows[:, 1:].flatten()
        return head_loss(hidden.flatten(0, 1), weight, targets, self.kernel)

    def _windows(self, length: int) -> Tensor:
        """Draw a step's windows. Shape (step_tokens // length, length + 1)."""
        recipe = self.recipe
        shares = np.array([recipe.shares()[kind] * bool(len(self.starts[kind])) for kind in KINDS])
        shares /= shares.sum()
        rows = []
        for _ in range(recipe.step_tokens // length):
            kind = str(self.windows_rng.choice(KINDS, p=shares))
            ids = self.ids[f"{kind}.training"]
            start = min(int(self.windows_rng.choice(self.starts[kind])), len(ids) - length - 1)
            rows.append(ids[start : start + length + 1].astype(np.int64))
        return torch.from_numpy(np.stack(rows))

    def _report(self, bar: Any) -> None:
        """Measure on what is held out, and show what the model writes."""
        tokens = self.step * self.recipe.step_tokens
        entry = {"step": self.step, "tokens": tokens, "s": self.elapsed_s}
        for kind in KINDS:
            ids = self.ids[f"{kind}.validation"][:EVALUATION_TOKENS]
            if len(ids) == 0:
                continue
            with torch.autocast(self.device, dtype=torch.bfloat16):
                entry[kind] = encoded_bits_per_byte(
                    self.model,
                    self.tokenizer,
                    ids,
                    window=self.recipe.n_positions,
                    device=self.device,
                )
        self.log.append(entry)
        bar.write(json.dumps({key: round(value, 4) for key, value in entry.items()}))
        for prompt in SAMPLE_PROMPTS:
            bar.write(f"    {sample(self.model, self.tokenizer, prompt, self.device)!r}")

    def _save(self, name: str) -> None:
        state = {
            "recipe": asdict(self.recipe),
            "budget_s": self.budget_s,
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "rng": self.windows_rng.bit_generator.state,
            "log": self.log,
            "before": self.before,
        }
        torch.save(state, part := self.work / "checkpoint.part")
        part.replace(self.work / name)

    def _resume(self) -> bool:
        """Go on from a checkpoint, if there is one; a longer run goes on from before the decay."""
        state = self._load(CHECKPOINT)
        if state is None:
            return False
        if state["budget_s"] < self.budget_s and self._is_decaying(
            state["elapsed_s"] / state["budget_s"]
        ):
            state = self._load(BEFORE_DECAY) or state
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        self.windows_rng.bit_generator.state = state["rng"]
        self.log, self.before = state["log"], state["before"]
        return True

    def _load(self, name: str) -> dict[str, Any] | None:
        path = self.work / name
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise SystemExit(f"{path} was made with another recipe: {state['recipe']}")
        return state

    def export(self, folder: Path) -> None:
        """Write config, bf16 safetensors and tokenizer, as `from_pretrained` reads them."""
        folder.mkdir(parents=True, exist_ok=True)
        model = copy.deepcopy(self.model)
        if self.start is not None:
            # A shared matrix is one parameter, but has two names in the state.
            for name, weights in model.named_parameters():
                weights.data.lerp_(self.start[name].to(self.device), self.recipe.start_share)
        model.to(torch.bfloat16).save_pretrained(folder)
        tokenizer: Any = PreTrainedTokenizerFast
        tokenizer(
            tokenizer_object=self.tokenizer,
            eos_token=END_OF_TEXT,
            bos_token=END_OF_TEXT,
            unk_token=END_OF_TEXT,
            model_max_length=self.recipe.n_positions,
            clean_up_tokenization_spaces=False,
        ).save_pretrained(folder)
        record = {
            "recipe": asdict(self.recipe),
            "parameters": self.model.num_parameters(),
            "weights_bytes": (folder / "model.safetensors").stat().st_size,
            "seconds": self.elapsed_s,
            "log": self.log,
            "before": self.before,
        }
        (folder / "training.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
