"""Front ends whose steps are traced: `adamas.jax`, by itself and for optax, and `adamas.keras`."""

import copy
from typing import Any

import jax
import jax.numpy as jnp
import keras
import optax

import adamas.jax
import adamas.keras
from front import COPIES, Arrays, Front, plain_arrays

FAST = {"xla_backend_optimization_level": "0"}
"""Compiled without trying hard: faster to test, and the same arithmetic."""

COMPILED: dict[str, Any] = {}
"""Calls of JAX that are compiled."""


class Jax(Front):
    """`adamas.jax.functional`."""

    keeps_numbers = False
    exact = False

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

    def flush(self):
        before = int(self.carried.iterations)
        self.own, self.carried = self.functional.flush(self.carried, self.own, **self.numbers)
        return int(self.carried.iterations) > before

    def params(self):
        return plain_arrays(self.own)

    def state(self):
        leaves = jax.tree_util.tree_leaves_with_path(self.carried)
        return plain_arrays({jax.tree_util.keystr(path): leaf for path, leaf in leaves})

    def shown(self):
        return self.carried

    def save(self, path):
        adamas.jax.save(path, self.functional, self.carried)

    def load(self, path):
        self.carried = adamas.jax.load(path, self.functional, self.own)

    def load_part(self, path):
        self.carried, loaded = adamas.jax.load(path, self.functional, self.own, strict=False)
        return loaded

    def copied(self, way):
        optimizer, own, carried = COPIES[way]((self.optimizer, self.own, self.carried))
        made = copy.copy(self)
        made.start(optimizer, plain_arrays(own))
        made.carried = carried
        return made

    def convert(self, states):
        known = (self.functional, self.carried, self.own)
        self.functional, self.own, self.carried = adamas.jax.convert(*known, states=states)

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
    # There a call that closes a group is not the fused pass, but goes through the same graph.
    exact = keras.backend.backend() != "torch"
    counts_whole_groups = True

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

    def save(self, path):
        self.optimizer.save(path)

    def load(self, path):
        self.optimizer.load(path)

    def load_part(self, path):
        return self.optimizer.load(path, strict=False)

    def copied(self, way):
        made = copy.copy(self)
        made.optimizer, made.own = COPIES[way]((self.optimizer, self.own))
        return made

    def set_rate(self, rate):
        self.optimizer.learning_rate = rate

    def finalize(self):
        self.optimizer.finalize_variable_values(list(self.own.values()))
