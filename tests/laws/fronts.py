"""The front ends of the table, each behind the same few methods with NumPy arrays in and out."""

import copy
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

import adamas.jax
import adamas.keras
import adamas.torch
from adamas import checkpoint
from optimizers import Case, leaves

Arrays = dict[str, Any]
Grads = Mapping[str, Any]

FAST = {"xla_backend_optimization_level": "0"}
"""Compiled without trying hard: faster to test, and the same arithmetic."""

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
    "deepcopy": copy.deepcopy,
}


def plain_arrays(tree: Mapping[str, Any]) -> Arrays:
    """Copies of arrays of any library."""
    return {name: np.array(array, copy=True) for name, array in tree.items()}


class Front:
    """An optimizer with its parameters, of float32, in one front end."""

    errors: Any = adamas.errors.AdamasError
    """What a call that is refused raises."""

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

    def params(self) -> Arrays:
        """The parameters."""
        raise NotImplementedError

    def state(self) -> Arrays:
        """All that is remembered, under names of the front end's own."""
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        """Counters, those that the front end shows."""
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Write a file."""
        raise NotImplementedError

    def load(self, path: Path) -> None:
        """Take over a file."""
        raise NotImplementedError

    def copied(self, way: str) -> "Front":
        """A copy with parameters of its own, by one of `COPIES`."""
        raise NotImplementedError

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


class InPlace(Front):
    """`adamas.X.apply`: an optimizer over arrays that are updated in place."""

    optimizer: Any

    def array(self, value: Any) -> Any:
        """An array of this front end."""
        raise NotImplementedError

    def start(self, declared, params):
        self.optimizer = declared
        self.own = {name: self.array(value) for name, value in params.items()}
        self.optimizer.build(self.own)

    def step(self, grads):
        given = {n: None if g is None else self.array(g) for n, g in grads.items()}
        self.optimizer.apply(given, self.own)

    def params(self):
        return plain_arrays(self.own)

    def state(self):
        return plain_arrays(self.optimizer.variables)

    def counters(self):
        one = self.optimizer
        return {"updates": one.iterations, "calls": one.calls, "skipped": one.skipped}

    def save(self, path):
        self.optimizer.save(path)

    def load(self, path):
        self.optimizer.load(path)

    def copied(self, way):
        made = copy.copy(self)
        made.start(COPIES[way](self.optimizer), self.params())
        return made

    def set_rate(self, rate):
        for one in leaves(self.optimizer):
            one.learning_rate = rate

    def averages(self):
        with self.optimizer.averaged():
            return self.params()

    def averages_of(self, others):
        inside = {name: self.array(value) for name, value in others.items()}
        final = {name: self.array(value) for name, value in others.items()}
        with self.optimizer.averaged(inside):
            found = plain_arrays(inside)
        assert all(np.array_equal(inside[name], value) for name, value in others.items())
        self.optimizer.finalize_variable_values(final)
        return [found, plain_arrays(final)]

    def finalize(self):
        self.optimizer.finalize_variable_values()

    def refused(self, grads):
        return [*super().refused(grads), *within_averages(self, grads)]

    def averaged(self):
        return self.optimizer.averaged()


def within_averages(front: Any, grads: Grads) -> list[Callable[[], Any]]:
    """A step where averages are in place, if the optimizer has some."""

    def step() -> None:
        with front.averaged():
            front.step(grads)

    return [step] if front.case.averages() else []


class NumPy(InPlace):
    """`apply` on arrays of NumPy."""

    def array(self, value):
        return np.array(value, np.float32)

    @contextmanager
    def unwritable(self):
        array = self.own["kernel"]
        array.flags.writeable = False
        yield
        array.flags.writeable = True


class Tensors(InPlace):
    """`apply` on tensors of PyTorch."""

    def array(self, value):
        return torch.tensor(np.asarray(value), dtype=torch.float32)

    @contextmanager
    def unwritable(self):
        with resized(self.own["kernel"]):
            yield


@contextmanager
def resized(tensor: Any) -> Iterator[None]:
    """A tensor has another form for a while, and its values in the end."""
    values = tensor.data
    tensor.data = torch.zeros(1)
    yield
    tensor.data = values


class Torch(Front):
    """`adamas.torch`, by `wrap`, with the numbers of Keras's convention."""

    warns = False

    def start(self, declared, params):
        if self.case.composite:
            adamas.torch.wrap(type(declared))  # which refuses it
        kind = adamas.torch.wrap(self.case.kind)
        self.own = {n: torch.nn.Parameter(torch.tensor(value)) for n, value in params.items()}
        self.optimizer = kind(self.own.items(), convention="keras", **self.case.arguments)

    def step(self, grads):
        for name, gradient in grads.items():
            self.own[name].grad = None if gradient is None else torch.tensor(gradient)
        self.optimizer.step()

    def params(self):
        return {name: tensor.detach().numpy().copy() for name, tensor in self.own.items()}

    def state(self):
        entries = {name: self.optimizer.state[tensor] for name, tensor in self.own.items()}
        return plain_arrays({f"{k}/{n}": v for n, one in entries.items() for k, v in one.items()})

    def counters(self):
        return self.saved().metadata["counters"]

    def save(self, path):
        self.optimizer.save(path)

    def load(self, path):
        self.optimizer.load(path)

    def copied(self, way):
        made = copy.copy(self)
        made.optimizer, made.own = COPIES[way]((self.optimizer, self.own))
        return made

    def set_rate(self, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def averages(self):
        with self.optimizer.averaged():
            return self.params()

    def finalize(self):
        self.optimizer.finalize()

    def averaged(self):
        return self.optimizer.averaged()

    @contextmanager
    def unwritable(self):
        with resized(self.own["kernel"]):
            yield

    def refused(self, grads):
        return within_averages(self, grads)


COMPILED: dict[str, Any] = {}
"""Calls of JAX that are compiled."""


class Jax(Front):
    """`adamas.jax.functional`."""

    def start(self, declared, params):
        self.optimizer = declared
        self.own = {name: jnp.asarray(value) for name, value in params.items()}
        self.functional = adamas.jax.functional(declared)
        self.carried = self.functional.init(self.own)
        self.numbers: Arrays = {}
        self.call: Any = self.advance
        if declared.gradient_accumulation_steps is not None:
            # JAX compiles a choice between two kinds of call: rather once than in each call.
            jitted = jax.jit(self.advance, compiler_options=FAST)
            self.call = COMPILED.setdefault(f"{type(self)} {self.case}", jitted)

    def step(self, grads):
        given = {n: None if g is None else jnp.asarray(g) for n, g in grads.items()}
        self.own, self.carried = self.call(given, self.carried, self.own, self.numbers)

    def advance(self, grads: Any, carried: Any, own: Any, numbers: Any) -> tuple[Any, Any]:
        """New parameters and a new state."""
        return self.functional.apply(grads, carried, own, **numbers)

    def params(self):
        return plain_arrays(self.own)

    def state(self):
        leaves = jax.tree_util.tree_leaves_with_path(self.carried)
        return plain_arrays({jax.tree_util.keystr(path): leaf for path, leaf in leaves})

    def counters(self):
        shown = {"updates": "count", "calls": "calls", "pending": "pending", "skipped": "skipped"}
        found = {name: getattr(self.carried, field) for name, field in shown.items()}
        return {name: int(value) for name, value in found.items() if value is not None}

    def save(self, path):
        adamas.jax.save(path, self.functional, self.carried)

    def load(self, path):
        self.carried = adamas.jax.load(path, self.functional, self.own)

    def copied(self, way):
        optimizer, own, carried = COPIES[way]((self.optimizer, self.own, self.carried))
        made = copy.copy(self)
        made.start(optimizer, plain_arrays(own))
        made.carried = carried
        return made

    def set_rate(self, rate):
        self.numbers = {"learning_rate": rate}

    def averages(self):
        return plain_arrays(self.functional.averages(self.carried, self.own))

    def averages_of(self, others):
        given = {name: jnp.asarray(value) for name, value in others.items()}
        return [plain_arrays(self.functional.averages(self.carried, given))]

    def finalize(self):
        self.own = self.functional.averages(self.carried, self.own)


class Optax(Jax):
    """`adamas.jax.transformation`; its state is that of `functional`."""

    def start(self, declared, params):
        self.transformation = adamas.jax.transformation(declared)
        super().start(declared, params)
        self.carried = self.transformation.init(self.own)

    def advance(self, grads, carried, own, numbers):
        moves, carried = self.transformation.update(grads, carried, own)
        return optax.apply_updates(own, moves), carried


class Keras(Front):
    """`adamas.keras`, on the backend that runs."""

    errors = (adamas.errors.AdamasError, ValueError)

    def start(self, declared, params):
        self.own = {n: keras.Variable(value, name=n) for n, value in params.items()}
        self.optimizer = adamas.keras.wrap(declared)
        self.optimizer.build(list(self.own.values()))

    def step(self, grads):
        given = [None if g is None else keras.ops.convert_to_tensor(g) for g in grads.values()]
        self.optimizer.apply(given)

    def params(self):
        return {name: keras.ops.convert_to_numpy(v).copy() for name, v in self.own.items()}

    def state(self):
        found = enumerate(self.optimizer.variables)
        return {str(i): keras.ops.convert_to_numpy(v).copy() for i, v in found}

    def counters(self):
        return self.saved().metadata["counters"]

    def save(self, path):
        self.optimizer.save(path)

    def load(self, path):
        self.optimizer.load(path)

    def copied(self, way):
        made = copy.copy(self)
        made.optimizer, made.own = COPIES[way]((self.optimizer, self.own))
        return made

    def set_rate(self, rate):
        self.optimizer.learning_rate = rate

    def finalize(self):
        self.optimizer.finalize_variable_values(list(self.own.values()))


FRONTS: dict[str, type[Front]] = {
    "numpy": NumPy,
    "tensors": Tensors,
    "torch": Torch,
    "jax": Jax,
    "optax": Optax,
    "keras": Keras,
}
