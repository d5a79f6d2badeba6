"""The logits processors of transformers, to compare with."""

from transformers import GenerationConfig

PROMPT_TOKENS = 8


def reference(model, settings, *, do_sample, eos=0):
    """The processors that transformers builds for these settings."""
    config = GenerationConfig(do_sample=do_sample, pad_token_id=0, eos_token_id=eos, **settings)
    model._prepare_special_tokens(config, device="cpu")
    return model._get_logits_processor(
        generation_config=config, input_ids_seq_length=PROMPT_TOKENS, device="cpu", model_kwargs={}
    )


def random_settings(rng):
    choices = {
        "repetition_penalty": lambda: rng.choice([0.5, 1.2, 3.0]),
        "no_repeat_ngram_size": lambda: rng.randint(1, 4),
        "min_new_tokens": lambda: rng.randint(1, 5),
        "top_h": lambda: rng.choice([0.01, 0.4, 0.9, rng.uniform(0.05, 0.99)]),
        "temperature": lambda: rng.choice([0.05, 0.5, 1.7, 5.0]),
        "top_k": lambda: rng.randint(1, 60),
        "top_p": lambda: rng.choice([0.01, 0.5, 0.9, 0.999, rng.uniform(0.05, 0.99)]),
        "min_p": lambda: rng.choice([0.001, 0.1, 1.0]),
        "typical_p": lambda: rng.choice([0.2, 0.9, 0.99]),
        "epsilon_cutoff": lambda: rng.choice([0.0003, 0.05, 0.9]),
        "eta_cutoff": lambda: rng.choice([0.0003, 0.05, 0.9]),
    }
    names = rng.sample(sorted(choices), rng.randint(1, 4))
    return {name: choices[name]() for name in names}
