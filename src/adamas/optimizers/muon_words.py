"""What Keras, PyTorch and optax mean by Muon, and what they call its arguments and state."""

from .libraries import KERAS_MOMENTS, OPTAX_MOMENTS, keras, optax, torch

CONVENTIONS = {
    "keras": keras(KERAS_MOMENTS),
    "torch": torch(
        "lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn",
        {"m": "momentum_buffer"},
        {"weight_decay": 0.1, "rms_rate": None, "ns_precision": "bfloat16"}, counted=False,
        decay="decoupled", called={"eps": "ns_epsilon", "adjust_lr_fn": "rms_rate"},
        values={"adjust_lr_fn": {None: None, "original": None, "match_rms_adamw": 0.2}},
    ),
    "optax": optax(
        "ns_coeffs ns_steps beta eps weight_decay nesterov adam_b1 adam_b2 adam_weight_decay "
        "consistent_rms", OPTAX_MOMENTS,
        {"epsilon": 1e-8, "rms_rate": None, "weight_decay": None, "adam_weight_decay": None},
        called={"beta": "momentum"}, name="contrib.muon",
    ),
}  # fmt: skip
