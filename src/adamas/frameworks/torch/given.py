"""What a class of `adamas.torch` is given, sorted: what is the whole step's, and what a group's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from ...description import refuse_words
from ...errors import ArgumentError, shown
from ...refusals import DIFFERENTIABLE
from .devices import check_compiler
from .groups import CONSTRUCTED, WHOLE, Sources, Words, as_constructed, describe, split
from .naming import COMMON, FLAGS, Fields
from .offload import check_offload


def bound(cls: Any, params: Any, args: tuple, kwargs: Any) -> dict[str, Any]:
    """The arguments that a class of `adamas.torch` was given, by name."""
    name, signature = cls.__name__, cls.__signature__
    refuse_words(cls.declared, kwargs, signature.parameters, door=False)
    refuse_no_parameters(name, params)
    try:
        return dict(signature.bind(params, *args, **kwargs).arguments)
    except TypeError as error:
        raise ArgumentError(f"{name} takes {signature}. Got: {error}.") from None


def refuse_no_parameters(name: str, params: Any) -> None:
    """`ArgumentError` for a model, a number or nothing in place of its parameters."""
    module = isinstance(params, torch.nn.Module)
    if module or params is None or isinstance(params, int | float | str):
        came = f"the model itself ({type(params).__name__})" if module else shown(params)
        raise ArgumentError(
            f"Parameters come first: {name}(model.parameters(), lr=0.001). Got: {came}."
        )


def process_group_in(given: dict[str, Any], usual: Any) -> Any:
    """The process group among arguments, which is taken out of them; `usual` if there is none."""
    if "process_group" not in given:
        return usual
    group = given.pop("process_group")
    if group is not None:
        from .processes import check_process_group

        check_process_group(group)
    return group


def refuse_flags(given: Any) -> None:
    """`UnsupportedError` for steps that are to have derivatives."""
    if given.get("differentiable"):
        raise DIFFERENTIABLE.error("differentiable=True")


class Whole(NamedTuple):
    """What is given for the whole step: PyTorch's flags, who makes it, and its arguments."""

    flags: dict[str, Any]
    process_group: Any
    compiler: str | None
    offload: str | None
    settings: dict[str, Any]


def whole_in(given: dict[str, Any]) -> Whole:
    """What is the whole step's among arguments, which is taken out of them."""
    flags = {name: given.pop(name, default) for name, default in FLAGS.items()}
    refuse_flags(flags)
    process_group = process_group_in(given, None)
    compiler = given.pop("compiler", None)
    check_compiler(compiler)
    offload = given.pop("offload", None)
    check_offload(offload, compiler)
    settings = {name: given.pop(name) for name in COMMON if name in given}
    return Whole(flags, process_group, compiler, offload, settings)


class Joining(NamedTuple):
    """A group of parameters with all that it has: PyTorch's keys, callables, and processes."""

    group: dict[str, Any]
    sources: Sources
    process_group: Any


def joining_of(
    param_group: Mapping[str, Any],
    words: Words,
    usual: Fields,
    sources: Sources,
    settings: Mapping[str, Any],
    process_group: Any,
) -> Joining:
    """A group as it was given, complete.

    Args:
        param_group: with arguments of its own, in either words.
        words: in which the others are written.
        usual, sources: those others, and callables that give some.
        settings: the arguments of the whole step, which may stand in it.
        process_group: that of a group which says no other.
    """
    naming, convention = words
    group = {n: v for n, v in param_group.items() if n not in (CONSTRUCTED, WHOLE)}
    # Never in the group itself, which is saved: processes are those of one run.
    processes = process_group_in(group, process_group)
    given = {name: group.pop(name) for name in tuple(group) if naming.knows(name)}
    refuse_flags(group)
    # ZeroRedundancyOptimizer writes all arguments into its groups.
    whole = {**settings, "convention": convention}
    naming.refuse_in_group(
        name for name in group if name not in whole or group[name] != whole[name]
    )
    own, given_by = split(naming.fields(given))
    sources = {**{n: s for n, s in sources.items() if n not in own}, **given_by}
    with naming.words_of(given):
        described = describe(naming, {**usual, **own}, sources, convention)
    return Joining({**group, **as_constructed(described)}, sources, processes)
