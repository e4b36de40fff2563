"""Steps that are captured as CUDA graphs: with a GPU by CUDA, else by a stand-in that takes notes.

The stand-in notes what is launched while it captures, and replays it. It is for steps that consist
of launches: PyTorch's own operations between them are made at once.
"""

import copy
import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import adamas
from adamas.errors import StateError, UnsupportedError

torch = pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

import adamas.torch as optim  # noqa: E402
from adamas.compilers import capture  # noqa: E402
from adamas.compilers.triton import DeviceRows, addresses  # noqa: E402
from adamas.compilers.triton.launch import Launch  # noqa: E402
from adamas.frameworks.torch import on_device  # noqa: E402
from device_steps import DEVICE  # noqa: E402

pytestmark = pytest.mark.skipif(DEVICE.type == "cuda", reason="a stand-in for a GPU")

SHAPES = ((3, 5), (37,), ())


class Graph:
    """What was launched while it captured, in order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.launched: list[Any] = []
        self._patch = patch

    @contextmanager
    def capture(self) -> Iterator[None]:
        """Note what would be captured inside."""
        noted = self.launched

        def launch(own: Any) -> None:
            noted.append(lambda: run(own))

        def take(*given: Any) -> None:
            noted.append(lambda: taken(*given))

        run, taken = Launch.__call__, DeviceRows.take
        with self._patch.context() as patch:
            patch.setattr(capture, "capturing", lambda _: True)
            patch.setattr(Launch, "__call__", launch)
            patch.setattr(DeviceRows, "take", take)
            yield

    def replay(self) -> None:
        """All of it, once more."""
        for one in self.launched:
            one()


@pytest.fixture
def graph(monkeypatch) -> Graph:
    return Graph(monkeypatch)


def made(kind: str = "Adam", **arguments: Any) -> tuple[list[Any], Any]:
    """Parameters with gradients, and an optimizer that has made no step."""
    torch.manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    for p in params:
        p.grad = torch.randn(p.shape)
    return params, getattr(optim, kind)(params, **{"lr": 0.1, "compiler": "triton", **arguments})


def ends(params: list[Any], optimizer: Any) -> list[Any]:
    """All that steps change."""
    state = [value for entry in optimizer.state.values() for value in entry.values()]
    return [each.detach().clone() for each in (*params, *state)]


def assert_same(one: Any, other: Any) -> None:
    torch.testing.assert_close(ends(*one), ends(*other), rtol=0, atol=0)


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "recipe": {"global_clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.7},
    "skipping": {"nonfinite": "skip"},
    "schedule": {"lr": adamas.schedules.CosineDecay(0.1, 6)},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["AdamW", "NAdam"])
def test_replays_are_steps(kind, case, graph):
    graphed, eager = (made(kind, **CASES[case]) for _ in range(2))
    for _, optimizer in (graphed, eager):
        optimizer.step()
    optimizer = graphed[1]
    optimizer.send_numbers()
    with graph.capture():
        optimizer.step()
    assert_same(graphed, eager)
    for turn in range(3):
        for one in (optimizer, eager[1]):
            if case != "schedule":
                one.param_groups[0]["lr"] = 0.05 * (turn + 1)
        optimizer.send_numbers()
        graph.replay()
        optimizer.replayed()
        eager[1].step()
        assert_same(graphed, eager)
        assert optimizer.iterations == eager[1].iterations == turn + 2
        assert optimizer.calls == eager[1].calls
        assert optimizer.param_groups[0]["lr"] == eager[1].param_groups[0]["lr"]
    for one in (optimizer, eager[1]):  # eagerly again
        one.step()
    assert_same(graphed, eager)


def test_a_replay_with_numbers_of_before_would_be_noticed(graph):
    graphed, eager = made(), made()
    for _, optimizer in (graphed, eager):
        optimizer.step()
    with graph.capture():
        graphed[1].step()
    for _, optimizer in (graphed, eager):
        optimizer.param_groups[0]["lr"] = 0.5
    graph.replay()
    eager[1].step()
    with pytest.raises(AssertionError):
        assert_same(graphed, eager)


def test_a_graph_has_gradients_of_its_own(graph):
    graphed, eager = made(), made()
    for _, optimizer in (graphed, eager):
        optimizer.step()
    with graph.capture():
        graphed[1].step()
    own = [p.grad for p in graphed[0]]
    for params, optimizer in (graphed, eager):
        for p in params:
            p.grad = torch.full_like(p, 0.25)
        optimizer.step()
    graph.replay()
    for p, gradient in zip(eager[0], own, strict=True):
        p.grad = gradient
    eager[1].step()
    assert_same(graphed, eager)


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o.load_state_dict(o.state_dict()),
        lambda o: o.param_groups[0].update(weight_decay=0.1),
        lambda o: o.add_param_group({"params": [torch.ones(2, requires_grad=True)]}),
    ],
    ids=["a state is loaded", "other plans", "a group is added"],
)
def test_what_is_captured_lives_until_it_is_let_go(change, graph):
    params, optimizer = made()
    optimizer.step()
    with graph.capture():
        optimizer.step()
    steps = weakref.ref(optimizer.ready().captured[0])
    change(optimizer)
    optimizer.step()
    optimizer.step()
    gc.collect()
    assert steps() is not None
    optimizer.release_graphs()
    graph.launched.clear()
    gc.collect()
    assert steps() is None
    del params


def refused(optimizer: Any, graph: Graph, error: type, message: str) -> None:
    """A capture says so, and changes nothing."""
    before = ends([], optimizer), copy.deepcopy(optimizer.state_dict()["param_groups"])
    with graph.capture(), pytest.raises(error, match=message):
        optimizer.step()
    assert graph.launched == []
    torch.testing.assert_close(ends([], optimizer), before[0], rtol=0, atol=0)
    assert optimizer.state_dict()["param_groups"] == before[1]


def test_what_cannot_be_captured_is_refused(graph):
    params, optimizer = made()
    refused(optimizer, graph, StateError, "must have its state before a step is captured")
    optimizer.step()
    params[0].grad = torch.randn(5, 3).t()
    refused(optimizer, graph, StateError, "Tensors of this form must have made a step before")
    params[0].grad = params[0].grad.contiguous()
    optimizer.param_groups[0]["lr"] = 0.3
    refused(optimizer, graph, StateError, r"Use optimizer.send_numbers\(\) before")

    _, optimizer = made(nonfinite="raise")
    optimizer.step()
    refused(optimizer, graph, UnsupportedError, "Use nonfinite='skip'")

    _, optimizer = made(gradient_accumulation_steps=2)
    optimizer.step()
    refused(optimizer, graph, StateError, "A step must have been made before")

    _, optimizer = made(compiler="llvm")
    for call in (optimizer.replayed, optimizer.send_numbers):
        with pytest.raises(StateError, match="parameters on the CPU"):
            call()


def test_a_number_in_a_tensor_of_the_device_is_read_there(graph, monkeypatch):
    """In float32, as it is kept; the host reads it once."""
    monkeypatch.setattr(on_device, "is_elsewhere", lambda _: True)
    read: list[float] = []
    known = on_device.known
    monkeypatch.setattr(on_device, "known", lambda value: read.append(0) or known(value))
    rate, other = torch.tensor(0.1), torch.tensor(0.3)
    arguments = {"weight_decay": 0.2, "global_clipnorm": 1.0}
    device = made("AdamW", **{**arguments, "lr": rate})
    device[1].exclude_from_weight_decay(var_list=[device[0][1]])
    host = made("AdamW", **arguments)
    host[1].exclude_from_weight_decay(var_list=[host[0][1]])

    def both(value: float) -> None:
        host[1].param_groups[0]["lr"] = float(torch.tensor(value))
        host[1].step()
        assert_same(device, host)

    device[1].step()
    both(0.1)
    rate.fill_(0.05)
    device[1].step()
    both(0.05)
    device[1].param_groups[0]["lr"] = other
    device[1].step()
    both(0.3)
    with graph.capture():
        device[1].step()
    for value in (0.2, 0.4):
        other.fill_(value)
        graph.replay()
        device[1].replayed()
        both(value)
    assert len(read) == 2
    assert device[1].param_groups[0]["lr"] is other
    graph.launched.clear()
    new = torch.tensor(0.7)
    device[1].param_groups[0]["lr"] = new
    refused(device[1], graph, StateError, "A number that is a tensor must be in its group before")


@pytest.mark.parametrize(("tensors", "launches"), [(1, 1), (128, 4), (148, 1), (1000, 4)])
def test_few_kernels_put_many_addresses_in_place(tensors, launches, graph):
    table = addresses.Addresses(tensors, torch.device("cpu"))
    values = torch.arange(tensors).numpy() + 2**40
    with graph.capture():
        table.write(values)
    assert len(graph.launched) == launches
    table.write(values * 0)
    graph.replay()
    assert table.table[:tensors].tolist() == values.tolist()
