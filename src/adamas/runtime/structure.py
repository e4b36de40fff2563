"""Sequences and nested mappings of tensors ↔ flat lists with names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import StructureError
from ..registry import nearest

Path = tuple[Any, ...]


class Structure:
    """The form that parameters were given in, and the names that it gives them.

    Names join the keys on the way to a tensor by ``/``; the keys of a sequence are its indices.
    """

    def __init__(self, tree: Any, is_leaf: Callable[[Any], bool]) -> None:
        self.leaves: list[Any] = []
        self.names: list[str] = []
        self._template: Any = None
        self._keys: tuple[Any, ...] | None = None
        if is_leaf(tree):
            raise StructureError(
                "Parameters must be a sequence or a mapping of arrays. "
                "Got: a single array. Put it in a list: [array]."
            )
        tree = _listed(tree)
        if not isinstance(tree, Mapping) and not _is_sequence(tree):
            raise StructureError(
                "Parameters must be a sequence or a mapping of arrays. "
                f"Got: {tree!r} ({type(tree).__name__})."
            )
        self._template = self._read(tree, ())
        if not self.leaves:
            raise StructureError(f"There must be at least one parameter. Got: {tree!r}.")
        doubled = (
            {name for name in self.names if self.names.count(name) > 1}
            if (len(set(self.names)) < len(self.names))
            else ()
        )
        for name in doubled:
            raise StructureError(f"Each parameter needs a name of its own. Got twice: {name!r}.")
        self._keys = self._flat_keys()

    @classmethod
    def named(cls, leaves: Mapping[str, Any]) -> "Structure":
        """One mapping of tensors, which may be empty, with its keys as names."""
        structure = cls.__new__(cls)
        structure.leaves, structure.names = list(leaves.values()), list(leaves)
        structure._template = dict.fromkeys(leaves)
        structure._keys = tuple(leaves)
        return structure

    def _read(self, tree: Any, path: Path) -> Any:
        if isinstance(tree, Mapping):
            return {key: self._read(value, (*path, key)) for key, value in tree.items()}
        if _is_sequence(tree):
            return [self._read(value, (*path, index)) for index, value in enumerate(tree)]
        self.leaves.append(tree)
        self.names.append("/".join(map(str, path)))
        return None

    def _flat_keys(self) -> tuple[Any, ...] | None:
        """The keys, if the form is one mapping or one sequence of tensors."""
        template = self._template
        values = template.values() if isinstance(template, dict) else template
        if any(value is not None for value in values):
            return None
        return tuple(template) if isinstance(template, dict) else tuple(range(len(template)))

    def flatten(self, tree: Any, what: str) -> list[Any]:
        """The leaves of `tree`, which must have this structure, in the order of the names.

        Raises `StructureError` with the first difference; `what` names the tree in it.
        """
        keys = self._keys
        if keys is not None and type(tree) is not type(None):
            if type(self._template) is list:
                if (type(tree) is list or type(tree) is tuple) and len(tree) == len(keys):
                    return list(tree)
            elif type(tree) is dict and len(tree) == len(keys):
                try:
                    return [tree[key] for key in keys]
                except KeyError:
                    pass
        leaves: list[Any] = []
        self._match(self._template, _listed(tree), (), what, leaves)
        return leaves

    def _match(self, template: Any, tree: Any, path: Path, what: str, leaves: list) -> None:
        place = f" at {'/'.join(map(str, path))!r}" if path else ""
        if template is None:
            if isinstance(tree, Mapping) or _is_sequence(tree):
                raise StructureError(
                    f"{what} must have the structure of the parameters. "
                    f"Got: a {type(tree).__name__}{place} where an array is expected."
                )
            leaves.append(tree)
        elif isinstance(template, dict):
            if not isinstance(tree, Mapping):
                raise StructureError(
                    f"{what} must be a mapping like the parameters{place}. "
                    f"Got: {type(tree).__name__}."
                )
            _same_keys(template, tree, what, place)
            for key, inner in template.items():
                self._match(inner, tree[key], (*path, key), what, leaves)
        else:
            if not _is_sequence(tree):
                raise StructureError(
                    f"{what} must be a sequence like the parameters{place}. "
                    f"Got: {type(tree).__name__}."
                )
            if len(tree) != len(template):
                raise StructureError(
                    f"{what} must have {len(template)} elements{place}, one for each parameter "
                    f"(None for one without). Got: {len(tree)}."
                )
            for index, inner in enumerate(template):
                self._match(inner, tree[index], (*path, index), what, leaves)


def _same_keys(template: Mapping, tree: Mapping, what: str, place: str) -> None:
    for key in template:
        if key not in tree:
            raise StructureError(
                f"{what} must have every parameter{place}; give None where there is no gradient. "
                f"Missing: {key!r}."
            )
    for key in tree:
        if key not in template:
            raise StructureError(
                f"{what} may have only the parameters{place}. Got: {key!r}."
                f"{nearest(str(key), map(str, template))}"
            )


def _is_sequence(tree: Any) -> bool:
    return isinstance(tree, Sequence) and not isinstance(tree, str | bytes)


def _listed(tree: Any) -> Any:
    """Generators and views of mappings as lists; anything else as it is."""
    if isinstance(tree, Iterable) and not isinstance(tree, Mapping | Sequence):
        return tree if hasattr(tree, "shape") else list(tree)
    return tree
