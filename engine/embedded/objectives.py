"""The objective of each family of models, by its name and by its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import AutoConfig

from engine.embedded.accents import AccentsObjective
from engine.embedded.causal import CausalObjective
from engine.embedded.masked import MaskedObjective
from engine.embedded.objective import Objective
from engine.embedded.recipe import AccentsRecipe, CausalRecipe, MaskedRecipe, Recipe

RECIPES: dict[str, type[Recipe]] = {
    "causal": CausalRecipe,
    "masked": MaskedRecipe,
    "accents": AccentsRecipe,
}


def build_objective(
    recipe: Recipe, corpus: Path, work: Path, device: str, tokenizer_file: Path | None
) -> Objective:
    """Return what a recipe is for, with its data and a network of its own.

    Raises:
        TypeError: The recipe is of no objective.
    """
    match recipe:
        case CausalRecipe():
            return CausalObjective(recipe, corpus, work, device, tokenizer_file)
        case MaskedRecipe():
            return MaskedObjective(recipe, corpus, work, device, tokenizer_file)
        case AccentsRecipe():
            return AccentsObjective(recipe, corpus, work, device, tokenizer_file)
    raise TypeError(f"there is no objective for {type(recipe).__name__}")


def finished_weights(folder: Path) -> dict[str, Tensor]:
    """Return a finished model's weights, those that it shares under all their names."""
    (architecture,) = AutoConfig.from_pretrained(folder).architectures
    loader: Any = getattr(transformers, architecture)
    weights: dict[str, Tensor] = loader.from_pretrained(folder, dtype=torch.float32).state_dict()
    return weights
