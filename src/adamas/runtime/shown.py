"""The state as users see it: a mapping that cannot be changed, and says what is in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..notebook import page, table


class Shown(Mapping[str, Any]):
    """Tensors by name, or such mappings by the slot's name; only the tensors' values may change."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = dict(content)

    def __getitem__(self, name: str) -> Any:
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        lines = [f"{place}: {form}" for place, form in self._forms()]
        return "\n".join(lines) or "nothing"

    def _repr_html_(self) -> str:
        return page(table(("state", "form"), list(self._forms())))

    def _forms(self, before: str = "") -> Iterator[tuple[str, str]]:
        for name, value in self._content.items():
            place = f"{before}[{name!r}]"
            if isinstance(value, Shown):
                yield from value._forms(place)
            else:
                yield place, form_of(value)


def form_of(tensor: Any) -> str:
    """The dtype and the shape of a tensor."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    return f"{dtype} [{', '.join(map(str, tensor.shape))}]"
