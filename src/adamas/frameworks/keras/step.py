"""What a call over Keras variables starts from: counts, and numbers that may be tensors."""

from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ...compilers.keras import OPERATIONS, keras
from ...compilers.library import Arrays
from ...description import Description
from ...fields import is_plain
from ...runtime.assignment import Assignment
from ...runtime.inputs import NOTHING, number_of, numbers_given, refuse_without
from ...runtime.scalars import numbers_of_members
from ...runtime.traced.call import Call, Given, Made
from ...runtime.traced.clocks import Numbers
from ...runtime.traced.passes import Graphs
from ...schedules import Schedule
from .schedules import KerasSchedule

ops = keras.ops

OF_FIT = (
    " to optimizer.apply(grads, variables), in a train_step of your own: Keras's fit gives none."
)


class Now(NamedTuple):
    """What Keras keeps itself: the learning rate, a number or a tensor [], and calls so far.

    Beside them, what the call is given by name.
    """

    rate: Any
    calls: Any
    given: Mapping[str, Any] = NOTHING


class HandedOn(NamedTuple):
    """What is handed on from call to call, as tensors.

    Attributes:
        remembered: numbers.
        own: the clocks of variables; nothing where there is one for all.
        norm: that of the gradients in the last call that took it; None if nobody asks.
    """

    remembered: Numbers
    own: Mapping[str, Any]
    norm: Any


def calls_per_update(whole: Description) -> int:
    """How many calls make an update, which Keras fixes when it builds."""
    return int(whole.gradient_accumulation_steps or 1)


def counters(whole: Description, calls: int, skipped: int = 0) -> dict[str, int]:
    """All counters, of which Keras keeps these."""
    updates, pending = divmod(calls, calls_per_update(whole))
    return {"updates": updates, "calls": calls, "pending": pending, "skipped": skipped}


class Step:
    """The calls of an optimizer over variables of these forms.

    Args:
        assignment: which plan and member each variable has.
        shapes: of each variable.
        dtypes: the dtypes in which p and slots of each variable are stored, by name.
    """

    def __init__(
        self,
        assignment: Assignment,
        shapes: Sequence[tuple[int, ...]],
        dtypes: Sequence[Mapping[str, str]],
    ) -> None:
        self._assignment = assignment
        self._shapes = shapes
        self._dtypes = dtypes
        self._graphs = Graphs(OPERATIONS)
        self._call = Call(self._graphs, assignment, shapes)

    def __call__(
        self,
        now: Now,
        indices: Sequence[int],
        arrays: Sequence[Arrays],
        before: HandedOn,
    ) -> Made:
        """The call after `now.calls`.

        Args:
            indices: the variables that have a gradient, by their place among all.
            arrays: p, g and slots of each of these, by name.
            before: what is handed on to it.
        """
        return self._kind(now)(self._given(now, indices, arrays, before))

    def flush(
        self,
        now: Now,
        pending: int,
        indices: Sequence[int],
        arrays: Sequence[Arrays],
        before: HandedOn,
    ) -> Made:
        """The update that the call after `now.calls` becomes, with the mean of those `pending`."""
        given = self._given(now, indices, arrays, before)
        return self._kind(now).flush(given._replace(updating=True, calls=float(pending)))

    def _kind(self, now: Now) -> Call:
        """The kind of call that it is: whether it is given arrays, if anybody asks for any."""
        asked = [name for one in self._assignment.members for name in one.input_arrays()]
        return self._call if not asked or now.given.keys() & set(asked) else self._call_without

    @cached_property
    def _call_without(self) -> Call:
        refuse_without(self._assignment, OF_FIT)
        return Call(self._graphs, self._assignment.without(), self._shapes)

    def _given(
        self,
        now: Now,
        indices: Sequence[int],
        arrays: Sequence[Arrays],
        before: HandedOn,
    ) -> Given:
        every = calls_per_update(self._assignment.whole)
        common, numbers = self.numbers(now)
        dtypes = [
            {
                **self._dtypes[index],
                **{n: OPERATIONS.dtype(a) for n, a in own.items() if n not in self._dtypes[index]},
            }
            for index, own in zip(indices, arrays, strict=True)
        ]
        t = OPERATIONS.cast(ops.floor_divide(now.calls, every) + 1, OPERATIONS.scalar)
        updating: Any = True if every == 1 else ops.equal(ops.mod(now.calls + 1, every), 0)
        return Given(
            indices=indices,
            arrays=arrays,
            dtypes=dtypes,
            common=common,
            numbers=numbers,
            t=t,
            updating=updating,
            calls=None,
            remembered=before.remembered,
            own=before.own,
            kept={},
            norm=before.norm,
        )

    def numbers(
        self, now: Now, *, asked: bool = True
    ) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        """The numbers of the whole step and of each member: floats, or tensors [].

        With `asked`, those also that a call must be given.
        """
        whole = self._assignment.whole
        own = "learning_rate" not in whole.fields

        def read(one: Description, known: Container[str] = ()) -> dict[str, Any]:
            names = (name for name in one.numbers_in_use() if name not in known)
            return {name: _number(name, one, now, own) for name in names}

        common = read(whole)
        if asked:
            common |= numbers_given(self._assignment, now.given, _input, OF_FIT)
        return common, numbers_of_members(self._assignment, common, read)


def _input(name: str, value: Any) -> Any:
    """A number that the call is given, which stays a tensor if it is one."""
    value = value.value if isinstance(value, keras.Variable) else value
    if keras.ops.is_tensor(value) and not len(value.shape):
        return OPERATIONS.cast(value, OPERATIONS.scalar)
    return number_of(name, value)


def _number(name: str, one: Description, now: Now, own: bool) -> Any:
    """A number as it is now, in the precision of numbers; `own` where each member has its rate."""
    if name == "loss_scale_factor":
        return 1.0  # Keras has divided by it
    rate = name == "learning_rate"
    source = now.rate if rate and not own else one.argument(name)
    source = KerasSchedule(source)(now.calls) if isinstance(source, Schedule) else source
    if is_plain(source) and (own or not rate):  # Keras may have called for its rate
        return float(source)
    value: Any = source() if callable(source) and not hasattr(source, "dtype") else source
    value = value.value if isinstance(value, keras.Variable) else value
    if keras.ops.is_tensor(value):
        return OPERATIONS.cast(value, OPERATIONS.scalar)
    return one.fields[name].read_value(value)
