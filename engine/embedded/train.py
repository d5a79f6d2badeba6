"""`python -m engine.embedded.train`: from the corpus folder to a model that ships inside.

One script for the three families; `--objective` says what is learned: `causal` (a decoder, the next
token), `masked` (an encoder, hidden words) or `accents` (an encoder-decoder, what a text in a hurry
left out). Data, schedule, optimisers and checkpoints are shared.

A small model is trained by time: the learning rate is constant for the first part of the budget and
falls to zero over the rest (Hu et al., 2024, warmup–stable–decay), so a run may have any length.
Matrices are trained with Muon (Jordan et al., 2024), everything else with AdamW.

Several processes train one model when `python -m torch.distributed.run` starts them.

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

import torch
from torch import Tensor, nn
from tqdm import tqdm

from engine.embedded import processes
from engine.embedded.objectives import RECIPES, build_objective, finished_weights
from engine.embedded.recipe import Recipe, learning_rate_factor, optimisers

LONGEST_STEP_S = 30.0
"""A step that took longer was paused from outside; no more than this counts as training time."""
CHECKPOINT_S = 600.0
CHECKPOINT, BEFORE_DECAY = "checkpoint.pt", "before_decay.pt"
AVERAGE_STEPS = 60
"""Steps over which the weights of a rough copy are averaged, while the rate is high."""


def main() -> None:
    """Train, keeping checkpoints, until the hours are used up; then write the model's folder."""
    objective = argparse.ArgumentParser(add_help=False)
    objective.add_argument("--objective", choices=RECIPES, default="causal", help="what is learned")
    recipe_type = RECIPES[objective.parse_known_args()[0].objective]
    parser = argparse.ArgumentParser(description=__doc__, parents=[objective])
    parser.add_argument("corpus", type=Path, help="folder with *.txt.xz files")
    parser.add_argument("output", type=Path, help="folder of the finished model")
    parser.add_argument("--work", type=Path, default=Path("training"), help="checkpoints, caches")
    parser.add_argument("--hours", type=float, default=1.0, help="training time, pauses left out")
    parser.add_argument("--start-from", type=Path, help="folder of a finished model to go on with")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    parser.add_argument("--evaluation-minutes", type=float, default=30.0, help="between figures")
    parser.add_argument("--rough", type=Path, help="folder of a copy that is renewed on the way")
    for name, default in asdict(recipe_type()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    arguments = vars(parser.parse_args())
    processes.join()
    with processes.one_after_another():
        run = Training(
            recipe_type(**{name: arguments[name] for name in asdict(recipe_type())}),
            arguments["corpus"],
            arguments["work"],
            arguments["device"],
            budget_s=arguments["hours"] * 3600,
            start_from=arguments["start_from"],
            rough=arguments["rough"],
            evaluation_s=arguments["evaluation_minutes"] * 60,
        )
    if arguments["compile"]:
        run.objective.compile()
    run.train()
    if run.is_first:
        run.export(arguments["output"])


class Training:
    """A training run: an objective, optimisers and its place in the budget.

    Args:
        recipe: What decides the result; its type says what is learned.
        corpus: Folder with `*.txt.xz` files.
        work: Folder of the checkpoints and of the prepared corpus.
        device: Where to train.
        budget_s: Seconds of training, all that a checkpoint already took among them.
        start_from: Folder of a finished model whose weights and vocabulary a new run begins with.
        rough: Folder of a copy of the averaged weights, renewed with each checkpoint.
        evaluation_s: Seconds of training between two measurements.
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
        rough: Path | None = None,
        evaluation_s: float = 1800.0,
    ) -> None:
        self.recipe = recipe
        self.work = work
        self.device = device
        self.budget_s = budget_s
        self.rough = rough
        self.evaluation_s = evaluation_s
        work.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.objective = build_objective(
            recipe, corpus, work, device, start_from and start_from / "tokenizer.json"
        )
        self.model = self.objective.model
        self.optimisers = optimisers(self.model, recipe, self.objective.is_matrix)
        self.step = 0
        self.elapsed_s = 0.0
        self.is_first = processes.number() == 0
        self.log: list[dict[str, float]] = []
        self.before: dict[str, Any] | None = None
        self.dice = processes.own_dice(recipe.seed, self.step, self.before)
        self.start: Mapping[str, Tensor] | None = None
        self.average: list[Tensor] | None = None
        if start_from is not None:
            self.start = finished_weights(start_from)
        if not self._resume() and start_from is not None:
            is_continued = self.objective.start(dict(self.start or {}))
            record = json.loads((start_from / "training.json").read_text(encoding="utf-8"))
            self.before = record if is_continued else None
            self.dice = processes.own_dice(recipe.seed, self.step, self.before)

    def train(self) -> None:
        """Take steps until the budget is used up."""
        budget_s = self.budget_s
        bar = tqdm(
            total=round(budget_s),
            initial=round(self.elapsed_s),
            unit="s",
            mininterval=10,
            disable=not self.is_first,
        )
        next_checkpoint_s = self.elapsed_s + CHECKPOINT_S
        next_evaluation_s = self.elapsed_s + self.evaluation_s
        was_decaying = self._is_decaying(self.elapsed_s / budget_s)
        while self.elapsed_s < budget_s or not processes.is_together(self.step):
            progress = min(1.0, self.elapsed_s / budget_s)
            if self._is_decaying(progress) and not was_decaying:
                self._save(BEFORE_DECAY)
                was_decaying = True
            if self.elapsed_s >= next_evaluation_s:
                self._report(bar)
                next_evaluation_s = self.elapsed_s + self.evaluation_s
            if self.elapsed_s >= next_checkpoint_s:
                self._save(CHECKPOINT)
                self._export_roughly()
                next_checkpoint_s = self.elapsed_s + CHECKPOINT_S
            started = time.monotonic()
            loss = self._take_step(progress)
            spent_s = min(time.monotonic() - started, LONGEST_STEP_S)
            self.elapsed_s += spent_s
            if processes.is_together(self.step):
                self.elapsed_s = processes.meet(self.model, self.elapsed_s)
            bar.update(round(self.elapsed_s) - bar.n)
            speed = round(processes.count() * self.recipe.step_tokens / spent_s)
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
        batch = self.objective.draw(self.dice)
        rows = len(batch[0])
        micro_rows = max(1, recipe.micro_tokens * rows // recipe.step_tokens)
        total = 0.0
        for micro in zip(*(torch.split(part, micro_rows) for part in batch), strict=True):
            examples = tuple(part.to(self.device) for part in micro)
            loss = self.objective.loss(examples) * (len(micro[0]) / rows)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        if self.rough is not None:
            self._average()
        return total

    def _average(self) -> None:
        weights = [weights.detach() for weights in self.model.parameters()]
        if self.average is None:
            self.average = [weight.clone() for weight in weights]
        torch._foreach_lerp_(self.average, weights, 1.0 / min(self.step, AVERAGE_STEPS))

    def _report(self, bar: Any) -> None:
        """Measure on what is held out, and show what the model does."""
        if not self.is_first:
            return
        tokens = self.step * self.recipe.step_tokens * processes.count()
        entry = {"step": self.step, "tokens": tokens, "s": self.elapsed_s}
        entry |= self.objective.measure()
        self.log.append(entry)
        bar.write(json.dumps({key: round(value, 4) for key, value in entry.items()}))
        for line in self.objective.samples():
            bar.write(f"    {line!r}")

    def _save(self, name: str) -> None:
        if not self.is_first:
            return
        state = {
            "recipe": asdict(self.recipe),
            "budget_s": self.budget_s,
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "rng": self.dice.bit_generator.state,
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
        self.log, self.before = state["log"], state["before"]
        self.dice = processes.own_dice(self.recipe.seed, self.step, self.before)
        if self.is_first:
            self.dice.bit_generator.state = state["rng"]
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
        model = copy.deepcopy(self.model)
        if self.start is not None and self.recipe.start_share:
            # A shared matrix is one parameter, but has two names in the state.
            for name, weights in model.named_parameters():
                weights.data.lerp_(self.start[name].to(self.device), self.recipe.start_share)
        self._write(model, folder)

    def _export_roughly(self) -> None:
        if self.is_first and self.rough is not None and self.average is not None:
            model = copy.deepcopy(self.model)
            for weights, average in zip(model.parameters(), self.average, strict=True):
                weights.data.copy_(average)
            self._write(model, self.rough)

    def _write(self, model: Any, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        model.to(torch.bfloat16).save_pretrained(folder)
        self.objective.save_tokenizer(folder)
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
