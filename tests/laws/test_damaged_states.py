"""A state that is damaged loads as it is, or is refused in words, and then nothing has changed."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adamas
import training_problem as problem
from adamas import checkpoint
from adamas.errors import AdamasError, NonFiniteError
from adamas.training.checkpoints import FILE
from comparison import random
from damage import ODD, damage_arrays, damage_content
from endurance import endurance, rounds
from fronts import FRONTS
from optimizers import one

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:The state was saved with other arguments")

CASE = one(adamas.Nadam, learning_rate=0.1).with_common(
    use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2, nonfinite="skip"
)
"""Everything that a state can have."""


def trained(front: str, calls: int) -> Any:
    made = FRONTS[front](CASE, random(0))
    for call in range(calls):
        made.step(random(1 + call))
    return made


def everything(front: Any) -> dict[str, Any]:
    """Bits of all that a refused load may not change."""
    arrays = {**front.params(), **front.state()}
    return {name: (np.shape(a), np.asarray(a).tobytes()) for name, a in arrays.items()}


def damaged(chance: np.random.Generator, good: Any, path: Path) -> bool:
    """Write a file with a good seal and something wrong in it; whether that can be written."""
    tensors, metadata = good
    if chance.random() < 0.4:
        tensors = damage_arrays(chance, tensors)
    else:
        metadata = damage_content(chance, metadata)
    with contextlib.suppress(AdamasError):
        checkpoint.write(path, tensors, metadata)
        return True
    return False


def tried(load: Any) -> bool:
    """Whether something loads; what is refused is refused in words."""
    with contextlib.suppress(AdamasError):
        load()
        return True
    return False


@endurance
@pytest.mark.parametrize("strict", [True, False], ids=["all", "what fits"])
@pytest.mark.parametrize("front", ["numpy", "tensors", "torch", "jax", "keras"])
def test_a_damaged_file_loads_as_it_is_or_changes_nothing(front, strict, tmp_path):
    good_path, path = tmp_path / "good", tmp_path / "damaged"
    trained(front, 5).save(good_path)
    good = checkpoint.read(good_path)
    ours, untouched = trained(front, 2), trained(front, 2)
    chance = np.random.default_rng(3)
    outcomes = {True: 0, False: 0}
    for round_ in range(rounds(25, 2000)):
        if not damaged(chance, good, path):
            continue
        before = everything(ours)
        taken = tried(lambda: ours.load(path) if strict else ours.load_part(path))
        outcomes[taken] += 1
        if not taken:
            assert everything(ours) == before
        elif strict:
            said = checkpoint.read(path).metadata["counters"]
            assert {n: said[n] for n in good.metadata["counters"]} == ours.saved().metadata[
                "counters"
            ]
        for one_ in (ours, untouched):
            one_.load(good_path)
            one_.step(random(100 + round_))
        assert everything(ours) == everything(untouched)
    assert all(outcomes.values())


TENSORS = [torch.tensor(v) for v in (1.5, -1.0, float("nan"), float("inf"), True, 3, 2.0**70)]
STRANGE = (*ODD, *TENSORS, torch.ones(2), torch.ones(7, 7), float("nan"), float("inf"), {1}, print)
"""What may stand in a state dictionary in place of something else."""


@endurance
@pytest.mark.parametrize("options", [{}, {"strict": False}, {"hyperparameters": True}], ids=str)
def test_a_damaged_state_dictionary_loads_as_it_is_or_changes_nothing(options):
    good = trained("torch", 5).optimizer.state_dict()
    ours, untouched = trained("torch", 2), trained("torch", 2)
    chance = np.random.default_rng(4)
    outcomes = {True: 0, False: 0}
    for round_ in range(rounds(60, 10_000)):
        spoiled = damage_content(chance, good, STRANGE)
        before, groups = everything(ours), str(ours.optimizer.param_groups)
        taken = tried(lambda: ours.optimizer.load_state_dict(spoiled, **options))  # noqa: B023
        outcomes[taken] += 1
        if not taken:
            assert everything(ours) == before
            assert str(ours.optimizer.param_groups) == groups
        else:  # it can be stepped, and taken out and in again
            ours.optimizer.load_state_dict(ours.optimizer.state_dict())
            ours.step(random(50))
            ours.own["bias"].data.copy_(untouched.own["bias"])
            ours.own["kernel"].data.copy_(untouched.own["kernel"])
        for one_ in (ours, untouched):
            one_.optimizer.load_state_dict(good, hyperparameters=True)
            one_.step(random(100 + round_))
        assert everything(ours) == everything(untouched)
    assert all(outcomes.values())


class Remembers:
    """A callback with a state that may be anything."""

    state: Any = None

    def on_epoch(self, run):
        run.optimizer.learning_rate *= 0.9

    def get_state(self):
        return self.state

    def set_state(self, state):
        self.state = state


def as_far_as_numbers_go(go_on: Any) -> None:
    """A run may go on with a good rate of 1e30: until the user's loss is not finite."""
    with np.errstate(all="ignore"), contextlib.suppress(NonFiniteError):
        go_on()


@endurance
def test_a_damaged_checkpoint_of_a_run_goes_on_or_changes_nothing(tmp_path):
    def stop(run):
        if run.step == 9:
            raise StopIteration

    class Stops:
        on_step = staticmethod(stop)

    def run(**options):
        params = problem.make_params()
        arguments = {
            "optimizer": adamas.Nadam(0.05, use_ema=True, gradient_accumulation_steps=2),
            "epochs": 2,
            "batch_size": 8,
            "progress": False,
            "checkpoint": tmp_path,
            "checkpoint_every": 1,
            "early_stopping": 3,
            **options,
        }
        kept = [Remembers(), *arguments.pop("callbacks", ())]
        return params, lambda: adamas.fit(
            problem.value_and_grad, params, problem.make_data(), callbacks=kept, **arguments
        )

    with pytest.raises(StopIteration):
        run(callbacks=[Stops()])[1]()
    path, chance = tmp_path / FILE, np.random.default_rng(5)
    good = checkpoint.read(path)
    params, go_on = run(resume=True)
    go_on()
    wanted = problem.bits(params, adamas.training.History())
    outcomes = {True: 0, False: 0}
    for _ in range(rounds(60, 10_000)):
        if not damaged(chance, good, path):
            continue
        params, go_on = run(resume=True)
        taken = tried(lambda: as_far_as_numbers_go(go_on))  # noqa: B023
        outcomes[taken] += 1
        if not taken:
            assert not any(array.any() for array in params.values())
    assert all(outcomes.values())
    checkpoint.write(path, *good)
    params, go_on = run(resume=True)
    go_on()
    assert problem.bits(params, adamas.training.History()) == wanted


# -- counts that only some can hold ---------------------------------------------------------------


@pytest.mark.parametrize("front", ["numpy", "tensors", "torch", "jax", "keras"])
def test_counts_above_int32_go_on_where_they_can_and_are_refused_in_words_elsewhere(
    front, tmp_path
):
    case = one(adamas.Adam, learning_rate=0.1)
    source = FRONTS["numpy"](case, random(0))
    source.save(tmp_path / "good")
    tensors, metadata = checkpoint.read(tmp_path / "good")
    counters = {"updates": 2**31, "calls": 2**31, "pending": 0, "skipped": 0}
    checkpoint.write(tmp_path / "many", tensors, {**metadata, "counters": counters})
    ours = FRONTS[front](case, random(0))
    before = everything(ours)
    if front in ("jax", "keras"):
        with pytest.raises(AdamasError, match="from 0 to 2147483647"):
            ours.load(tmp_path / "many")
        assert everything(ours) == before
    else:
        ours.load(tmp_path / "many")
        assert ours.saved().metadata["counters"] == counters


@pytest.mark.parametrize("count", [-1, 1.5, True, "3", 2**31, float("nan")])
def test_a_count_for_optax_is_whole_and_fits(count):
    import adamas.jax

    params = {"w": np.ones(3, np.float32)}
    optax = pytest.importorskip("optax")
    state = optax.sgd(0.1, momentum=0.9).init(params)
    optimizer = adamas.SGD(0.1, momentum=0.9, convention="optax")
    with pytest.raises(AdamasError, match="a whole number of updates"):
        adamas.jax.from_optax(optimizer, state, params, count=count)


WRONG = {
    "negative": lambda store: store.update({"0": np.int32(-1)}),
    "half": lambda store: store.update({"0": np.float32(1.5)}),
    "too many": lambda store: store.update({"0": np.int64(2**31)}),
    "another shape at the end": lambda store: store.update({max(store, key=int): np.ones((7, 7))}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_keras_has_stored_is_taken_over_whole_or_not_at_all(wrong):
    ours, store = trained("keras", 2), {}
    trained("keras", 5).optimizer.save_own_variables(store)
    good = {name: np.array(value) for name, value in store.items()}
    spoiled = dict(good)
    WRONG[wrong](spoiled)
    before = everything(ours)
    with pytest.raises(AdamasError):
        ours.optimizer.load_own_variables(spoiled)
    assert everything(ours) == before
    ours.optimizer.load_own_variables(good)
    assert ours.optimizer.calls == 5


STORED = [
    ({"states": {"m": "8bit"}}, {"states": {"v": "8bit"}}),
    ({"master": "remainder"}, {"master": "float32"}),
]


@pytest.mark.parametrize("stored", STORED)
def test_what_keras_has_stored_otherwise_is_no_numbers(stored):
    """It stores variables by their places, and as many are there."""
    keras = pytest.importorskip("keras")
    made = []
    for arguments in stored:
        made.append(adamas.keras.wrap(adamas.Adam(0.1, **arguments)))
        made[-1].build([keras.Variable(np.ones((32, 128)), dtype="bfloat16")])
    for source, target in (made, made[::-1]):
        store: dict[str, Any] = {}
        source.save_own_variables(store)
        before = [np.array(variable) for variable in target.variables]
        with pytest.raises(AdamasError, match="of dtype"):
            target.load_own_variables(store)
        for variable, value in zip(target.variables, before, strict=True):
            np.testing.assert_array_equal(np.array(variable), value)
