"""Groups of one optimizer in a file are that optimizer, for every other front end."""

import numpy as np
import pytest

import adamas

torch = pytest.importorskip("torch", reason="needs PyTorch")

import adamas.torch as optim  # noqa: E402


def in_groups(second_betas):
    """Two parameters in groups, after two steps; weights, optimizer and gradients."""
    params = {"a": torch.ones(3), "b": torch.ones(2)}
    groups = [
        {"params": [("a", params["a"])], "lr": 0.1},
        {"params": [("b", params["b"])], "lr": 0.2, "betas": second_betas},
    ]
    optimizer = optim.NAdam(groups)
    for value in (1.0, -0.5):
        for parameter in params.values():
            parameter.grad = torch.full_like(parameter, value)
        optimizer.step()
    return params, optimizer


def test_numbers_that_are_the_same_in_all_groups_have_one_name(tmp_path):
    params, optimizer = in_groups((0.9, 0.999))
    optimizer.save(tmp_path / "state")
    arrays = {name: tensor.numpy().copy() for name, tensor in params.items()}
    other = adamas.Nadam(0.1, convention="torch")
    other.build(arrays)
    other.load(tmp_path / "state")
    assert set(other.session.remembered) == {"mu_product"}
    assert 0 < float(other.session.remembered["mu_product"]) < 1
    np.testing.assert_array_equal(
        other.state["m"]["b"], optimizer.state[params["b"]]["exp_avg"].numpy()
    )


def test_numbers_that_differ_are_refused(tmp_path):
    _, optimizer = in_groups((0.5, 0.999))
    with pytest.raises(
        adamas.errors.CheckpointError, match="one mu_product for all parameters of groups"
    ):
        optimizer.save(tmp_path / "state")
    assert not (tmp_path / "state").exists()
