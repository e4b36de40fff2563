"""What the arguments mean that many rules have, said once: of built-in optimizers and one's own.

An optimizer for which one of them means something else says so in the ``Args:`` of its docstring,
where it also explains its own.
"""

USUAL = {
    "learning_rate": "size of a step. A schedule, or a function of the step, gives that of each "
    "call of `apply`, counted from 0.",
    "beta_1": "how much of the mean of gradients each update keeps: it remembers about "
    "1 / (1 − beta_1) updates.",
    "beta_2": "how much of the mean of their squares each update keeps: it remembers about "
    "1 / (1 − beta_2) updates.",
    "rho": "how much of the mean of squared gradients each update keeps: it remembers about "
    "1 / (1 − rho) updates.",
    "epsilon": "keeps what is divided by away from 0; the equations say where it is added.",
    "epsilon_root": "optax's eps_root: added to the second moment, inside the root.",
    "momentum": "how much of the last step the next one keeps; 0 for none, and no memory for it.",
    "nesterov": "Nesterov's form of momentum, which looks one step ahead.",
    "amsgrad": "divide by the root of the largest second moment so far. Reddi, Kale and Kumar, "
    "ICLR 2018.",
    "initial_accumulator_value": "what the sum of squared gradients begins with.",
}
"""Argument → meaning."""
