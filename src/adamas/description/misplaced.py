"""Parameters where an argument belongs: the habit of those who come from PyTorch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import ArgumentError

KINDS = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "flax": "jax", "equinox": "jax"} | {
    "keras": "keras",
    "tensorflow": "keras",
}
"""The package that an array or a model is of → the front end that is for it."""

MODELS = {("torch", "Module"), ("flax", "Module")}
"""Classes of models, by package and name: others may be schedules."""

_WAYS = {
    "": "Hand arrays over in each step: optimizer.apply(grads, params).",
    "torch": "For PyTorch: import adamas.torch, then adamas.torch.{torch}(model.parameters()). "
    "For tensors with gradients of your own: optimizer.apply(grads, params) in each step.",
    "jax": "For JAX: import adamas.jax, then step = adamas.jax.functional(adamas.{name}()), "
    "state = step.init(params).",
    "keras": "For Keras: import adamas.keras, then "
    "model.compile(optimizer=adamas.keras.{name}(), …).",
}


def refuse_parameters(cls: Any, argument: str, value: Any) -> None:
    """`ArgumentError` for parameters, or a model, in place of an argument."""
    if isinstance(value, int | float | str) or value is None:
        return
    leaf = _first(value)
    drawn = isinstance(leaf, Iterator)
    if not (_is_model(value) or drawn or _is_array(leaf)):
        return
    kind = "torch" if drawn else KINDS.get(_package(leaf), "")
    name, called = cls.__name__, cls.conventions.get("torch")
    way = _WAYS[kind].format(name=name, torch=(called and called.name) or name)
    raise ArgumentError(
        f"{name} is made without parameters: {argument} comes first. Got: {_said(value)}. {way}"
    )


def _first(tree: Any) -> Any:
    """The first leaf of a tree that is not too deep."""
    for _ in range(9):
        if isinstance(tree, str) or not isinstance(tree, Mapping | Sequence) or not tree:
            break
        tree = next(iter(tree.values())) if isinstance(tree, Mapping) else tree[0]
    return tree


def _is_array(leaf: Any) -> bool:
    """Whether it is an array with axes: one without is a number."""
    return bool(getattr(leaf, "shape", ()))


def _is_model(value: Any) -> bool:
    """Whether it is a model of PyTorch, Keras or flax."""
    kinds = [(_package(kind), kind.__name__) for kind in type(value).__mro__]
    return hasattr(value, "trainable_variables") or bool(MODELS & set(kinds))


def _package(value: Any) -> str:
    kind = value if isinstance(value, type) else type(value)
    return kind.__module__.partition(".")[0]


def _said(value: Any) -> str:
    """Parameters in a message, without their numbers."""
    if _is_array(value):
        return f"an array of shape {tuple(value.shape)}"
    return f"{type(value).__name__}"
