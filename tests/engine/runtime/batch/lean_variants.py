"""Models that a lean step must give the logits of, and how nearly."""

from tests.engine import tiny

EXACT_TOLERANCE = 1e-5
LONGEST = 40
"""Five times the window of the tiny Gemma."""

VARIANTS = {
    "gpt2-scores": ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
    "gpt2-activation": ("gpt2", {"activation_function": "relu", "n_inner": 40}),
    "llama-one-key": ("llama", {"num_key_value_heads": 1, "head_dim": 16}),
    "llama-biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama-linear": (
        "llama",
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
    ),
    "llama-3": (
        "llama",
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 5e5,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 16,
            }
        },
    ),
    "gemma-two-angles": (
        "gemma3_text",
        {
            "query_pre_attn_scalar": 24,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "rope_theta": 1e3, "factor": 2.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e2},
            },
        },
    ),
}


def variant(monkeypatch, folder, family, options):
    monkeypatch.setitem(tiny.SHAPES, family, tiny.SHAPES[family] | options)
    return tiny.build(family, folder)
