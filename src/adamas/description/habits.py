"""What users of other libraries look for on an optimizer, and what there is in its place."""

from collections.abc import Mapping

from .elsewhere import Way
from .words import every_word, unknown

_STEP = "A step is optimizer.apply(grads, params), in place."
_TORCH = "It is PyTorch's: the classes of adamas.torch have it."
_FILES = "Use save(path) and load(path), or pickle."
_OPTAX = (
    "With JAX: step = adamas.jax.functional(optimizer), or for optax's init and update "
    "adamas.jax.transformation(optimizer)."
)
_FIT = "A whole training is adamas.fit(value_and_grad, params, data, optimizer=optimizer)."
_STATE = "Moments are in optimizer.state: name of the slot → name of the parameter → array."


def _argument(word: str) -> Way:
    """What is said of an attribute that is another library's word for an argument."""
    return lambda cls: unknown(cls, word, cls.fields, door=False).partition(". ")[2]


HABITS: Mapping[str, Way] = {word: _argument(word) for word in every_word()} | {
    "step": f"{_STEP} PyTorch's loop has it with the classes of adamas.torch.",
    "minimize": f"{_STEP} {_FIT} For SciPy: adamas.scipy.minimizer(optimizer) is a method of "
    "scipy.optimize.minimize.",
    "lower": "As a method of scipy.optimize.minimize it is adamas.scipy.minimizer(optimizer).",
    "zero_grad": f"Gradients are handed to each step, and nothing is kept in them. {_TORCH}",
    "init": f"The state is made by the first apply(grads, params), or by build(params). {_OPTAX}",
    "run": _FIT,
    "fit": _FIT,
    "train": _FIT,
    "optimize": _FIT,
    "apply_updates": _STEP,
    "backward": f"Gradients are yours to compute. {_STEP}",
    "compute_gradients": f"Gradients are yours to compute. {_STEP}",
    "param_groups": f"{_TORCH} For rates of their own by name: adamas.MultiOptimizer.",
    "add_param_group": f"{_TORCH} For rates of their own by name: adamas.MultiOptimizer.",
    "state_dict": f"{_FILES} {_TORCH}",
    "load_state_dict": f"{_FILES} {_TORCH}",
    "get_weights": f"{_FILES} {_STATE}",
    "set_weights": f"{_FILES} {_STATE}",
    "weights": _STATE,
    "m": _STATE,
    "v": _STATE,
    "t": "Updates are counted by optimizer.iterations.",
    "reset": "A new one with the same arguments is optimizer.replace().",
}
