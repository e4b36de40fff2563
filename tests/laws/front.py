"""What a front end is to the laws: a few methods with NumPy arrays in and out."""

import copy
import pickle
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import adamas
from adamas import checkpoint
from optimizers import Case

Arrays = dict[str, Any]
Grads = Mapping[str, Any]

COUNTERS = {"iterations": "updates", "calls": "calls", "pending": "pending", "skipped": "skipped"}
"""What every front end shows → what it is called in files."""

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
    "deepcopy": copy.deepcopy,
}


def plain_arrays(tree: Mapping[str, Any]) -> Arrays:
    """Copies of arrays of any library."""
    return {name: np.array(_known(array), copy=True) for name, array in tree.items()}


def _known(array: Any) -> Any:
    """NumPy does not read the bfloat16 of PyTorch; float32 holds it exactly."""
    return array.float() if str(getattr(array, "dtype", "")) == "torch.bfloat16" else array


class Front:
    """An optimizer with its parameters, of float32, in one front end."""

    errors: Any = adamas.errors.AdamasError
    """What a call that is refused raises."""

    optimizer: Any

    keeps_numbers = True
    """Whether numbers are part of what it saves."""

    warns = True
    """Whether it says that a gradient is None."""

    def __init__(self, case: Case, params: Mapping[str, np.ndarray]) -> None:
        self.case = case
        self.start(case.declared(), plain_arrays(params))

    def start(self, declared: adamas.Optimizer, params: Arrays) -> None:
        """Begin with these parameters."""
        raise NotImplementedError

    def step(self, grads: Grads) -> None:
        """One call; None for parameters without a gradient."""
        raise NotImplementedError

    exact = True
    """Whether two programs with the same arithmetic give the same bits."""

    counts_whole_groups = False
    """Whether calls that were missing in a group are counted, too, when it is closed."""

    def flush(self) -> bool:
        """Close a group of calls; whether an update was made."""
        return self.optimizer.flush()

    def params(self) -> Arrays:
        """The parameters."""
        raise NotImplementedError

    def state(self) -> Arrays:
        """All that is remembered, under names of the front end's own."""
        raise NotImplementedError

    def shown(self) -> Any:
        """What shows counters and the norm of gradients."""
        return self.optimizer

    def counters(self) -> dict[str, int]:
        """Counters, as the front end shows them."""
        shown = self.shown()
        return {field: int(getattr(shown, name)) for name, field in COUNTERS.items()}

    def save(self, path: Path) -> None:
        """Write a file."""
        raise NotImplementedError

    def load(self, path: Path) -> None:
        """Take over a file."""
        raise NotImplementedError

    def load_part(self, path: Path) -> Any:
        """Take over what fits of a file; what became of it."""
        raise NotImplementedError

    def copied(self, way: str) -> "Front":
        """A copy with parameters of its own, by one of `COPIES`."""
        raise NotImplementedError

    def convert(self, states: str) -> None:
        """Store all slots so from now on."""
        self.optimizer.convert(states=states)

    def set_rate(self, rate: float) -> None:
        """All learning rates from now on."""
        raise NotImplementedError

    def averages(self) -> Arrays:
        """What there is to evaluate with; the parameters stay."""
        raise NotImplementedError

    def averages_of(self, others: Arrays) -> list[Arrays]:
        """What `others` hold in each way to ask for the averages of other arrays."""
        raise NotImplementedError

    def finalize(self) -> None:
        """Write the averages into the parameters."""
        raise NotImplementedError

    def refused(self, grads: Grads) -> list[Callable[[], Any]]:
        """Calls that must be refused, made from gradients that fit."""
        wrong = {name: np.zeros((5, 5), np.float32) for name in grads}
        first = dict(list(grads.items())[:1])
        return [lambda: self.step({**grads, **wrong}), lambda: self.step(first)]

    def saved(self) -> Any:
        """What `save` writes."""
        with tempfile.TemporaryDirectory() as folder:
            self.save(Path(folder) / "state.safetensors")
            return checkpoint.read(Path(folder) / "state.safetensors")

    def averaged(self) -> Any:
        """The context in which the parameters hold their averages."""
        raise NotImplementedError

    def unwritable(self) -> Any:
        """The context in which a parameter cannot be written."""
        raise NotImplementedError


def within_averages(front: Any, grads: Grads) -> list[Callable[[], Any]]:
    """A step where averages are in place, if the optimizer has some."""

    def step() -> None:
        with front.averaged():
            front.step(grads)

    return [step] if front.case.averages() else []
