"""Several optimizers as one of PyTorch: each group of parameters has a rule of its own."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import torch

from ...composite import check_member, check_pairs, refuse_common
from ...errors import ArgumentError, CheckpointError, StructureError
from ...fields import Documented, Entry, entry_of, meanings_in, with_entries
from ...optimizer import Optimizer
from ...optimizers import MultiOptimizer as Declared
from ...refusals import COMPOSITE_IN_TORCH
from ...runtime.assignment import ALL_FROZEN
from ...runtime.loaded import Loaded
from .given import bound
from .groups import Arguments, Grouped, Words, split
from .naming import COMMON, FLAGS, FORMS, OWN, naming_of
from .optimizer import CLASSES, TorchOptimizer

RULE = "optimizer"
"""The key of a group under which its optimizer stands: itself when it is added, then its name."""

WANTED = "{'params': …, 'optimizer': adamas.Muon(0.02)}"


class MultiOptimizer(TorchOptimizer):
    """Several optimizers of adamas as one of PyTorch, in one step with one global norm.

    Each has a group of parameters, with its arguments in PyTorch's words, which schedulers write.
    A clip of `torch.nn.utils`, `torch.amp.GradScaler`, hooks and states are those of one optimizer.

    Args:
        params: tensors with their names, as ``model.named_parameters()`` gives them, that
            `optimizers` are chosen for; or groups that say it themselves:
            ``{"params": …, "optimizer": adamas.Muon(0.02)}``.
        optimizers: a mapping, or pairs, of pattern → declared optimizer, as `adamas.MultiOptimizer`
            takes it. A parameter goes to the first whose regular expression is found in its name,
            or whose function of name and shape says so. None leaves it out.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or a member with arguments of the whole step.
        StructureError: a parameter that no pattern fits.
    """

    declared = Declared
    __signature__ = inspect.Signature(
        [inspect.Parameter("params", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        + [inspect.Parameter(RULE + "s", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)]
        + [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
            for name in (*COMMON, *FLAGS, *OWN)
        ]
    )

    def __init__(self, params: Any = None, optimizers: Any = None, **common: Any) -> None:
        given = bound(type(self), params, (optimizers,), common)
        params, chosen = given.pop("params"), given.pop(RULE + "s")
        flags = self._take_whole(given)
        # Each group has its own.
        self._convention, self._first_sources = self.declared.convention, {}
        self._rules: list[tuple[type[Optimizer], str]] = []
        groups = list(params) if chosen is None else _chosen(params, chosen)
        # What does not go together is refused here, not at the first step.
        Grouped({"": _member(groups[0] if groups else {}).replace()}, **self._common)
        self._start(groups, flags)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with its optimizer.

        Args:
            param_group: ``{"params": …, "optimizer": adamas.AdamW(1e-3)}``, with arguments in
                either words in place of the optimizer's own.
        """
        member = _member(param_group)
        kind, convention = type(member), member.convention
        naming = naming_of(kind)
        arguments = {n: member.argument(n) for n in member.fields if n not in COMMON}
        arguments.pop("convention")
        usual, sources = split(arguments)
        group = {**param_group, RULE: kind.__name__}
        self._add(group, Words(naming, convention), usual, sources)
        self._rules.append((kind, convention))
        added = self.param_groups[-1]
        names = self._names()[-len(added["params"]) :] if added["params"] else []
        pairs = zip(names, added["params"], strict=True)
        kept = [name for name, tensor in pairs if not member.exclusions.decays(name, tensor)]
        self._excluded = (*self._excluded, *kept)

    @property
    def _arguments(self) -> Arguments:
        words = [Words(naming_of(kind), convention) for kind, convention in self._rules]
        return Arguments(words, self.param_groups, self._sources, several=True)

    def described(self) -> Optimizer:
        """The declared optimizer of all parameters, by their names."""
        opened, names = self._ready(), iter(self._names())
        pairs = []
        for group in opened.groups:
            own = [re.escape(next(names)) for _ in range(group.count)]
            pairs.append((f"^({'|'.join(own)})$" if own else "$^", group.member.replace()))
        return Declared(pairs, **opened.settings())

    def load_state_dict(  # type: ignore[override]
        self, state_dict: Mapping[str, Any], *, hyperparameters: bool = False, strict: bool = True
    ) -> Loaded:
        """As of `TorchOptimizer`, with the same optimizers in its groups.

        Args:
            state_dict, hyperparameters, strict: as there.

        Raises:
            CheckpointError: it does not fit; nothing is changed then.
        """
        saved = state_dict.get("param_groups") if isinstance(state_dict, Mapping) else None
        for own, other in zip(self.param_groups, saved or (), strict=False):
            rule = other.get(RULE, own[RULE]) if isinstance(other, Mapping) else own[RULE]
            if rule != own[RULE]:
                raise CheckpointError(
                    f"Each group of the state must be of the optimizer that it has here, "
                    f"{own[RULE]}. Got: {rule}."
                )
        return super().load_state_dict(state_dict, hyperparameters=hyperparameters, strict=strict)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_rules": self._rules}


CLASSES[Declared] = MultiOptimizer
_SAID = cast("str", MultiOptimizer.__doc__)
MultiOptimizer.__doc__ = Documented(lambda: with_entries(_SAID, _entries()))  # pyright: ignore[reportAttributeAccessIssue]


def _entries() -> Iterator[Entry]:
    """What a reader is told of each argument."""
    own, base = meanings_in(_SAID), meanings_in(TorchOptimizer.__doc__)
    yield Entry("params", "(name, tensor) pairs, or dicts of groups", "", own["params"])
    of_member = "mapping or pairs of str or function to Optimizer or None"
    yield Entry(RULE + "s", of_member, "None", own[RULE + "s"])
    yield from (entry_of(Declared.fields[name]) for name in COMMON)
    for name, usual in {**FLAGS, **dict.fromkeys(OWN)}.items():
        yield Entry(name, FORMS[name], repr(usual), base[name])


def _member(group: Any) -> Optimizer:
    """The optimizer that a group says it has."""
    if not isinstance(group, Mapping) or RULE not in group:
        raise ArgumentError(
            f"MultiOptimizer takes groups with their optimizers, {WANTED}, or parameters and what "
            "chooses their optimizers: MultiOptimizer(model.named_parameters(), {'bias$': …}). "
            "Got: neither."
        )
    member = check_member("MultiOptimizer", RULE, group[RULE])
    refuse_common("MultiOptimizer", member)
    if not hasattr(member, "update"):
        raise COMPOSITE_IN_TORCH.error(type(member).__name__)
    return member


def _chosen(params: Iterable[Any], optimizers: Any) -> list[dict[str, Any]]:
    """A group for each optimizer, with the parameters that it is chosen for."""
    pairs = check_pairs(optimizers)
    copies = {id(one): _member({RULE: one}).replace() for _, one in pairs if one}
    whole = Declared([(choice, member and copies[id(member)]) for choice, member in pairs])
    first = {id(copies[id(member)]): member for _, member in pairs if member}
    groups = {key: {"params": [], RULE: member} for key, member in first.items()}
    for place, one in enumerate(params):
        if isinstance(one, Mapping):
            raise ArgumentError(
                "Parameters that optimizers are chosen for must be no groups. Got: a group. "
                f"Give each its own: {WANTED}."
            )
        name, tensor = one if isinstance(one, tuple) else (str(place), one)
        shape = tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else ()
        member = whole.member_for(name, shape)
        if member is not None:
            groups[id(member)]["params"].append(one)
    if not groups:
        raise StructureError(ALL_FROZEN)
    return list(groups.values())
