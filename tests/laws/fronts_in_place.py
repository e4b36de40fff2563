"""Front ends that update arrays in place: `apply` on NumPy and on tensors, and `adamas.torch`."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

import adamas.torch
from front import COPIES, Front, plain_arrays, within_averages
from optimizers import leaves


class InPlace(Front):
    """`adamas.X.apply`: an optimizer over arrays that are updated in place."""

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

    def save(self, path):
        self.optimizer.save(path)

    def load(self, path):
        self.optimizer.load(path)

    def load_part(self, path):
        return self.optimizer.load(path, strict=False)

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
    """`adamas.torch`, by `wrap`, with the numbers of Keras's convention; a group for a member."""

    warns = False

    def start(self, declared, params):
        self.own = {n: torch.nn.Parameter(torch.tensor(value)) for n, value in params.items()}
        if isinstance(declared, adamas.MultiOptimizer) and not self.case.in_groups:
            members = self.case.declared_members()
            self.optimizer = adamas.torch.MultiOptimizer(
                self.own.items(), members, **self.case.common
            )
            return
        kind = adamas.torch.wrap(self.case.kinds[0] if self.case.in_groups else type(declared))
        groups = [
            {"params": [(n, self.own[n]) for n in self.own if self.case.member_of(n) is member]}
            | dict(member.arguments)
            for _, member in self.case.members
            if member
        ]
        self.optimizer = kind(groups, **{"convention": "keras", **self.case.common})

    def step(self, grads):
        for name, gradient in grads.items():
            self.own[name].grad = None if gradient is None else torch.tensor(gradient)
        self.optimizer.step()

    def params(self):
        return {name: tensor.detach().numpy().copy() for name, tensor in self.own.items()}

    def state(self):
        entries = {name: self.optimizer.state[tensor] for name, tensor in self.own.items()}
        return plain_arrays({f"{k}/{n}": v for n, one in entries.items() for k, v in one.items()})

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
