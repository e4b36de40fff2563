"""Arguments of libraries that are no fields here, and what there is in their place."""

_MASK = (
    "Use adamas.jax.transformation(optimizer, weight_decay_mask=…), or on every front end "
    "exclude_from_weight_decay(var_names=[…])."
)
_DTYPE = "Use adamas.jax.transformation(optimizer, slot_dtype={name of the slot: dtype})."
OPTAX = {
    "mask": _MASK, "weight_decay_mask": _MASK,
    "mu_dtype": _DTYPE, "accumulator_dtype": _DTYPE,
    "nesterov": "Use Nadam, which adam and adamw with nesterov=True are; others have no such form.",
    "decay_rate": "Use beta_2_decay=-decay_rate.",
    "factored": "Use least_factored, larger than any axis.",
    "initial_scale": "Set it in the state: optax.tree.set(state, nu=…).",
    "bias_correction": "Use Adam(beta_1=0.0, beta_2=decay, epsilon=0.0, epsilon_root=eps).",
    "eps_in_sqrt": "Without it, use convention='torch'.",
}  # fmt: skip
