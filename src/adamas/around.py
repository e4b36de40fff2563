"""What stands around any rule and remembers something: stages with slots of their own, as data.

A rule moves weights. A stage around it may let it move others than the parameter (`moves`), and
says what becomes of the parameter and of its own slots afterwards (`after`): written as rules are,
of one weight or with sums, and compiled with them. Arguments turn them on, and a class may always
have some (`adamas.description.Description.paths`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import step
from .errors import RuleError
from .language.expression import ARRAY, KNOWN, STEP, TENSOR, Trace
from .language.places import place_of
from .language.rule import explained
from .language.totals import Totals, taking
from .mechanic import NOTHING_KNOWN, tune

Values = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Around:
    """A stage around a rule.

    Attributes:
        name: what it is called in messages: the argument that turns it on.
        after: if there is one, gives the parameter and the slots, of the parameter, what the rule
            began with and what it made of that, and the slots; then numbers by keyword. A second
            argument ``g`` is the gradient. It may take sums over all tensors, and give a dictionary
            last, with the next values of what is remembered, which it has as ``kept``.
        slots: the names of what it remembers of each weight.
        of_tensors: and of each tensor.
        begin: which slots begin as the parameter; others as 0.
        moves: the slot that the rule moves in place of the parameter, or ``"p"``.
        decays: what decoupled weight decay is taken off: what the rule moves, or ``"p"``.
        average: the weights to evaluate with, of the parameter and the slots; numbers by keyword.
        numbers: what its functions call a number → the hyperparameter.
        remembered: numbers that are handed on from one update to the next, with first values.
        prepare: gives these and others by name, of numbers by keyword; once per step, before the
            rule's own `prepare`, which sees them.
        matrices_only: whether vectors are left to the rule.
    """

    name: str
    after: Callable[..., tuple] | None = None
    slots: tuple[str, ...] = ()
    of_tensors: tuple[str, ...] = ()
    begin: tuple[str, ...] = ()
    moves: str = "p"
    decays: str = ""
    average: Callable[..., Any] | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, float] = field(default_factory=dict)
    prepare: Callable[..., Values] | None = None
    matrices_only: bool = False

    @property
    def extents(self) -> dict[str, int]:
        """Its slots, with what each varies over."""
        return {**dict.fromkeys(self.slots, ARRAY), **dict.fromkeys(self.of_tensors, TENSOR)}

    def prepared(self, scalars: Values) -> dict[str, Any]:
        """`scalars` and what it makes of them."""
        if self.prepare is None:
            return dict(scalars)
        return {**scalars, **called(self.prepare, self.known(scalars))}

    def known(self, scalars: Values) -> dict[str, Any]:
        """`scalars`, those that it calls by other names too."""
        own = {name: scalars[other] for name, other in self.numbers.items()}
        kept = {name: scalars[name] for name in self.remembered}
        return {**scalars, **own, "kept": kept}

    def asks_for(self, number: str) -> bool:
        """Whether it needs a number of the step."""
        functions = [one for one in (self.after, self.prepare) if one is not None]
        return any(p.name == number for one in functions for p in step.parameters(one))

    @property
    def asks_for_gradient(self) -> bool:
        """Whether `after` has the gradient behind the parameter."""
        return self.after is not None and [*step.parameters(self.after)][1].name == "g"

    def results(
        self, arrays: Values, old: Any, new: Any, scalars: Values, totals: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The parameter and the slots after the rule has moved `old` to `new`.

        And the next values of numbers that it remembers, and what it sums over all tensors.

        Args:
            arrays: the parameter, ``"p"``, the gradient, ``"g"``, and the slots as they were.
            old, new: what the rule moved, and what it came to.
            scalars: those of the step.
            totals: the names of sums over all tensors that were taken before.
        """
        if self.after is None:
            return {}
        given = [arrays["p"], *([arrays["g"]] if self.asks_for_gradient else []), old, new]
        slots = [arrays[name] for name in self.extents]
        sums = Totals(arrays["p"], scalars, begun=len(tuple(totals)))
        with taking(sums):
            made = called(self.after, self.known(scalars), *given, *slots)
        expected = ("p", *self.extents)
        made = made if isinstance(made, tuple) else (made,)
        fed = made[-1] if isinstance(made[-1], Mapping) else {}
        made = made[:-1] if isinstance(made[-1], Mapping) else made
        if len(made) != len(expected):
            raise RuleError(
                f"{self.after.__qualname__}, which stands around a rule, must return "
                f"{', '.join(expected)}. Got: {len(made)} value(s).{place_of(self.after)}"
            )
        for name in fed:
            if name not in self.remembered:
                raise RuleError(
                    f"{self.after.__qualname__} returns {name!r} in its last result, whose names "
                    f"must be numbers that the stage remembers: "
                    f"{', '.join(self.remembered) or 'none'}.{place_of(self.after)}"
                )
        return {**dict(zip(expected, made, strict=True)), **fed, **sums.summed}


@dataclass(frozen=True)
class Evaluation:
    """What the weights to evaluate with are.

    Attributes:
        function: gives them, of the parameter and the slots; numbers by keyword.
        slots: which.
        numbers: what it calls a number → the hyperparameter.
    """

    function: Callable[..., Any]
    slots: tuple[str, ...]
    numbers: Values

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Evaluation":
        """What a function of the parameter, slots by name and numbers by keyword asks for."""
        wanted = step.parameters(function)
        numbers = {p.name: p.name for p in wanted if p.kind is p.KEYWORD_ONLY}
        _, *slots = (p.name for p in wanted if p.kind is not p.KEYWORD_ONLY)
        return cls(function, tuple(slots), numbers)


def called(function: Callable[..., Any], scalars: Values, *arrays: Any) -> Any:
    """`function` of arrays, and of those scalars that it asks for by keyword.

    What is not there has the function's default.
    """
    wanted = [p for p in step.parameters(function) if p.kind is p.KEYWORD_ONLY]
    for one in wanted:
        if one.name not in scalars and one.default is one.empty:
            raise RuleError(
                f"{function.__qualname__} asks for {one.name!r}, which is no number of the step. "
                f"It can use: {', '.join(scalars)}.{place_of(function)}"
            )
    return function(*arrays, **{p.name: scalars[p.name] for p in wanted if p.name in scalars})


def check_stage(stage: Around, numbers: Iterable[str]) -> None:
    """Run a stage on symbols, so that mistakes in it show before any step, with their line."""
    trace = Trace()
    names = ("t", *numbers, *stage.remembered)
    scalars = explained(stage.prepared, {name: trace.leaf(name, STEP) for name in names})
    scalars |= {name: trace.leaf(name, TENSOR) for name in KNOWN}
    arrays = {slot: trace.leaf(slot, extent) for slot, extent in stage.extents.items()}
    p, g, old, new = (trace.leaf(name, ARRAY) for name in ("p", "g", "old", "new"))
    found = explained(stage.results, {**arrays, "p": p, "g": g}, old, new, scalars)
    for name, value in found.items():
        node = explained(trace.lift, value)
        if name in stage.remembered and node.extent != STEP:
            raise RuleError(
                f"{stage.name} must return one number of the step for {name!r}. Got: a value for "
                "each tensor or weight. Sum it over all: adamas.total(…)."
            )


def schedule_free(
    number: str = "schedule_free",
    fast: str = "schedule_free_fast",
    *,
    weigh: Callable[..., Values] = step.weight_by_rate,
    remembered: Mapping[str, float] = step.NO_RATES,
    decays: str = "",
) -> Around:
    """Schedule-free training around a rule, which moves `fast` weights.

    Args:
        number: the hyperparameter that says how near the average gradients are taken.
        fast: what the slot is called.
        weigh, remembered: how much the next fast weights count in the average, and what that needs.
        decays: see `Around`.
    """
    return Around(
        "schedule_free",
        step.between_fast_and_average,
        (fast,),
        begin=(fast,),
        moves=fast,
        decays=decays,
        average=step.average_of_fast,
        numbers={"schedule_free": number},
        remembered=remembered,
        prepare=weigh,
    )


SCHEDULE_FREE = schedule_free()
LOOKAHEAD = Around(
    "lookahead",
    step.look_ahead,
    ("lookahead_slow",),
    begin=("lookahead_slow",),
    average=step.slow_weights,
)
EMA_NESTEROV = Around(
    "ema_nesterov",
    step.ahead_of_drift,
    ("nesterov_drift", "nesterov_origin"),
    begin=("nesterov_origin",),
    average=step.origin_of_drift,
)
PLATEAU = Around("reduce_on_plateau", prepare=step.follow_loss, remembered=step.NO_LOSSES)
BY_LOSS = (PLATEAU.name,)
"""The arguments that turn on a stage which asks for the loss."""

MECHANIC = Around(
    "mechanic",
    tune,
    ("mechanic_start",),
    begin=("mechanic_start",),
    remembered=NOTHING_KNOWN,
)
HYPERBALL = Around("hyperball", step.on_ball, of_tensors=("hyperball_radius",), matrices_only=True)

PATHS = (SCHEDULE_FREE, LOOKAHEAD, EMA_NESTEROV)
"""Those that train other weights than they are evaluated with: one at most can be on."""

STAGES = (PLATEAU, HYPERBALL, MECHANIC, *PATHS)
"""Those that an argument of their name turns on, in their order."""
