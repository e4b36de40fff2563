"""``adamas check``: is an optimizer of one's own right?"""

import argparse
import importlib.util
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AdamasError, ConfigurationError
from ..optimizer import Optimizer
from ..registry import nearest
from ..terminal import show_table, width, wrapped
from .notation import read_arguments
from .optimizers import find_class
from .terminal import show_json

if TYPE_CHECKING:
    from ..verification import Check, Outcome

_EXAMPLES = (
    ("adamas check my_optimizer.py", "every optimizer in a file"),
    ("adamas check my_optimizer.py learning_rate=0.01 warmup=5", "with arguments"),
    ("adamas check my_package.module:MyOptimizer", "one class of a module"),
    ("adamas check lamb --json", "a built-in one, for machines"),
    ("adamas check lab.py --on numpy,jax", "on these front ends only"),
)
_NOTES = (
    "exit codes:",
    "  0 all passed, 1 something failed, 2 there is no optimizer, or its rule is wrong",
)

_WIDEST = 36
"""Characters of a figure in the table, so that lines stay within 80."""

_WORDS = {True: "passed", False: "FAILED", None: "-"}


def add_parser(subparsers: Any) -> None:
    """Add ``check`` to the commands."""
    summary = "run an optimizer of your own through what the built-in ones are tested for"
    parser = subparsers.add_parser(
        "check", help=summary, description=summary, examples=_EXAMPLES, notes=_NOTES
    )
    parser.add_argument("target", metavar="FILE", help="a file, module:Class, or a name")
    parser.add_argument(
        "arguments", nargs="*", metavar="KEY=VALUE", help="arguments of the optimizer"
    )
    parser.add_argument(
        "--on",
        metavar="NAMES",
        help="front ends with commas between: numpy, tensors (of PyTorch, in apply), torch, jax, "
        "optax, keras (on the backend that it is told to use); the default is all",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out ``check``."""
    from ..verification import verify

    given, on = read_arguments(arguments.arguments), _front_ends(arguments.on)
    failures = 0
    content = {}
    for kind, preset in _classes(arguments.target):
        own = {**preset, **given}

        def make(kind: type[Optimizer] = kind, own: dict = own, **others: Any) -> Optimizer:
            return kind(**{**own, **others})

        make()  # arguments that are wrong are a mistake in the command line
        outcomes = list(verify(make, on))
        failed = sum(outcome.passed is False for _, outcome in outcomes)
        failures += failed
        content[kind.__name__] = {
            check.law: {"passed": outcome.passed, "figure": outcome.figure}
            for check, outcome in outcomes
        }
        if not arguments.json:
            _show(repr(make()), outcomes)
            asked = sum(outcome.passed is not None for _, outcome in outcomes)
            print(f"{kind.__name__}: {asked - failed} of {asked} passed.\n")
    if arguments.json:
        show_json(content)
    return 1 if failures else 0


def _front_ends(text: str | None) -> list[str]:
    """The names of front ends that are asked for."""
    from ..verification.fronts import FRONTS

    names = list(FRONTS) if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in FRONTS:
            raise ConfigurationError(
                f"Front ends must be among {', '.join(FRONTS)}. "
                f"Got: {name!r}.{nearest(name, FRONTS)}"
            )
    return names


def _show(title: str, outcomes: Sequence[tuple["Check", "Outcome"]]) -> None:
    """A table with a row for each law; figures that are too long for it stand below, each once."""
    notes: dict[str, str] = {}
    rows = []
    for check, outcome in outcomes:
        figure = outcome.figure
        if len(figure) > _WIDEST:
            figure = notes.setdefault(figure, f"[{len(notes) + 1}]")
        rows.append((check.law, _WORDS[outcome.passed], figure))
    show_table(title, ("law", "verdict", "figure"), rows)
    for text, mark in notes.items():
        print("\n".join(wrapped(f"{mark} {text}", width(), later="    ")))


def _classes(target: str) -> list[tuple[type[Optimizer], dict[str, Any]]]:
    """The optimizers that `target` names, with the arguments that a name implies."""
    if not target.endswith(".py"):
        return [find_class(target)]
    module = _load(Path(target))
    found = [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, Optimizer) and cls.__module__ == module.__name__
    ]
    ready = [cls for cls in found if hasattr(cls, "update")]
    if not ready:
        raise ConfigurationError(
            f"{target} must define an optimizer: class Mine(adamas.Optimizer) with a static "
            f"method update. Got: {', '.join(cls.__name__ for cls in found) or 'none'}."
        )
    return [(cls, {}) for cls in ready]


def _load(path: Path) -> Any:
    if not path.is_file():
        raise ConfigurationError(f"There must be a file to check. Got: {str(path)!r}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # as an import does: classes name their module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except AdamasError:
        raise
    except Exception as error:
        raise ConfigurationError(
            f"{path} cannot be imported. Got: {type(error).__name__}: {error}."
        ) from error
    finally:
        sys.path.pop(0)
    return module
