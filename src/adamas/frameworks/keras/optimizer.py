"""Keras's optimizer over any declared one: what Keras asks of it, and what its users do."""

from ...description import point, present
from .saving import Saving
from .stepping import Stepping


class KerasOptimizer(Stepping, Saving):
    """Base of the classes that `wrap` makes; `declaration` is the declared class.

    Arguments are the declared ones, with the same meaning on every backend: `adamas.Optimizer` has
    them. ``learning_rate`` may be a schedule of Keras or of adamas. Keras's own stages of a step do
    not run: accumulation, clips, decay and averages are those of adamas, with float32 slots.

    Args:
        args, kwargs: the arguments of the declared class.
    """

    def __dir__(self) -> list[str]:
        return present(type(self), super().__dir__())


_STEP = "A step is optimizer.apply(grads, variables), and model.fit makes them all."
point(
    KerasOptimizer,
    {
        "step": _STEP,
        "update": _STEP,
        "minimize": f"Gradients are the backend's to compute. {_STEP}",
        "zero_grad": f"Gradients are handed to each step. {_STEP}",
        "init": "The state is made by the first step, or by build(variables).",
        "get_weights": "The state is in optimizer.variables.",
        "weights": "The state is in optimizer.variables.",
        "averaged": "Averages are written into the model by finalize_variable_values, which fit "
        "calls at its end; for evaluation Keras has keras.callbacks.SwapEMAWeights.",
        "lr": "Did you mean learning_rate?",
    },
)
