"""What `adamas.torch` says when something is wrong: the law, what came, the way out."""

import pickle

import pytest

from adamas.errors import (
    AdamasError,
    ArgumentError,
    ConfigurationError,
    StateError,
    UnsupportedError,
)
from torch_cases import optim, parameters, picture, torch, train

WRONG = [
    # In PyTorch's words, both names; in ours, one.
    ({"lr": -1}, ConfigurationError, "lr (learning_rate) must be at least 0. Got: -1"),
    ({"learning_rate": -1}, ConfigurationError, "learning_rate must be at least 0. Got: -1"),
    ({"lr": torch.tensor(-1.0)}, ConfigurationError, "lr (learning_rate) must be at least 0."),
    ({"lr": float("nan")}, ConfigurationError, "lr (learning_rate) must be a number. Got: nan"),
    ({"lr": "fast"}, ArgumentError, "lr (learning_rate) must be a number"),
    ({"betas": (0.9, 1.0)}, ConfigurationError, "betas[1] (beta_2) must be less than 1. Got: 1.0"),
    ({"betas": (-1, 0.9)}, ConfigurationError, "betas[0] (beta_1) must be at least 0. Got: -1"),
    ({"betas": 0.9}, ArgumentError, "betas must be 2 values. Got: 0.9"),
    ({"beta_2": 1.0}, ConfigurationError, "beta_2 must be less than 1. Got: 1.0"),
    ({"eps": -1}, ConfigurationError, "eps (epsilon) must be at least 0. Got: -1"),
    ({"weight_decay": -1}, ConfigurationError, "weight_decay must be at least 0. Got: -1"),
    ({"clipnorm": 0}, ConfigurationError, "clipnorm must be greater than 0. Got: 0"),
    ({"clipnorm": 1, "clipvalue": 1}, ConfigurationError, "At most one of clipnorm"),
    ({"lr": 1, "learning_rate": 1}, ArgumentError, "lr and learning_rate are the same argument"),
    ({"betas": (0.9, 0.9), "beta_2": 0.9}, ArgumentError, "betas and beta_2 are the same"),
    ({"learning_rat": 1}, ArgumentError, "unknown argument 'learning_rat'. Did you mean"),
    ({"beta": (0.9, 0.9)}, ArgumentError, "unknown argument 'beta'. Did you mean 'betas'?"),
    ({"momentum": 0.9}, ArgumentError, "Adam has no momentum. Did you mean beta_1?"),
    ({"amsgrad": 3}, ArgumentError, "amsgrad must be a bool. Got: 3"),
    ({"differentiable": True}, UnsupportedError, "not differentiable. Got: differentiable=True"),
    ({"nonfinite": "ignore"}, ConfigurationError, "nonfinite must be one of"),
    ({"convention": "caffe"}, ConfigurationError, "caffe"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_argument_is_named_in_the_words_it_was_given_in(arguments, error, message):
    with pytest.raises(error) as caught:
        optim.Adam(parameters(), **arguments)
    assert message in str(caught.value)
    assert isinstance(caught.value, AdamasError)


OF_A_GROUP = [case for case in WRONG if set(case[0]) != {"momentum"}]


@pytest.mark.parametrize(("arguments", "error", "message"), OF_A_GROUP, ids=range(len(OF_A_GROUP)))
def test_a_wrong_argument_of_an_added_group_changes_nothing(arguments, error, message):
    params = parameters()
    optimizer = optim.Adam(params[:3], lr=0.1)
    train(optimizer, params, 2)
    before = picture(optimizer)
    with pytest.raises(error):
        optimizer.add_param_group({"params": params[3:], **arguments})
    assert picture(optimizer) == before
    train(optimizer, params, 1)


def test_arguments_of_the_whole_step_are_none_of_a_group():
    """They would be kept in its dictionary without any effect."""
    params = parameters()
    for arguments in ({"clipnorm": 1.0}, {"use_ema": True}, {"convention": "keras"}):
        with pytest.raises(ConfigurationError, match="whole step"):
            optim.Adam([{"params": params, **arguments}])


def test_an_unknown_key_of_a_group_is_its_owners_own():
    """As in PyTorch: people keep names and notes there."""
    notes = {"name": "backbone", "lr_scale": 0.5, "initial_lr": 0.1, "max_momentum": 0.9}
    optimizer = optim.Adam([{"params": parameters(), **notes}])
    assert {key: optimizer.param_groups[0][key] for key in notes} == notes


def test_a_mistyped_argument_of_a_group_is_not_taken_for_a_note():
    with pytest.raises(ArgumentError, match="'weight_decai'. Did you mean 'weight_decay'"):
        optim.Adam([{"params": parameters(), "weight_decai": 0.1}])


def test_too_many_arguments_are_refused_with_the_signature():
    with pytest.raises(ArgumentError, match="Adam takes .*too many positional"):
        optim.Adam(parameters(), 0.1, (0.9, 0.9), 1e-8, 0, False, False, 1, 2, 3)


@pytest.mark.parametrize("params", [[], [[]], [3], ["weight"], None])
def test_what_are_no_parameters_is_refused_as_by_pytorch(params):
    kinds = []
    for cls in (torch.optim.Adam, optim.Adam):
        with pytest.raises((TypeError, ValueError)) as caught:
            cls(params)
        kinds.append(type(caught.value))
    assert issubclass(kinds[1], kinds[0])


def test_averages_are_asked_for_only_where_there_are_some():
    params = parameters()
    optimizer = optim.Adam(params)
    train(optimizer, params, 1)
    with (
        pytest.raises(StateError, match="There are no averages.*use_ema=True"),
        optimizer.averaged(),
    ):
        pass


@pytest.mark.parametrize("word", ["original", "match_rms_adamw", None, 0.3])
def test_a_choice_of_pytorch_is_a_number_here(word):
    optimizer = optim.Muon(parameters("Muon"), adjust_lr_fn=word)
    assert optimizer.param_groups[0]["adjust_lr_fn"] in (word, None)


def test_another_choice_is_refused_with_those_there_are():
    with pytest.raises(ConfigurationError, match="None, 'original', 'match_rms_adamw', or a num"):
        optim.Muon(parameters("Muon"), adjust_lr_fn="match")


def test_errors_are_pickled_and_read_back():
    with pytest.raises(ConfigurationError) as caught:
        optim.Adam(parameters(), lr=-1)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
