"""Calls and types as they stand in the files that `stubs` writes."""

import ast
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from adamas.fields import Field
from adamas.schedules.arguments import Converted

LONGEST = 90
"""Letters of a call in one line, below its indentation."""


def indented(text: str) -> str:
    """Lines one level deeper."""
    return textwrap.indent(text, "    ", str.strip)


def quoted(text: str) -> str:
    """A docstring."""
    text = text.strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}\n"""' if "\n" in text or text.endswith('"') else f'"""{text}"""'


# -- calls


def function(made: Any, name: str = "", *, manager: bool = False) -> str:
    """A function with its annotations and docstring."""
    known = typing.get_type_hints(inspect.unwrap(made))
    known = {n: annotation(value) for n, value in known.items()}
    if manager:
        inner = known["return"].partition("[")[2]
        known["return"] = f"contextlib.AbstractContextManager[{inner}"
    body = quoted(inspect.cleandoc(made.__doc__)) if made.__doc__ else "..."
    parts = arguments(inspect.signature(made), known.get)
    returns = f" -> {known['return']}" if "return" in known else ""
    call = f"def {name or made.__name__}({', '.join(parts)}){returns}:"
    if len(call) > LONGEST:
        parts = arguments(inspect.signature(made), known.get)
        inside = "".join(f"    {part},\n" for part in parts)
        call = f"def {name or made.__name__}(\n{inside}){returns}:"
    return f"{call}\n{indented(body)}"


def signature(found: inspect.Signature, hints: Callable[[str], str | None], own: str = "") -> str:
    """An ``__init__``, one argument a line."""
    parts = [*([own] if own else []), *arguments(found, hints)]
    inside = "".join(f"    {part},\n" for part in parts)
    return f"def __init__(\n{inside}) -> None: ..."


def arguments(found: inspect.Signature, hints: Callable[[str], str | None]) -> Iterator[str]:
    """Arguments with annotations and defaults, and what separates them."""
    kinds = [parameter.kind for parameter in found.parameters.values()]
    only, behind = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.KEYWORD_ONLY
    starred = inspect.Parameter.VAR_POSITIONAL in kinds
    for place, parameter in enumerate(found.parameters.values()):
        if place and kinds[place - 1] is only and parameter.kind is not only:
            yield "/"
        if parameter.kind is behind and behind not in kinds[:place] and not starred:
            yield "*"
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        kind = hints(parameter.name)
        text = stars.get(parameter.kind, "") + parameter.name + (f": {kind}" if kind else "")
        if parameter.default is not parameter.empty:
            text += f" = {literal(parameter.default)}" if kind else f"={literal(parameter.default)}"
        yield text
    if kinds and kinds[-1] is only:
        yield "/"


def literal(value: Any) -> str:
    """A default as it stands in a file."""
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return "..."
    return text


# -- types


def hint(field: Field) -> str:
    """The type of what an argument may be given as."""
    if field.is_described:
        kind = annotation(field.annotation)
    elif isinstance(field.kind, Converted):
        first = next(iter(inspect.signature(field.kind.converter).parameters.values()))
        kind = annotation(first.annotation)
    elif options := getattr(field.kind, "options", None):
        kind = choice(options)
    elif field.kind.hint == "Any":
        kind = annotation(field.annotation)
    else:
        kind = field.kind.hint
    return f"{kind} | None" if field.optional else kind


def read(field: Field) -> str:
    """The type of what an argument of a schedule is kept as."""
    return (
        "Any"
        if field.kind.hint.startswith("Sequence")
        else {"SupportsFloat": "float"}.get(
            hint(field), "Any" if "SupportsFloat" in hint(field) else hint(field)
        )
    )


def choice(options: Iterable[Any]) -> str:
    """One of a few values."""
    return f"Literal[{', '.join(map(repr, dict.fromkeys(options)))}]"


def annotation(kind: Any) -> str:
    """A type as it stands in a file."""
    text = "None" if kind is type(None) else inspect.formatannotation(kind)
    text = re.sub(r"\badamas\.optimizer\.Optimizer\b", "Optimizer", text)
    text = re.sub(r"\badamas\.schedules\.schedule\.Schedule\b", "Schedule", text)
    text = re.sub(r"\badamas\.frameworks\.keras\.optimizer\.", "", text)
    return re.sub(r"\b(typing|collections\.abc)\.(?=[A-Z])", "", text)
