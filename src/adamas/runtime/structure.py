"""Sequences and nested mappings of tensors ↔ flat lists with names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import StructureError, shown
from ..registry import nearest

Path = tuple[Any, ...]

DEEPEST = 100
"""How deep parameters may be nested: what holds itself has no end."""


def too_deep(what: str) -> StructureError:
    """The error for a tree without an end."""
    return StructureError(
        f"{what} must be nested at most {DEEPEST} deep. Got: more, or what holds itself. "
        "Give a mapping of names to arrays."
    )


class Structure:
    """The form that parameters were given in, and the names that it gives them.

    Args:
        form: the mappings and sequences, with None in place of each tensor.
        leaves: name → tensor, in the order of the form.
    """

    def __init__(self, form: Any, leaves: Mapping[str, Any]) -> None:
        self.names, self.leaves = list(leaves), list(leaves.values())
        self._form = form
        self._keys = _flat_keys(form)

    def flatten(self, tree: Any, what: str) -> list[Any]:
        """The leaves of `tree`, which must have this structure, in the order of the names.

        Raises `StructureError` with the first difference; `what` names the tree in it.
        """
        keys = self._keys
        if keys is not None:
            if type(self._form) is list:
                if (type(tree) is list or type(tree) is tuple) and len(tree) == len(keys):
                    return list(tree)
            elif type(tree) is dict and len(tree) == len(keys):
                try:
                    return [tree[key] for key in keys]
                except KeyError:
                    pass
        leaves: list[Any] = []
        _match(self._form, listed(tree), (), what, leaves)
        return leaves


def read_structure(tree: Any, is_leaf: Callable[[Any], bool]) -> Structure:
    """The structure of parameters, a sequence or a nested mapping of tensors.

    Names join the keys on the way to a tensor by ``/``; the keys of a sequence are its indices.
    """
    if is_leaf(tree):
        raise StructureError(
            "Parameters must be a sequence or a mapping of arrays. "
            "Got: a single array. Put it in a list: [array]."
        )
    tree = listed(tree)
    if not isinstance(tree, Mapping) and not _is_sequence(tree):
        raise StructureError(
            "Parameters must be a sequence or a mapping of arrays. "
            f"Got: {shown(tree)} ({type(tree).__name__})."
            + (" Use list(model.parameters())." if hasattr(tree, "named_parameters") else "")
        )
    leaves: dict[str, Any] = {}
    form = _read(tree, (), leaves)
    if not leaves:
        raise StructureError(f"There must be at least one parameter. Got: {shown(tree)}.")
    return Structure(form, leaves)


def named_structure(leaves: Mapping[str, Any]) -> Structure:
    """One mapping of tensors, which may be empty, with its keys as names."""
    return Structure(dict.fromkeys(leaves), leaves)


def _read(tree: Any, path: Path, leaves: dict[str, Any]) -> Any:
    """The form of a tree, whose tensors go into `leaves`."""
    if len(path) > DEEPEST:
        raise too_deep("Parameters")
    if isinstance(tree, Mapping):
        return {key: _read(value, (*path, key), leaves) for key, value in tree.items()}
    if _is_sequence(tree):
        return [_read(value, (*path, index), leaves) for index, value in enumerate(tree)]
    name = "/".join(map(str, path))
    if name in leaves:
        raise StructureError(f"Each parameter needs a name of its own. Got twice: {name!r}.")
    leaves[name] = tree
    return None


def _flat_keys(form: Any) -> tuple[Any, ...] | None:
    """The keys, if the form is one mapping or one sequence of tensors."""
    values = form.values() if isinstance(form, dict) else form
    if any(value is not None for value in values):
        return None
    return tuple(form) if isinstance(form, dict) else tuple(range(len(form)))


def _match(form: Any, tree: Any, path: Path, what: str, leaves: list) -> None:
    place = f" at {'/'.join(map(str, path))!r}" if path else ""
    if form is None:
        if isinstance(tree, Mapping) or _is_sequence(tree):
            raise StructureError(
                f"{what} must have the structure of the parameters. "
                f"Got: a {type(tree).__name__}{place} where an array is expected."
            )
        leaves.append(tree)
    elif isinstance(form, dict):
        if not isinstance(tree, Mapping):
            raise StructureError(
                f"{what} must be a mapping like the parameters{place}. Got: {type(tree).__name__}."
            )
        _same_keys(form, tree, what, place)
        for key, inner in form.items():
            _match(inner, tree[key], (*path, key), what, leaves)
    else:
        if not _is_sequence(tree):
            raise StructureError(
                f"{what} must be a sequence like the parameters{place}. Got: {type(tree).__name__}."
            )
        if len(tree) != len(form):
            raise StructureError(
                f"{what} must have {len(form)} elements{place}, one for each parameter "
                f"(None for one without). Got: {len(tree)}."
            )
        for index, inner in enumerate(form):
            _match(inner, tree[index], (*path, index), what, leaves)


def _same_keys(form: Mapping, tree: Mapping, what: str, place: str) -> None:
    for key in form:
        if key not in tree:
            raise StructureError(
                f"{what} must have every parameter{place}; give None where there is no gradient. "
                f"Missing: {key!r}."
            )
    for key in tree:
        if key not in form:
            raise StructureError(
                f"{what} may have only the parameters{place}. Got: {key!r}."
                f"{nearest(str(key), map(str, form))}"
            )


def _is_sequence(tree: Any) -> bool:
    return isinstance(tree, Sequence) and not isinstance(tree, str | bytes)


def listed(tree: Any) -> Any:
    """Generators and views of mappings as lists; anything else as it is."""
    if isinstance(tree, Iterable) and not isinstance(tree, Mapping | Sequence):
        return tree if hasattr(tree, "shape") else list(tree)
    return tree


def rebuilt(tree: Any, leaves: Iterator[Any]) -> Any:
    """Mappings and lists like those of `tree`, with other leaves."""
    if isinstance(tree, Mapping):
        return {key: rebuilt(value, leaves) for key, value in tree.items()}
    if isinstance(tree, Iterable) and not hasattr(tree, "shape"):
        return [rebuilt(value, leaves) for value in tree]
    return next(leaves)
