"""The state of an optimizer of PyTorch, out and in."""

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

from ...runtime import files
from ...runtime.kept import KEPT, Kept, States
from ...runtime.loaded import Loaded
from ...signals import held
from . import checkpoints
from .entries import refuse_other_forms
from .life import Life
from .numbers import OfGroups


class Saving(Life):
    """What gives the state away, takes it over, and stores it otherwise."""

    def state_dict(self) -> dict[str, Any]:
        """The state in PyTorch's form, with its names: ``torch.optim`` can load it, too.

        Its tensors are those of the optimizer, as in ``torch.optim``: where another thread makes
        steps, write or copy them inside `paused`.
        """
        with self._still():
            self._note()
            return super().state_dict()

    def load_state_dict(  # type: ignore[override]
        self,
        state_dict: Mapping[str, Any],
        *,
        hyperparameters: bool = False,
        strict: bool = True,
    ) -> Loaded:
        """Take over a state of this optimizer or of its like in ``torch.optim``.

        Parameters are found by name if both sides have names, else by their order. Slots keep
        their values: they are made wider where steps need it, and never narrower.

        Args:
            state_dict: what `state_dict` gave.
            hyperparameters: also take over the arguments it was saved with. Without it only those
                are that were moved, by a scheduler or by hand, and those of a state of
                ``torch.optim``, which does not tell; of others that differ a warning tells.
            strict: whether the state must be of these very parameters. With False what has the same
                name and shapes is taken over, and other parameters begin afresh; both sides must
                have names then.

        Returns:
            What was taken over, what begins afresh, and what was left, by name.

        Raises:
            CheckpointError: it does not fit, or nothing in it does; nothing is changed then.
        """
        saved = dict(state_dict) if isinstance(state_dict, Mapping) else {}
        for before in self._optimizer_load_state_dict_pre_hooks.values():
            changed = before(self, saved)
            saved = saved if changed is None else dict(changed)
        refuse_other_forms(saved)
        options: Any = {"hyperparameters": hyperparameters, "strict": strict}
        own = (self._arguments, self._settings, self._first_common)
        known = checkpoints.Saved(saved, *own, **options)
        # Nothing of the present state is asked for, which may be one that cannot be stepped.
        begun = (replace(self._arguments, groups=known.groups), known.settings)
        _, groups, session = self._begin({}, *begun)
        loaded, taken = known.entries(session)
        for group in groups:
            group.show_present()
            group.show_storage()
        self._forget()
        self._common = known.settings
        self.__setstate__(taken._asdict())
        for after in self._optimizer_load_state_dict_post_hooks.values():
            after(self)
        return loaded

    def convert(self, *, states: States = KEPT, master: "str | Kept | None" = KEPT) -> None:
        """Store the state otherwise from now on, as `adamas.Optimizer.convert` does it.

        All groups say it then; one group is changed by what is written into it, as in
        ``optimizer.param_groups[0]["states"] = "bfloat16"``.

        Args:
            states: how slots are stored.
            master: where the weights of parameters of 16 bits are exact.

        Raises:
            ConfigurationError, ArgumentError: values that the optimizer cannot have; nothing is
                changed then.
            StateError: inside `averaged`, or where CUDA graphs have captured steps.
        """
        asked = {name: v for name, v in (("states", states), ("master", master)) if v is not KEPT}
        opened = self._ready()
        with self._still(), held():
            opened.convert(**asked)
            self.defaults.update(asked)

    def save(self, path: "str | PathLike[str]") -> None:
        """Write the state to one sealed file, which every framework of adamas reads.

        Args:
            path: the file. Slots go by the names of the parameters: construct with
                ``model.named_parameters()``.
        """
        with self.paused():
            files.save(self.described(), self.ready(), path, self._numbers())

    def load(self, path: "str | PathLike[str]", *, strict: bool = True) -> Loaded:
        """Take over the state in a file that `save`, or another framework's optimizer, wrote.

        Args:
            path: the file.
            strict: as of `load_state_dict`.

        Gives what was taken over, what begins afresh, and what was left, by name. Raises
        `CheckpointError` for a file that does not fit; nothing is changed then.
        """
        own = (self.described(), self.ready(), path, self._numbers())
        return files.load(*own, hyperparameters=None, strict=strict)

    def _numbers(self) -> OfGroups:
        return OfGroups(self._arguments, self.ready().description, self._first_common)
