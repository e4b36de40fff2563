"""What a framework says to a session: how its tensors are read, kept, written and laid out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from ...compilers.pager import Pager
from ...plan import Plan
from ..assignment import Assignment
from ..inputs import number_of
from .given import Kind
from .program import Peers, Program

Leaves = Sequence[Any]
"""A tensor, or a gradient or None, for each parameter."""


class Steps(Protocol):
    """Tensors that take part in a call, laid out for the compiler that makes it.

    Attributes:
        norm: the norm of all gradients in the last call, if a clip took it.
        active: the parameters with a gradient.
        take: takes gradients and parameters that are as those which were laid out, if they are.
        under_way: what `finish` must know of a call that is being made; None before each.
        kind: the number of the kind of call that it is.
    """

    norm: Any
    under_way: Any
    kind: int
    active: list[int]
    take: Callable[[Leaves, Leaves], bool]

    def holds(self) -> bool:
        """Whether they may be stepped as they are laid out."""
        ...

    def run(
        self,
        t: int,
        numbers: Sequence[Mapping[str, Any]],
        limits: Mapping[str, float],
        updating: bool,
        scale: Any = None,
        found: Any = None,
        peers: Peers | None = None,
    ) -> int | None:
        """A call; the first parameter in which something would not be finite, or None."""
        ...

    def finish(self, t: int) -> tuple[bool, int | None]:
        """Bring a call to its end that was interrupted when it was to make update `t`.

        Whether it had begun, and what `run` would have given. Otherwise nothing was changed.
        """
        ...


class Manners(ABC):
    """The manners of a framework whose tensors are updated in place."""

    LAID_OUT: ClassVar[int] = 16
    """Sets of tensors that stay laid out: a step may update some parameters only."""

    tells_of_writing: ClassVar[bool] = False
    """Whether the framework is to know which parameters were updated (`written`)."""

    @property
    def pager(self) -> Pager | None:
        """The file that slots lie in, if they do."""
        return None

    in_parts = False
    """Whether this process has parts only of some tensors (`own_parts`)."""

    @abstractmethod
    def read(self, tensor: Any) -> np.ndarray:
        """The values of a tensor for NumPy."""

    @abstractmethod
    def keep(self, tensor: Any) -> Any:
        """A copy of a tensor."""

    @abstractmethod
    def zeros(self, tensor: Any) -> Any:
        """A gradient of a parameter that is 0 everywhere."""

    @abstractmethod
    def write(self, tensor: Any, value: Any) -> None:
        """Put the values of a tensor, an array or a number into a tensor."""

    @abstractmethod
    def check_parameters(self, tensors: Leaves) -> None:
        """Refuse tensors that cannot take the place of the parameters."""

    @abstractmethod
    def slot(self, index: int, name: str) -> Any:
        """The tensor of a slot of a parameter that has it, else None."""

    @abstractmethod
    def new_slot(self, index: int, name: str, plan: Plan) -> Any:
        """A tensor of zeros for a slot of a parameter, as a plan stores it."""

    @abstractmethod
    def put_slots(self, index: int, gone: Sequence[str], made: Mapping[str, Any]) -> None:
        """Keep these new tensors as slots of a parameter, and no more those that are gone."""

    def has_state(self, index: int) -> bool:
        """Whether a parameter that is not frozen has its slots by now."""
        return True

    @abstractmethod
    def plan_anew(self, assignment: Assignment) -> list[Program]:
        """Make ready for the plans of an assignment, and compile them; the state stays."""

    @abstractmethod
    def lay_out(
        self, gradients: Leaves, parameters: Leaves, active: Sequence[int], kind: Kind
    ) -> Steps:
        """The steps of the parameters that have a gradient, of a kind; nothing is changed."""

    @abstractmethod
    def room_like(self, index: int) -> Any:
        """A tensor that lies as a slot of a parameter with a value for each weight would."""

    @abstractmethod
    def check_given(self, what: str, index: int, value: Any) -> Any:
        """The own part of an array that is given for a parameter, and no tensor as it is not.

        Raises `ArrayError` or `ArrayTypeError`, in which `what` says what it is.
        """

    def settle(self, steps: Steps) -> None:  # noqa: B027 (often nothing)
        """What follows from a call that was made with newly laid out tensors."""

    def dtype_name(self, tensor: Any) -> str:
        """The name of a tensor's dtype."""
        return tensor.dtype.name

    def as_tensors(self, gradients: Leaves) -> Leaves:
        """Gradients, where a framework gives other things than tensors for some, as tensors."""
        return gradients

    def number(self, name: str, value: Any) -> float:
        """A number of a call, such as its loss; `ArgumentError` for what is none."""
        return number_of(name, value)

    def note_state(self) -> None:  # noqa: B027 (where tensors cannot change but in their values)
        """Note how the tensors of the state lie, which somebody is about to get."""

    def state_holds(self) -> bool:
        """Whether they lie so still, or can be taken as they lie now; else a law is told."""
        return True

    def before_export(self) -> None:  # noqa: B027 (often nothing)
        """Refuse to give the state away where it is not one that travels."""

    def before_restore(self) -> None:  # noqa: B027 (often nothing)
        """Refuse a state that travels where there can be none, and make room for it."""

    def own_parts(self, gradients: Leaves, parameters: Leaves) -> tuple[Leaves, Leaves]:
        """The parts of gradients and parameters that this process has: by default, all."""
        return gradients, parameters

    def agreed(self, found: Any) -> Any:
        """What was found not to be finite by any of the processes that step together."""
        return found

    def any_part(self, value: bool) -> bool:
        """Whether it is true of any process that has a part of the same parameters."""
        return value

    def written(self, indices: Sequence[int]) -> None:  # noqa: B027 (often nothing)
        """Let the framework know that parameters were updated."""
