"""The groups of parameters of an optimizer of PyTorch, and the session that steps them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar

import torch

from ...locks import fork_safe_lock
from ...optimizer import Optimizer
from ...runtime.clock import NONE_YET, Counted
from .given import joining_of, whole_in
from .graphs import Graphs
from .groups import Arguments, Sources, Words, as_stored
from .naming import Fields, Naming
from .offload import HostSide
from .opening import Begun, Opened, begin
from .parameters import names_excluded, names_of, parameters_of, peers_of
from .session import TensorSession

_OPENING = fork_safe_lock()
"""Taken while a session is made, so that two threads do not both make it."""


class Life(Graphs, Counted, torch.optim.Optimizer):
    """Groups that may change at any time, and the session that is made for what they are now.

    Before `_start` it is told the arguments of the whole step (`_take_whole`), and its convention.
    """

    declared: ClassVar[type[Optimizer]]
    naming: ClassVar[Naming]

    _opened: Opened | None = None
    _is_shown = False
    _process_group: Any = None
    _process_groups: Sequence[Any] = ()
    _compiler: str | None = None
    _offload: str | None = None
    _host_side: HostSide | None = None
    _excluded: tuple[str, ...]
    _convention: str
    _sources: list[Sources]
    _first_sources: Sources
    _common: dict[str, Any]
    _first_common: Mapping[str, Any] = {}

    def _take_whole(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take what is the whole step's out of the arguments; gives PyTorch's flags."""
        whole = whole_in(given)
        self._process_group, self._process_groups = whole.process_group, []
        self._compiler, self._offload = whole.compiler, whole.offload
        self._common = self._first_common = whole.settings
        self._sources = []
        self._excluded = ()
        return whole.flags

    def _start(self, params: Any, defaults: dict[str, Any]) -> None:
        """Take the parameters, as PyTorch does."""
        super().__init__(params, defaults)

    @classmethod
    def takes(cls, name: str) -> bool:
        """Whether there is an argument called `name`."""
        return name in cls.__signature__.parameters  # type: ignore[attr-defined]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters.

        Args:
            param_group: ``{"params": …}``, with arguments of its own in either words.
        """
        usual = self.naming.fields({key: self.defaults[key] for key in self.naming.keys})
        words = Words(self.naming, self._convention)
        self._add(param_group, words, usual, self._first_sources)

    def _add(
        self, param_group: dict[str, Any], words: Words, usual: Fields, sources: Sources
    ) -> None:
        """Add a group whose arguments are `usual` and `sources`, but for those that it gives."""
        joining = joining_of(
            param_group, words, usual, sources, self._settings, self._process_group
        )
        super().add_param_group(joining.group)
        self._sources.append(joining.sources)
        self._process_groups = [*self._process_groups, joining.process_group]
        self._forget()

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[torch.Tensor] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leave parameters that are here by now out of weight decay, in place of a group for them.

        Args:
            var_list: the tensors themselves.
            var_names: patterns (regular expressions) that are searched for in the names of
                parameters, ``["bias", "norm"]``: construct with ``model.named_parameters()``.

        Raises `StructureError` for a tensor that is none of the parameters.
        """
        found = names_excluded(self.param_groups, var_list, var_names)
        self._excluded = (*self._excluded, *found)
        self._forget()

    @property
    def _settings(self) -> dict[str, Any]:
        """The arguments of the whole step, as they are now."""
        return self._common if self._opened is None else self._opened.settings()

    @property
    def _arguments(self) -> Arguments:
        words = [Words(self.naming, self._convention)] * len(self.param_groups)
        return Arguments(words, self.param_groups, self._sources)

    def _forget(self) -> None:
        """The next step makes its plans anew from groups and state."""
        self._note()
        self._opened = None

    def _note(self) -> None:
        """Write down what a copy, or another session, begins with."""
        self._common = self._settings
        if self._opened is not None:
            self._opened.carry(self.param_groups, self._first_common)

    def ready(self) -> TensorSession:
        """The session for the parameters and arguments that the groups have now."""
        return self._ready().session

    @property
    def state(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The entries of all parameters, as PyTorch keeps them.

        From now on every step looks at all of them: whoever has them may put other tensors there.
        """
        self._is_shown = True
        if self._opened is not None:
            self._opened.session.state_of.watch()
        return self._entries

    @state.setter
    def state(self, entries: Any) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.__dict__["state"] = entries

    @property
    def _entries(self) -> Any:
        return self.__dict__["state"]

    def _ready(self) -> Opened:
        opened = self._opened
        if opened is None or not opened.is_of(self.param_groups, self._entries):
            return self._open()
        opened.follow()
        return opened

    def _open(self) -> Opened:
        """The session for the present groups, which another thread may have made meanwhile."""
        with self._still(), _OPENING:
            opened = self._opened
            if opened is None or not opened.is_of(self.param_groups, self._entries):
                self._forget()
                with as_stored(self.param_groups) as written:
                    begun = self._begin(self._entries, self._arguments, self._settings)
                    opened = Opened(*begun, self.param_groups[0])
                if written:
                    opened.follow()
                self._opened = opened
                self.keep_captured(opened.session)
                if self._is_shown:
                    opened.session.state_of.watch()
            return opened

    def _begin(self, entries: Any, arguments: Arguments, settings: Mapping[str, Any]) -> Begun:
        """A session with these entries, and what goes with it."""
        if self._offload is not None and self._host_side is None:
            self._host_side = HostSide()
        peers = peers_of(self.param_groups, self._process_groups, self._process_group)
        named = dict(zip(self._names(), parameters_of(self.param_groups), strict=True))
        known = (entries, self._compiler, peers, self._host_side)
        return begin(named, arguments, settings, self._excluded, *known)

    @property
    def offload(self) -> str | None:
        """Where states are kept and stepped, if not where the parameters are."""
        return self._offload

    def described(self) -> Optimizer:
        """One declared optimizer with the arguments of the first group and of the whole step."""
        opened = self._ready()
        return opened.groups[0].member.replace(**opened.settings())

    def _names(self) -> list[str]:
        return names_of(self.param_groups)

    def show(self) -> None:
        """Write the numbers of the call that was made last into the groups."""
        if self._opened is not None:
            self._opened.show()

    def _counters(self) -> Mapping[str, int]:
        if self._opened is None and not self._entries:
            return NONE_YET
        return self.ready().counters()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of other threads wait: ``with optimizer.paused(): ...`` to look at one step."""
        if self._opened is None:
            self.ready()
        with self._still():
            yield

    def _still(self) -> AbstractContextManager[Any]:
        """As `paused`, where no session is made for it: without one nobody has made a step."""
        opened = self._opened
        return nullcontext() if opened is None else opened.session.paused()
