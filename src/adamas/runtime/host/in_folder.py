"""A session whose slots lie in a folder on disk: what is noted there, how it goes on from it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...compilers.pager import Pager
from ...description import Description
from ...errors import StateError
from ...signals import held
from ..files import Saved, refuse_other_class, said_beside, take
from ..folder import Folder, Form
from ..inputs import NOTHING
from ..loaded import Loaded
from ..names import slot_name
from ..numbers import OfDescription
from ..slots import slot_dtype, slot_shape
from .calls import Calls
from .layouts import Layouts
from .session import Session
from .state import exported

Path = str | os.PathLike[str]


class InFolder(Session):
    """What is in front of a session's own class where its slots lie in a folder.

    Whatever writes slots is noted before and after, and no signal comes in between.

    Attributes:
        folder: it; a session opens it as soon as it knows its slots.
    """

    folder: Folder

    def open_folder(self, path: Path) -> None:
        """Open the folder, or make it, for the slots of all parameters."""
        forms, name = self._forms_of_slots(), type(self.description).__name__
        about = {"class_name": name, "config": self.description.get_config(strict=False)}
        self.folder = folder = Folder(os.path.abspath(os.fsdecode(path)), forms, about)
        try:
            if not folder.is_new:
                refuse_other_class(self.description, folder.about, folder.path)
                folder.refuse_other(forms)
        except BaseException:
            self.discard()
            raise

    def _forms_of_slots(self) -> list[Form]:
        found = []
        for index, (name, parameter) in enumerate(self.parameters()):
            for slot, extent in self.slots_of(index).items():
                shape = slot_shape(tuple(parameter.shape), extent)
                plan, dtype = self.assignment.plan(index), self.dtype_name(parameter)
                axes = self.axes_of(parameter) if shape == parameter.shape else range(len(shape))
                found.append(Form(slot, name, slot_dtype(plan, slot, dtype), shape, tuple(axes)))
        return found

    def axes_of(self, tensor: Any) -> tuple[int, ...]:
        """The axes of a tensor, from the one that is slowest in memory to the fastest."""
        raise NotImplementedError

    def begin_life(self) -> None:
        """All slots have their first values: from now on there is a whole folder."""
        if self.folder.is_new:
            self.folder.begin_life(self._step())

    # -- what is noted

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Slots are written inside."""
        with held():
            self.folder.begin()
            try:
                yield
            except OSError:
                self.folder.broken = True
                raise
            finally:
                self.folder.end(self._step())

    def _step(self) -> dict[str, Any]:
        """What is counted, and the numbers that are handed on, as JSON holds them."""
        counters = self.counters()
        numbers = {n: v for n, v in exported(self)[0].items() if n not in self.folder.arrays}
        said = said_beside(self.description, counters, OfDescription(self.description).numbers())
        return {
            "counters": said["counters"],
            "numbers": said["numbers"],
            "remembered": {name: float(value).hex() for name, value in numbers.items()},
        }

    def new_calls(self, layouts: Layouts) -> Calls:
        """Those that are noted."""
        return NotedCalls(layouts)

    def convert(self, description: Description) -> None:
        """Refused: the folder has room for the slots that it was made for."""
        raise StateError(
            "States in a folder must stay stored as they are. Got: convert(). Save the state, and "
            "load it into an optimizer that is constructed and built so, with another folder."
        )

    def flush(self, given: Mapping[str, Any] = NOTHING) -> bool:
        """As of any session."""
        with self._lock, self.noted():
            return super().flush(given)

    def restore(self, *args: Any, **kwargs: Any) -> Loaded:
        """As of any session; a process that is killed within it leaves no whole state."""
        with self._lock:
            self._calls.refuse_within()
            with self.noted():
                return super().restore(*args, **kwargs)

    def sync(self) -> None:
        """All that was stepped so far reaches the disk."""
        with self.paused():
            self.folder.sync()

    # -- how it goes on

    def resume(self) -> None:
        """Go on from what the folder had when it was opened."""
        step = self.folder.step
        if step is None:
            return
        numbers = {n: np.array(float.fromhex(v)) for n, v in step["remembered"].items()}
        metadata = {**self.folder.about, **{name: step[name] for name in ("numbers", "counters")}}
        saved = Saved({**exported(self)[0], **numbers}, metadata)
        take(self.description, _AsItLies(self), saved, self.folder.path)

    def take_as_it_lies(self, *args: Any, **kwargs: Any) -> Loaded:
        """As `restore`, of slots that are in place."""
        return super().restore(*args, **kwargs)

    def write(self, tensor: Any, value: Any) -> None:
        """Put values into a tensor, but those that lie there already."""
        own = self.read(tensor)
        if not (isinstance(value, np.ndarray) and np.may_share_memory(own, value)):
            super().write(tensor, value)

    @property
    def pager(self) -> Pager:
        """How steps read and write the slots."""
        return self.folder.pages

    @property
    def resumes(self) -> bool:
        """Whether the folder had a state when it was opened."""
        return self.folder.step is not None

    def discard(self) -> None:
        """Close the folder, and delete it if it was made for an optimizer that cannot be built."""
        self.folder.discard()


class NotedCalls(Calls):
    """Calls of a session in a folder."""

    def make(self, holding: Any, *args: Any, **kwargs: Any) -> None:
        """As of any session."""
        self.refuse_within()
        with holding.noted():
            super().make(holding, *args, **kwargs)


def array_in(
    arrays: Mapping[str, np.ndarray], names: Sequence[str], index: int, slot: str
) -> np.ndarray:
    """The array of a slot among those of a folder."""
    return arrays[slot_name(slot, names[index])]


class _AsItLies:
    """A session as the one to whom a state goes whose slots it has already."""

    def __init__(self, session: InFolder) -> None:
        self.export = session.export
        self.restore = session.take_as_it_lies
