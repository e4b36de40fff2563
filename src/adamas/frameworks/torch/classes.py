"""How a class of PyTorch optimizers is made from a declared one."""

from typing import Any, cast

from ...fields import Documented, meanings_in, with_entries
from ...optimizer import Optimizer
from .naming import naming_of


def class_of(declared: type[Optimizer], base: type) -> Any:
    """The class of a declared optimizer; `base` explains what all of them take."""
    naming = naming_of(declared)

    def documentation() -> str:
        entries = naming.entries(meanings_in(base.__doc__))
        return with_entries(cast("str", declared.__doc__), entries)

    namespace = {
        "__qualname__": class_name(declared),
        "__doc__": Documented(documentation),
        "__module__": "adamas.torch",
        "__signature__": naming.signature(),
        "declared": declared,
        "naming": naming,
    }
    return type(class_name(declared), (base,), namespace)


def class_name(declared: type[Optimizer]) -> str:
    """What PyTorch calls a declared optimizer, if its file says so; else its own name."""
    convention = vars(declared).get("conventions", {}).get("torch")
    return (convention and convention.name) or declared.__name__
