"""Description: what an optimizer is, as data: what a subclass says, and what follows from that.

A subclass declares its hyperparameters as fields, and its rule as a static method `update`
(`adamas.language.rule` has the contract). The arguments that all have come with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self, cast

from ..around import STAGES, Around, Evaluation
from ..convention import Convention
from ..errors import StateError
from ..exclusions import Exclusions
from ..language.codes import IN_BLOCKS, WIDE
from ..language.rule import STEPS_SLOTS, read_rule
from ..language.shapes import Shape
from .agreement import in_order, refuse_disagreement
from .choosing import Asked
from .declaring import call_by_name, check_early, declare, find_convention
from .forms import forms_of
from .inputs import ARRAY, LOSS, NUMBER
from .shared import Shared
from .words import refuse_words


def _nothing() -> Mapping[str, Any]:
    """Scalars that are computed once per step, by name; a static method that names what it needs.

    That is ``t``, the number of the update from 1, hyperparameters, and numbers that are
    `remembered`. Arguments that are no numbers, numbers of the class's own that are None, and data
    of the convention are plain values in it, so it can branch on them.
    """
    return {}


def _no_values(p: Any, /) -> Mapping[str, Any]:
    """The first values of slots that do not begin as 0.

    A static method of the parameter p, then the hyperparameters it needs:
    ``initial(p, /, *, scale)`` returns ``{"z": p, "a": scale}``.
    """
    return {}


class Description(Shared):
    """Base of all optimizers.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or arguments that exclude each other.
    """

    _clips: ClassVar[tuple[str, ...]] = ()
    # Without an annotation, so that this is no field.
    _exclusions = Exclusions()

    def __init_subclass__(cls, abstract: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        call_by_name(cls)
        cls._complete()
        if not abstract:
            usual = cls.rule is Description.rule and cls.rule_for is Description.rule_for
            check_early(cls, usual=usual)

    @classmethod
    def _complete(cls) -> None:
        """Declare the fields of the class, and find the names that are asked for often, once."""
        declare(cls)
        cls._sort(common=Description.fields)
        cls._clips = tuple(name for name, field in cls.fields.items() if field.stage == "clip")

    # -- what a subclass says ---------------------------------------------------------------

    prepare: ClassVar[Callable[..., Mapping[str, Any]]] = staticmethod(_nothing)

    remembered: ClassVar[Mapping[str, float]] = {}
    """Numbers that are handed on from one update to the next, with their first values: `prepare`
    takes one under its name and returns the next under the same name."""

    inputs: ClassVar[Mapping[str, str]] = {}
    """What each call must be given beside gradients, by name, and of which kind it is:
    ``{"loss": "number"}`` for ``apply(grads, loss=…)``. `prepare` and the rule ask for a number as
    for a hyperparameter. An ``"array"`` has the shape of its parameter; the rule names it behind p
    and g, and does not return it."""

    update_without = cast("Callable[..., Any] | None", None)
    """The rule of calls that are not given those arrays, with the same slots: a static method;
    without one each call must be given them."""

    drawn: ClassVar[Mapping[str, str]] = {}
    """Random numbers for each weight that the rule asks for by name, and the law of each:
    ``{"z": "normal"}``, or ``"uniform"`` from 0 to below 1. They need a hyperparameter ``seed``,
    and depend on it, the update, their name, the parameter's name and the weight's index only."""

    not_negative: ClassVar[tuple[str, ...]] = ()
    """Slots that are 0 or more, where that does not show in the rule's arithmetic as it does with
    means of squares: ``states="8bit"`` stores them more finely near 0 than it may others."""

    initial: ClassVar[Callable[..., Mapping[str, Any]]] = staticmethod(_no_values)

    shapes: ClassVar[Mapping[str, Shape | tuple[int | str, ...]]] = {}
    """Slots of a declared shape, which functions of whole tensors take and give
    (`adamas.whole_tensor`), such as ``{"left": ("rows", "rows")}``: sizes for each matrix, or a
    `Shape` with the largest that there may be."""

    average = cast("Callable[..., Any] | None", None)
    """The weights to evaluate with, if the rule trains others: a static method of p, slots and
    hyperparameters by name. ``averaged()`` and ``finalize_variable_values()`` use it."""

    paths: ClassVar[tuple[Around, ...]] = ()
    """Stages that the class always has around its rule (`adamas.Around`), such as one that averages
    its weights."""

    following = cast("Callable[..., Mapping[str, Any]] | None", None)
    """How the numbers that a wrapper keeps (`first_numbers`) go on after each call: a static method
    of ``skipped``, those numbers and the wrapper's own by name, that returns the next ones."""

    given: ClassVar[Mapping[str, str]] = {}
    """Arguments of the step that are numbers which a wrapper keeps → the name of that number."""

    conventions: ClassVar[Mapping[str, Convention]] = {}
    """What each library means by this optimizer; `convention` chooses one."""

    update: ClassVar[Callable[..., Any]]
    """The rule, a static method of one weight: see `adamas.language.rule`."""

    def rule(self) -> Callable[..., Any]:
        """The function of one weight; override it to choose among variants by the arguments."""
        return self.update

    def rule_for(self, name: str, shape: tuple[int, ...]) -> Callable[..., Any]:
        """The rule of the parameter `name`; override it to choose among variants by its `shape`."""
        return self.rule()

    def rules(self) -> "tuple[Callable[..., Any], ...]":
        """All rules that `rule_for` may give, whatever the parameters are; override both."""
        return (self.rule(),)

    def forms(self) -> dict[str, Shape]:
        """The declared shape of each slot in `shapes`."""
        return forms_of(type(self), self.argument)

    def asked_inputs(self) -> dict[str, str]:
        """What calls are given beside gradients: what the class says, and what stages ask for."""
        by_stages = any(one.asks_for(LOSS) for one in self.around())
        return {**self.inputs, **({LOSS: NUMBER} if by_stages else {})}

    def input_numbers(self) -> tuple[str, ...]:
        """The names of the numbers that each call must be given."""
        return tuple([name for name, kind in self.asked_inputs().items() if kind == NUMBER])

    @classmethod
    def input_arrays(cls) -> tuple[str, ...]:
        """The names of the arrays that calls are given, one for each parameter."""
        return tuple([name for name, kind in cls.inputs.items() if kind == ARRAY])

    def decay_for(self, name: str, shape: tuple[int, ...]) -> str:
        """The hyperparameter that is the weight decay of the parameter `name` of this `shape`."""
        return "weight_decay"

    def member_for(self, name: str, shape: tuple[int, ...]) -> "Description | None":
        """Who updates the parameter `name` of this `shape`: itself, or None if it is frozen."""
        return self

    def inner(self) -> "Iterator[Description]":
        """The optimizers that this one wraps; none for most."""
        yield from ()

    def everyone(self) -> "Iterator[Description]":
        """This optimizer and all inside it."""
        yield self
        for member in self.inner():
            yield from member.everyone()

    is_of_groups: ClassVar[bool] = False
    """Whether the members are groups of parameters of one optimizer, which it is in files."""

    def first_numbers(self) -> Mapping[str, float]:
        """The numbers that a wrapper keeps from call to call, with their first values."""
        return {}

    def has_units(self) -> bool:
        """Whether a stage of the step treats matrices in another way than vectors."""
        numbers = (self.adaptive_clip, self.update_floor, self.radial_brake)
        on = self.centralize_gradients or any(one.matrices_only for one in self.around())
        return on or any(number is not None for number in numbers)

    def around(self) -> tuple[Around, ...]:
        """The stages around the rule that remember something, in their order."""
        on = {stage: getattr(self, stage.name) for stage in STAGES}
        chosen = [one for one, value in on.items() if value is not None and value is not False]
        return (*chosen, *self.paths)

    def handed_on(self) -> Mapping[str, float]:
        """All numbers that are handed on from one update to the next, with their first values."""
        found = dict(self.remembered)
        for stage in self.around():
            found |= stage.remembered
        return found

    def begin(self, p: Any, made: Mapping[str, Any]) -> dict[str, Any]:
        """The first values of the slots of a parameter, with those that the rule has `made`."""
        of_stages = {slot: p for stage in self.around() for slot in stage.begin}
        return {"ema": p, "master": p, **of_stages, **made}

    def evaluation(self) -> Evaluation | None:
        """What the weights to evaluate with are; None for the weights themselves."""
        for stage in self.around():
            if stage.average is not None:
                return Evaluation(stage.average, tuple(stage.extents), stage.numbers)
        return None if self.average is None else Evaluation.of(self.average)

    def evaluated(self) -> tuple[str, ...]:
        """The slots from which the weights to evaluate with are made."""
        evaluation = self.evaluation()
        return ("ema", *(() if evaluation is None else evaluation.slots))

    # -- configuration ----------------------------------------------------------------------

    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """The arguments that may be given to it, and not to an optimizer inside it."""
        return tuple(cls.fields)

    def __post_init__(self) -> None:
        refuse_disagreement(self)

    def slot_names(self) -> list[str]:
        """The slots that it may have, those of a step last."""
        own = [slot for rule in self.rules() for slot in read_rule(rule, self.input_arrays()).slots]
        own += [slot for stage in self.around() for slot in stage.extents]
        return list(dict.fromkeys([*own, *STEPS_SLOTS]))

    def divides_by_root(self) -> bool:
        """Whether an angle can stand in place of what its rule divides by a root."""
        return any("turned" in read_rule(rule).scalars for rule in self.rules())

    def clips(self) -> tuple[str, ...]:
        """The names of the clips that are on, in the order in which they are made."""
        return in_order({name: getattr(self, name) for name in self._clips}, self.clip_order)

    def clip_convention(self) -> str:
        """Whose clips by norm the step makes."""
        return self.convention

    def stored(self, slot: str) -> str:
        """How a slot is stored: one of the names that ``states`` may have."""
        states = self.states
        return states if isinstance(states, str) else states.get(slot, WIDE)

    def codes_blocks(self) -> bool:
        """Whether slots of large tensors are coded in blocks."""
        states = self.states
        return not IN_BLOCKS.keys().isdisjoint(
            (states,) if isinstance(states, str) else states.values()
        )

    def averages(self) -> bool:
        """Whether there are averages of the weights: with ``use_ema``, or by the rule itself."""
        return self.use_ema or self.evaluation() is not None

    def find_convention(self) -> Convention:
        """What the library that `convention` names means by this optimizer."""
        return find_convention(type(self), self.convention)

    def rate_at(self, call: int) -> float:
        """The learning rate in call number `call` from 0."""
        return self.fields["learning_rate"].read(self.__dict__["learning_rate"], call)

    def chooses(self, name: str, value: Any) -> bool:
        """Whether another `value` for the number `name` makes this another rule."""
        other = object.__new__(type(self))
        other.assume(**{**self.__dict__, name: value})
        return other.rule() is not self.rule()

    def compared(self, name: str) -> Collection[Any] | None:
        """The values that the choice of a rule compares `name` with; None if it asks for more."""
        return Asked(self).of(name) if type(self).chooses is Description.chooses else None

    # -- configuration ----------------------------------------------------------------------

    def replace(self, **changes: Any) -> Self:
        """A new, unbuilt optimizer with the same arguments but for `changes`."""
        optimizer = type(self)(**{**self.copied_arguments(), **changes})
        optimizer.exclude(self.exclusions)
        return optimizer

    def copied_arguments(self) -> dict[str, Any]:
        """All arguments, for another optimizer."""
        return self.arguments()

    def get_config(self, *, strict: bool = True) -> dict[str, Any]:
        """Every argument as JSON-safe values; `from_config` makes an equal optimizer of it.

        A callable cannot be held by JSON: `ConfigurationError`, or with ``strict=False`` its name
        as ``{"callable": name}``.
        """
        fields = self.fields.items()
        config = {name: field.to_json(self.__dict__[name], strict) for name, field in fields}
        excluded = self.exclusions.to_json()
        return {**config, "excluded_from_weight_decay": excluded} if excluded else config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The optimizer that `get_config` described."""
        arguments = dict(config)
        excluded = arguments.pop("excluded_from_weight_decay", {})
        refuse_words(cls, arguments)
        fields = cls.fields
        optimizer = cls(**{name: fields[name].from_json(v) for name, v in arguments.items()})
        optimizer.exclude(Exclusions.from_json(excluded))
        return optimizer

    # -- exclusions -------------------------------------------------------------------------

    @property
    def exclusions(self) -> Exclusions:
        """The parameters that are left out of weight decay."""
        return self._exclusions

    def exclude(self, exclusions: Exclusions) -> None:
        """Leave these `exclusions` out of weight decay, in place of those that are left out."""
        self._exclusions = exclusions

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Leave parameters out of weight decay; call it before `build`.

        Args:
            var_list: the arrays themselves.
            var_names: patterns (regular expressions) that are searched for in the names of
                parameters: ``["bias", "norm"]``.
        """
        if self.is_fixed:
            raise StateError(
                "exclude_from_weight_decay must be called before build(), and on the outer "
                "optimizer once another wraps this one. Got: an optimizer that is built or wrapped."
            )
        self.exclude(self.exclusions.excluding(var_list, var_names))

    def decays(self, name: str, array: Any) -> bool:
        """Whether a parameter, `array` under its `name`, is subject to weight decay."""
        return self.exclusions.decays(name, array)


Description._complete()
