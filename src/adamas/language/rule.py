"""The contract of an update rule: its signature says what it needs, and errors show the line.

A rule is a function of one weight::

    def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon):
        ...
        return p, m, v

The first two arguments are the parameter and its gradient, the further positional ones the
slots, which it returns after the parameter in the same order. The keyword-only ones are scalars
of the step: hyperparameters (0 for those that are None), ``t`` (the number of the update, from
1), or what ``prepare`` of the same class returns; and ``batch``, ``rows``, ``columns``, the sizes
of the tensor as a stack of matrices, and ``spacing``, what its dtype's numbers next to 1 are apart.

A rule may also sum: ``np.sum(p * p)`` is the same for all weights of a tensor, and with
``axis=-1, keepdims=True`` for all of a row (`adamas.language.expression` has the meaning of axes).
A slot is kept for each weight, row, column or tensor, whatever its first and its new value vary
over (`adamas.language.first_values`).
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..errors import AdamasError, RuleError
from .draws import refuse_draws
from .expression import ARRAY, KNOWN, MATRICES, SCRATCHES, STEP, TENSOR, Expression, Trace, joined
from .first_values import Initial, first_symbols, on_symbols
from .matrices import form_of
from .places import line_of, place_of
from .shapes import Extent, Shape
from .totals import Totals, levels_of, names_of, taking

STEPS_SLOTS = ("ema", "accumulator")
"""Slots of the step itself, whatever the rule is."""

RESERVED = (
    *("p", "g", *STEPS_SLOTS, "t", "inner_decay", "turned", *SCRATCHES),
    *("clipnorm_factor", "global_clipnorm_factor", *KNOWN),
    *("schedule_free_fast", "lookahead_slow", "nesterov_drift", "nesterov_origin"),
    *("hyperball_radius", "largest_rate", "sum_of_weights", "weight_of_fast"),
    *("plateau_scale", "plateau_best", "plateau_waited", "plateau_cooling", "plateau_mean"),
    *("plateau_count", "mechanic_start"),
)
"""Names that belong to the step itself and cannot be slots or hyperparameters of a rule."""


STEPS_OWN = (
    *("t", "weight_decay", "clipvalue", "adaptive_clip", "loss_scale_factor"),
    *("ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps"),
    *("schedule_free", "schedule_free_power", "lookahead", "lookahead_step_size"),
    *("ema_nesterov", "ema_nesterov_momentum", "update_clip", "update_floor", "radial_brake"),
    *("atan2", "reduce_on_plateau", "plateau_factor", "plateau_tolerance", "plateau_cooldown"),
    *("plateau_window", "plateau_least", "mechanic", "mechanic_decay"),
)
"""Scalars of the stages of a step, which `prepare` may not replace."""


@dataclass(frozen=True)
class Rule:
    """An update function and what its signature asks for.

    `given` are the arrays beside p and g that come with each call.
    """

    function: Callable[..., tuple]
    slots: tuple[str, ...]
    scalars: tuple[str, ...]
    given: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()
    """All that stand behind p and g, in their order."""

    @property
    def name(self) -> str:
        """Where the function is defined, for messages and comments."""
        return getattr(self.function, "__qualname__", repr(self.function))

    def __call__(self, arrays: Mapping[str, Any], scalars: Mapping[str, Any]) -> dict[str, Any]:
        """The new values of ``p``, the slots and numbers, and what is summed, by name."""
        totals = Totals(arrays["p"], scalars)
        with taking(totals):
            results = self.function(
                arrays["p"],
                arrays["g"],
                *(arrays[name] for name in self.arrays),
                **{name: scalars[name] for name in self.scalars},
            )
        expected = ("p", *self.slots)
        if not isinstance(results, tuple):
            results = (results,)
        *results, last = results
        numbers = last if isinstance(last, Mapping) else {}
        results = results if isinstance(last, Mapping) else [*results, last]
        if len(results) != len(expected):
            raise RuleError(
                f"{self.name} must return the parameter and every slot, in the order of its "
                f"arguments: {', '.join(expected)}. Got: {len(results)} value(s)."
                f"{place_of(self.function)}"
            )
        return {**dict(zip(expected, results, strict=True)), **numbers, **totals.summed}


@dataclass(frozen=True)
class Checked:
    """What a rule was found to need.

    Attributes:
        extents: that of each slot, or its declared shape.
        totals: the sums over all tensors that it takes, level by level.
        fed: the remembered numbers whose next values it gives itself.
        results: the next values of p and slots, on symbols.
        first: the first values of slots that do not begin as 0, on symbols; None if not known.
    """

    extents: dict[str, Extent]
    totals: tuple[tuple[str, ...], ...]
    fed: tuple[str, ...]
    results: Mapping[str, Expression] = field(repr=False)
    first: Mapping[str, Expression] | None = field(repr=False)


def read_rule(function: Callable[..., tuple], inputs: Iterable[str] = ()) -> Rule:
    """The contract that the signature of `function` states; `RuleError` if it states none.

    Those positional arguments that are `inputs` are given to each call, and are no slots.
    """
    name = getattr(function, "__qualname__", repr(function))
    parameters = list(inspect.signature(function).parameters.values())
    positional = [
        parameter.name
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    example = "update(p, g, m, v, /, *, learning_rate, beta_1)"
    if positional and positional[0] == "self":
        raise RuleError(
            f"{name} must not have self: a rule is a function of one weight. "
            f"Put @staticmethod above it.{place_of(function)}"
        )
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        raise RuleError(
            f"{name} must name every slot and scalar, without * or ** arguments, such as "
            f"{example}.{place_of(function)}"
        )
    if positional[:2] != ["p", "g"]:
        raise RuleError(
            f"{name} must take the parameter p and its gradient g first, such as {example}. "
            f"Got: ({', '.join(positional)}).{place_of(function)}"
        )
    arrays = tuple(positional[2:])
    given = tuple(name for name in arrays if name in inputs)
    slots = tuple(name for name in arrays if name not in given)
    for slot in slots:
        if slot in RESERVED:
            raise RuleError(
                f"{name} names a slot {slot!r}, which the step itself uses "
                f"({', '.join(RESERVED)}). Choose another name.{place_of(function)}"
            )
    scalars = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    return Rule(function, slots, scalars, given, arrays)


def explained(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a rule on symbols; what goes wrong in it becomes a `RuleError` with the line."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        message = str(error) if isinstance(error, AdamasError) else f"{_kind(error)}: {error}"
        raise RuleError(f"{message}{line_of(error)}") from error


def check_rule(
    rule: Rule,
    prepare: Callable[..., Mapping[str, Any]],
    numbers: Iterable[str],
    data: Mapping[str, Any] = MappingProxyType({}),
    remembered: Iterable[str] = (),
    initial: Initial | None = None,
    forms: Mapping[str, Shape] = MappingProxyType({}),
    drawn: Mapping[str, str] = MappingProxyType({}),
    *,
    alone: bool = False,
    at_least: Mapping[str, int] = MappingProxyType({}),
) -> Checked:
    """Run `initial`, `prepare` and `rule` on symbols, so that mistakes show before any step.

    Gives the extent of each slot (`adamas.language.expression`), or its declared shape, of
    `forms`; `drawn` are random numbers and their laws. With `alone` the class has no other rule, to
    whose slots `initial` might give values. Slots are `at_least` as large as another rule makes
    them.

    Raises `RuleError` for a scalar that nobody provides, a branch on data, a name that is not
    there, a slot that is not returned, a first value of what is no slot, and what differs from
    run to run.
    """
    numbers, remembered = tuple(numbers), tuple(remembered)
    for name in (*numbers, *remembered):
        if name in RESERVED:
            raise RuleError(
                f"{rule.name} belongs to a class with a number {name!r}, which the step itself "
                f"uses ({', '.join(RESERVED)}). Choose another name.{place_of(rule.function)}"
            )
    extents = dict.fromkeys(rule.slots, TENSOR)
    if initial is not None:
        extents |= _first_extents(rule, initial, numbers, alone)
    extents |= {
        slot: joined((at_least[slot], extents[slot])) for slot in extents if slot in at_least
    }
    forms = {slot: form for slot, form in forms.items() if slot in extents}
    extents |= dict.fromkeys(forms, MATRICES)

    def run(trace: Trace) -> tuple[dict[str, Expression], tuple[str, ...]]:
        """New values of p, the slots, and what is remembered, of slots with these extents.

        And the names of those that are remembered which the rule itself gives.
        """
        symbols = ("t", "inner_decay", "turned", *numbers, *remembered)
        known: dict[str, Any] = {name: trace.leaf(name, STEP) for name in symbols}
        scalars = prepared(prepare, {**data, **known})
        scalars |= {name: trace.leaf(name, TENSOR) for name in KNOWN}
        scalars |= draws(trace, drawn, scalars)
        _require_all(rule, scalars)
        arrays = {name: trace.leaf(name, ARRAY) for name in ("p", "g", *rule.given)}
        arrays |= {slot: trace.leaf(slot, extent) for slot, extent in extents.items()}
        results = explained(rule, arrays, scalars)
        for name, value in results.items():
            explained(_require_value, trace, rule, name, value, forms)
        fed = [n for n in results if n not in ("p", *rule.slots, *names_of(results))]
        explained(_require_fed, trace, rule, {name: results[name] for name in fed}, remembered)
        forgotten = [n for n in remembered if scalars[n] is known[n] and n not in fed]
        _refuse_forgotten(forgotten, prepare)
        returned = {**{name: scalars[name] for name in remembered}, **results}
        return {n: explained(trace.lift, value) for n, value in returned.items()}, tuple(fed)

    while True:
        results, fed = run(Trace())
        # A slot varies over all that its new value varies over, which may in turn widen others.
        wider = {slot: joined((results[slot].extent, extents[slot])) for slot in rule.slots}
        if wider == extents or all(extent == ARRAY for extent in wider.values()):
            break
        extents = wider
    refuse_draws(rule.name, lambda trace: run(trace)[0].values(), rule.function, prepare)
    return Checked({**wider, **forms}, levels_of(results), fed, results, _first(initial))


def check_without(
    rule: Rule, without: Rule, known: tuple[Any, ...], extents: Mapping[str, Extent]
) -> Checked:
    """Check the rule of calls without arrays, which must have the slots of the other, as large.

    Args:
        rule, without: the two.
        known: what `check_rule` is given with each.
        extents: those of the slots of `rule`.
    """
    if without.slots != rule.slots:
        raise RuleError(
            f"{without.name} must have the slots of {rule.name}, in the same order: "
            f"{', '.join(rule.slots) or 'none'}. Got: {', '.join(without.slots) or 'none'}."
            f"{place_of(without.function)}"
        )
    axes = {slot: extent for slot, extent in extents.items() if isinstance(extent, int)}
    found = check_rule(without, *known, at_least=axes)
    for slot in rule.slots:
        if found.extents[slot] != extents[slot]:
            raise RuleError(
                f"{without.name} must not make slot {slot!r} vary over more than {rule.name} does. "
                f"Let {rule.name} do so too.{place_of(without.function)}"
            )
    return found


def draws(
    trace: Trace, drawn: Mapping[str, str], scalars: Mapping[str, Any]
) -> dict[str, Expression]:
    """The random numbers that a class says it draws, by name, on symbols."""
    seed = scalars.get("seed", 0.0)
    return {name: trace.drawn(name, law, seed, scalars["t"]) for name, law in drawn.items()}


def _first_extents(
    rule: Rule, initial: Initial, numbers: Iterable[str], alone: bool
) -> dict[str, int]:
    """What the first values of slots vary over, as far as that is known."""
    found = first_symbols(initial, numbers)
    if found:
        called = getattr(initial, "__qualname__", repr(initial))
        refuse_draws(called, lambda trace: on_symbols(initial, trace).values(), initial)
    for name in found:
        if name in RESERVED or (alone and name not in rule.slots):
            raise RuleError(
                f"{getattr(initial, '__qualname__', repr(initial))} gives a first value to "
                f"{name!r}, which is no slot of {rule.name}. "
                f"Its slots: {', '.join(rule.slots) or 'none'}.{place_of(initial)}"
            )
    return {slot: joined((found[slot].extent, TENSOR)) for slot in rule.slots if slot in found}


def _first(initial: Initial | None) -> Mapping[str, Expression] | None:
    """The first values on symbols, or None if it needs an array."""
    try:
        return {} if initial is None else on_symbols(initial, Trace())
    except Exception:
        return None


def _require_all(rule: Rule, scalars: Mapping[str, Any]) -> None:
    """Every scalar is there, and no slot hides one."""
    _require(rule.name, rule.scalars, scalars, rule.function)
    for name in names_of((*scalars, *rule.slots)):
        raise RuleError(
            f"{rule.name} has a name {name!r}, which is that of a sum over all tensors. "
            f"Choose another name.{place_of(rule.function)}"
        )
    for slot in rule.slots:
        if slot in scalars:
            raise RuleError(
                f"{rule.name} names a slot {slot!r}, which is a scalar already. "
                f"Choose another name.{place_of(rule.function)}"
            )


def _refuse_forgotten(forgotten: Iterable[str], prepare: Callable[..., Any]) -> None:
    """What is remembered has a next value."""
    for name in forgotten:
        raise RuleError(
            f"prepare must return the next value of {name!r}, which the class says is "
            f"remembered.{place_of(prepare)}"
        )


def _require_fed(
    trace: Trace, rule: Rule, fed: Mapping[str, Any], remembered: Iterable[str]
) -> None:
    """What a rule returns by name are numbers that are remembered, the same for all weights."""
    for name, value in fed.items():
        if name not in remembered:
            raise RuleError(
                f"{rule.name} returns {name!r} in its last result, whose names must be numbers "
                f"that the class remembers: {', '.join(remembered) or 'none'}."
            )
        if trace.lift(value).extent != STEP:
            raise RuleError(
                f"{rule.name} must return one number of the step for {name!r}. Got: a value for "
                "each tensor or weight. Sum it over all: adamas.total(…)."
            )


def prepared(prepare: Callable[..., Mapping[str, Any]], known: Mapping[str, Any]) -> dict[str, Any]:
    """`known` scalars and what `prepare` makes of them."""
    wanted = tuple(inspect.signature(prepare).parameters)
    name = getattr(prepare, "__qualname__", repr(prepare))
    _require(name, wanted, known, prepare)
    made = explained(prepare, **{key: known[key] for key in wanted})
    if not isinstance(made, Mapping):
        raise RuleError(
            f"{name} must return a dictionary of scalars by name. "
            f"Got: {type(made).__name__}.{place_of(prepare)}"
        )
    for scalar in STEPS_OWN:
        if scalar in made:
            raise RuleError(
                f"{name} returns {scalar!r}, which belongs to the step around the rule. "
                f"Choose another name.{place_of(prepare)}"
            )
    return {**known, **made}


def _require(
    name: str, wanted: Iterable[str], known: Mapping[str, Any], function: Callable[..., Any]
) -> None:
    for scalar in wanted:
        if scalar not in known:
            raise RuleError(
                f"{name} asks for {scalar!r}, which is neither a hyperparameter of the class nor "
                f"returned by prepare. It can use: {', '.join(known)}.{place_of(function)}"
            )


def _require_value(
    trace: Trace, rule: Rule, name: str, value: Any, forms: Mapping[str, Shape]
) -> None:
    """What a rule returns for p or a slot is a number, or of the slot's declared shape."""
    try:
        node = trace.lift(value)
    except RuleError as error:
        raise RuleError(f"{rule.name} returned no number for {name!r}. {error}") from None
    if node.truth:
        raise RuleError(f"{rule.name} returned a condition, not a number, for {name!r}.")
    got = form_of(node, forms) if node.extent == MATRICES else None
    if got != forms.get(name):
        raise RuleError(
            f"{rule.name} must return {_described(forms.get(name))} for {name!r}. "
            f"Got: {_described(got)}."
        )


def _described(form: Shape | None) -> str:
    """What a value of a declared shape is, or one for each weight."""
    return "numbers of one weight" if form is None else f"a value of the shape {form}"


def _kind(error: Exception) -> str:
    return type(error).__name__
