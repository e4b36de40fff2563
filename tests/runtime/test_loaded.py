"""What fits of a state is taken over by name; what was taken, is new and was left is listed."""

import numpy as np
import pytest

import adamas
from adamas.errors import CheckpointError
from adamas.runtime.loaded import Loaded, matched

torch = pytest.importorskip("torch")

import adamas.torch as optim  # noqa: E402

OLD = {"body": (3,), "head": (2,)}
NEW = {"body": (3,), "head": (5,), "layer": (4,)}


def ones(shapes, make=np.ones):
    return {name: make(shape) for name, shape in shapes.items()}


def trained(shapes, make=np.ones, calls=2, **arguments):
    """An optimizer with its parameters, after some calls."""
    params = ones(shapes, make)
    optimizer = adamas.Adam(0.1, **arguments)
    for _ in range(calls):
        optimizer.apply(ones(shapes, make), params)
    return optimizer, params


# -- the law --------------------------------------------------------------------------------------

MATCHES = {
    "all of it": ({"a": {"m": (3,)}}, {"a": {"m": (3,)}}, "a", "", ""),
    "one more here": ({"a": {"m": (3,)}, "b": {"m": (3,)}}, {"a": {"m": (3,)}}, "a", "b", ""),
    "one more there": ({"a": {"m": (3,)}}, {"a": {"m": (3,)}, "b": {"m": (3,)}}, "a", "", "b"),
    "another shape": (
        {"a": {"m": (3,)}, "b": {"m": (3,), "v": (3,)}},
        {"a": {"m": (3,)}, "b": {"m": (3,), "v": (4,)}},
        *("a", "b", "b"),
    ),
    "a slot more here": (
        {"a": {"m": (3,)}, "b": {"m": (3,), "v": (3,)}},
        {"a": {"m": (3,)}, "b": {"m": (3,)}},
        *("a", "b", "b"),
    ),
    "a slot more there": ({"a": {"m": (3,)}}, {"a": {"m": (3,), "v": (3,)}}, "a", "", "v/a"),
    "averages here": ({"a": {"m": (3,), "ema": (3,)}}, {"a": {"m": (3,)}}, "a", "ema/a", ""),
    "averages there": ({"a": {"m": (3,)}}, {"a": {"m": (3,), "ema": (3,)}}, "a", "", "ema/a"),
    "no slots here": ({}, {"a": {"m": (3,)}}, "", "", "a"),
}


@pytest.mark.parametrize("case", MATCHES)
def test_the_same_name_and_the_same_shapes_are_a_match(case):
    here, there, *listed = MATCHES[case]
    found = matched(here, there, "It")
    assert [found.taken, found.new, found.left] == [tuple(names.split()) for names in listed]
    assert found.different == ({"b": ((3,), (4,))} if case == "another shape" else {})


@pytest.mark.parametrize(
    "there", [{}, {"b": {"m": (3,)}}, {"a": {"m": (4,)}}, {"a": {"ema": (3,)}}]
)
def test_a_load_that_takes_nothing_is_an_error(there):
    with pytest.raises(CheckpointError, match="nothing was loaded"):
        matched({"a": {"m": (3,), "ema": (4,)}}, there, "It")


def test_what_was_loaded_can_be_read():
    found = Loaded(("body",), ("head",), ("head",), {"head": ((5,), (2,))})
    assert repr(found).splitlines() == [
        "Loaded",
        "  taken (1): body",
        "  new (1): head",
        "  left (1): head",
        "  head is (5,) here and (2,) in the state",
    ]


# -- files ----------------------------------------------------------------------------------------


def test_a_new_head_begins_afresh_also_where_there_was_another_state(tmp_path):
    trained(OLD)[0].save(tmp_path / "state")
    optimizer, _ = trained(NEW, calls=7)
    loaded = optimizer.load(tmp_path / "state", strict=False)
    assert (loaded.taken, loaded.new, loaded.left) == (("body",), ("head", "layer"), ("head",))
    assert loaded.different == {"head": ((5,), (2,))}
    assert (optimizer.iterations, optimizer.calls) == (2, 2)  # one clock: it goes on
    for named in optimizer.state.values():
        assert named["body"].all()
        assert not named["head"].any()
        assert not named["layer"].any()


def test_a_strict_load_lists_everything_and_stays_the_default(tmp_path):
    trained(OLD)[0].save(tmp_path / "state")
    assert trained(OLD)[0].load(tmp_path / "state").taken == ("body", "head")
    optimizer, _ = trained(NEW)
    arrays = {n: a for n, a in optimizer.variables.items() if isinstance(a, np.ndarray)}
    before = {name: array.copy() for name, array in arrays.items()}
    with pytest.raises(CheckpointError, match="does not hold what is expected"):
        optimizer.load(tmp_path / "state")
    assert all(np.array_equal(optimizer.variables[n], array) for n, array in before.items())


def test_nothing_that_fits_is_refused_and_changes_nothing(tmp_path):
    trained({"other": (3,)})[0].save(tmp_path / "state")
    optimizer, _ = trained(OLD, calls=3)
    before = [array.copy() for named in optimizer.state.values() for array in named.values()]
    with pytest.raises(CheckpointError, match="nothing was loaded"):
        optimizer.load(tmp_path / "state", strict=False)
    after = [array for named in optimizer.state.values() for array in named.values()]
    assert all(map(np.array_equal, before, after))
    assert optimizer.calls == 3


def test_averages_that_the_file_lacks_begin_with_the_weights(tmp_path):
    trained(OLD)[0].save(tmp_path / "state")
    optimizer, params = trained(OLD, calls=0, use_ema=True)
    optimizer.build(params)
    params["body"] += 1
    loaded = optimizer.load(tmp_path / "state", strict=False)
    assert loaded.taken == ("body", "head")
    assert loaded.new == ("ema/body", "ema/head")
    assert np.array_equal(optimizer.state["ema"]["body"], params["body"])


def test_sums_that_are_missing_are_refused_between_updates(tmp_path):
    trained(OLD, calls=3, gradient_accumulation_steps=2)[0].save(tmp_path / "pending")
    saved = adamas.checkpoint.read(tmp_path / "pending")
    kept = {n: array for n, array in saved.tensors.items() if not n.startswith("accumulator")}
    adamas.checkpoint.write(tmp_path / "spoiled", kept, saved.metadata)
    optimizer, _ = trained(OLD, calls=1, gradient_accumulation_steps=2)
    with pytest.raises(CheckpointError, match="sums of the 1 calls that are pending"):
        optimizer.load(tmp_path / "spoiled", strict=False)
    assert optimizer.calls == 1


def test_another_dtype_is_no_match_that_is_passed_over(tmp_path):
    trained(OLD)[0].save(tmp_path / "state")
    optimizer, _ = trained(OLD, lambda shape: np.ones(shape, np.float32))
    with pytest.raises(CheckpointError, match="Different"):
        optimizer.load(tmp_path / "state", strict=False)


# -- adamas.torch ---------------------------------------------------------------------------------


def torch_trained(shapes, calls=2, named=True, **arguments):
    params = {n: torch.nn.Parameter(torch.ones(shape)) for n, shape in shapes.items()}
    optimizer = optim.Adam(params.items() if named else params.values(), lr=0.1, **arguments)
    for _ in range(calls):
        for parameter in params.values():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
    return optimizer, params


@pytest.mark.parametrize("way", ["state", "file"])
def test_in_pytorch_a_new_parameter_begins_its_own_clock(way, tmp_path):
    first, _ = torch_trained(OLD, calls=3)
    second, params = torch_trained(NEW, calls=1)
    if way == "state":
        loaded = second.load_state_dict(first.state_dict(), strict=False)
    else:
        first.save(tmp_path / "state")
        loaded = second.load(tmp_path / "state", strict=False)
    assert (loaded.taken, loaded.new, loaded.left) == (("body",), ("head", "layer"), ("head",))
    assert loaded.different == {"head": ((5,), (2,))}
    for parameter in params.values():
        parameter.grad = torch.ones_like(parameter)
    before = params["head"].detach().clone()
    second.step()
    assert [int(second.state[params[name]]["step"]) for name in NEW] == [4, 1, 1]
    torch.testing.assert_close(before - params["head"], torch.full((5,), 0.1))  # a first step


def test_groups_of_another_number_keep_their_arguments():
    first, _ = torch_trained(OLD)
    params = {n: torch.nn.Parameter(torch.ones(shape)) for n, shape in NEW.items()}
    groups = [{"params": [pair], "lr": 0.1 * (i + 1)} for i, pair in enumerate(params.items())]
    second = optim.Adam(groups, lr=1.0)
    second.load_state_dict(first.state_dict(), strict=False)
    assert [group["lr"] for group in second.param_groups] == [0.1, 0.2, pytest.approx(0.3)]
    assert [group["calls"] for group in second.param_groups] == [2, 2, 2]


def test_without_names_nothing_can_be_found_by_name():
    first, _ = torch_trained(OLD, named=False)
    second, _ = torch_trained(NEW)
    with pytest.raises(CheckpointError, match="by their names"):
        second.load_state_dict(first.state_dict(), strict=False)


def test_a_state_that_fits_nothing_is_refused():
    first, _ = torch_trained({"other": (3,), "head": (2,)})
    second, params = torch_trained({"body": (3,), "head": (5,)}, calls=0)
    with pytest.raises(CheckpointError, match="nothing was loaded"):
        second.load_state_dict(first.state_dict(), strict=False)
    assert not any(second.state[parameter] for parameter in params.values())


@pytest.mark.parametrize("optimizer", [optim.Adam, torch.optim.Adam])
def test_keys_that_became_strings_are_the_same_numbers(optimizer):
    params = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    first = optimizer(params, lr=0.1)
    for parameter in params:
        parameter.grad = torch.ones(2)
    first.step()
    saved = first.state_dict()
    saved["state"] = {str(key): entry for key, entry in saved["state"].items()}
    second = optim.Adam(params, lr=0.1)
    second.load_state_dict(saved)
    assert [second.state[p].keys() for p in params] == [e.keys() for e in saved["state"].values()]


@pytest.mark.parametrize("keys", [("a", "b"), (7, 8), ("0", 0), ("7", "8")])
def test_keys_of_no_parameter_are_refused_where_nothing_would_be_loaded(keys):
    first, _ = torch_trained(OLD)
    saved = first.state_dict()
    saved["state"] = dict(zip(keys, saved["state"].values(), strict=True))
    second, _ = torch_trained(OLD, calls=0)
    with pytest.raises(CheckpointError, match=r"nothing was loaded|Got twice"):
        second.load_state_dict(saved)
