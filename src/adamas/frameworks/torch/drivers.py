"""PyTorch's manners for drivers: ``step(closure)``, and states as ``torch.optim`` has them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch

from ...convention import Convention
from ...drivers import LBFGS, Driver, Vector
from ...drivers.search import Search
from ...errors import ArgumentError, ConfigurationError
from ...fields import MISSING, Documented, Entry, entry_of, with_entries
from ...registry import nearest
from . import kept, lbfgs
from .flat import refuse_stretches
from .given import refuse_no_parameters
from .groups import plain
from .recording import unrecorded
from .replicas import replicas_of
from .rows import Rows


class TorchDriver(torch.optim.Optimizer):
    """Base of the drivers of `adamas.torch`; `wrap` makes one of any class of drivers.

    Args:
        params: what is optimized, as ``torch.optim`` takes it, in one group: a search looks at all
            weights together.
        args, kwargs: the driver's arguments, in PyTorch's words where it has any (``lr``), or in
            adamas's own. They may be changed in ``param_groups``, also by schedulers.

    Raises:
        ArgumentError: an unknown argument, or one of the wrong type.
        ConfigurationError: a value out of its range, or several groups.
    """

    declared: ClassVar[type[Driver]]
    _search: Search | None = None
    _known: Sequence[Any] = ()
    """The entries of the parameters, as the last call has written them."""
    _copies: Sequence[Any] | None = None
    """The process groups whose processes have copies of the parameters, once they are known."""

    def __init__(self, params: Any, *args: Any, **kwargs: Any) -> None:
        refuse_no_parameters(type(self).__name__, params)
        given = _bound(type(self), params, args, kwargs)
        made = self.declared(**_here(self.declared, given))
        super().__init__(params, _there(made))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take the one group of parameters; `ConfigurationError` for another one.

        Args:
            param_group: ``{"params": …}``.
        """
        if self.param_groups:
            raise ConfigurationError(
                f"{type(self).__name__} has one group of parameters: a search looks at all weights "
                "together. Got: another one."
            )
        super().add_param_group(param_group)

    @unrecorded
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """One call: evaluate as often as is needed, and update the parameters.

        A call that is refused changes nothing. When it is interrupted, the parameters are those of
        the last iterate. Where several processes have the parameters, in `DistributedDataParallel`
        or as DTensors, all of them must call it; they go by the mean of their losses. A closure
        that gives no loss or no gradient in one is an error in all. Of one that raises an error of
        its own they hear nothing: they wait until that process ends, or their group's timeout.

        Args:
            closure: clears gradients, computes the loss and its gradients, and gives the loss.

        Returns:
            The loss at the beginning, as `closure` gave it.

        Raises:
            ArgumentError: without `closure`, or if it gives no loss.
            NonFiniteError: the first loss, or its gradient, is not finite.
            ConfigurationError: processes that have the same parameters have other weights.
            UnsupportedError: parameters are parts of flat ones, or summands.
            ArrayError, ArrayTypeError: a parameter cannot be optimized, or no gradient came.
        """
        if closure is None:
            raise ArgumentError(
                f"{type(self).__name__} looks several times in a step: step(closure). Got: no "
                "closure."
            )
        [group] = self.param_groups
        params = group["params"]
        rows = self._rows(params)
        x, losses = rows.read(), []
        rows.refuse_others(x)

        def look(point: Vector) -> tuple[Any, Vector]:
            if point is not x:
                rows.write(point)
            with torch.enable_grad():
                loss = closure()
            losses.append(loss)
            return rows.seen(loss, [_dense(p.grad) for p in params])

        search = self._found(x, rows)
        try:
            search.call(x, look, rows.write)
        finally:
            if search.state is not None:
                self._keep(search.state, rows)
        return losses[0]

    def _rows(self, params: Sequence[torch.Tensor]) -> Rows:
        refuse_stretches(type(self).__name__, params)
        if self._copies is None:
            models = replicas_of(params)
            self._copies = list(dict.fromkeys(model.process_group for model in models))
        return Rows(params, self._copies)

    def _found(self, x: Vector, rows: Rows) -> Search:
        """What is known, read anew where another state was put in its place."""
        [group] = self.param_groups
        driver = self.declared(**_here(self.declared, group))
        entries = [self.state.get(parameter) for parameter in rows.params]
        state = self._search.state if self._search is not None else None
        if not _same(entries, self._known):
            state = self._read(entries, rows, driver, x) if entries[0] else None
        self._search = Search(driver)
        self._search.state = state
        return self._search

    def _keep(self, state: Any, rows: Rows) -> None:
        """Write a state into the entries of the parameters that have some of it."""
        entries = [lbfgs.written(state)] if self._is_torchs(rows) else kept.written(state, rows)
        for parameter, entry in zip(rows.params, entries, strict=False):
            if entry:
                self.state[parameter] = entry
        self._known = [self.state.get(parameter) for parameter in rows.params]

    def _read(self, entries: Sequence[Any], rows: Rows, driver: Driver, x: Vector) -> Any:
        found = [entry or {} for entry in entries]
        if self.declared is LBFGS and lbfgs.COUNT in found[0]:
            if self._is_torchs(rows):
                return lbfgs.read(found[0], driver.begin(x))
            # Of whole parameters: the same content, which is dealt out then.
            weights = x.leaves[0].new_zeros(sum(p.numel() for p in rows.params))
            whole = Rows([weights])
            read = lbfgs.read(found[0], driver.begin(whole.read()))
            found[0] = kept.written(read, whole)[0]
        return kept.read(found, rows, driver.begin(x))

    def _is_torchs(self, rows: Rows) -> bool:
        """Whether the state has the form that ``torch.optim`` knows."""
        return self.declared is LBFGS and not rows.are_parts

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _blank, (self.declared,), self.__getstate__()


_CLASSES: dict[type[Driver], type[TorchDriver]] = {}


def wrap_driver(declared: type[Driver]) -> type[TorchDriver]:
    """The `torch.optim.Optimizer` class of a class of drivers."""
    if declared not in _CLASSES:
        namespace = {
            "__doc__": Documented(lambda: _documentation(declared)),
            "__module__": "adamas.torch",
            "__qualname__": declared.__name__,
            "__signature__": _signature(declared),
            "declared": declared,
        }
        _CLASSES[declared] = type(declared.__name__, (TorchDriver,), namespace)
    return _CLASSES[declared]


def _documentation(declared: type[Driver]) -> str:
    """The docstring of a class, with its arguments in PyTorch's words."""
    usual = _defaults(declared)
    params = Entry("params", "tensors, or (name, tensor) pairs", "", "what is optimized.")
    entries = [
        replace(entry_of(declared.fields[ours]), name=theirs, default=repr(usual[theirs]))
        for theirs, ours in words_of(declared).items()
    ]
    return with_entries(declared.__doc__ or "", [params, *entries])


def _blank(declared: type[Driver]) -> TorchDriver:
    """One without parameters, for copies."""
    cls = wrap_driver(declared)
    return cls.__new__(cls)


def words_of(declared: type[Driver]) -> dict[str, str]:
    """PyTorch's arguments, in its order, then the driver's others → fields."""
    convention = declared.conventions.get("torch")
    words: dict[str, Any] = {"lr": "learning_rate"} if "learning_rate" in declared.fields else {}
    words = dict(convention.arguments) if convention else words
    return {**words, **{n: n for n in declared.fields if n not in words.values()}}


def _defaults(declared: type[Driver]) -> dict[str, Any]:
    convention = declared.conventions.get("torch", Convention())
    usual = {name: field.default for name, field in declared.fields.items()}
    usual |= convention.defaults
    return {theirs: usual[ours] for theirs, ours in words_of(declared).items()}


def _signature(declared: type[Driver]) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("params", kind)]
    for name, value in _defaults(declared).items():
        default = inspect.Parameter.empty if value is MISSING else value
        parameters.append(inspect.Parameter(name, kind, default=default))
    return inspect.Signature(parameters)


def _here(declared: type[Driver], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a driver among others, by its fields, as numbers that are known."""
    words = words_of(declared)
    return {words[n]: plain(value) for n, value in given.items() if n in words}


def _there(driver: Driver) -> dict[str, Any]:
    """The arguments of a driver in PyTorch's words."""
    values = driver.in_effect()
    return {theirs: values[ours] for theirs, ours in words_of(type(driver)).items()}


def _bound(cls: type[TorchDriver], params: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments that were given, in PyTorch's words."""
    words: dict[Any, str] = {ours: theirs for theirs, ours in words_of(cls.declared).items()}
    given: dict[str, Any] = {str(words.get(name, name)): value for name, value in kwargs.items()}
    signature: inspect.Signature = cls.__signature__  # type: ignore[attr-defined]
    for name in given:
        if name not in signature.parameters:
            raise ArgumentError(
                f"{cls.__name__} has no argument {name!r}.{nearest(name, signature.parameters)}"
            )
    try:
        bound = signature.bind(params, *args, **given)
    except TypeError as error:
        raise ArgumentError(f"{cls.__name__} takes {signature}. Got: {error}.") from None
    bound.apply_defaults()
    return {name: value for name, value in bound.arguments.items() if name != "params"}


def _same(entries: Sequence[Any], known: Sequence[Any]) -> bool:
    """Whether entries are the very ones that are known, or there is none."""
    if not known:
        return not any(entries)
    return all(one is other for one, other in zip(entries, known, strict=True))


def _dense(gradient: torch.Tensor | None) -> torch.Tensor | None:
    return gradient.to_dense() if gradient is not None and gradient.is_sparse else gradient
