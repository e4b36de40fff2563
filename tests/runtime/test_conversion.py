"""A state is stored otherwise in mid-run: exactly, or not at all. That it then goes on as if it had
been loaded so is a law of every front end (`tests/laws`)."""

import io
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import errors
from adamas.dtypes import numpy_dtype
from adamas.masters import MASTERS, NOTHING
from interruptions import Interrupted, interrupted

BFLOAT16 = numpy_dtype("bfloat16")
KINDS = (None, *MASTERS)


def arrays(seed: int, dtype: Any = np.float32) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    return {"kernel": chance.normal(size=(5, 7)).astype(dtype), "b": np.ones(3, dtype) * seed}


def trained(dtype: Any = np.float32, **arguments: Any) -> tuple[Any, dict[str, np.ndarray]]:
    params, optimizer = arrays(0, dtype), adamas.Adam(1e-2, **arguments)
    for seed in (1, 2, 3):
        optimizer.apply(arrays(seed, dtype), params)
    return optimizer, params


def everything(optimizer: Any, params: Any) -> dict[str, np.ndarray]:
    slots = {f"{s}/{n}": a for s, own in optimizer.state.items() for n, a in own.items()}
    return {name: array.copy() for name, array in {**params, **slots}.items()}


def same(ours: Any, theirs: Any) -> bool:
    return ours.keys() == theirs.keys() and all(
        ours[name].dtype == theirs[name].dtype and np.array_equal(ours[name], theirs[name])
        for name in ours
    )


def weights(optimizer: Any, params: Any) -> dict[str, np.ndarray]:
    """As precisely as the optimizer has them."""
    master = MASTERS.get(optimizer.master, NOTHING)
    own = {slot: optimizer.state[slot] for slot in master.slots}
    return {
        name: np.asarray(master.weight({"p": p, **{s: a[name] for s, a in own.items()}}), "f4")
        for name, p in params.items()
    }


@pytest.mark.parametrize("before", KINDS)
@pytest.mark.parametrize("after", KINDS)
def test_weights_go_exactly_from_one_master_to_another(before, after):
    optimizer, params = trained(BFLOAT16, master=before)
    known = weights(optimizer, params)
    optimizer.convert(master=after)
    fine = before in ("float32", "remainder") and after not in ("float32", "remainder")
    for name, weight in weights(optimizer, params).items():
        expected = known[name].astype(BFLOAT16) if fine else known[name]
        np.testing.assert_array_equal(weight, expected.astype(np.float32))
        assert not fine or (weight != known[name]).any()
    other = adamas.Adam(1e-2, master=after)
    other.build(arrays(0, BFLOAT16))
    forms = {slot: [a.dtype for a in own.values()] for slot, own in optimizer.state.items()}
    assert forms == {slot: [a.dtype for a in own.values()] for slot, own in other.state.items()}
    optimizer.apply(arrays(4, BFLOAT16), params)


def test_what_lies_half_way_stays_where_it_is():
    params = {"p": np.array([1 + 2.0**-8, -1 - 2.0**-8, np.inf, np.nan, 3.0], np.float32)}
    narrow = {"p": params["p"].astype(BFLOAT16)}
    optimizer = adamas.SGD(0.0, master="float32")
    optimizer.apply({"p": np.zeros(5, BFLOAT16)}, narrow)
    optimizer.state["master"]["p"][:] = params["p"]
    optimizer.convert(master="remainder")
    np.testing.assert_array_equal(weights(optimizer, narrow)["p"], params["p"])


def test_slots_that_are_stored_as_before_stay_the_arrays_that_they_are():
    optimizer, params = trained()
    m, v = (optimizer.state[slot]["kernel"] for slot in "mv")
    optimizer.convert(states={"v": "bfloat16"})
    assert optimizer.state["m"]["kernel"] is m
    assert optimizer.state["v"]["kernel"].dtype == BFLOAT16
    np.testing.assert_array_equal(optimizer.state["v"]["kernel"], v.astype(BFLOAT16))
    optimizer.convert(states="float32")
    assert optimizer.state["m"]["kernel"] is m
    optimizer.apply(arrays(4), params)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"states": "float4"}, errors.ConfigurationError),
        ({"states": {"w": "bfloat16"}}, errors.ConfigurationError),
        ({"master": "half"}, errors.ConfigurationError),
        ({"master": "remainder", "dtype": np.float16}, errors.ConfigurationError),
    ],
)
def test_what_is_refused_changes_nothing(asked, error):
    dtype = asked.pop("dtype", np.float32) if "dtype" in asked else np.float32
    optimizer, params = trained(dtype)
    before, known = everything(optimizer, params), optimizer.get_config()
    with pytest.raises(error):
        optimizer.convert(**asked)
    assert same(everything(optimizer, params), before)
    assert optimizer.get_config() == known
    optimizer.apply(arrays(4, dtype), params)


def test_it_is_of_a_state_and_outside_of_averages():
    with pytest.raises(errors.StateError, match="not built"):
        adamas.Adam().convert(states="bfloat16")
    optimizer, _ = trained(use_ema=True)
    with optimizer.averaged(), pytest.raises(errors.StateError, match="averaged"):
        optimizer.convert(states="bfloat16")
    with pytest.raises(errors.StateError, match=r"Use convert\(states='bfloat16'\)"):
        optimizer.states = "bfloat16"


def test_several_optimizers_take_what_they_have_of_a_dict():
    members = {"kernel": adamas.Adam(1e-2), "": adamas.SGD(1e-2, momentum=0.9)}
    optimizer, params = adamas.MultiOptimizer(members), arrays(0)
    optimizer.apply(arrays(1), params)
    optimizer.convert(states={"v": "bfloat16", "b": "bfloat16"})
    found = {(s, n): a.dtype for s, own in optimizer.state.items() for n, a in own.items()}
    assert found == {("m", "kernel"): "f4", ("v", "kernel"): BFLOAT16, ("b", "b"): BFLOAT16}
    optimizer.apply(arrays(2), params)
    with pytest.raises(errors.ConfigurationError, match="one of the optimizers"):
        optimizer.convert(states={"v": "bfloat16", "w": "bfloat16"})


def test_signals_find_it_made_or_not_begun():
    old, new = (trained(BFLOAT16, states=states) for states in ("float32", "float32"))
    new[0].convert(states="bfloat16", master="remainder")
    ends = {}
    for name, one in (("old", old), ("new", new)):
        before = everything(*one)
        one[0].apply(arrays(4, BFLOAT16), one[1])
        ends[name] = before, everything(*one)
    seen, instant, going = set(), 0, True
    while going:
        optimizer, params = trained(BFLOAT16)
        try:
            going = interrupted(
                lambda one=optimizer: one.convert(states="bfloat16", master="remainder"), instant
            )
        except Interrupted:
            going = True
        found = everything(optimizer, params)
        which = [name for name, (before, _) in ends.items() if same(found, before)]
        assert which, f"neither made nor not begun, at instant {instant}"
        optimizer.apply(arrays(4, BFLOAT16), params)
        assert same(everything(optimizer, params), ends[which[0]][1])
        seen.add(which[0])
        instant += 701
    assert seen == {"old", "new"}


# -- PyTorch --------------------------------------------------------------------------------------


def on_torch(**arguments: Any) -> tuple[Any, Any, Any]:
    torch = pytest.importorskip("torch")
    optim = pytest.importorskip("adamas.torch")
    p = torch.nn.Parameter(torch.arange(8.0).to(torch.bfloat16))
    optimizer = optim.Adam([p], lr=1e-2, **arguments)

    def step() -> None:
        p.grad = torch.linspace(-1, 1, 8).to(torch.bfloat16)
        optimizer.step()

    step()
    return optimizer, p, step


def forms(optimizer: Any, p: Any) -> dict[str, str]:
    found = {k: str(v.dtype).removeprefix("torch.") for k, v in optimizer.state[p].items()}
    return {k: v for k, v in found.items() if k != "step"}


@pytest.mark.parametrize("opened", [True, False])
def test_what_is_written_into_a_group_is_converted(opened):
    optimizer, p, step = on_torch(master="float32")
    exact = optimizer.state[p]["master"].clone()
    for states, master, stored in (
        ("bfloat16", "remainder", {"exp_avg": "bfloat16", "remainder": "int16"}),
        ({"v": "bfloat16"}, "float32", {"exp_avg": "float32", "master": "float32"}),
    ):
        if not opened:
            optimizer.load_state_dict(optimizer.state_dict())
        optimizer.param_groups[0].update(states=states, master=master)
        optimizer.explain()
        optimizer.explain()
        assert forms(optimizer, p) == {**stored, "exp_avg_sq": "bfloat16"}
    assert exact.equal(optimizer.state[p]["master"])
    step()


def test_states_on_the_host_are_made_of_what_the_weights_are_on_the_device():
    torch = pytest.importorskip("torch")
    optimizer, p, step = on_torch(master="remainder", offload="cpu")
    with torch.no_grad():
        p.fill_(3.0)
    optimizer.state[p]["remainder"].zero_()
    optimizer.convert(master="float32", states="bfloat16")
    assert optimizer.state[p]["master"].eq(3.0).all()
    assert forms(optimizer, p)["exp_avg"] == "bfloat16"
    step()
    optimizer.convert(master="remainder")
    assert p.ne(3.0).any()


def test_groups_say_how_their_state_is_stored_and_files_of_pytorch_hold_it():
    torch = pytest.importorskip("torch")
    optimizer, _, step = on_torch()
    optimizer.convert(states={"v": "bfloat16"})
    step()
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    assert state["param_groups"][0]["states"] == {"v": "bfloat16"}
    other, q, again = on_torch()
    other.load_state_dict(state, hyperparameters=True)
    assert forms(other, q) == {"exp_avg": "float32", "exp_avg_sq": "bfloat16"}
    again()
    added = torch.nn.Parameter(torch.ones(3))
    optimizer.add_param_group({"params": [added]})
    assert optimizer.param_groups[-1]["states"] == {"v": "bfloat16"}
