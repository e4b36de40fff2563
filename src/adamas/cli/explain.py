"""``adamas explain``: what a step costs, before anything is run."""

import argparse
from typing import Any

from ..dtypes import FLOATS
from ..explanation import explain, plans
from ..optimizer import Optimizer
from ..terminal import row_width
from .optimizers import add_optimizer_options, chosen_optimizer
from .shapes import MODELS, read_shapes
from .terminal import show_json

_EXAMPLES = (
    ("adamas explain", "Adam, for each weight"),
    (
        "adamas explain --params gpt2 --global-clipnorm 1 --use-ema",
        "a whole model, with clipping and averaging",
    ),
    (
        "adamas explain --params 784x128,128,128x10 --weight-decay 0.01 --dtype bfloat16",
        "tensors of your own",
    ),
    ("adamas explain --use-ema --source", "the loop that runs over the weights"),
    ("adamas explain --optimizer amsgrad --json", "for machines"),
)
_NOTES = ('"module:Class" as --optimizer takes a class of your own, from a file in this folder.',)


def add_parser(subparsers: Any) -> None:
    """Add ``explain`` to the commands."""
    summary = "what a step costs: passes over memory, bytes per weight, and which argument why"
    parser = subparsers.add_parser(
        "explain", help=summary, description=summary, examples=_EXAMPLES, notes=_NOTES
    )
    parser.add_argument(
        "--params",
        metavar="SHAPES",
        help=f"a model ({', '.join(MODELS)}), or shapes such as 1000000 or 784x128,128,128x10",
    )
    parser.add_argument(
        "--dtype",
        default="float32",
        choices=FLOATS,
        metavar="NAME",
        help=f"of parameters: {', '.join(FLOATS)} (default: float32)",
    )
    parser.add_argument(
        "--exclude-from-weight-decay",
        nargs="+",
        default=[],
        metavar="NAME",
        help="leave out parameters whose names match, such as: bias ln_",
    )
    parser.add_argument("--source", action="store_true", help="also print the generated loops")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_optimizer_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``explain``."""
    optimizer = chosen_optimizer(arguments)
    optimizer.exclude_from_weight_decay(var_names=arguments.exclude_from_weight_decay)
    shapes = read_shapes(arguments.params) if arguments.params else {}
    explanation = explain(optimizer, shapes, arguments.dtype)
    source = _loops(optimizer, shapes) if arguments.source else {}
    if arguments.json:
        show_json({**explanation.to_json(), **({"source": source} if source else {})})
        return 0
    print(explanation.text(row_width()))
    for loops in source.values():
        print("", *loops, sep="\n")
    return 0


def _loops(optimizer: Optimizer, shapes: dict[str, tuple[int, ...]]) -> dict[str, list[str]]:
    """The generated loop of each pass, of calls that update and of those that accumulate."""
    from ..compilers.graph import render_pass
    from ..lowering import lower

    loops: dict[str, list[str]] = {"update": [], "accumulate": []}
    for plan in plans(optimizer, shapes):
        for call, texts in loops.items():
            texts += [render_pass(lower(plan, work)) for work in getattr(plan, call)]
    return {call: texts for call, texts in loops.items() if texts}
