"""Damage to one thing in a state: nested containers, counters, arrays by name."""

import copy
from typing import Any

import numpy as np

ODD: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 7, 2**31, 2**63, 10**400, 1.5, -0.5, 1e30),
    *("", "x", "3", [], [1], {}, {"a": 1}, [[]]),
)
"""What may stand in JSON in place of something else."""


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every place in nested dictionaries and lists: a container and a key."""
    keys = content.keys() if isinstance(content, dict) else range(len(content))
    found = [(content, key) for key in keys]
    inner = [content[key] for key in keys if isinstance(content[key], dict | list)]
    return found + [place for one in inner for place in places(one)]


def damage_content(chance: np.random.Generator, content: Any, odd: Any = ODD) -> Any:
    """A copy with one thing replaced, taken away, added or called otherwise."""
    content = copy.deepcopy(content)
    known = places(content)
    container, key = known[chance.integers(len(known))]
    kind = chance.integers(4)
    if kind == 1:
        del container[key]
    elif kind == 2 and isinstance(container, dict):
        container["more"] = container[key]
    elif kind == 3 and isinstance(container, dict):
        container[f"{key}_"] = container.pop(key)
    else:
        container[key] = copy.deepcopy(odd[chance.integers(len(odd))])
    return content


def damage_arrays(chance: np.random.Generator, arrays: dict[str, Any]) -> dict[str, Any]:
    """A copy with one array of another dtype, shape or name, or more or fewer of them."""
    arrays = dict(arrays)
    name = list(arrays)[chance.integers(len(arrays))]
    array = arrays[name]
    kind = chance.integers(6)
    if kind == 0:
        arrays[name] = array.astype([np.float16, np.float64, np.int32, bool][chance.integers(4)])
    elif kind == 1:
        arrays[name] = np.concatenate([array.ravel(), array.ravel()])
    elif kind == 2:
        arrays[name] = array[None]
    elif kind == 3:
        del arrays[name]
    elif kind == 4:
        arrays[f"{name}_"] = arrays.pop(name)
    else:
        arrays[f"more/{name}"] = array
    return arrays
