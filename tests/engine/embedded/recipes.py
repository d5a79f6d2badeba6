"""Recipes that are trained in seconds."""

from engine.embedded.recipe import CausalRecipe, MaskedRecipe

RECIPE = CausalRecipe(
    vocab_size=300,
    n_embd=16,
    n_layer=1,
    n_head=2,
    n_positions=128,
    short_window=16,
    step_tokens=128,
    micro_tokens=64,
    validation_share=0.3,
    warmup_steps=2,
)

MASKED_RECIPE = MaskedRecipe(
    vocab_size=8192,
    hidden_size=32,
    layers=1,
    heads=2,
    intermediate_size=32,
    n_positions=64,
    window=32,
    short_window=16,
    step_tokens=256,
    micro_tokens=128,
    validation_share=0.3,
    warmup_steps=2,
)
