"""Optimizer: a declared class, its configuration, and its Keras-like life.

A subclass declares its hyperparameters as fields, and its rule as a static method `update`
(`adamas.language.rule` has the contract). Everything else comes with it: the common arguments,
every compiler and framework, saving, configuration. The object describes; the arrays of its state
belong to the framework whose arrays it is built for.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast, dataclass_transform

from . import schedules
from .convention import REQUIRED, Convention
from .declaration import (
    Hyperparameter,
    Rate,
    checked,
    declare,
    differs,
    find_convention,
    from_json,
    hyperparameter,
    is_described,
    is_number,
    is_optional,
    is_plain,
    read_number,
    to_json,
)
from .errors import ArgumentError, ConfigurationError, RuleError, StateError, StructureError
from .language.rule import check_rule, read_rule
from .locks import fork_safe_lock
from .registry import Registry, check_pattern, nearest, refuse_unknown

if TYPE_CHECKING:
    from os import PathLike

    from .frameworks.numpy import Session

__all__ = [
    "OPTIMIZERS",
    "REQUIRED",
    "Convention",
    "Hyperparameter",
    "Optimizer",
    "Rate",
    "hyperparameter",
]

MEMBERS_OWN = (
    *("weight_decay", "independent_weight_decay", "decoupled_weight_decay"),
    *("maximize", "cautious", "convention", "name"),
)
"""Common arguments that an optimizer inside another has for itself."""

CLIPS = ("clipnorm", "clipvalue", "global_clipnorm", "adaptive_clip")
"""Arguments that limit gradients."""

OPTIMIZERS: "Registry[type[Optimizer]]" = Registry("optimizer")
"""Every optimizer class by name, built-in or not."""


_FIRST = fork_safe_lock()
"""Taken while an optimizer is built, so that two threads do not both build it."""


def _nothing() -> Mapping[str, Any]:
    return {}


def _no_values(p: Any, /) -> Mapping[str, Any]:
    return {}


@dataclass_transform(field_specifiers=(hyperparameter, dataclasses.field))
class _Declared:
    """Tells type checkers that the fields of subclasses are the arguments of `__init__`."""


class Optimizer(_Declared):
    """Base of all optimizers; the arguments here are common to all of them.

    Args:
        weight_decay: decay rate; each update takes rate · weight_decay · p off p, or what
            ``convention`` means by it.
        clipnorm: largest L2 norm of each tensor's gradient.
        clipvalue: largest magnitude of each element of a gradient.
        global_clipnorm: largest L2 norm of all gradients together. At most one clip is allowed
            without ``clip_order``.
        use_ema: keep an exponential moving average of the weights (slot ``ema``).
        ema_momentum: its momentum, in [0, 1].
        ema_overwrite_frequency: overwrite the weights with the average every so many updates.
        name: prefix of the names in `variables`.
        loss_scale_factor: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps: update once in so many calls, with the mean gradient.
        clip_order: with several clips, their names in the order in which they are made, such as
            ``"clipvalue, global_clipnorm"``.
        adaptive_clip: largest norm of the gradient of each unit (column) as a multiple of the norm
            of its weights; for vectors, of the whole. Brock et al., ICML 2021.
        centralize_gradients: take the mean over the inputs of each unit (column) off its gradient.
            Yong et al., ECCV 2020.
        cautious: move only weights whose move is against their gradient. Liang et al., 2024.
        independent_weight_decay: each update takes weight_decay · p off p, whatever the rate.
        decoupled_weight_decay: each update takes rate · weight_decay · p off p, before the rule and
            whatever ``convention`` means by decay; without a convention that is so anyway.
            Loshchilov and Hutter, ICLR 2019.
        maximize: go up along the gradient instead of down.
        convention: whose numbers the optimizer gives where libraries differ under one name, in
            formulas and defaults: ``"keras"``, ``"torch"`` or ``"optax"``.
        nonfinite: what happens when a step would store NaN or infinity: ``"propagate"`` stores
            it, ``"skip"`` leaves every byte as it was and goes on, ``"raise"`` leaves every byte
            as it was and raises `NonFiniteError` with the parameter and the step;
            ``"skip_gradients"`` skips calls whose gradients are not finite, which costs one pass
            over the gradients, or nothing with clipnorm or global_clipnorm.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or arguments that exclude each other.
    """

    weight_decay: float | None = hyperparameter(default=None, kw_only=True, at_least=0)
    clipnorm: float | None = hyperparameter(default=None, kw_only=True, above=0)
    clipvalue: float | None = hyperparameter(default=None, kw_only=True, above=0)
    global_clipnorm: float | None = hyperparameter(default=None, kw_only=True, above=0)
    use_ema: bool = hyperparameter(default=False, kw_only=True)
    ema_momentum: float = hyperparameter(default=0.99, kw_only=True, at_least=0, at_most=1)
    ema_overwrite_frequency: int | None = hyperparameter(
        default=None, kw_only=True, at_least=1, whole=True
    )
    name: str = hyperparameter(default="optimizer", kw_only=True)
    loss_scale_factor: float | None = hyperparameter(default=None, kw_only=True, above=0)
    gradient_accumulation_steps: int | None = hyperparameter(
        default=None, kw_only=True, at_least=1, whole=True
    )
    clip_order: str = hyperparameter(default="", kw_only=True)
    adaptive_clip: float | None = hyperparameter(default=None, kw_only=True, above=0)
    centralize_gradients: bool = hyperparameter(default=False, kw_only=True)
    cautious: bool = hyperparameter(default=False, kw_only=True)
    independent_weight_decay: bool = hyperparameter(default=False, kw_only=True)
    decoupled_weight_decay: bool = hyperparameter(default=False, kw_only=True)
    maximize: bool = hyperparameter(default=False, kw_only=True)
    convention: str = hyperparameter(default="keras", kw_only=True)
    nonfinite: str = hyperparameter(
        default="propagate",
        kw_only=True,
        choices=("propagate", "skip", "skip_gradients", "raise"),
    )

    _fields: ClassVar[dict[str, dataclasses.Field]] = {}
    # Without annotations, so that these are no fields.
    _session = None
    _readers = None
    _saved = cast("Any", None)
    _fixed = False  # by the build of an optimizer that it is a member of
    _extras = cast("dict[str, Any]", {})  # 0-d arrays that a wrapper adds to the state
    _excluded_arrays = cast("tuple[Any, ...]", ())
    _excluded_patterns = cast("tuple[str, ...]", ())
    _excluded_names = cast("tuple[str, ...]", ())

    def __init_subclass__(cls, abstract: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        declare(cls)
        if "learning_rate" in cls.__dict__.get("__annotations__", {}):
            cls.learning_rate = property(_current_rate, _set_rate)  # type: ignore[attr-defined]
        if not abstract:
            _check_early(cls)
            OPTIMIZERS.add(cls)

    # -- what a subclass says ---------------------------------------------------------------

    prepare: ClassVar[Callable[..., Mapping[str, Any]]] = staticmethod(_nothing)
    """Scalars that are computed once per step, by name; a static method that names what it needs:
    ``t``, the number of the update from 1, hyperparameters, and numbers that are `remembered`.
    Arguments that are no numbers, numbers of the class's own that are None, and data of the
    convention are plain values in it, so it can branch on them."""

    remembered: ClassVar[Mapping[str, float]] = {}
    """Numbers that are handed on from one update to the next, with their first values: `prepare`
    takes one under its name and returns the next under the same name."""

    initial: ClassVar[Callable[..., Mapping[str, Any]]] = staticmethod(_no_values)
    """The first values of slots that do not begin as 0; a static method of the parameter p, then
    the hyperparameters it needs: ``initial(p, /, *, scale)`` returns ``{"z": p, "a": scale}``."""

    average = cast("Callable[..., Any] | None", None)
    """The weights to evaluate with, if the rule trains others: a static method of p, slots and
    hyperparameters by name. ``averaged()`` and ``finalize_variable_values()`` use it."""

    following = cast("Callable[..., Mapping[str, Any]] | None", None)
    """How the numbers that a wrapper keeps (`_extras`) go on after each call: a static method of
    ``skipped``, those numbers and the wrapper's own by name, that returns the next ones."""

    conventions: ClassVar[Mapping[str, Convention]] = {}
    """What each library means by this optimizer; `convention` chooses one."""

    update: ClassVar[Callable[..., Any]]
    """The rule, a static method of one weight: see `adamas.language.rule`."""

    def rule(self) -> Callable[..., Any]:
        """The function of one weight; override it to choose among variants by the arguments."""
        return self.update

    def rule_for(self, name: str, shape: tuple[int, ...]) -> Callable[..., Any]:
        """The rule of the parameter `name`; override it to choose among variants by its form."""
        return self.rule()

    def decay_for(self, name: str, shape: tuple[int, ...]) -> str:
        """The hyperparameter that is the weight decay of the parameter `name`."""
        return "weight_decay"

    def member_for(self, name: str, shape: tuple[int, ...]) -> "Optimizer | None":
        """Who has the rule and hyperparameters of a parameter: itself, or None if it is frozen."""
        return self

    def inner(self) -> "Iterator[Optimizer]":
        """The optimizers that this one wraps; none for most."""
        yield from ()

    def _everyone(self) -> "Iterator[Optimizer]":
        """This optimizer and all inside it."""
        yield self
        for member in self.inner():
            yield from member._everyone()

    def has_units(self) -> bool:
        """Whether a stage of the step treats each unit (column) of a matrix by itself."""
        return self.centralize_gradients or self.adaptive_clip is not None

    # -- configuration ----------------------------------------------------------------------

    def __post_init__(self) -> None:
        self.clips()
        if self.ema_overwrite_frequency is not None and not self.use_ema:
            raise ConfigurationError(
                "ema_overwrite_frequency needs the average it overwrites with. "
                "Add use_ema=True, or leave ema_overwrite_frequency out."
            )
        if self.independent_weight_decay and self.decoupled_weight_decay:
            raise ConfigurationError(
                "Weight decay must be either independent of the learning rate or in proportion to "
                "it. Got: independent_weight_decay=True and decoupled_weight_decay=True. "
                "Use one of them."
            )

    def clips(self) -> tuple[str, ...]:
        """The names of the clips that are on, in the order in which they are made."""
        on = [name for name in CLIPS if getattr(self, name) is not None]
        order = tuple(name.strip() for name in self.clip_order.split(",") if name.strip())
        got = ", ".join(f"{name}={getattr(self, name)!r}" for name in on) or "none"
        if order and sorted(order) != sorted(on):
            raise ConfigurationError(
                "clip_order must name the clips that are set, each once. "
                f"Got: {self.clip_order!r} with {got}."
            )
        if len(on) > 1 and not order:
            raise ConfigurationError(
                f"At most one of {', '.join(CLIPS)} can be set. Got: {got}. "
                f"To make several, say in which order: clip_order={', '.join(on)!r}."
            )
        return order or tuple(on)

    def clip_convention(self) -> str:
        """Whose clips by norm the step makes."""
        return self.convention

    def find_convention(self) -> Convention:
        """What the library that `convention` names means by this optimizer."""
        return find_convention(type(self), self.convention)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        field = self._fields.get(name)
        if field is None:
            raise ArgumentError(
                f"{type(self).__name__} has no hyperparameter {name!r}."
                f"{nearest(name, self._fields)}"
            )
        if self._fixed and name in Optimizer._fields and name not in MEMBERS_OWN:
            raise StateError(
                f"{name} belongs to the optimizer that this one is wrapped in. Set it there."
            )
        value = checked(name, value, field)
        before = self.__dict__.get(name)
        if isinstance(before, schedules.Schedule):
            raise ArgumentError(
                f"{name} follows a schedule and cannot be set. "
                "Construct the optimizer with a number to set it by hand."
            )
        if (self._session is not None or self._fixed) and name != "nonfinite":
            fixed = not is_number(field) and value != before
            if fixed or (value is None) != (before is None) or self._chooses(name, value, before):
                raise StateError(
                    f"{name} decides which memory a step needs and is fixed by build(). "
                    f"Got: {value!r} after {before!r}. Construct a new optimizer."
                )
        self.__dict__[name] = value
        object.__setattr__(self, "_readers", None)
        if self._session is not None and name == "nonfinite":
            self._session.replan()

    def _chooses(self, name: str, value: Any, before: Any) -> bool:
        """Whether `value` for a number, in place of `before`, makes this another rule."""
        rule = self.rule()
        self.__dict__[name] = value
        try:
            return self.rule() is not rule
        finally:
            self.__dict__[name] = before

    @classmethod
    def numbers(cls) -> tuple[str, ...]:
        """The names of all hyperparameters that are numbers, read anew at each step."""
        return tuple(name for name, field in cls._fields.items() if is_number(field))

    def choices(self) -> dict[str, Any]:
        """The arguments that are no numbers, such as flags."""
        return {name: self.__dict__[name] for name in self._fields if name in self._choices()}

    @classmethod
    def _choices(cls) -> dict[str, Any]:
        """The defaults of the arguments that are no numbers."""
        fields = cls._fields.items()
        return {
            name: field.default
            for name, field in fields
            if name != "name" and not is_number(field) and not is_described(field)
        }

    def numbers_in_use(self) -> tuple[str, ...]:
        """The names of the numbers that are not None."""
        return tuple(name for name in self.numbers() if self.__dict__[name] is not None)

    def unset(self) -> tuple[str, ...]:
        """The names of the numbers of its own, beside the common ones, that are None."""
        own = (name for name in self.numbers() if name not in Optimizer._fields)
        return tuple(name for name in own if self.__dict__[name] is None)

    def is_always(self, name: str, value: float) -> bool:
        """Whether the hyperparameter `name` is this plain number, until another is set.

        Arrays and callables may give another one at any step. A rule chosen by a number asks this.
        """
        raw = self.__dict__[name]
        return is_plain(raw) and raw == value

    def read_numbers(self, call: int, known: Container[str] = ()) -> dict[str, float]:
        """All numbers that are not None, as they are now, for call number `call` from 0.

        Callables of numbers that are `known` already are not called. Raises `ConfigurationError`
        if a callable or schedule gives a value out of range.
        """
        if self._readers is None:
            raw = {name: self.__dict__[name] for name in self.numbers()}
            given = {name: value for name, value in raw.items() if value is not None}
            self._readers = (
                {name: float(v) if is_plain(v) else 0.0 for name, v in given.items()},
                [(name, value) for name, value in given.items() if not is_plain(value)],
            )
        plain, changing = self._readers
        values = plain.copy()
        for name, source in changing:
            if name not in known:
                values[name] = read_number(name, source, call, self._fields[name])
        return values

    def structural_arguments(self) -> tuple[str, ...]:
        """The arguments that are set and decide which memory a step touches."""
        return tuple(
            name
            for name, field in self._fields.items()
            if name not in ("name", "convention")
            and not is_described(field)
            and (is_optional(field) or not is_number(field))
            and self.__dict__[name] != field.default
        )

    def rate_at(self, call: int) -> float:
        """The learning rate in call number `call` from 0."""
        raw = self.__dict__["learning_rate"]
        return read_number("learning_rate", raw, call, self._fields["learning_rate"])

    def replace(self, **changes: Any) -> Self:
        """A new, unbuilt optimizer with the same arguments but for `changes`."""
        optimizer = type(self)(**{**self._copied(), **changes})
        for name in ("_excluded_arrays", "_excluded_patterns", "_excluded_names"):
            object.__setattr__(optimizer, name, getattr(self, name))
        return optimizer

    def _copied(self) -> dict[str, Any]:
        """All arguments, for another optimizer."""
        return {name: self.__dict__[name] for name in self._fields}

    def get_config(self, *, strict: bool = True) -> dict[str, Any]:
        """Every argument as JSON-safe values; `from_config` makes an equal optimizer of it.

        A callable cannot be held by JSON: `ConfigurationError`, or with ``strict=False`` its name
        as ``{"callable": name}``.
        """
        config = {
            name: field.metadata["to_json"](self.__dict__[name], strict)
            if is_described(field)
            else to_json(name, self.__dict__[name], strict)
            for name, field in self._fields.items()
        }
        self._refuse_unnamed_exclusions()
        if self._excluded_patterns or self._excluded_names:
            config["excluded_from_weight_decay"] = {
                "patterns": list(self._excluded_patterns),
                "names": list(self._excluded_names),
            }
        return config

    def _refuse_unnamed_exclusions(self) -> None:
        if self._excluded_arrays:
            raise ConfigurationError(
                "Parameters excluded from weight decay by array have no names before build(). "
                "Call build(params) first, or exclude by var_names."
            )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The optimizer that `get_config` described."""
        arguments = dict(config)
        excluded = arguments.pop("excluded_from_weight_decay", {})
        refuse_unknown(cls.__name__, arguments, cls._fields)
        readers = {n: f.metadata.get("from_json", from_json) for n, f in cls._fields.items()}
        optimizer = cls(**{name: readers[name](value) for name, value in arguments.items()})
        optimizer._excluded_patterns = tuple(excluded.get("patterns", ()))
        optimizer._excluded_names = tuple(excluded.get("names", ()))
        return optimizer

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Leave parameters out of weight decay; call it before `build`.

        Args:
            var_list: the arrays themselves.
            var_names: patterns (regular expressions) that are searched for in the names of
                parameters: ``["bias", "norm"]``.
        """
        if self._session is not None or self._fixed:
            raise StateError(
                "exclude_from_weight_decay must be called before build(), and on the outer "
                "optimizer once another wraps this one. Got: an optimizer that is built or wrapped."
            )
        if isinstance(var_names, str):
            raise ArgumentError(f"var_names must be a list of patterns. Got: {var_names!r}.")
        if hasattr(var_list, "shape"):
            raise ArgumentError("var_list must be a list of arrays. Got: a single array.")
        patterns = tuple(var_names or ())
        for pattern in patterns:
            check_pattern("var_names", pattern)
        self._excluded_arrays = (*self._excluded_arrays, *(var_list or ()))
        self._excluded_patterns = (*self._excluded_patterns, *patterns)

    def decays(self, name: str, array: Any) -> bool:
        """Whether the parameter called `name` is subject to weight decay."""
        return not (
            name in self._excluded_names
            or any(re.search(pattern, name) for pattern in self._excluded_patterns)
            or any(array is excluded for excluded in self._excluded_arrays)
        )

    # -- life: handed over to the framework whose arrays come --------------------------------

    def build(self, params: Any, *, compiler: str | None = None) -> None:
        """Allocate the state for `params`, a sequence or (nested) mapping of arrays.

        Args:
            params: the parameters, updated in place by later steps. Names come from the keys
                (``"layer1/bias"``), or are ``"0"``, ``"1"``, … for sequences.
            compiler: ``"llvm"`` (fused machine code, the default) or ``"reference"`` (NumPy in
                double precision: slow, the definition).

        Raises:
            ArrayTypeError, ArrayError, StructureError: a parameter cannot be optimized.
            StateError: the optimizer is built already.
        """
        with _FIRST:
            if self._session is not None:
                raise StateError(
                    "The optimizer is built already. Make a new one for other parameters: "
                    "optimizer.replace()."
                )
            self._adopt(self._open(params, compiler))

    def _first(self, params: Any, call: "Callable[[Session], None]") -> None:
        """Build and make the first call: both, or neither if the call is refused."""
        with _FIRST:
            if self._session is not None:  # another thread was first
                call(self._session)
                return
            session = self._open(params)
            call(session)
            self._adopt(session)

    def _open(self, params: Any, compiler: str | None = None) -> "Session":
        from .frameworks import open_session

        session = open_session(self, params, compiler)
        known = {id(array) for _, array in session.parameters()}
        if any(id(a) not in known for one in self._everyone() for a in one._excluded_arrays):
            raise StructureError(
                "Arrays excluded from weight decay must be among the parameters. "
                "Got: another array. Was it copied since? Names are safer: var_names=[…]."
            )
        if self._saved is not None:
            session.restore(*self._saved)
        return session

    def _adopt(self, session: "Session") -> None:
        for one in self._everyone():
            excluded = {id(array) for array in one._excluded_arrays}
            by_array = [name for name, array in session.parameters() if id(array) in excluded]
            one._excluded_names = tuple(dict.fromkeys((*one._excluded_names, *by_array)))
            one._excluded_arrays = ()
        self._saved = None
        self._session = session

    def apply(self, grads: Any, params: Any = None) -> None:
        """One call: update the parameters in place from their gradients.

        Args:
            grads: gradients in the structure of the parameters; None for those without one.
            params: the parameters; needed at the first call unless `build` was called.

        Raises:
            StructureError, ArrayTypeError, ArrayError: gradients do not fit; nothing is changed.
            NonFiniteError: with ``nonfinite="raise"``; nothing is changed.
        """
        session = self._session
        if session is not None:
            session.apply(grads, params)
            return
        if params is None:
            raise StateError(
                "The optimizer knows no parameters yet. "
                "Call build(params) first, or apply(grads, params)."
            )
        self._first(params, lambda session: session.apply(grads, params))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """One call with (gradient, parameter) pairs, all parameters or some; gives `iterations`."""
        pairs = list(grads_and_vars)
        if not pairs:
            raise StructureError("There must be at least one (gradient, parameter). Got: none.")
        if self._session is not None:
            self._session.apply_pairs(pairs)
        else:
            params = [pair[-1] for pair in pairs if isinstance(pair, tuple | list) and pair]
            self._first(params, lambda session: session.apply_pairs(pairs))
        return self.iterations

    @property
    def _built(self) -> "Session":
        if self._session is None:
            raise StateError("The optimizer is not built. Call build(params) first.")
        return self._session

    @property
    def iterations(self) -> int:
        """How many updates were made; calls that only accumulate or are skipped do not count."""
        return self._counter("updates")

    @property
    def calls(self) -> int:
        """How many calls counted; what learning-rate schedules look at."""
        return self._counter("calls")

    def _counter(self, name: str) -> int:
        if self._session is not None:
            return getattr(self._session, name)
        return self._saved[1][name] if self._saved is not None else 0

    @property
    def gradient_norm(self) -> float | None:
        """The L2 norm of all gradients in the last call, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them.
        """
        return self._built.gradient_norm

    @property
    def skipped(self) -> int:
        """How many calls ``nonfinite="skip"`` passed over."""
        return self._counter("skipped")

    @property
    def state(self) -> Mapping[str, Mapping[str, Any]]:
        """The live arrays of the state: slot → parameter name → array."""
        return self._built.state

    @property
    def variables(self) -> dict[str, Any]:
        """All of the state under Keras-like names: ``"adam/m/layer1/bias"`` and so on."""
        numbers = {"iterations": self.iterations, **self._rates()}
        arrays = {f"{s}/{n}": a for s, named in self.state.items() for n, a in named.items()}
        values = {**numbers, **self._built.remembered, **arrays}
        return {f"{self.name}/{key}": value for key, value in values.items()}

    def _rates(self) -> dict[str, float]:
        if "learning_rate" not in self._fields:
            return {}
        return {"learning_rate": self.learning_rate}  # type: ignore[attr-defined]

    def scale_loss(self, loss: Any) -> Any:
        """`loss` times ``loss_scale_factor``, or `loss` itself without one."""
        factor, field = self.loss_scale_factor, self._fields["loss_scale_factor"]
        if factor is None:
            return loss
        return loss * read_number("loss_scale_factor", factor, self.calls, field)

    def finalize_variable_values(self, params: Any = None) -> None:
        """Write the averages into the parameters, if there are any; call it after training."""
        if self.averages():
            self._built.finalize(params)

    def averages(self) -> bool:
        """Whether there are averages of the weights: with ``use_ema``, or by the rule itself."""
        return self.use_ema or self.average is not None

    @contextmanager
    def averaged(self, params: Any = None) -> Iterator[None]:
        """Evaluate with the averages: ``with optimizer.averaged(): ...`` swaps them in and out.

        Raises `StateError` if there are no averages, or when a step is tried inside.
        """
        if not self.averages():
            raise StateError("There are no averages. Construct the optimizer with use_ema=True.")
        session = self._built
        session.put_averages(params)
        try:
            yield
        finally:
            session.put_back()

    def explain(self, params: Any = None, *, source: bool = False) -> None:
        """Print the plan: passes over memory, bytes per weight, and what each argument costs.

        Args:
            params: parameters, or a mapping of names to shapes, for totals; those of `build` if
                it was called.
            source: also print the generated loop of each pass.
        """
        from .frameworks import explain

        print(explain(self, params, source=source))

    # -- files and copies -------------------------------------------------------------------

    def save(self, path: "str | PathLike[str]") -> None:
        """Write state and configuration to one safetensors file, atomically and sealed.

        Callables among the hyperparameters are noted by name only.
        """
        from .frameworks import save

        save(self, path)

    def load(self, path: "str | PathLike[str]", *, hyperparameters: bool = False) -> None:
        """Take the state from a file that `save` wrote, after `build`.

        Args:
            path: the file.
            hyperparameters: also take over the numbers (learning rate, betas, …) it was saved
                with. Without it only slots and counters are loaded.

        Raises:
            CheckpointError: the file is damaged or does not fit; nothing is changed then.
        """
        from .frameworks import load

        load(self, path, hyperparameters=hyperparameters)

    def __getstate__(self) -> dict[str, Any]:
        """Arguments and state; the parameters stay outside and come back with `build`."""
        self._refuse_unnamed_exclusions()
        state = {k: v for k, v in self.__dict__.items() if k not in ("_session", "_readers")}
        if self._session is not None:
            tensors, counters = self._session.export()
            state["_saved"] = ({name: array.copy() for name, array in tensors.items()}, counters)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        changed = [
            f"{name}={self.__dict__[name]!r}"
            for name, field in self._fields.items()
            if differs(self.__dict__[name], field.default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def _check_early(cls: type[Optimizer]) -> None:
    """Show mistakes in a rule where it is written; `build` checks the chosen variant again."""
    if not hasattr(cls, "update"):
        raise RuleError(
            f"{cls.__name__} must have a rule: a static method update(p, g, /, *, …) that returns "
            f"the new p. A class that others build on says so: class {cls.__name__}(Optimizer, "
            "abstract=True)."
        )
    for name in ("update", "prepare", "initial"):
        if not isinstance(inspect.getattr_static(cls, name), staticmethod):
            raise RuleError(
                f"{cls.__name__}.{name} must be a static method: it has no self. "
                "Put @staticmethod above it."
            )
    for library, convention in cls.conventions.items():
        owner = f"{cls.__name__}.conventions[{library!r}].arguments"
        refuse_unknown(owner, convention.fields(), cls._fields)
    try:
        for convention in {"keras": Convention(), **cls.conventions}.values():
            rule = read_rule(cls.update)
            data = {**cls._choices(), **convention.data}
            alone = cls.rule is Optimizer.rule and cls.rule_for is Optimizer.rule_for
            alone = alone and "initial" in vars(cls)
            numbers = (cls.numbers(), data, cls.remembered)
            check_rule(rule, cls.prepare, *numbers, cls.initial, alone=alone)
    except RuleError as error:
        # A helper may stand below the class in its file; by `build` it must be there.
        if not isinstance(error.__cause__, NameError):
            raise


def _current_rate(optimizer: Optimizer) -> float:
    """The learning rate of the next call; settable unless it follows a schedule."""
    return optimizer.rate_at(optimizer.calls)


def _set_rate(optimizer: Optimizer, value: Any) -> None:
    raise AssertionError("Optimizer.__setattr__ sets every hyperparameter")


declare(Optimizer)
