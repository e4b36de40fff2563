"""Optimizer: a description and its Keras-like life.

The object describes; the arrays of its state belong to the framework whose arrays it is built for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from .convention import REQUIRED, Convention
from .description import HABITS, Description, Hyperparameter, Rate, point, present
from .errors import StateError, StructureError
from .fields import hyperparameter
from .locks import fork_safe_lock
from .notebook import amount, line, page, table
from .registry import Registry
from .runtime.clock import NONE_YET, Counted
from .runtime.kept import KEPT, Kept, States
from .runtime.structure import listed

if TYPE_CHECKING:
    from os import PathLike

    from .runtime.host.session import Session
    from .runtime.loaded import Loaded

__all__ = [
    "OPTIMIZERS",
    "REQUIRED",
    "Convention",
    "Hyperparameter",
    "Optimizer",
    "Rate",
    "hyperparameter",
]

OPTIMIZERS: "Registry[type[Optimizer]]" = Registry("optimizer")
"""Every optimizer class by name, built-in or not."""

_FIRST = fork_safe_lock()
"""Taken while an optimizer is built, so that two threads do not both build it."""


class Optimizer(Counted, Description, abstract=True):
    """Base of all optimizers; subclass it to write one. The arguments here are common to all.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or arguments that exclude each other.
    """

    # Without annotations, so that these are no fields.
    _session = cast("Session | None", None)
    _saved = cast("Any", None)

    def __init_subclass__(cls, abstract: bool = False, **options: Any) -> None:
        super().__init_subclass__(abstract=abstract, **options)
        if not abstract:
            OPTIMIZERS.add(cls)

    def take(self, values: Mapping[str, Any]) -> None:
        """Set arguments to `values`, by name, which are checked; some make a session plan anew."""
        super().take(values)
        if self._session is not None and any(self.fields[name].replans for name in values):
            self._session.replan()

    # -- life: handed over to the framework whose arrays come --------------------------------

    def build(
        self,
        params: Any,
        *,
        compiler: str | None = None,
        states_folder: "str | PathLike[str] | None" = None,
    ) -> None:
        """Allocate the state for `params`, a sequence or (nested) mapping of arrays.

        Args:
            params: the parameters, updated in place by later steps. Names come from the keys
                (``"layer1/bias"``), or are ``"0"``, ``"1"``, … for sequences.
            compiler: ``"llvm"`` (fused machine code, the default) or ``"reference"`` (NumPy in
                double precision: slow, the definition).
            states_folder: a folder on disk where the state lives, which may be larger than memory.
                It is made if there is none; one that has a state is gone on with, as after `load`.

        Raises:
            ArrayTypeError, ArrayError, StructureError: a parameter cannot be optimized.
            CheckpointError: the folder holds something else, or the state of no whole step.
            StateError: the optimizer is built already.
        """
        with _FIRST:
            if self._session is not None:
                raise StateError(
                    "The optimizer is built already. Make a new one for other parameters: "
                    "optimizer.replace()."
                )
            self.adopt(self._open(params, compiler, states_folder))

    def _first(self, params: Any, call: "Callable[[Session], None]") -> None:
        """Build and make the first call: both, or neither if the call is refused."""
        with _FIRST:
            if self._session is not None:  # another thread was first
                call(self._session)
                return
            session = self._open(params)
            call(session)
            self.adopt(session)

    def _open(
        self,
        params: Any,
        compiler: str | None = None,
        folder: "str | PathLike[str] | None" = None,
    ) -> "Session":
        from .frameworks import open_session

        if self.is_wrapped:
            raise StateError(
                "An optimizer that is wrapped in another steps with it. Got: a call of its own. "
                "Call the outer one, or make a new one: optimizer.replace()."
            )
        session = open_session(self, params, compiler, folder)
        try:
            for one in self.everyone():
                one.exclusions.resolved(session.parameters())
            if session.resumes and self._saved is not None:
                raise StateError(
                    "A copy of an optimizer has a state already, and goes on with it in memory or "
                    "in a new folder. Got: a folder that has one, too. Name another folder."
                )
            session.resume()
            if self._saved is not None:
                session.restore(*self._saved)
        except BaseException:
            session.discard()
            raise
        return session

    def adopt(self, session: "Session") -> None:
        """Live in this session from now on, which was opened for this optimizer."""
        for one in self.everyone():
            one.exclude(one.exclusions.resolved(session.parameters()))
        self.fix()
        self._saved = None
        self._session = session

    def apply(self, grads: Any, params: Any = None, **given: Any) -> None:
        """One call: update the parameters in place from their gradients.

        Args:
            grads: gradients in the structure of the parameters; None for those without one.
            params: the parameters; needed at the first call unless `build` was called.
            given: what the optimizer asks for beside gradients (`inputs`), by name. ``loss=`` may
                be given to every optimizer. It is the loss itself, never scaled.

        Raises:
            StructureError, ArrayTypeError, ArrayError: gradients do not fit; nothing is changed.
            ArgumentError: something that is asked for is missing, or nobody asks for it.
            NonFiniteError: with ``nonfinite="raise"``; nothing is changed.
        """
        session = self._session
        if session is not None:
            session.apply(grads, params, given)
            return
        if params is None:
            raise StateError(
                "The optimizer knows no parameters yet. "
                "Call build(params) first, or apply(grads, params)."
            )
        params = listed(params)
        self._first(params, lambda session: session.apply(grads, params, given))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]], **given: Any) -> int:
        """One call with pairs, all parameters or some; gives `iterations`.

        Args:
            grads_and_vars: (gradient, parameter) pairs. Raises as `apply`.
            given: as of `apply`.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise StructureError("There must be at least one (gradient, parameter). Got: none.")
        if self._session is not None:
            self._session.apply_pairs(pairs, given)
        else:
            params = [pair[-1] for pair in pairs if isinstance(pair, tuple | list) and pair]
            self._first(params, lambda session: session.apply_pairs(pairs, given))
        return self.iterations

    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether it made one.

        For the end of an epoch, where calls do not fill a group of ``gradient_accumulation_steps``:
        the last call becomes one that updates, so parameters and state are those that it would
        have left with as many accumulation steps as calls came. Clips, averages, learning rates and
        counters (`iterations` goes on, `calls` does not) follow from that. Nothing happens where
        nothing is pending. Parameters without a gradient since the last update stay as they are, as
        do those whose gradients have summed up to 0 in every element.

        Args:
            given: as of `apply`, for the update.

        Raises:
            StateError: inside `averaged`.
            NonFiniteError: with ``nonfinite="raise"``; nothing is changed.
        """
        return self.session.flush(given) if self.pending else False

    @property
    def built(self) -> bool:
        """Whether it has parameters and a state."""
        return self._session is not None

    @property
    def session(self) -> "Session":
        """What makes its steps; `StateError` before it is built."""
        if self._session is None:
            raise StateError("The optimizer is not built. Call build(params) first.")
        return self._session

    def _counters(self) -> Mapping[str, int]:
        if self._session is not None:
            return self._session.counters()
        return NONE_YET if self._saved is None else self._saved[1]

    @property
    def gradient_norm(self) -> float | None:
        """The L2 norm of all gradients in the last update, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them, and before it is built.
        """
        return None if self._session is None else self._session.gradient_norm

    @property
    def state(self) -> Mapping[str, Mapping[str, Any]]:
        """The live arrays of the state: slot → parameter name → array."""
        return self.session.state

    @property
    def variables(self) -> dict[str, Any]:
        """All of the state under Keras-like names: ``"adam/m/layer1/bias"`` and so on."""
        numbers = {"iterations": self.iterations, **self._rates()}
        arrays = {f"{s}/{n}": a for s, named in self.state.items() for n, a in named.items()}
        values = {**numbers, **self.session.remembered, **arrays}
        return {f"{self.name}/{key}": value for key, value in values.items()}

    def _rates(self) -> dict[str, float]:
        known = ("learning_rate",) if "learning_rate" in self.fields else ()
        return {name: self.now(name) for name in known}

    def scale_loss(self, loss: Any) -> Any:
        """`loss` times ``loss_scale_factor``, or `loss` itself without one."""
        return loss if self.loss_scale_factor is None else loss * self.now("loss_scale_factor")

    def now(self, name: str) -> float:
        """The number `name` in the next call, also where a wrapper keeps it."""
        return self._kept(self.given[name]) if name in self.given else super().now(name)

    def _kept(self, name: str) -> float:
        """A number that goes on with each call, such as a dynamic loss scale."""
        if self._session is not None:
            return float(self._session.kept[name])
        known = self.first_numbers() if self._saved is None else self._saved[0]
        return float(known[name])

    def finalize_variable_values(self, params: Any = None) -> None:
        """Write the averages into the parameters, if there are any; call it after training.

        Args:
            params: write into these instead, in the structure of the parameters.
        """
        if self.averages():
            self.session.finalize(params)

    @contextmanager
    def averaged(self, params: Any = None) -> Iterator[None]:
        """Evaluate with the averages: ``with optimizer.averaged(): ...`` swaps them in and out.

        Args:
            params: swap them into these instead, in the structure of the parameters.

        Raises `StateError` if there are no averages, or when a step is tried inside.
        """
        if not self.averages():
            raise StateError("There are no averages. Construct the optimizer with use_ema=True.")
        with self.session.averaged(params):
            yield

    def explain(self, params: Any = None, *, source: bool = False) -> None:
        """Print the plan: passes over memory, bytes per weight, and what each argument costs.

        Args:
            params: parameters, or a mapping of names to shapes, for totals; those of `build` if
                it was called.
            source: also print the generated loop of each pass.
        """
        from .frameworks import explain

        print(explain(self, self._session, params, source=source))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Calls of other threads wait: ``with optimizer.paused(): ...`` to look at one step.

        Parameters and `state` are those of one number of updates inside. Files, pickles and copies
        of the optimizer are in any case.
        """
        with self.session.paused():
            yield

    def convert(self, *, states: States = KEPT, master: str | Kept | None = KEPT) -> None:
        """Store the state otherwise from now on; training goes on from the same values.

        What then follows is what follows from the same state, loaded by an optimizer constructed
        so: what a slot cannot hold is rounded once to nearest. Weights go exactly from one
        ``master`` to another. Of several optimizers each is converted, and takes those names of a
        dict that it has. While it is made, new and old slots are there together.

        Args:
            states: how slots are stored: ``"bfloat16"``, or ``{"v": "bfloat16"}``.
            master: where the weights of parameters of 16 bits are exact.

        Raises:
            ConfigurationError, ArgumentError: values that the optimizer cannot have; nothing is
                changed then.
            StateError: before `build`, where arguments are for the constructor, or in `averaged`.
        """
        session = self.session
        from .runtime.conversion import storing

        session.convert(storing(self, states=states, master=master))

    # -- files and copies -------------------------------------------------------------------

    def save(self, path: "str | PathLike[str]") -> None:
        """Write state and configuration to one safetensors file, atomically and sealed.

        Args:
            path: the file. Callables among the hyperparameters are noted by name only.
        """
        from .runtime import files

        session = self._for_files()
        # To copy all of the state would take its memory once more; that a step waits takes none.
        with session.paused():
            files.save(self, session, path)

    def load(
        self, path: "str | PathLike[str]", *, hyperparameters: bool = False, strict: bool = True
    ) -> "Loaded":
        """Take the state from a file that `save` wrote, after `build`.

        A number (learning rate, betas, …) that was set to another one than the saved optimizer was
        constructed with is part of the state. Others stay those of this optimizer; a warning
        names those that differ.

        Args:
            path: the file.
            hyperparameters: take over all numbers that it was saved with.
            strict: whether the file must be of these very parameters. With False what has the same
                name and shapes is taken over, and other parameters begin afresh.

        Returns:
            What was taken over, what begins afresh, and what was left, by name.

        Raises:
            CheckpointError: the file is damaged, or does not fit, or nothing in it does; nothing
                is changed then.
        """
        from .runtime import files

        session = self._for_files()
        options: Any = {"hyperparameters": hyperparameters, "strict": strict}
        return files.load(self, session, path, mapped=session.pager is not None, **options)

    def sync(self) -> None:
        """Let all that was stepped so far reach the disk, if the state lives there.

        In a folder (`build`) it outlives the process without that, and a machine that stops with
        it. When the optimizer is let go of, or Python ends, it is done by itself.
        """
        self.session.sync()

    def _for_files(self) -> "Session":
        if self._session is None:
            raise StateError(
                "State is saved and loaded after build(). Call build(params) first, so that names "
                "and shapes can be checked."
            )
        return self._session

    def __getstate__(self) -> dict[str, Any]:
        """Arguments and state; the parameters stay outside and come back with `build`."""
        self.exclusions.refuse_arrays()
        of_life = ("_session", "_readings", "_fixed")
        state = {k: v for k, v in self.__dict__.items() if k not in of_life}
        if self._session is not None:
            with self._session.paused():
                tensors, counters = self._session.export()
                tensors = {name: array.copy() for name, array in tensors.items()}
            state["_saved"] = (tensors, counters)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _repr_html_(self) -> str:
        changed = [
            (name, repr(value))
            for name, value in self.arguments().items()
            if value is not self.fields[name].default
        ]
        parts = [line(type(self).__name__, strong=True), table(("argument", "value"), changed)]
        if self._session is not None:
            counters = ", ".join(f"{value:,} {name}" for name, value in self._counters().items())
            rows = [(n, f"{k:,}", amount(size)) for n, (k, size) in self._session.sizes().items()]
            parts += [line(counters), table(("state", "arrays", "memory"), rows)]
        return page(*parts)

    def __dir__(self) -> list[str]:
        return present(type(self), super().__dir__())


point(Optimizer, HABITS)
