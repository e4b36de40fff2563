"""A folder that holds the slots of one optimizer.

    states.json    what they are: plain JSON, written last, so that a folder with it is whole
    states.bin     the slots, as they lie in memory, one after the other
    step.0, .1     of which step they are (`journal`)

Reading it runs no code of the folder's.
"""

import json
import mmap
import os
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ...checkpoint import match_names
from ...checkpoint.durable import replacing
from ...errors import CheckpointError, StateError
from ..names import slot_name
from .journal import FILES, Journal, Record, last_record
from .pages import Pages, address
from .places import Form, placed, read, said

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

HEADER, DATA = "states.json", "states.bin"
FORMAT = "adamas states 1"
_OTHER = "Name another folder, or delete this one."


class Folder:
    """The slots in a folder, as arrays.

    Args:
        path: the folder; it is made if there is none.
        forms: the slots that are wanted.
        about: what else the header says, in JSON: whose they are.

    Attributes:
        path: the folder.
        arrays: each slot's, by its name (`slot_name`).
        about: what the header says.
        step: of the last step that was made, as `end` was given it; None in a new folder.
        pages: how steps read and write it.

    Raises:
        CheckpointError: the folder holds something else, or the slots of no whole step.
        StateError: somebody else has it open.
        OSError: there is no room, or no right to write.
    """

    def __init__(self, path: str, forms: Sequence[Form], about: Mapping[str, Any]) -> None:
        self.path = path
        self._process = os.getpid()
        self._depth = 0
        self.broken = False
        made = _make(path)
        is_new = not os.path.exists(os.path.join(path, HEADER))
        if is_new:
            _refuse_others(path)
        try:
            record = None if is_new else _whole_record(path)
            file = _open_alone(os.path.join(path, DATA), path)
        except BaseException:
            if made:
                os.rmdir(path)
            raise
        try:
            if is_new:
                self.about, own = dict(about), list(forms)
                _reserve(file, placed(own)[1])
            else:
                self.about, own = _header(path, os.fstat(file).st_size)
            self.step = None if record is None else record.step
            self._take(file, own, record)
        except BaseException:
            os.close(file)
            if is_new:
                _delete(path, made)
            raise
        self.is_new = is_new
        self._made = made

    def _take(self, file: int, forms: Sequence[Form], record: Record | None) -> None:
        begins, length = placed(forms)
        memory = mmap.mmap(file, length)
        whole = np.frombuffer(memory, np.uint8)
        self.arrays = {
            slot_name(form.slot, form.name): form.over(whole[begin : begin + form.bytes])
            for form, begin in zip(forms, begins, strict=True)
        }
        self._forms = forms
        self._journal = Journal(self.path, record)
        places = {
            address(array): (begin, form.bytes)
            for array, form, begin in zip(self.arrays.values(), forms, begins, strict=True)
        }
        self.pages = Pages(os.path.join(self.path, DATA), file, memory, places)
        self._let_go = weakref.finalize(self, _close, self._journal, self.pages, os.getpid())

    def refuse_other(self, forms: Sequence[Form]) -> None:
        """Refuse a folder whose slots are not those wanted."""
        wanted = {slot_name(form.slot, form.name): _Known(form) for form in forms}
        found = {slot_name(form.slot, form.name): _Known(form) for form in self._forms}
        match_names(wanted, found, f"The states in {self.path}")

    def begin_life(self, step: Mapping[str, Any]) -> None:
        """The slots have their first values: from now on the folder is a whole one."""
        self._journal.end(step)
        self._journal.end(step)
        header = {"format": FORMAT, "about": self.about, "slots": [said(f) for f in self._forms]}
        with replacing(os.path.join(self.path, HEADER)) as file:
            file.write(json.dumps(header, indent=1).encode())

    def discard(self) -> None:
        """Delete what was made of a folder whose optimizer could not be built."""
        self._let_go.detach()
        self.pages.close()
        self._journal.close()
        if self.is_new:
            _delete(self.path, self._made)

    # -- steps

    def begin(self) -> None:
        """Slots are about to be written."""
        if os.getpid() != self._process:
            raise StateError(
                f"The states in {self.path} must be stepped by the process that opened them. "
                "Got: a child of it. Build another optimizer there, with a folder of its own."
            )
        if self.broken:
            raise StateError(
                f"The states in {self.path} are of no step, since reading or writing failed within "
                "one. Build the optimizer in another folder, and load a checkpoint."
            )
        self._depth += 1
        if self._depth == 1:
            self._journal.begin()

    def end(self, step: Mapping[str, Any]) -> None:
        """They are whole, after this step."""
        self._depth -= 1
        if not self._depth and not self.broken:
            self._journal.end(step)

    def sync(self) -> None:
        """All that was stepped so far reaches the disk."""
        if self._depth or self.broken:
            return
        if not self._is_there():
            raise StateError(
                f"The states in {self.path} must stay there while they are stepped. Got: files "
                "that somebody deleted or moved; what is deleted is lost when the optimizer is let "
                "go of. save() writes the states elsewhere."
            )
        _sync(self.pages, self._journal)

    def _is_there(self) -> bool:
        """Whether the file that is stepped is in the folder still, and no other in its place."""
        with suppress(FileNotFoundError, NotADirectoryError):
            found = os.stat(os.path.join(self.path, DATA))
            return os.path.samestat(found, os.fstat(self.pages.file))
        return False


class _Known:
    """A form as `match_names` takes it."""

    def __init__(self, form: Form) -> None:
        self.shape, self.dtype = form.shape, form.dtype


def _make(path: str) -> bool:
    """Make the folder, if there is none."""
    if os.path.isdir(path):
        return False
    if os.path.lexists(path):
        found = "a file" if os.path.exists(path) else "a link to what is not there"
        raise CheckpointError(f"{path} must be a folder. Got: {found}. Name another one.")
    if not os.path.isdir(parent := os.path.dirname(path)):
        raise CheckpointError(
            f"{path} must be in a folder that is there. Got: no folder {parent}. Make that first."
        )
    os.mkdir(path)
    return True


def _refuse_others(path: str) -> None:
    """Refuse a folder of other things; what a process left that was killed here is taken over."""
    others = {name for name in os.listdir(path) if not name.startswith(".adamas-")}
    others -= {DATA, *FILES}
    if others:
        raise CheckpointError(
            f"{path} must be a folder of states, an empty one, or none yet. "
            f"Got: {', '.join(sorted(others)[:3])}. Name a folder in it."
        )


def _open_alone(path: str, folder: str) -> int:
    """The file of the slots, which nobody else has open."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise StateError(
            f"A folder of states belongs to one optimizer at a time. Got: {folder}, which another "
            "one has open, here or in another process. Let go of that and of the arrays of its "
            "state, or name another folder."
        ) from None
    return file


def _reserve(file: int, length: int) -> None:
    """Make room for all slots now, as zeros: a full disk would end the process within a step."""
    os.ftruncate(file, 0)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, length)
    else:
        os.ftruncate(file, length)


def _whole_record(path: str) -> Record:
    """The last record of a folder; `CheckpointError` if its slots are of no whole step."""
    record = last_record(path)
    law = f"The states in {path} must be of a whole step. Got: "
    way = f"Load a checkpoint into another folder. {_OTHER}"
    if record is None:
        raise CheckpointError(f"{law}no record of one that is whole. {way}")
    if not record.whole:
        counted = record.step.get("counters", {})
        after = counted.get("updates") if isinstance(counted, Mapping) else None
        raise CheckpointError(
            f"{law}those of a process that was ended within the step after update {after}. {way}"
        )
    if not record.survives():
        raise CheckpointError(
            f"{law}a machine that has started anew before they had reached the disk. {way} "
            "optimizer.sync() lets them reach it."
        )
    return record


def _header(path: str, size: int) -> tuple[dict[str, Any], list[Form]]:
    """What a folder says of itself."""
    law = f"{os.path.join(path, HEADER)} must be what adamas wrote. Got: "
    with open(os.path.join(path, HEADER), "rb") as file:
        text = file.read()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise CheckpointError(f"{law}no JSON ({problem}). {_OTHER}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{law}another format than {FORMAT!r}. {_OTHER}")
    about, slots = content.get("about"), content.get("slots")
    forms = [read(one) for one in slots] if isinstance(slots, list) else [None]
    whole = [form for form in forms if form is not None]
    if not isinstance(about, dict) or len(whole) != len(forms):
        raise CheckpointError(f"{law}a header that does not say what the slots are. {_OTHER}")
    if placed(whole)[1] != size:
        raise CheckpointError(
            f"{os.path.join(path, DATA)} must have {placed(whole)[1]:,} bytes. Got: {size:,}. "
            f"{_OTHER}"
        )
    return about, whole


def _delete(path: str, folder: bool) -> None:
    for name in (HEADER, DATA, *FILES):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(path, name))
    if folder:
        with suppress(OSError):
            os.rmdir(path)


def _sync(pages: Pages, journal: Journal) -> None:
    pages.sync()
    journal.end(journal.step, safe=True)


def _close(journal: Journal, pages: Pages, process: int) -> None:
    """When the optimizer is let go of, or Python ends: what is whole reaches the disk."""
    if os.getpid() == process and journal.is_whole:
        with suppress(OSError):
            _sync(pages, journal)
    pages.close()
    journal.close()
