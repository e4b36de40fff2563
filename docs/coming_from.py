"""The tables of docs/coming-from.md, from what optimizers say of other libraries.

python docs/coming_from.py
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adamas import optimizers
from adamas.convention import REQUIRED, Convention
from adamas.optimizer import Optimizer

PAGE = Path(__file__).with_name("coming-from.md")
LIBRARIES: Mapping[str, str] = {"torch": "torch.optim.", "optax": "optax."}
HEADINGS = ("there", "here", "arguments, where they are called otherwise", "defaults", "state")


def table(library: str) -> str:
    """Every optimizer that has the library's convention, in Markdown."""
    lines = [_row(HEADINGS), _row("---" for _ in HEADINGS)]
    return "\n".join([*lines, *map(_row, _rows(library))])


def _rows(library: str) -> Iterator[tuple[str, ...]]:
    for name in sorted(optimizers.__all__, key=str.lower):
        kind: type[Optimizer] = getattr(optimizers, name)
        convention = kind.conventions.get(library)
        if convention is not None:
            theirs = convention.name or (name if library == "torch" else name.lower())
            yield (
                f"`{LIBRARIES[library]}{theirs}`",
                f"`{name}`",
                _called(convention.arguments),
                _defaults(kind, convention),
                _called({theirs: ours for ours, theirs in convention.slots.items()}),
            )


def _called(words: Mapping[str, Any]) -> str:
    """Words there and here, where they differ."""
    pairs = {
        theirs: ours if isinstance(ours, str) else ", ".join(ours) for theirs, ours in words.items()
    }
    return ", ".join(f"`{theirs}` → `{ours}`" for theirs, ours in pairs.items() if theirs != ours)


def _defaults(kind: type[Optimizer], convention: Convention) -> str:
    """Those that differ from Keras's."""
    found = []
    for name, value in convention.defaults.items():
        if value is REQUIRED:
            found.append(f"`{name}` must be given")
        elif value != kind.fields[name].default and not _is_off(kind, name, value):
            found.append(f"`{name}={value!r}`")
    return ", ".join(found)


def _is_off(kind: type[Optimizer], name: str, value: Any) -> bool:
    """Whether it is 0 where None, the default, means the same."""
    return value == 0 and kind.fields[name].default is None and "decay" in name


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def with_tables(text: str) -> str:
    """The page with its tables as they are now."""
    for library in LIBRARIES:
        begin, end = f"<!-- table: {library} -->\n", "<!-- end -->"
        before, found, rest = text.partition(begin)
        between, ended, after = rest.partition(end)
        if not (found and ended) or "\n## " in between:
            raise ValueError(f"The page must have a place for the table of {library}.")
        text = f"{before}{begin}{table(library)}\n{end}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
