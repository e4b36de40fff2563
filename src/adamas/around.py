"""What stands around any rule and remembers something: stages with slots of their own, as data.

A rule moves weights. A stage around it may let it move others than the parameter (`moves`), and
says what becomes of the parameter and of its own slots afterwards (`after`): written as rules are,
of one weight or with sums, and compiled with them. Which of them an optimizer has is
`adamas.description.Description.around`, which a class of one's own may override.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import step
from .language.expression import ARRAY, TENSOR

Values = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Around:
    """A stage around a rule.

    Attributes:
        name: the argument that turns it on.
        slots: what it remembers of each parameter, with the extents.
        after: gives the parameter and the slots, of the parameter, what the rule began with and
            what it made of that, and the slots; then numbers by keyword.
        begin: which slots begin as the parameter.
        moves: the slot that the rule moves in place of the parameter, or ``"p"``.
        decays: what decoupled weight decay is taken off: what the rule moves, or ``"p"``.
        average: the weights to evaluate with, of the parameter and the slots; numbers by keyword.
        numbers: what its functions call a number → the hyperparameter.
        remembered: numbers that are handed on from one update to the next, with first values.
        prepare: gives these and others by name, of numbers by keyword; once per step.
        matrices_only: whether vectors are left to the rule.
    """

    name: str
    slots: Mapping[str, int]
    after: Callable[..., tuple]
    begin: tuple[str, ...] = ()
    moves: str = "p"
    decays: str = ""
    average: Callable[..., Any] | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, float] = field(default_factory=dict)
    prepare: Callable[..., Values] | None = None
    matrices_only: bool = False

    def prepared(self, scalars: Values) -> dict[str, Any]:
        """`scalars` and what it makes of them."""
        if self.prepare is None:
            return dict(scalars)
        return {**scalars, **called(self.prepare, self.known(scalars))}

    def known(self, scalars: Values) -> dict[str, Any]:
        """`scalars`, those that it calls by other names too."""
        own = {name: scalars[other] for name, other in self.numbers.items()}
        return {**scalars, **own}

    def asks_for(self, number: str) -> bool:
        """Whether it needs a number of the step."""
        functions = [one for one in (self.after, self.prepare) if one is not None]
        return any(p.name == number for one in functions for p in step.parameters(one))

    def results(self, arrays: Values, old: Any, new: Any, scalars: Values) -> dict[str, Any]:
        """The parameter and the slots after the rule has moved `old` to `new`."""
        slots = [arrays[name] for name in self.slots]
        made = called(self.after, self.known(scalars), arrays["p"], old, new, *slots)
        return dict(zip(("p", *self.slots), made, strict=True))


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
    known = [p.name for p in wanted if p.name in scalars or p.default is p.empty]
    return function(*arrays, **{name: scalars[name] for name in known})


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
        {fast: ARRAY},
        step.between_fast_and_average,
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
    {"lookahead_slow": ARRAY},
    step.look_ahead,
    begin=("lookahead_slow",),
    average=step.slow_weights,
)
EMA_NESTEROV = Around(
    "ema_nesterov",
    {"nesterov_drift": ARRAY, "nesterov_origin": ARRAY},
    step.ahead_of_drift,
    begin=("nesterov_origin",),
    average=step.origin_of_drift,
)
HYPERBALL = Around("hyperball", {"hyperball_radius": TENSOR}, step.on_ball, matrices_only=True)

PATHS = (SCHEDULE_FREE, LOOKAHEAD, EMA_NESTEROV)
"""Those that train other weights than they are evaluated with: one at most can be on."""

SLOTS = (*HYPERBALL.slots, *(slot for path in PATHS for slot in path.slots))
"""The names of what they remember."""
