"""`torch.optim.Optimizer` over any declared optimizer: its manners, one fused pass."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import replace
from os import PathLike
from typing import Any, ClassVar, overload

import torch

from ...description import find_convention, point, present
from ...description.inputs import LOSS
from ...drivers import Driver
from ...errors import ArgumentError
from ...locks import fork_safe_lock
from ...optimizer import Optimizer
from ...refusals import COMPOSITE_IN_TORCH
from ...runtime import files
from ...runtime.clock import NONE_YET, Counted
from ...runtime.kept import KEPT, Kept, States
from ...runtime.loaded import Loaded
from ...runtime.signals import held
from .. import explain
from . import checkpoints
from .classes import class_of
from .drivers import TorchDriver, wrap_driver
from .entries import refuse_other_forms
from .forms import copied
from .given import bound, joining_of, whole_in
from .graphs import Graphs
from .groups import (
    Arguments,
    Grouped,
    Sources,
    Words,
    as_stored,
    describe,
    split,
)
from .habits import HABITS
from .naming import COMMON, Fields, Naming
from .numbers import OfGroups
from .offload import HostSide
from .opening import Begun, Opened, begin
from .parameters import names_excluded, names_of, parameters_of, peers_of
from .recording import unrecorded
from .session import TensorSession

_OPENING = fork_safe_lock()
"""Taken while a session is made, so that two threads do not both make it."""


class TorchOptimizer(Graphs, Counted, torch.optim.Optimizer):
    """Base of all optimizers of `adamas.torch`; `wrap` makes one of any declared optimizer.

    Args:
        params: what is optimized, as ``torch.optim`` takes it; a group may have arguments of its
            own. With names, states go by them.
        args, kwargs: PyTorch's own, by position and by name, and all of adamas by name, in either
            words (``lr`` or ``learning_rate``, ``betas`` or ``beta_1`` and ``beta_2``). Rates,
            betas and weight decay may differ by group; clips, averages, accumulation, loss scale
            and ``nonfinite`` are those of the whole step.
        foreach, fused, capturable: PyTorch's, without effect: a step is one fused pass anyway.
        differentiable: PyTorch's; steps have no derivatives here.
        process_group: the processes that parameters are divided among one by one, as
            ``ZeroRedundancyOptimizer`` does it, so that a global norm is that of all of them. A
            group of parameters may have another one, such as experts, or None: all have the same.
        compiler: ``"reference"`` for the definition, in NumPy and slow, in place of the usual one.
        offload: ``"cpu"`` to keep states in host memory, where the CPU makes the steps, for
            parameters on a GPU; gradients and weights travel in buckets.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or arguments that exclude each other.
        ArrayTypeError, ArrayError: at the first step, a parameter that cannot be optimized.
    """

    declared: ClassVar[type[Optimizer]]
    naming: ClassVar[Naming]

    _opened: Opened | None = None
    _is_shown = False
    _end_elsewhere: Callable[[], None] | None = None
    _process_group: Any = None
    _process_groups: Sequence[Any] = ()
    _compiler: str | None = None
    _offload: str | None = None
    _host_side: HostSide | None = None
    _excluded: tuple[str, ...]
    _first_common: Mapping[str, Any] = {}

    def __init__(self, params: Any = None, *args: Any, **kwargs: Any) -> None:
        given = bound(type(self), params, args, kwargs)
        params = given.pop("params")
        flags = self._take_whole(given)
        self._convention = given.pop("convention", self.naming.convention)
        find_convention(self.declared, self._convention)
        fields, self._first_sources = split(self.naming.fields(given))
        with self.naming.words_of(given):
            defaults = describe(self.naming, fields, self._first_sources, self._convention)
            # What does not go together is refused here, not at the first step.
            member = self.naming.member({**fields, **self._first_sources}, self._convention)
            Grouped({"": member}, **self._common)
        self._start(params, {**defaults, **flags})

    def _take_whole(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take what is the whole step's out of the arguments; gives PyTorch's flags."""
        whole = whole_in(given)
        self._process_group, self._process_groups = whole.process_group, []
        self._compiler, self._offload = whole.compiler, whole.offload
        self._common = self._first_common = whole.settings
        self._sources: list[Sources] = []
        self._excluded = ()
        return whole.flags

    def _start(self, params: Any, defaults: dict[str, Any]) -> None:
        """Take the parameters, as PyTorch does."""
        super().__init__(params, defaults)

    @classmethod
    def takes(cls, name: str) -> bool:
        """Whether there is an argument called `name`."""
        return name in cls.__signature__.parameters  # type: ignore[attr-defined]

    @property
    def _step_supports_amp_scaling(self) -> bool:
        """Whether `step` unscales gradients, which PyTorch's scaler and Lightning ask.

        It takes either. Lightning refuses to clip what it has to take for scaled, also where it has
        no scaler, as with bfloat16: then who asks is told no.
        """
        asking = sys._getframe(1).f_back
        owner = asking and asking.f_locals.get("self")
        return getattr(owner, "scaler", True) is not None

    # -- groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters.

        Args:
            param_group: ``{"params": …}``, with arguments of its own in either words.
        """
        usual = self.naming.fields({key: self.defaults[key] for key in self.naming.keys})
        words = Words(self.naming, self._convention)
        self._add(param_group, words, usual, self._first_sources)

    def _add(
        self, param_group: dict[str, Any], words: Words, usual: Fields, sources: Sources
    ) -> None:
        """Add a group whose arguments are `usual` and `sources`, but for those that it gives."""
        joining = joining_of(
            param_group, words, usual, sources, self._settings, self._process_group
        )
        super().add_param_group(joining.group)
        self._sources.append(joining.sources)
        self._process_groups = [*self._process_groups, joining.process_group]
        self._forget()

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[torch.Tensor] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leave parameters that are here by now out of weight decay, in place of a group for them.

        Args:
            var_list: the tensors themselves.
            var_names: patterns (regular expressions) that are searched for in the names of
                parameters, ``["bias", "norm"]``: construct with ``model.named_parameters()``.

        Raises `StructureError` for a tensor that is none of the parameters.
        """
        found = names_excluded(self.param_groups, var_list, var_names)
        self._excluded = (*self._excluded, *found)
        self._forget()

    @property
    def _settings(self) -> dict[str, Any]:
        """The arguments of the whole step, as they are now."""
        return self._common if self._opened is None else self._opened.settings()

    @property
    def _arguments(self) -> Arguments:
        words = [Words(self.naming, self._convention)] * len(self.param_groups)
        return Arguments(words, self.param_groups, self._sources)

    def _forget(self) -> None:
        """The next step makes its plans anew from groups and state."""
        self._note()
        self._opened = None

    def _note(self) -> None:
        """Write down what a copy, or another session, begins with."""
        self._common = self._settings
        if self._opened is not None:
            self._opened.carry(self.param_groups, self._first_common)

    def ready(self) -> TensorSession:
        """The session for the parameters and arguments that the groups have now."""
        return self._ready().session

    @property
    def state(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The entries of all parameters, as PyTorch keeps them.

        From now on every step looks at all of them: whoever has them may put other tensors there.
        """
        self._is_shown = True
        if self._opened is not None:
            self._opened.session.state_of.watch()
        return self._entries

    @state.setter
    def state(self, entries: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.__dict__["state"] = entries

    @property
    def _entries(self) -> Any:
        return self.__dict__["state"]

    def _ready(self) -> Opened:
        opened = self._opened
        if opened is None or not opened.is_of(self.param_groups, self._entries):
            return self._open()
        opened.follow()
        return opened

    def _open(self) -> Opened:
        """The session for the present groups, which another thread may have made meanwhile."""
        with self._still(), _OPENING:
            opened = self._opened
            if opened is None or not opened.is_of(self.param_groups, self._entries):
                self._forget()
                with as_stored(self.param_groups) as written:
                    begun = self._begin(self._entries, self._arguments, self._settings)
                    opened = Opened(*begun, self.param_groups[0])
                if written:
                    opened.follow()
                self._opened = opened
                self.keep_captured(opened.session)
                if self._is_shown:
                    opened.session.state_of.watch()
            return opened

    def _begin(self, entries: Any, arguments: Arguments, settings: Mapping[str, Any]) -> Begun:
        """A session with these entries, and what goes with it."""
        if self._offload is not None and self._host_side is None:
            self._host_side = HostSide()
        peers = peers_of(self.param_groups, self._process_groups, self._process_group)
        named = dict(zip(self._names(), parameters_of(self.param_groups), strict=True))
        known = (entries, self._compiler, peers, self._host_side)
        return begin(named, arguments, settings, self._excluded, *known)

    def described(self) -> Optimizer:
        """One declared optimizer with the arguments of the first group and of the whole step."""
        opened = self._ready()
        return opened.groups[0].member.replace(**opened.settings())

    def _names(self) -> list[str]:
        return names_of(self.param_groups)

    # -- steps

    @unrecorded
    def step(  # type: ignore[override]
        self, closure: Callable[[], Any] | None = None, **given: Any
    ) -> Any:
        """Update the parameters from their ``.grad``; gives what `closure` returned.

        With `torch.amp.GradScaler` gradients are unscaled in the same pass, and a step in which it
        found infinities changes nothing.

        Args:
            closure: computes gradients anew, and gives the loss, which an optimizer that asks for
                it takes.
            given: what the optimizer asks for beside gradients, by name: ``step(loss=loss)``, the
                loss as it is before a scaler scales it.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
            if loss is not None:
                given = {LOSS: loss, **given}
        if torch.compiler.is_compiling():
            _advance_eagerly(self, given)
        else:
            self._advance(given)
        return loss

    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether there were any.

        As `adamas.Optimizer.flush`: for the end of an epoch, where calls do not fill a group of
        ``gradient_accumulation_steps``.

        Args:
            given: as of `step`, for the update.
        """
        opened = self._ready()
        updated = opened.session.flush(opened.named(given))
        opened.show()
        return updated

    def _advance(self, given: Mapping[str, Any]) -> None:
        if self._end_elsewhere is not None:
            self._end_elsewhere()
            return
        opened = self._ready()
        scale, found = getattr(self, "grad_scale", None), getattr(self, "found_inf", None)
        if scale is not None:
            opened.unscale()
        session = opened.session
        if given:
            given = opened.named(given)
        session.step([p.grad for p in opened.params], scale, found, given)
        opened.show()

    @property
    def steps_elsewhere(self) -> bool:
        """Whether somebody makes the steps by `step_alone` in place of `step`."""
        return self._end_elsewhere is not None

    def leave_steps(self, end: Callable[[], None] | None) -> None:
        """Leave the steps to somebody whose call `step` only ends from now on; None: take them."""
        self._end_elsewhere = end

    def step_alone(
        self, index: int, gradient: torch.Tensor, divisor: torch.Tensor | None = None
    ) -> float | torch.Tensor | None:
        """The part of a step that is one parameter's; gives the gradient's norm if a clip took it.

        Args:
            index: its number through all groups.
            gradient: its gradient.
            divisor: what it is divided by before all else.
        """
        opened = self._ready()
        if divisor is not None:
            opened.unscale()
        return opened.session.step_alone(index, gradient, divisor)

    def end_call(self, norm: float | torch.Tensor | None = None) -> None:
        """Count a call that was made of `step_alone`; `norm` is that of all its gradients."""
        opened = self._ready()
        opened.session.end_call(norm)
        opened.show()

    def show(self) -> None:
        """Write the numbers of the call that was made last into the groups."""
        if self._opened is not None:
            self._opened.show()

    def largest_norm(self) -> float:
        """What `global_clipnorm` allows now."""
        return float(self._settings["global_clipnorm"])

    @property
    def offload(self) -> str | None:
        """Where states are kept and stepped, if not where the parameters are."""
        return self._offload

    def asked_inputs(self) -> list[str]:
        """What steps must be given beside gradients, by name."""
        rules = (words.naming.declared for words in self._arguments.words)
        return list(dict.fromkeys(name for rule in rules for name in rule.inputs))

    def _counters(self) -> Mapping[str, int]:
        if self._opened is None and not self._entries:
            return NONE_YET
        return self.ready().counters()

    @property
    def gradient_norm(self) -> float | torch.Tensor | None:
        """The L2 norm of all gradients in the last update, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them. On a GPU it is a 0-d
        tensor, for which nothing has waited yet.
        """
        return None if self._opened is None else self._opened.session.gradient_norm

    def explain(self, *, source: bool = False) -> None:
        """Print the plan: passes over memory, bytes per weight, and what each argument costs.

        Args:
            source: also print the generated loop of each pass.
        """
        session = self.ready()
        print(explain(session.description, session, None, source=source))

    # -- averages

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Evaluate with the averages: ``with optimizer.averaged(): ...`` swaps them in and out."""
        with self.ready().averaged():
            yield

    def finalize(self) -> None:
        """Write the averages into the parameters, if there are any; call it after training."""
        self.ready().finalize()

    # -- state out and in

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of other threads wait: ``with optimizer.paused(): ...`` to look at one step."""
        if self._opened is None:
            self.ready()
        with self._still():
            yield

    def _still(self) -> AbstractContextManager[Any]:
        """As `paused`, where no session is made for it: without one nobody has made a step."""
        opened = self._opened
        return nullcontext() if opened is None else opened.session.paused()

    def state_dict(self) -> dict[str, Any]:
        """The state in PyTorch's form, with its names: ``torch.optim`` can load it, too.

        Its tensors are those of the optimizer, as in ``torch.optim``: where another thread makes
        steps, write or copy them inside `paused`.
        """
        with self._still():
            self._note()
            return super().state_dict()

    def load_state_dict(  # type: ignore[override]
        self,
        state_dict: Mapping[str, Any],
        *,
        hyperparameters: bool = False,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state of this optimizer or of its like in ``torch.optim``.

        Parameters are found by name if both sides have names, else by their order. Slots keep
        their values: they are made wider where steps need it, and never narrower.

        Args:
            state_dict: what `state_dict` gave.
            hyperparameters: also take over the arguments it was saved with. Without it only those
                are that were moved, by a scheduler or by hand, and those of a state of
                ``torch.optim``, which does not tell; of others that differ a warning tells.
            strict: whether the state must be of these very parameters. With False what has the same
                name and shapes is taken over, and other parameters begin afresh; both sides must
                have names then.

        Returns:
            What was taken over, what begins afresh, and what was left, by name.

        Raises:
            CheckpointError: it does not fit, or nothing in it does; nothing is changed then.
        """
        saved = dict(state_dict) if isinstance(state_dict, Mapping) else {}
        for before in self._optimizer_load_state_dict_pre_hooks.values():
            changed = before(self, saved)
            saved = saved if changed is None else dict(changed)
        refuse_other_forms(saved)
        options: Any = {"hyperparameters": hyperparameters, "strict": strict}
        own = (self._arguments, self._settings, self._first_common)
        known = checkpoints.Saved(saved, *own, **options)
        # Nothing of the present state is asked for, which may be one that cannot be stepped.
        begun = (replace(self._arguments, groups=known.groups), known.settings)
        _, groups, session = self._begin({}, *begun)
        loaded, taken = known.entries(session)
        for group in groups:
            group.show_present()
            group.show_storage()
        self._forget()
        self._common = known.settings
        self.__setstate__(taken._asdict())
        for after in self._optimizer_load_state_dict_post_hooks.values():
            after(self)
        return loaded

    def convert(self, *, states: States = KEPT, master: "str | Kept | None" = KEPT) -> None:
        """Store the state otherwise from now on, as `adamas.Optimizer.convert` does it.

        All groups say it then; one group is changed by what is written into it, as in
        ``optimizer.param_groups[0]["states"] = "bfloat16"``.

        Args:
            states: how slots are stored.
            master: where the weights of parameters of 16 bits are exact.

        Raises:
            ConfigurationError, ArgumentError: values that the optimizer cannot have; nothing is
                changed then.
            StateError: inside `averaged`, or where CUDA graphs have captured steps.
        """
        asked = {name: v for name, v in (("states", states), ("master", master)) if v is not KEPT}
        opened = self._ready()
        with self._still(), held():
            opened.convert(**asked)
            self.defaults.update(asked)

    def save(self, path: "str | PathLike[str]") -> None:
        """Write the state to one sealed file, which every framework of adamas reads.

        Args:
            path: the file. Slots go by the names of the parameters: construct with
                ``model.named_parameters()``.
        """
        with self.paused():
            files.save(self.described(), self.ready(), path, self._numbers())

    def load(self, path: "str | PathLike[str]", *, strict: bool = True) -> Loaded:
        """Take over the state in a file that `save`, or another framework's optimizer, wrote.

        Args:
            path: the file.
            strict: as of `load_state_dict`.

        Gives what was taken over, what begins afresh, and what was left, by name. Raises
        `CheckpointError` for a file that does not fit; nothing is changed then.
        """
        own = (self.described(), self.ready(), path, self._numbers())
        return files.load(*own, hyperparameters=None, strict=strict)

    def _numbers(self) -> OfGroups:
        return OfGroups(self._arguments, self.ready().description, self._first_common)

    def __dir__(self) -> list[str]:
        return present(type(self), super().__dir__())

    # -- copies

    def __getstate__(self) -> dict[str, Any]:
        self._note()
        own = (
            "_common",
            "_first_common",
            "_compiler",
            "_offload",
            "_convention",
            "_sources",
            "_first_sources",
            "_process_group",
            "_process_groups",
            "_excluded",
        )
        return {**super().__getstate__(), **{name: self.__dict__[name] for name in own}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._opened = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "TorchOptimizer":
        made = _blank(self._kind())
        # There are no other such groups: a copy has the same.
        kept = (self._process_group, *self._process_groups)
        memo.update({id(self): made, **{id(group): group for group in kept}})
        with self._still():
            made.__setstate__(deepcopy(self.__getstate__(), memo))
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        with self._still():
            known = self.__getstate__()
            # It is written when steps go on already. The parameters are those of a model, too.
            entries = {
                parameter: {name: copied(value) for name, value in entry.items()}
                for parameter, entry in known["state"].items()
            }
            known["state"] = defaultdict(dict, entries)
            known["param_groups"] = [dict(group) for group in known["param_groups"]]
        return _blank, (self._kind(),), known

    def _kind(self) -> Any:
        """What `_blank` makes an optimizer of this class from."""
        own = type(self)
        return self.declared if own is CLASSES.get(self.declared) else own


def _of_the_step(name: str) -> property:
    """An argument of the whole step as an attribute: a number may be set at any time."""

    def read(self: TorchOptimizer) -> Any:
        usual = self.declared.fields[name].default
        return self._settings.get(name, usual)

    def write(self: TorchOptimizer, value: Any) -> None:
        session = self.ready()
        setattr(session.description, name, value)
        if self.declared.fields[name].replans:
            session.replan()

    return property(read, write, doc=f"The argument `{name}` of the whole step.")


point(TorchOptimizer, HABITS)


for _name in COMMON:
    if _name != "name":
        setattr(TorchOptimizer, _name, _of_the_step(_name))


CLASSES: dict[type[Optimizer], type[TorchOptimizer]] = {}
"""Declared class → class of PyTorch; those that are not made by `wrap` put themselves here."""


@overload
def wrap(declared: type[Optimizer]) -> type[TorchOptimizer]: ...
@overload
def wrap(declared: type[Driver]) -> type[TorchDriver]: ...
def wrap(declared: Any) -> Any:
    """The `torch.optim.Optimizer` class of a declared optimizer, such as one of your own.

    Args:
        declared: the class, a subclass of `adamas.Optimizer` or `adamas.Driver`.

    Raises:
        ArgumentError: something else, or an optimizer without a rule.
        UnsupportedError: an optimizer that is made of others.
    """
    if isinstance(declared, type) and issubclass(declared, Driver):
        return wrap_driver(declared)
    if not (isinstance(declared, type) and issubclass(declared, Optimizer)):
        raise ArgumentError(f"wrap takes a class of adamas optimizers. Got: {declared!r}.")
    if declared not in CLASSES:
        if not hasattr(declared, "update"):
            raise COMPOSITE_IN_TORCH.error(declared.__name__)
        CLASSES[declared] = class_of(declared, TorchOptimizer)
    return CLASSES[declared]


def _blank(kind: Any) -> TorchOptimizer:
    """An optimizer of a declared class, or of a class that extends ours, for copies."""
    cls = kind if issubclass(kind, TorchOptimizer) else wrap(kind)
    return cls.__new__(cls)


def _advance_eagerly(optimizer: TorchOptimizer, given: Mapping[str, Any]) -> None:
    """A step inside code that `torch.compile` compiles: the graph breaks here."""
    eagerly: Any = torch.compiler.disable(TorchOptimizer._advance)  # type: ignore[arg-type]
    eagerly(optimizer, given)
