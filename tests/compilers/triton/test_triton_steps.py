"""Steps on the device: any memory, any rule, steps that are stopped, sums of several processes."""

import functools
import gc
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from adamas import Adafactor, Adam, Lamb, MultiOptimizer, Muon, Nadam, Optimizer
from adamas.errors import ArgumentError, ArrayError, UnsupportedError
from adamas.language.matrices import whole_tensor
from adamas.language.operations import OPERATIONS
from cases import BFLOAT16, DTYPES, ULPS, check_close, gradients, parameters
from rules import RULES, of_extremes, optimizer_of

torch: Any = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes  # noqa: E402

from adamas.compilers import triton  # noqa: E402
from adamas.compilers.triton import launch  # noqa: E402
from device_steps import DEVICE, INTERPRETED, Session, check_against_definition, to_numpy, to_torch  # noqa: E402

LARGE = ((50, 140), (9000,), (3, 130, 5))
"""More than a chunk, more than a tile; a stack of narrow matrices."""

ADAM: dict[str, Any] = {"learning_rate": 0.1, "epsilon": 1e-3, "global_clipnorm": 1.0}


# -- any memory -----------------------------------------------------------------------------------


def apart(tensor: Any) -> Any:
    """Each element alone: every second of a larger tensor, along every axis."""
    if not tensor.ndim:
        return tensor.clone()
    larger = tensor.new_zeros([2 * size for size in tensor.shape])
    view = larger[tuple(slice(None, None, 2) for _ in tensor.shape)]
    view.copy_(tensor)
    return view


def turned(tensor: Any) -> Any:
    """Axes in memory in the opposite order."""
    back = list(range(tensor.ndim))[::-1]
    return tensor.permute(back).contiguous().permute(back)


def shifted(tensor: Any) -> Any:
    """Dense, but not at a multiple of 16 bytes."""
    memory = tensor.new_zeros(tensor.numel() + 1)[1:]
    return memory.copy_(tensor.reshape(-1)).view(tensor.shape)


FORMS: dict[str, Callable[[Any], Any]] = {
    "dense": torch.clone,
    "apart": apart,
    "turned": turned,
    "shifted": shifted,
}


@pytest.mark.parametrize("gradient", FORMS)
@pytest.mark.parametrize("own", FORMS)
@pytest.mark.parametrize("kind", [Adam, Adafactor], ids=lambda kind: kind.__name__)
def test_elements_pair_by_index_however_they_lie_in_memory(kind, own, gradient):
    arguments = {"learning_rate": 0.1, "global_clipnorm": 1.0}
    form = {"form": FORMS[own], "gradient_form": FORMS[gradient]}
    shapes = ((37, 3), (2, 3, 4), (5,), ())
    check_against_definition(kind(**arguments), kind(**arguments), calls=2, shapes=shapes, **form)


def test_a_gradient_that_repeats_one_number_pairs_with_every_weight():
    params = parameters(dtypes=[np.float32], shapes=((6, 5),))
    session = Session(Adam(0.1), params, gradient_form=lambda g: g[:1, :1].expand(g.shape))
    session.apply([np.full((6, 5), 0.5, np.float32)])
    optimizer = Adam(0.1)
    optimizer.build(params, compiler="reference")
    optimizer.apply([np.full((6, 5), 0.5, np.float32)])
    check_close([to_numpy(p) for p in session.params], params, ULPS["float32"])


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: Adam(**ADAM, use_ema=True),
        lambda: Lamb(0.1),
        lambda: Adafactor(0.1),
        lambda: Muon(0.1, stacked=True),
        lambda: Adam(0.1, centralize_gradients=True, clipnorm=1.0),
        lambda: Adam(0.1, adaptive_clip=0.1, cautious=True),
    ],
    ids=["Adam", "Lamb", "Adafactor", "Muon", "centralized", "cautious"],
)
def test_tensors_of_many_chunks_and_tiles(optimizer):
    check_against_definition(optimizer(), optimizer(), calls=2, shapes=LARGE)


# The interpreter cuts bfloat16 off; that GPUs round it is seen in `test_triton_compiled`.
BIT_EQUAL = [dtype for dtype in DTYPES if not (INTERPRETED and dtype == BFLOAT16)]


@pytest.mark.parametrize("dtype", BIT_EQUAL, ids=str)
def test_weights_get_the_bits_that_the_compiled_loop_of_the_cpu_gives(dtype):
    """Where no sum is rounded, both round every operation alike."""
    arguments = {**ADAM, "amsgrad": True, "weight_decay": 0.1, "use_ema": True}
    params = parameters(dtypes=[dtype], shapes=((300,), (7, 3)))
    session = Session(Adam(**arguments), params)
    optimizer = Adam(**arguments)
    optimizer.build(params)
    for seed in range(1, 5):
        session.apply(gradients(params, seed))
        optimizer.apply(gradients(params, seed))
    for one, other in zip(session.params, params, strict=True):
        assert to_numpy(one).tobytes() == other.tobytes()


def test_the_gradients_of_a_step_are_not_kept():
    made: list[Any] = []

    def noted(gradient: Any) -> Any:
        made.append(weakref.ref(gradient))
        return gradient

    session = Session(Adafactor(), [np.ones((3, 5), np.float32)], gradient_form=noted)
    session.apply([np.ones((3, 5), np.float32)])
    gc.collect()
    assert len(made) == 2
    assert all(reference() is None for reference in made)


def test_arrays_that_do_not_fit_are_refused():
    plan = Session(Adam(), [np.ones(3, np.float32)]).assignment.plan(0)
    whole = {name: torch.ones(3) for name in plan.arrays}
    wrong = {
        r"must have its parameter's shape \(3,\).*'g'.*\(2,\)": torch.ones(2),
        r"must be of dtype .*'g' of int32": torch.ones(3, dtype=torch.int32),
        r"must be on its parameter's device.*'g' on meta": torch.ones(3, device="meta"),
    }
    for message, gradient in wrong.items():
        with pytest.raises(ArrayError, match=message):
            triton.DeviceTensor(plan, {**whole, "g": gradient}, 0).check()


# -- any rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=str)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_of_ones_own_computes_what_the_definition_computes(rule, dtype):
    kind = optimizer_of(rule)
    shapes = ((6, 4), (9,), (), (1, 7), (7, 1), (2, 2, 3, 4), (0, 3), (6, 4))
    check_against_definition(kind(), kind(), dtype, calls=2, shapes=shapes)


def by_name(name: str) -> Callable[..., Any]:
    """A rule that applies one operation to weights, gradients and scalars."""
    operation = OPERATIONS[name]

    def update(p, g, /, *, learning_rate):
        given = {
            "where": (g > 0, p, g),
            "log": (np.abs(p) + 0.1,),
            "log1p": (np.abs(p) - 0.9,),
            "sqrt": (np.abs(p),),
            "power": (np.abs(p) + 0.1, g),
        }
        condition = (g > 0, p < learning_rate)
        usual = condition if operation.logical else (g, p)
        result = operation.numpy(*given.get(name, usual)[: operation.arity])
        return p - learning_rate * (np.where(result, p, g) if operation.truth else result)

    return update


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_what_numpy_makes_of_it(name, dtype):
    kind = optimizer_of(by_name(name))
    check_against_definition(kind(), kind(), dtype, calls=1, shapes=((40,),))


def test_another_rule_would_be_noticed():
    def right(p, g, r, /, *, learning_rate):
        r = r + np.mean(g * g, axis=-1, keepdims=True)
        return p - learning_rate * g / (1 + r), r

    def summing(p, g, r, /, *, learning_rate):
        r = r + np.sum(g * g, axis=-1, keepdims=True)
        return p - learning_rate * g / (1 + r), r

    def off_by_little(p, g, r, /, *, learning_rate):
        r = r + np.mean(g * g, axis=-1, keepdims=True)
        return p - (1 + 1e-9) * learning_rate * g / (1 + r), r

    for other in (summing, off_by_little):
        wrong, definition = optimizer_of(other)(), optimizer_of(right)()
        with pytest.raises(AssertionError):
            check_against_definition(wrong, definition, np.float64, shapes=((3, 5),))


def test_functions_of_whole_tensors_take_numbers_that_only_the_device_knows():
    @whole_tensor
    def scaled(x, factor):
        return x * factor

    def update(p, g, /, *, learning_rate, t):
        return p - scaled(g, learning_rate / t, when=t % 2 == 1)

    kind = optimizer_of(update)
    check_against_definition(kind(), kind(), np.float64, shapes=((3, 5), (3, 5), (4,)))


class Operations(TorchDispatchMode):
    """Counts PyTorch's operations that compute something; kernels and their interpreter aside."""

    VIEWS = ("view", "select", "slice", "unsqueeze", "expand", "reshape", "_record_function")

    def __init__(self, patch: Any) -> None:
        super().__init__()
        self.count = self.launches = 0
        run = launch.Launch.__call__

        def noted(own: Any) -> None:
            self.launches += own.programs > 0
            with _disable_current_modes():
                run(own)

        patch.setattr(launch.Launch, "__call__", noted)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        self.count += not any(view in str(function) for view in self.VIEWS)
        return function(*args, **(kwargs or {}))


def test_between_walks_many_shapes_take_as_many_operations_as_one(monkeypatch):
    """Those of Adafactor, of which the host would have to launch hundreds else."""
    found = []
    for shapes in (((6, 5),), ((6, 5), (3, 4), (7, 2), (2, 3, 4), (6, 5), (9,), (5, 6), (40, 3))):
        params = parameters(dtypes=[np.float32], shapes=shapes)
        session = Session(Adafactor(), params)
        session.apply(gradients(params, 1))
        with monkeypatch.context() as patch:
            operations = Operations(patch)
            session.rows.write(session.numbers(session.optimizer.read_numbers(1)))
            held = [to_torch(g) for g in gradients(params, 2)]
            with operations, np.errstate(all="ignore"):
                session.update.run([g.data_ptr() for g in held])
        found.append((operations.count, operations.launches))
    (one, few), (many, launches) = found
    assert one == many <= 55
    assert few < launches <= few + 15  # vectors have walks of their own, as has each size of tiles


# -- many optimizers, many rows -------------------------------------------------------------------


def test_several_optimizers_share_one_norm():
    def make() -> MultiOptimizer:
        pairs = [("^[01]$", Lamb(0.1)), (".*", Nadam(0.02))]
        return MultiOptimizer(pairs, global_clipnorm=1.0, use_ema=True)

    check_against_definition(make(), make())


def test_what_is_excluded_from_decay_has_numbers_of_its_own():
    def make() -> Optimizer:
        optimizer = Adam(**ADAM, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_names=["1"])
        return optimizer

    session = check_against_definition(make(), make())
    assert len(session.owners) == 2


@pytest.mark.parametrize("kind", [torch.float64, torch.float32], ids=str)
def test_rows_that_are_behind_have_their_own_bias_correction(kind):
    params = parameters(dtypes=[np.float64], shapes=((5,), (5,)))
    grads = gradients(params, 1)
    session = Session(Adam(0.1), params)
    plan, slots = session.assignment.plan(0), session.slots
    counts = torch.zeros(2, dtype=kind, device=DEVICE)  # the front end's own, of its kind
    rows = triton.DeviceRows([plan], 2, DEVICE, counts)
    held = [to_torch(g) for g in grads]
    tensors = [
        triton.DeviceTensor(plan, {"p": p, "g": g, **own}, row)
        for row, (p, g, own) in enumerate(zip(session.params, held, slots, strict=True))
    ]
    rows.counts[1] = 6
    numbers = session.numbers(session.optimizer.read_numbers(0))
    with np.errstate(all="ignore"):
        call = triton.DeviceCall(tensors, "update", rows)
        call.run([g.data_ptr() for g in held], numbers * 2)
    assert rows.counts.tolist() == [1, 7]
    for index, t in enumerate((1, 7)):
        alpha = 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        move = alpha * 0.1 * grads[index] / (np.sqrt(0.001 * grads[index] ** 2) + 1e-7)
        check_close([to_numpy(session.params[index])], [params[index] - move], 1e-12)


def test_numbers_never_become_part_of_a_kernel(monkeypatch):
    session = Session(Adam(**ADAM, weight_decay=0.1), parameters(dtypes=[np.float32]))
    kernels = [launch.kernel for launch in session.update.launches]
    monkeypatch.setattr(triton.text, "load", None)
    monkeypatch.setattr(triton.call, "load", None)
    for rate in (0.1, 0.2, 7.0):
        session.optimizer.learning_rate = rate
        session.apply(gradients(parameters(dtypes=[np.float32]), 1))
    assert [launch.kernel for launch in session.update.launches] == kernels
    assert session.rows.known[0, session.rows.names.index("learning_rate")] == 7.0


# -- norms ----------------------------------------------------------------------------------------


def test_norms_are_those_of_the_gradients():
    params = parameters(dtypes=[np.float32, np.float64], shapes=((9000,), (3, 5), (2, 0)))
    session = Session(Adam(0.1, global_clipnorm=1.0), params)
    grads = gradients(params, 1)
    call = session.apply(grads)
    squares = [float(np.sum(np.square(g.astype(np.float64)))) for g in grads]
    assert call.squares is not None
    assert call.squares.tolist() == squares  # sums of multiples of 1/256: exact
    assert float(call.norm[0]) == np.sqrt(sum(squares))
    assert call.squares.tolist() != squares[::-1]


def test_without_a_clip_there_are_no_norms():
    session = Session(Adam(), [np.ones(3, np.float32)])
    assert session.apply([np.ones(3, np.float32)]).squares is None


# -- steps that are stopped -----------------------------------------------------------------------

STOPPING = (
    *("skip", "skip_gradients"),
    *("skip with a norm", "skip_gradients with a norm", "skip_gradients with each norm"),
)


@pytest.mark.parametrize("kind", [Adam, Lamb, Adafactor, Muon, Nadam], ids=lambda k: k.__name__)
@pytest.mark.parametrize("how", STOPPING)
def test_a_step_that_is_not_finite_changes_nothing_on_the_device(kind, how):
    clips = {"with a norm": {"global_clipnorm": 1.0}, "with each norm": {"clipnorm": 1.0}}
    policy, _, clip = how.partition(" ")
    params = parameters(dtypes=[np.float32], shapes=((3, 5), (4,), (3, 5)))
    session = Session(kind(0.1, nonfinite=policy, **clips.get(clip, {})), params)
    grads = gradients(params, 1)
    assert int(session.apply(grads).stop[0]) == 0
    before = session.picture()
    bad = [g.copy() for g in grads]
    bad[1][2] = np.nan
    call = session.apply(bad)
    assert int(call.stop[0]) != 0
    assert session.picture() == before
    assert call.first_not_finite() == 1
    assert int(session.apply(grads).stop[0]) == 0
    assert session.picture() != before
    assert session.updates == [2.0]
    assert call.first_not_finite() is None


def test_what_would_overflow_when_stored_stops_a_step():
    """Only where it is asked what would be stored: the gradient itself is finite."""
    for policy, stopped in (("skip", 1), ("skip_gradients", 0), ("propagate", 0)):
        session = Session(Adam(nonfinite=policy), [np.ones(4, np.float32)])
        assert int(session.apply([np.full(4, 1e30, np.float32)]).stop[0]) == stopped


def test_slots_of_rows_are_looked_at_too():
    def update(p, g, r, /, *, learning_rate):
        r = r + np.mean(g * g, axis=-1, keepdims=True)
        return p - learning_rate * g / (1 + np.sqrt(r)), r

    session = Session(optimizer_of(update)(nonfinite="skip"), [np.ones((2, 3), np.float32)])
    before = session.picture()
    call = session.apply([np.full((2, 3), 1e30, np.float32)])
    assert int(call.stop[0]) == 1
    assert session.picture() == before


@pytest.mark.parametrize("nonfinite", ["propagate", "skip"])
def test_a_flag_of_a_scaler_stops_a_step(nonfinite):
    params = parameters(dtypes=[np.float32], shapes=((3, 5), (4,)))
    session = Session(Nadam(0.1, nonfinite=nonfinite), params)
    grads = gradients(params, 1)
    before = session.picture()
    session.apply(grads, found_inf=torch.ones(1, device=DEVICE))
    assert session.picture() == before
    session.apply(grads, found_inf=torch.zeros((), device=DEVICE))
    assert session.updates == [1.0]
    session.apply(grads)  # without a flag, none is left over
    assert session.updates == [2.0]


def test_the_factor_of_a_scaler_divides_gradients():
    params = parameters(dtypes=[np.float32], shapes=((3, 5),))
    arguments = {**ADAM, "loss_scale_factor": 1.0}
    one, other = (Session(Adam(**arguments), params) for _ in range(2))
    grads = gradients(params, 1)
    scale = torch.full((), 8.0, device=DEVICE)
    for _ in range(2):
        one.apply([8 * g for g in grads], grad_scale=scale)
        other.apply(grads)
    assert to_numpy(one.params[0]).tobytes() == to_numpy(other.params[0]).tobytes()
    one.apply([8 * g for g in grads])
    assert to_numpy(one.params[0]).tobytes() != to_numpy(other.params[0]).tobytes()
    with pytest.raises(ArgumentError, match="Use loss_scale_factor=1"):
        Session(Adam(), params).apply(grads, grad_scale=scale)


# -- addresses ------------------------------------------------------------------------------------


def test_addresses_are_sent_when_they_change(monkeypatch):
    sent: list[list[int]] = []
    monkeypatch.setattr(triton.addresses, "send", lambda values, _: sent.append(values.tolist()))
    addresses = triton.addresses.Addresses(2, torch.device("cpu"))
    for values in ([1, 2], [1, 2], [3, 2], [3, 2], [1, 2]):
        addresses.write(np.array(values))
    assert sent == [[1, 2], [3, 2], [1, 2]]


@pytest.mark.parametrize("count", [1, 32, 33, 128, 129, 257])
def test_arguments_of_launches_become_addresses(count):
    """As in a captured graph; a replay puts them in place whatever was there meanwhile."""
    addresses = triton.addresses.Addresses(count, DEVICE)
    values = np.arange(count) + 2**40
    addresses.put(values)
    assert addresses.table[:count].tolist() == values.tolist()
    addresses.write(np.zeros(count, np.int64))
    assert not addresses.table[:count].any()
    addresses.put(values)
    assert addresses.table[:count].tolist() == values.tolist()


@pytest.mark.skipif(DEVICE.type != "cuda", reason="needs a GPU: a CUDA graph is captured")
def test_a_captured_step_counts_on_and_takes_the_numbers_of_its_replay():
    params = parameters(dtypes=[np.float32], shapes=((3, 5), (5000,)))
    one, other = Session(Nadam(**ADAM), params), Session(Nadam(**ADAM), params)
    held = [to_torch(g) for g in gradients(params, 1)]
    strange = [to_torch(g) for g in gradients(params, 2)]
    addresses, others = ([g.data_ptr() for g in grads] for grads in (held, strange))
    numbers = np.array(one.numbers(one.optimizer.read_numbers(0)))
    one.update.run(addresses, numbers)  # what is compiled must be there before
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        one.update.run(addresses)
    other.update.run(addresses, numbers)
    for rate in (0.1, 0.2, 0.3):
        numbers[:, one.rows.names.index("learning_rate")] = rate
        one.rows.write(numbers)
        graph.replay()
        other.update.run(addresses, numbers)
        for session in (one, other):  # steps in between have gradients of their own
            session.update.run(others)
    assert one.updates == other.updates == [7.0]
    for left, right in zip(one.params, other.params, strict=True):
        assert to_numpy(left).tobytes() == to_numpy(right).tobytes()


# -- several processes ----------------------------------------------------------------------------


class Meeting:
    """Threads in the place of processes: sums are added up over all of them.

    One of them runs at a time, as Triton's interpreter is for one thread.
    """

    def __init__(self, parts: int) -> None:
        self._turn = threading.Lock()
        self._barrier = threading.Barrier(parts, timeout=60)
        self._sums: list[Any] = [None] * parts

    def apply(self, session: Session, grads: Sequence[np.ndarray]) -> None:
        """A call of one process."""
        with self._turn:
            session.apply(grads)

    def exchange(self, part: int) -> Callable[..., Any]:
        """What one process does with its sums, of tensors that are cut along their first axis."""

        def exchange(sums: Any, axes: tuple[int, ...], places: Sequence[int], name: str) -> Any:
            assert len(sums) == len(places)
            if 1 not in axes:
                return sums  # each has its own rows
            self._sums[part] = sums.clone()
            self._wait()
            join = getattr(torch, {"max": "maximum", "min": "minimum"}.get(name, "add"))
            total = functools.reduce(join, self._sums)
            self._wait()
            return total

        return exchange

    def _wait(self) -> None:
        self._turn.release()
        self._barrier.wait()
        self._turn.acquire()


SUMMING: dict[str, Callable[[], Optimizer]] = {
    "Adam": lambda: Adam(**ADAM),
    "Adam, skipping": lambda: Adam(0.1, clipnorm=1.0, nonfinite="skip"),
    "Lamb": lambda: Lamb(0.1),
    "maxima and minima": lambda: optimizer_of(of_extremes)(),
    "Adafactor": lambda: Adafactor(0.1, nonfinite="skip"),
    "Adafactor, centralized": lambda: Adafactor(
        0.1, global_clipnorm=1.0, centralize_gradients=True
    ),
}


@pytest.mark.parametrize("name", SUMMING)
def test_parts_of_tensors_get_the_sums_of_the_whole(name):
    check_parts(SUMMING[name], together=True)


def test_functions_of_whole_tensors_are_not_made_of_parts_alone():
    part = np.ones((2, 5), np.float32)
    with pytest.raises(UnsupportedError, match=r"parts. Got: a part of shape \(2, 5\)"):
        Session(Muon(), [part], whole=[(4, 5)])
    Session(Muon(), [part], whole=[(2, 5)])


@pytest.mark.parametrize("name", SUMMING)
def test_parts_that_keep_their_sums_to_themselves_would_be_noticed(name):
    with pytest.raises(AssertionError):
        check_parts(SUMMING[name], together=False)


def check_parts(optimizer: Callable[[], Optimizer], together: bool) -> None:
    """Three rows here, one or none there: uneven parts of matrices, as sharding makes them."""
    shapes = ((4, 5), (3, 6), (4, 5))
    params = parameters(dtypes=[np.float64], shapes=shapes)
    definition = optimizer()
    definition.build(params, compiler="reference")
    cuts = (slice(0, 3), slice(3, None))
    meeting = Meeting(len(cuts))
    sessions = [
        Session(
            optimizer(),
            [p[cut] for p in params],
            exchange=meeting.exchange(part) if together else None,
            whole=shapes,
        )
        for part, cut in enumerate(cuts)
    ]
    for seed in range(2):
        grads = gradients(params, seed)
        threads = [
            threading.Thread(target=meeting.apply, args=(session, [g[cut] for g in grads]))
            for session, cut in zip(sessions, cuts, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        definition.apply(grads)
    for session, cut in zip(sessions, cuts, strict=True):
        assert session.updates == [2.0]
        check_close([to_numpy(p) for p in session.params], [p[cut] for p in params], 1e-12)
