"""optimizer → Plan: what one step computes, in which order, and which norms it must know before.

Every choice that an optimizer's arguments imply is made here, once, before anything runs: which
stages exist, what is stored, which norms are taken. `adamas.lowering` finds the passes over memory
that this needs; compilers turn those into code; frameworks run them over their arrays.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import step
from .around import Around
from .errors import ConfigurationError, RuleError
from .language.blocks import BLOCKS, SCALES, Blocks
from .language.codes import IN_BLOCKS, NARROWER, Code
from .language.expression import ARRAY, KNOWN, MATRICES, STEP, TENSOR, Trace
from .language.rule import (
    STEPS_SLOTS,
    Checked,
    Rule,
    check_rule,
    check_without,
    draws,
    explained,
    prepared,
    read_rule,
)
from .language.scales import OfSymbols
from .language.shapes import Extent, Shape
from .language.slots import holds_weights, is_only_read, not_negative
from .language.totals import levels_of, names_of
from .masters import NOTHING, Master, master_for
from .passes import Pass, Values
from .stages import Stages

if TYPE_CHECKING:
    from .description import Description

CLIP_MARGIN = {"torch": 1e-6}
"""What each library adds to a norm before it divides by it."""


@dataclass(frozen=True)
class Plan:
    """One optimizer's step: the passes of a call that updates and of one that only accumulates.

    `slots` has the extent of each slot, or its declared shape; `numbers` are the
    hyperparameters that are read at each step, and those that it is given behind them, `unset`
    those of the rule that are None, `drawn` random numbers of each weight and their laws,
    `remembered` the numbers that are handed on from one update to the next, by `prepare` or, those
    in `fed`, by the rule, and `data` what may be known beforehand. `around` are the stages around
    the rule that remember something. `totals` are the sums over all tensors that the rule takes,
    known one after the other as the passes with them are made. `dtypes` are those of slots that are
    not stored as wide as the arithmetic. `master` says where the weight is exact.
    """

    rule: Rule
    prepare: Callable[..., Mapping[str, Any]]
    data: Values
    slots: Mapping[str, Extent]
    numbers: tuple[str, ...]
    unset: tuple[str, ...]
    remembered: tuple[str, ...]
    fed: tuple[str, ...]
    totals: tuple[str, ...]
    drawn: Mapping[str, str]
    codes: Mapping[str, Code]
    dtypes: Mapping[str, str]
    update: tuple[Pass, ...]
    accumulate: tuple[Pass, ...]
    margin: float
    decay: str
    decay_number: str
    around: tuple[Around, ...] = ()
    master: Master = NOTHING
    lowered: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)
    """What `adamas.lowering.lower` has found, by the id of a pass, which lives as long."""

    @property
    def arrays(self) -> tuple[str, ...]:
        """Arrays with a value for each weight: parameter, gradient, what is given, and slots."""
        return (
            "p",
            "g",
            *self.rule.given,
            *(s for s, extent in self.slots.items() if extent == ARRAY or extent is BLOCKS),
        )

    @property
    def scales(self) -> tuple[str, ...]:
        """Slots with one value for each block of weights."""
        return tuple(slot for slot, extent in self.slots.items() if isinstance(extent, Blocks))

    @property
    def small(self) -> dict[str, int]:
        """Slots with a value for each row, column or tensor only, and their extents."""
        return {s: e for s, e in self.slots.items() if isinstance(e, int) and e != ARRAY}

    @property
    def matrices(self) -> tuple[str, ...]:
        """Slots of a declared shape."""
        return tuple(slot for slot, extent in self.slots.items() if isinstance(extent, Shape))

    @property
    def decays(self) -> bool:
        """Whether there is weight decay, from which parameters can be excluded."""
        return self.decay_number in self.numbers

    @property
    def symbols(self) -> tuple[str, ...]:
        """The scalars that a step starts from: a row of numbers has them in this order.

        Totals come last, each 0 until it is known.
        """
        return ("t", *self.numbers, *self.remembered, *self.totals)

    def scalars(self, known: Values) -> dict[str, Any]:
        """All scalars of a step by name, from those in `symbols`.

        Numbers of the rule that are None are so for `prepare`, and 0 for the rule itself.
        """
        inner = known.get(self.decay_number) if self.decay == "rule" else None
        inner = {"inner_decay": inner, "turned": known.get("atan2")}
        begun: Values = {**self.data, **inner, **known}
        for stage in self.around:
            begun = stage.prepared(begun)
        made = prepared(self.prepare, begun)
        return {**made, **{name: 0.0 for name in self.unset if made[name] is None}}

    def on_symbols(self, trace: Trace, work: Pass) -> dict[str, Any]:
        """All that a pass computes, by name."""
        scalars: dict[str, Any] = self.scalars({n: trace.leaf(n, STEP) for n in self.symbols})
        scalars |= {name: trace.leaf(name, TENSOR) for name in (*work.factors, *KNOWN)}
        scalars |= draws(trace, self.drawn, scalars)
        scalars |= {"blocks": OfSymbols(trace)} if self.scales else {}
        arrays = {name: trace.leaf(name, ARRAY) for name in self.arrays}
        arrays |= {slot: trace.leaf(slot, extent) for slot, extent in self.small.items()}
        arrays |= {slot: trace.leaf(slot, MATRICES) for slot in self.matrices}
        return explained(work.compute, arrays, scalars)

    def clip_factors(
        self, clip: str, squares: np.ndarray, total: float, limit: float
    ) -> np.ndarray:
        """Each tensor's factor, from the sum of squares of its gradient, or of all in `total`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            joined = total if clip == "global_clipnorm" else squares
            return np.full_like(squares, self.clip_factor(clip, np.sqrt(joined), limit))

    def clip_factor(self, clip: str, norm: Any, limit: Any) -> Any:
        """The factor of gradients of this norm: of all tensors together, or of each.

        Works on numbers, on arrays and on symbols.
        """
        factor = step.global_clip_factor if clip == "global_clipnorm" else step.clip_factor
        return factor(norm, limit, self.margin)


def make_plan(
    optimizer: "Description",
    members: "Sequence[Description]" = (),
    function: Callable[..., Any] | None = None,
    *,
    vector: bool = False,
    decay_number: str = "weight_decay",
    without: bool = False,
    dtype: str = "float32",
    in_blocks: bool = False,
) -> Plan:
    """The plan that the arguments of `optimizer` imply.

    Args:
        optimizer: it has the arguments common to all parameters, such as clips and averages.
        members: they have the rule and its hyperparameters, if it is not the optimizer itself;
            they differ in numbers only.
        function: the rule, if not the member's usual one.
        vector: whether the parameters have no or one axis, so that each is one unit.
        decay_number: the hyperparameter that is their weight decay.
        without: whether it is of calls that are not given the arrays of `Description.inputs`.
        dtype: of the parameters, if it is narrower than the arithmetic.
        in_blocks: whether they are large enough for slots that are coded in blocks.
    """
    members = members or (optimizer,)
    member = members[0]
    convention = member.find_convention()
    rule = read_rule(function or member.rule(), member.input_arrays())
    unset = member.unset()
    # Modifiers that are off are nowhere; other numbers that are off are 0.
    numbers = dict.fromkeys(n for n in member.numbers() if n not in member.modifiers())
    numbers = dict.fromkeys(numbers, 0.0) | dict.fromkeys(unset)
    data = {**numbers, **member.choices(), **convention.data}
    names = (*member.numbers(), *member.input_numbers())
    given = (member.initial, member.forms(), member.drawn)
    known = (member.prepare, names, data, member.remembered, *given)
    checked = check_rule(rule, *known)
    if without and member.update_without is not None:
        rest = read_rule(member.update_without)
        checked = check_without(rule, rest, known, checked.extents)
        rule = rest
    around = tuple(one for one in member.around() if not (vector and one.matrices_only))
    on = dict.fromkeys(name for one in (optimizer, *members) for name in one.numbers_in_use())
    on |= dict.fromkeys(member.input_numbers())
    decay = "decoupled" if member.decoupled_weight_decay else convention.decay
    decay = "independent" if member.independent_weight_decay else decay
    if decay == "decoupled" and decay_number in on and "learning_rate" not in on:
        raise ConfigurationError(
            f"weight_decay is in proportion to the learning rate, which {type(member).__name__} "
            "does not have. Use independent_weight_decay=True."
        )
    _require_rate(member, on)
    master = master_for(member.master, dtype)
    codes = _codes(member, rule, around, checked, in_blocks)
    stages = Stages(
        rule=rule,
        codes=codes,
        master=master,
        on=tuple(on),
        maximize=member.maximize,
        clips=optimizer.clips(),
        use_ema=optimizer.use_ema,
        checks={"propagate": "", "skip_gradients": "gradients"}.get(optimizer.nonfinite, "all"),
        centralized=optimizer.centralize_gradients and not vector,
        vector=vector,
        decay_number=decay_number,
        cautious=member.cautious,
        cautious_decay=member.cautious_weight_decay,
        decay=decay,
        around=around,
        asks=not without and any(one.input_arrays() for one in optimizer.everyone()),
        totals=checked.totals,
    )
    extents = dict(checked.extents)
    for stage in around:
        _refuse_names(rule, names, (*stage.extents, *stage.remembered), stage.name)
        extents |= stage.extents
    _refuse_names(rule, names, master.slots, "master")
    scales = [slot + SCALES for slot, code in codes.items() if code.scales]
    _refuse_names(rule, names, scales, "states")
    extents |= dict.fromkeys(scales, BLOCKS)
    plan = Plan(
        rule=rule,
        prepare=member.prepare,
        data=data,
        slots={slot: extents.get(slot, ARRAY) for slot in stages.stored},
        numbers=tuple(on),
        unset=unset,
        remembered=tuple(member.handed_on()),
        fed=checked.fed,
        totals=tuple(name for level in checked.totals for name in level),
        drawn={**member.drawn, **stages.coins},
        codes={slot: code for slot, code in codes.items() if slot in stages.slots},
        dtypes=stages.dtypes,
        update=stages.update_passes(),
        accumulate=stages.accumulate_passes(),
        margin=CLIP_MARGIN.get(optimizer.clip_convention(), 0.0),
        decay=stages.decay,
        decay_number=decay_number,
        around=around,
        master=master,
    )
    return plan if all(one.after is None for one in around) else _with_stages(plan, stages)


def _with_stages(plan: Plan, stages: Stages) -> Plan:
    """The plan with the sums over all tensors that stages take, and the numbers that they feed."""
    trace = Trace()
    results = plan.on_symbols(trace, plan.update[-1])
    totals = levels_of({name: trace.lift(results[name]) for name in names_of(results)})
    fed = tuple(name for name in plan.remembered if name in results)
    stages = replace(stages, totals=totals)
    named = tuple(name for level in totals for name in level)
    return replace(plan, totals=named, fed=fed, update=stages.update_passes())


def _refuse_names(rule: Rule, names: Iterable[str], used: Container[str], owner: str) -> None:
    """`RuleError` for a name of the rule that a stage around it uses."""
    for name in (*rule.slots, *names):
        if name in used:
            raise RuleError(
                f"{rule.name} has a name {name!r}, which {owner} around it uses. "
                "Choose another name."
            )


def _codes(
    member: "Description",
    rule: Rule,
    around: Sequence[Around],
    checked: Checked,
    in_blocks: bool,
) -> dict[str, Code]:
    """How each slot is stored that is not as wide as the arithmetic, in the order of the slots.

    Those that have not a value for each weight are small, or of functions of whole tensors.
    """
    own = [slot for stage in around for slot in stage.extents if stage.extents[slot] == ARRAY]
    own += [slot for slot in rule.slots if checked.extents.get(slot, ARRAY) == ARRAY]
    names = {slot: member.stored(slot) for slot in (*own, *STEPS_SLOTS)}
    if isinstance(member.states, str):
        evaluated = member.evaluated() if member.states in IN_BLOCKS else ()
        names = {slot: name for slot, name in names.items() if slot not in evaluated}
        names = {n: s for n, s in names.items() if not _stays_wide(n, s, rule, checked)}
    codes = {slot: NARROWER[name] for slot, name in names.items() if name in NARROWER}
    if in_blocks and any(name in IN_BLOCKS for name in names.values()):
        positive = not_negative(checked.results, checked.first, rule.slots)
        positive |= _said_not_negative(member)
        for slot, name in names.items():
            if name in IN_BLOCKS:
                codes[slot] = IN_BLOCKS[name][slot in positive]
    return {slot: codes[slot] for slot in names if slot in codes}


def _said_not_negative(member: "Description") -> frozenset[str]:
    """The slots that a class says are 0 or more; `RuleError` for what is no slot of its rules."""
    known = member.slot_names()
    for slot in member.not_negative:
        if slot not in known:
            raise RuleError(
                f"{type(member).__name__}.not_negative must name slots of its rules: "
                f"{', '.join(known)}. Got: {slot!r}."
            )
    return frozenset(member.not_negative)


def _stays_wide(slot: str, name: str, rule: Rule, checked: Checked) -> bool:
    """Whether a slot is coded only if it is named.

    What is only read would keep the error of one rounding for ever, and weights have no 8 bits to
    spare.
    """
    if slot in rule.slots and is_only_read(checked.results, slot):
        return True
    if name not in IN_BLOCKS:
        return False
    return slot not in rule.slots or holds_weights(checked.results, checked.first, slot)


def _require_rate(member: "Description", on: Container[str]) -> None:
    """`ConfigurationError` for a stage in proportion to a learning rate that there is not."""
    numbers = [name for name in ("update_clip", "update_floor") if name in on]
    stages = [one.name for one in member.around() if one.asks_for("learning_rate")]
    for name in (*numbers, *stages):
        if "learning_rate" not in on:
            raise ConfigurationError(
                f"{name} is in proportion to the learning rate, which {type(member).__name__} "
                f"does not have. Leave {name} out."
            )


def rounds(plans: Sequence[Plan], kind: str) -> list[tuple[Pass | None, ...]]:
    """The passes of a kind of call, those of all plans that are made at the same time.

    All plans of one optimizer have the same, one after the other, but for totals: a plan sits out
    those that only others need.
    """
    works = [getattr(plan, kind) for plan in plans]
    most = max(works, key=lambda own: sum(bool(work.totals) for work in own), default=())
    first = next((place for place, work in enumerate(most) if work.totals), len(most))
    padded = []
    for own in works:
        totals = [work for work in own if work.totals]
        missing = len(most) - len(own)
        padded.append([*own[:first], *totals, *[None] * missing, *own[first + len(totals) :]])
    return list(zip(*padded, strict=True))
