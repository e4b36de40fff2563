"""Of Adafactor: what libraries call its arguments and state."""

from .libraries import optax, torch

CONVENTIONS = {
    "torch": torch(
        "lr beta2_decay eps d weight_decay maximize",
        {"v": "variance", "r": "row_var", "c": "col_var"},
        {"learning_rate": 0.01, "epsilon_1": None},
        decay="rule",
        called={"eps": ("epsilon_1", "epsilon_2")},
    ),
    "optax": optax(
        "min_dim_size_to_factor multiply_by_parameter_scale clipping_threshold weight_decay_rate "
        "eps",
        {"v": "v", "r": "v_row", "c": "v_col"},
        {"relative_step": False},
        decay="rule",
        called={
            "min_dim_size_to_factor": "least_factored",
            "multiply_by_parameter_scale": "scale_by_weights",
            "eps": "epsilon_1",
        },
        values={"min_dim_size_to_factor": {128: None}},
    ),
}
