"""A recipe that is trained in seconds."""

from engine.embedded.recipe import CausalRecipe

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
