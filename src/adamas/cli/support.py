"""``adamas support``: which optimizers and features work where, and the way out elsewhere."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from ..refusals import FRONT_ENDS, REFUSALS, Refusal
from ..registry import nearest
from ..support import ARGUMENTS, FEATURES, NAMES, conditions, reasons, refused_by_declaration
from ..terminal import styled, width, wrapped
from .terminal import show_json

_EXAMPLES = (
    ("adamas support", "what is refused, everywhere"),
    ("adamas support jax optax", "there only"),
    ("adamas support --json", "every optimizer x front end x feature"),
    ("adamas support --markdown", "the table in the documents"),
)

_INTRODUCTION = """\
# What works where

`adamas support --markdown` makes this page from what the code refuses, and the tests try it
(CUDA in Triton's interpreter, TensorFlow where it is installed; some pairs for all of their kind).
✓ works, ✗ is refused with an error that changes nothing, and an empty cell is for what is not there
to be tried. Numbers are those of the notes.

What is tried is an optimizer with a feature. What optimizers carry from call to call (first values,
numbers that are handed on, averages, accumulation, skipped calls, files from one front end to each
other one) is tried by kind of optimizer on NumPy, tensors, `adamas.torch`, JAX, optax and Keras, in
the table of `tests/laws`. Features are not tried in every combination with each other.
"""


def add_parser(subparsers: Any) -> None:
    """Add ``support`` to the commands."""
    summary = "which optimizers and features work where, and the way out where they do not"
    parser = subparsers.add_parser("support", help=summary, description=summary, examples=_EXAMPLES)
    parser.add_argument(
        "front_ends",
        nargs="*",
        metavar="WHERE",
        help=f"some of: {', '.join(FRONT_ENDS)} (default: all)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the whole table as JSON")
    form.add_argument("--markdown", action="store_true", help="print it as Markdown")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``support``."""
    for name in arguments.front_ends:
        if name not in FRONT_ENDS:
            arguments.parser.error(f"unknown front end {name!r}.{nearest(name, FRONT_ENDS)}")
    front_ends = arguments.front_ends or list(FRONT_ENDS)
    if arguments.json:
        show_json(everything(front_ends))
    elif arguments.markdown:
        print("\n".join(markdown(front_ends)))
    else:
        print("\n".join(listing(front_ends)))
    return 0


def everything(front_ends: Sequence[str]) -> dict[str, Any]:
    """Front end → optimizer → feature → why it is refused: no reason where it works."""
    return {where: {name: _features(name, where) for name in NAMES} for where in front_ends}


def _features(name: str, where: str) -> dict[str, list[str]]:
    here = (f for f, feature in FEATURES.items() if where in feature.front_ends)
    return {feature: reasons(name, where, feature) for feature in here}


# -- text -----------------------------------------------------------------------------------------


def listing(front_ends: Sequence[str]) -> Iterator[str]:
    """What is refused in each front end, as lines."""
    said = "Everything works but what follows; `adamas support --markdown` has the whole table."
    yield from wrapped(said, width())
    for where in front_ends:
        yield f"\n{styled(where, 'bold')}: {FRONT_ENDS[where].replace('`', '')}"
        found = [refusal for refusal in REFUSALS if where in refusal.front_ends]
        for refusal in found:
            yield from wrapped(_about(refusal), width(), first="  ", later="    ")
            yield from wrapped(_text(refusal), width(), first="      ", later="      ")


def _about(refusal: Refusal) -> str:
    """What a refusal is about, in a few words."""
    what = ", ".join((*refusal.optimizers, *refusal.features))
    return ", ".join(filter(None, (what, refusal.when)))


def _text(refusal: Refusal) -> str:
    first, *code = refusal.way_out.splitlines()
    example = code[0].split("#")[0].strip() if code else ""
    return f"{refusal.law} {first} `{example}`" if code else f"{refusal.law} {first}"


# -- Markdown -------------------------------------------------------------------------------------


def markdown(front_ends: Sequence[str]) -> Iterator[str]:
    """The page, as lines."""
    notes = [refusal for refusal in REFUSALS if set(refusal.front_ends) & set(front_ends)]
    yield _INTRODUCTION
    yield "## Optimizers\n"
    rows = [(name, _row(front_ends, notes, optimizer=name)) for name in NAMES]
    yield from _table("optimizer", front_ends, rows)
    yield "\n## Features\n"
    rows = [(_word(name), _row(front_ends, notes, feature=name)) for name in FEATURES]
    yield from _table("feature", front_ends, rows)
    yield "\n## What optimizers refuse by themselves, wherever they are\n"
    yield from _declarations()
    yield "\n## Notes\n"
    for number, refusal in enumerate(notes, 1):
        yield f"{number}. {_where(refusal, front_ends)}: {_about(refusal)}. {_text(refusal)}"


def _where(refusal: Refusal, front_ends: Sequence[str]) -> str:
    """Where something is refused, in words."""
    if len(refusal.front_ends) == len(FRONT_ENDS):
        return "Everywhere"
    return "; ".join(FRONT_ENDS[name] for name in front_ends if name in refusal.front_ends)


def _table(
    first: str, front_ends: Sequence[str], rows: Sequence[tuple[str, list[str]]]
) -> Iterator[str]:
    yield f"| {first} | {' | '.join(FRONT_ENDS[where] for where in front_ends)} |"
    yield "|---" * (1 + len(front_ends)) + "|"
    for name, cells in rows:
        yield f"| {name} | {' | '.join(cells)} |"


def _row(
    front_ends: Sequence[str], notes: Sequence[Refusal], *, optimizer: str = "", feature: str = ""
) -> list[str]:
    """The cells of an optimizer as it is, or of a feature of any of them."""
    return [
        _cell(
            [refusal for refusal in notes if refusal.concerns(where, optimizer, feature)],
            conditions(where, optimizer=optimizer, feature=feature),
            notes,
        )
        if not feature or where in FEATURES[feature].front_ends
        else ""
        for where in front_ends
    ]


def _word(feature: str) -> str:
    """Arguments stand in the type of code."""
    return f"`{feature}`" if feature in ARGUMENTS or "=" in feature else feature


def _cell(refused: list[Refusal], partly: list[Refusal], notes: Sequence[Refusal]) -> str:
    numbers = ", ".join(str(notes.index(refusal) + 1) for refusal in refused or partly)
    mark = "✗" if refused else "✓"
    return f"{mark} {numbers}".strip()


def _declarations() -> Iterator[str]:
    yield "| optimizer | feature | error |"
    yield "|---|---|---|"
    for name in NAMES:
        for feature in FEATURES:
            error = refused_by_declaration(name, feature)
            if error:
                yield f"| {name} | `{feature}` | {error} |"
