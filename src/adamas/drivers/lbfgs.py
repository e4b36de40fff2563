"""L-BFGS: steps along the gradient as the changes of former ones turn it."""

from typing import Any, Literal, NamedTuple, Self

from ..convention import Convention
from ..fields import hyperparameter
from . import line_search
from .branches import NO, YES, when, where
from .driver import Driver
from .history import Pair, Pairs, Ring, no_pairs, turned
from .line_search import Line
from .vector import Vector, dot, is_finite, largest, least, total_size

ENDLESS = 10**9


class State(NamedTuple):
    """What L-BFGS knows.

    Attributes:
        x, loss, gradient: where it is, and what is there.
        point: where it looks next.
        done: whether the call is over.
        iterations, evaluations: how many there were.
        before: the gradient one step ago.
        step: that step; 0 once it is remembered.
        history: steps and changes of the gradient.
        scale: s·y / y·y of the last pair.
        direction: where the present step goes.
        line: the search along it.
        lowest: the gradient at the lower end of that.
        iterated, evaluated: how many iterations and evaluations the present call had.
    """

    x: Vector
    loss: Any
    gradient: Vector
    point: Vector
    done: Any
    iterations: Any
    evaluations: Any
    before: Vector
    step: Vector
    history: Pairs | Ring
    scale: Any
    direction: Vector
    line: Line
    lowest: Vector
    iterated: Any
    evaluated: Any


class LBFGS(Driver):
    """L-BFGS: Newton's method with what the last steps say of the curvature.

    Liu and Nocedal, Mathematical Programming 45, 1989; Nocedal and Wright, Numerical Optimization,
    2006, Algorithm 7.4. With s the last steps and y the changes of the gradient along them,

        q ← g;   α ← s·q / s·y,  q ← q − α y          for all pairs, the newest first
        r ← (s·y / y·y of the newest) q
        r ← r + (α − y·r / s·y) s                     the oldest first
        x ← x − t r

    where t fulfils the strong Wolfe conditions, or is the learning rate as it is. The first
    direction is −g, with t = min(1, 1 / ‖g‖₁) lr. It needs the loss of all data, without noise.

    Decisions, arguments and defaults of the search are those of ``torch.optim.LBFGS``, which
    remembers 100 pairs, and searches no line unless asked to; optax's ``lbfgs`` has other searches.

    Args:
        learning_rate: the step that each search begins with.
        max_iter: iterations in one call at most.
        max_eval: evaluations in one call, after which no iteration begins; None for 5/4 max_iter.
        tolerance_grad: a call ends where no element of the gradient is larger.
        tolerance_change: and where neither a weight nor the loss changes by more.
        history_size: how many pairs are remembered.
        line_search: ``"strong_wolfe"``, or None for steps of the learning rate.
        least_curvature: a pair with no more of s·y is not remembered, so that all have more than 0.
    """

    learning_rate: float = hyperparameter(default=1.0, at_least=0)
    max_iter: int = hyperparameter(default=20, at_least=1)
    max_eval: int | None = hyperparameter(default=None, at_least=1)
    tolerance_grad: float = hyperparameter(default=1e-7, at_least=0)
    tolerance_change: float = hyperparameter(default=1e-9, at_least=0)
    history_size: int = hyperparameter(default=10, at_least=1)
    line_search: Literal["strong_wolfe"] | None = "strong_wolfe"
    least_curvature: float = hyperparameter(default=1e-10, at_least=0, kw_only=True)

    conventions = {
        "torch": Convention(
            defaults={"history_size": 100, "line_search": None},
            arguments={
                "lr": "learning_rate",
                "max_iter": "max_iter",
                "max_eval": "max_eval",
                "tolerance_grad": "tolerance_grad",
                "tolerance_change": "tolerance_change",
                "history_size": "history_size",
                "line_search_fn": "line_search",
            },
        ),
    }

    def begin(self, x: Vector) -> State:
        """Nothing is known yet.

        Args:
            x: the weights.
        """
        zeros = x.zeros()
        history = no_pairs(self.history_size, zeros)
        line = line_search.begun(1.0, 0.0, -1.0)
        return State(
            x, 0.0, zeros, x, NO, 0, 0, zeros, zeros, history, 1.0, zeros, line, zeros, 0, 0
        )

    def resume(self, state: State, x: Vector) -> State:
        """What is remembered goes on; the first point of a call is where the weights are.

        Args:
            state: at the end of the call before.
            x: the weights.
        """
        return state._replace(x=x, point=x, done=NO, iterated=0, evaluated=0)

    def advance(self, state: State, loss: Any, gradient: Vector) -> State:
        """The state after it was told what is at its point.

        Args:
            state: before.
            loss, gradient: at ``state.point``.
        """
        state = state._replace(evaluations=state.evaluations + 1, evaluated=state.evaluated + 1)
        return when(
            state.evaluated == 1,
            lambda: self._begun(state._replace(loss=loss, gradient=gradient)),
            lambda: self._looked(state, loss, gradient),
        )

    def _begun(self, state: State) -> State:
        steepest = largest(state.gradient)
        goes_on = is_finite(state.loss) & is_finite(steepest) & (steepest > self.tolerance_grad)
        return when(goes_on, lambda: self._directed(state), lambda: state._replace(done=YES))

    def _looked(self, state: State, loss: Any, gradient: Vector) -> State:
        if self.line_search is None:
            known = is_finite(loss) & is_finite(largest(gradient))
            found = state._replace(lowest=gradient)
            return when(
                known,
                lambda: self._moved(found, state.line.t, loss),
                lambda: state._replace(point=state.x, done=YES),
            )
        t, d = state.line.t, state.direction
        line = line_search.told(state.line, loss, dot(gradient, d), largest(d))
        lowest = where(line.low.t == t, gradient, state.lowest)
        found = state._replace(line=line, lowest=lowest, point=state.x + d * line.t)
        return when(line.done, lambda: self._ended(found), lambda: found)

    def _ended(self, state: State) -> State:
        low = state.line.low
        lowest = where(low.t == 0, state.gradient, state.lowest)
        return self._moved(state._replace(lowest=lowest), low.t, low.value)

    def _moved(self, state: State, t: Any, loss: Any) -> State:
        """The iteration is over, with a step of `t`, a loss, and the gradient `state.lowest`."""
        step = state.direction * t
        x = state.x + step
        flat = largest(state.lowest) <= self.tolerance_grad
        rests = (largest(step) <= self.tolerance_change) | (
            abs(loss - state.loss) < self.tolerance_change
        )
        ends = flat | rests | (state.iterated >= self.max_iter)
        ends = ends | (state.evaluated >= self.most_evaluations)
        found = state._replace(
            x=x, point=x, step=step, before=state.gradient, loss=loss, gradient=state.lowest
        )
        return when(ends, lambda: found._replace(done=YES), lambda: self._directed(found))

    def _directed(self, state: State) -> State:
        """The next iteration, with a direction and a first point on it."""
        history, scale = self._remembered(state)
        direction = -turned(history, state.gradient, scale)
        slope = dot(state.gradient, direction)
        first = least(1.0, 1.0 / total_size(state.gradient))
        t = where(state.iterations == 0, first, 1.0) * self.learning_rate
        tries = least(line_search.MOST_TRIES, self.most_evaluations - state.evaluated)
        found = state._replace(
            iterations=state.iterations + 1,
            iterated=state.iterated + 1,
            step=state.step.zeros(),
            history=history,
            scale=scale,
            direction=direction,
            line=line_search.begun(t, state.loss, slope, tries),
            lowest=state.gradient,
        )
        falls = slope <= -self.tolerance_change
        return when(falls, lambda: self._aimed(found), lambda: found._replace(done=YES))

    def _aimed(self, state: State) -> State:
        looks = state._replace(point=state.x + state.direction * state.line.t)
        if self.line_search is not None:
            return looks
        # Nothing would be done with what is at the last point.
        last = state.iterated >= self.max_iter
        return when(last, lambda: self._blindly(state), lambda: looks)

    def _blindly(self, state: State) -> State:
        step = state.direction * state.line.t
        x = state.x + step
        return state._replace(x=x, point=x, step=step, before=state.gradient, done=YES)

    def _remembered(self, state: State) -> tuple[Pairs | Ring, Any]:
        change = state.gradient - state.before
        product = dot(change, state.step)
        return when(
            product > self.least_curvature,
            lambda: (
                state.history.with_pair(Pair(state.step, change, 1.0 / product), self.history_size),
                product / dot(change, change),
            ),
            lambda: (state.history, state.scale),
        )

    def endless(self) -> Self:
        """The same one, without bounds for iterations and evaluations, and without tolerances."""
        bounds = {"max_iter": ENDLESS, "max_eval": ENDLESS}
        least = dict.fromkeys(("tolerance_grad", "tolerance_change", "least_curvature"), 0.0)
        return self.replace(**bounds, **least)

    def in_effect(self) -> dict[str, Any]:
        """The arguments by name, with what stands for those that were left out."""
        return {**super().in_effect(), "max_eval": self.most_evaluations}

    @property
    def most_evaluations(self) -> int:
        """After so many evaluations a call begins no iteration."""
        return self.max_iter * 5 // 4 if self.max_eval is None else self.max_eval
