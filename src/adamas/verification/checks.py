"""What an optimizer must do on arrays of NumPy, one function for each law."""

import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..compilers import memory, threads
from ..compilers.graph import render_pass
from ..errors import AdamasError, ConfigurationError, NonFiniteError, StructureError
from ..explanation import explain
from ..lowering import lower
from ..optimizer import Optimizer
from ..plan import make_plan
from ..runtime.host.program import COMPILERS
from ..serialization import deserialize, serialize
from .check import BOUNDS, Check, Outcome
from .runs import (
    DTYPES,
    SHAPES,
    STAGES,
    Arrays,
    Make,
    difference,
    gradients,
    kernels,
    made_up,
    parameters,
    picture,
    state,
    train,
)


def _is_near_the_definition(dtype: str, compiler: str) -> Callable[[Make], Outcome]:
    def holds(make: Make) -> Outcome:
        worst = 0.0
        for stages in ({}, STAGES):
            compiled, defined = parameters(DTYPES[dtype]), parameters(DTYPES[dtype])
            train(make(**stages), compiled, compiler=compiler)
            train(make(**stages), defined, compiler="reference")
            worst = max(worst, difference(compiled, defined, jumps=0.001))
        bound = BOUNDS[dtype]
        return Outcome(worst <= bound, f"differs {worst:.1e}, bound {bound:.1e}")

    return holds


def _is_the_same_twice(make: Make) -> Outcome:
    texts = []
    for _ in range(2):
        plan = make_plan(make())
        texts.append("".join(render_pass(lower(plan, work)) for work in plan.update))
    figure = "the same graph in two runs" if texts[0] == texts[1] else "two runs differ"
    return Outcome(texts[0] == texts[1], figure)


def _ignores_threads(make: Make) -> Outcome:
    results = []
    before, counts = threads.num_threads(), (1, 2, 3)
    try:
        with memory.sharing(serial=0):
            for count in counts:
                threads.set_num_threads(count)
                params = parameters(DTYPES["float32"])
                optimizer = train(make(**STAGES), params)
                results.append(picture(optimizer, params))
    finally:
        threads.set_num_threads(before)
    same = all(result == results[0] for result in results)
    return Outcome(same, f"{'same' if same else 'other'} bits with 1, 2, 3 threads")


def _stays_finite_on_zeros(make: Make) -> Outcome:
    params = parameters(DTYPES["float32"])
    optimizer = make()
    optimizer.build(params)
    for factor in (0, 0, 1, 0):
        grads = [(factor * g).astype(g.dtype) for g in gradients(params, 1)]
        optimizer.apply(grads, **made_up(optimizer, params, 1))
    arrays = [*params, *state(optimizer).values()]
    bad = sum(int((~np.isfinite(array.astype(np.float64))).sum()) for array in arrays)
    return Outcome(bad == 0, "all finite" if not bad else f"{bad} values are not")


def _rests_at_rate_zero(make: Make) -> Outcome:
    optimizer = make()
    if "learning_rate" not in optimizer.fields:
        return Outcome(None, "it has no learning_rate")
    decays = {name: None for name in optimizer.fields if name.endswith("weight_decay")}
    off = {name: None for name in decays if name in optimizer.numbers()}
    try:
        optimizer = make(learning_rate=0.0, **off)
    except ConfigurationError:
        return Outcome(None, "a rate of 0 is refused")
    params = parameters(DTYPES["float32"])
    before = [p.copy() for p in params]
    train(optimizer, params)
    moved = difference(params, before)
    # Weights that are recomputed from others, as in schedule-free methods, are rounded.
    return Outcome(moved <= 2.0**-20, "nothing moves" if moved == 0 else f"moves by {moved:.1e}")


START, MINIMUM, STEPS, FEW = 1.0, 3.0, 300, 20
FACTORS = (1, 10, 100, 1000)
"""Times the usual rate that a descent is tried with: a quick one for a model can be slow here."""


def _descend(optimizer: Optimizer, dtype: np.dtype, steps: int) -> float:
    """Where weights that begin at 1 are on average after some steps down ½ Σ c (p − 3)².

    Not a number, if the optimizer raises before it would overflow.
    """
    params = [np.full((8, 4), START, dtype)]
    curvature = np.linspace(0.2, 2, 32).reshape(8, 4)
    optimizer.build(params)
    try:
        for _ in range(steps):
            far = params[0].astype(np.float64) - MINIMUM
            given = {**made_up(optimizer, params, 1), "loss": float(np.sum(curvature * far**2)) / 2}
            optimizer.apply([(curvature * far).astype(dtype)], **given)
    except NonFiniteError:
        return math.nan
    return float(params[0].astype(np.float64).mean())


def _rates(make: Make) -> Iterator[dict[str, float]]:
    """The usual rate and larger ones, as arguments; nothing to choose without one."""
    rate = getattr(make(), "learning_rate", None)
    if rate is None:
        yield {}
    else:
        yield from ({"learning_rate": factor * rate} for factor in FACTORS)


def _trains_in_half_precision(make: Make) -> Outcome:
    for rate in _rates(make):
        wide = abs(_descend(make(**rate), DTYPES["float32"], FEW) - START)
        # Between 1 and 2 bfloat16 has steps of 2⁻⁷, and rounds what is less than half of one away.
        if wide / FEW >= 2.0**-7:
            share = abs(_descend(make(**rate), DTYPES["bfloat16"], FEW) - START) / wide
            fine = bool(np.isfinite(share)) and share > 0.5
            return Outcome(fine, f"{share:.0%} as far as float32")
    return Outcome(None, "its steps are too small to show")


def _descends(make: Make) -> Outcome:
    ends = [_descend(make(**rate), DTYPES["float64"], STEPS) for rate in _rates(make)]
    best = min(ends, key=lambda end: abs(end - MINIMUM) if np.isfinite(end) else np.inf)
    fine = abs(best - MINIMUM) < 0.95 * abs(START - MINIMUM)
    return Outcome(bool(fine), f"{START:g} to {best:.3g} in {STEPS} steps, aim {MINIMUM:g}")


def _compiles_once(make: Make) -> Outcome:
    params = parameters(DTYPES["float32"])
    optimizer = train(make(), params, calls=1)
    first = kernels(optimizer)
    changed = [name for name in optimizer.numbers_in_use() if _nudge(optimizer, name)]
    train(optimizer, params, calls=2)
    more = kernels(optimizer) - first
    return Outcome(more == 0, f"{more} more for {len(changed)} new numbers")


def _nudge(optimizer: Optimizer, name: str) -> bool:
    """Change a plain number a little, if its range allows."""
    value = optimizer.argument(name)
    if not isinstance(value, float):
        return False
    try:
        setattr(optimizer, name, value * 0.99)
    except AdamasError:
        return False
    return True


def _goes_on_from_a_file(make: Make) -> Outcome:
    params, again = parameters(DTYPES["float32"]), parameters(DTYPES["float32"])
    whole = train(make(**STAGES), params, calls=5)
    half = train(make(**STAGES), again, calls=3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.safetensors"
        half.save(path)
        loaded = make(**STAGES)
        loaded.build(again)
        loaded.load(path)
    for seed in (4, 5):
        loaded.apply(gradients(again, seed), **made_up(loaded, again, seed))
    same = picture(whole, params) == picture(loaded, again)
    return Outcome(same, "the same bits" if same else "other bits after loading")


def _has_a_description(make: Make) -> Outcome:
    optimizer = make()
    try:
        content = serialize(optimizer)
    except ConfigurationError as error:
        return Outcome(None, str(error))
    same = deserialize(content).get_config() == optimizer.get_config()
    return Outcome(same, f"{len(content['config'])} arguments")


def _is_untouched_by_refusals(make: Make) -> Outcome:
    params = parameters(DTYPES["float32"])
    optimizer = train(make(), params, calls=2)
    before = picture(optimizer, params)
    wrong: Arrays = gradients(params, 3)
    wrong[0] = wrong[0][:-1]
    try:
        optimizer.apply(wrong, **made_up(optimizer, params, 3))
    except (AdamasError, StructureError):
        same = picture(optimizer, params) == before and optimizer.calls == 2
        return Outcome(same, "every byte as before" if same else "something changed")
    return Outcome(False, "a gradient of another shape was taken")


def _costs(make: Make) -> Outcome:
    shapes = {str(index): shape for index, shape in enumerate(SHAPES)}
    cost = explain(make(), shapes)
    passes = max(len(part.update) for part in cost.parts)
    plural = "pass" if passes == 1 else "passes"
    return Outcome(
        None,
        f"{passes} {plural}, {cost.bytes:.3g} bytes, state {cost.state_bytes:.3g}",
    )


CHECKS: tuple[Check, ...] = (
    Check("same rule in every run", _is_the_same_twice),
    *(
        Check(f"{compiler} {dtype} as defined", _is_near_the_definition(dtype, compiler))
        for compiler in COMPILERS
        if compiler != "reference"
        for dtype in DTYPES
    ),
    Check("same on any threads", _ignores_threads),
    Check("finite on zeros", _stays_finite_on_zeros),
    Check("rate 0 moves nothing", _rests_at_rate_zero),
    Check("bfloat16 trains", _trains_in_half_precision),
    Check("finds its way down", _descends),
    Check("compiles once", _compiles_once),
    Check("goes on from a file", _goes_on_from_a_file),
    Check("configuration comes back", _has_a_description),
    Check("refusals change nothing", _is_untouched_by_refusals),
    Check("cost of a step", _costs),
)
