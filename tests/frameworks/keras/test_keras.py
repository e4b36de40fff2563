"""Keras's own tests pass on the classes of `adamas.keras`, on each backend that is installed."""

import json

import pytest

from keras_process import BACKENDS, run

OWN_WORDS = "refused as well, in words of its own"
INNER = "looks at how Keras's class is made inside"
DOCUMENTED = "follows the documentation of Keras where Keras departs from it"
NEEDS_TENSORFLOW = "asks for TensorFlow"

NOT_OURS = {
    **{
        f"ftrl.test_invalid_{name}": OWN_WORDS
        for name in (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
            "learning_rate_power",
        )
    },
    "lion.test_invalid_beta_1": OWN_WORDS,
    "sgd.test_invalid_momentum": OWN_WORDS,
    "optimizer.test_clip_args": OWN_WORDS,
    "muon.test_Newton_Schulz": INNER,
    "muon.test_adamw_single_step": INNER,
    "muon.test_adamw_weight_decay": INNER,
    "muon.test_lr_adjust_2d": INNER,
    "muon.test_lr_adjust_none": INNER,
    "muon.test_muon_single_step": INNER,
    "muon.test_should_use_adamw": INNER,
    "nadam.test_build_with_empty_var_list": INNER,
    "adafactor.test_correctness_with_golden": DOCUMENTED,
    "adamw.test_weight_decay_is_none": "None switches decay off, here and in Keras's other classes",
}
"""Keras's own tests that do not pass on the classes of adamas, and why they should not."""

ELSEWHERE = {
    "optimizer.test_mixed_with_tf_variables": NEEDS_TENSORFLOW,
    "optimizer.test_tf_checkpointing": NEEDS_TENSORFLOW,
    "multi_optimizer.test_tensorboard_logging_with_multi_optimizer": NEEDS_TENSORFLOW,
}
"""Keras's own tests that need not pass but on TensorFlow."""

LEAST = 150
"""So many of Keras's own tests pass on every backend."""


@pytest.mark.parametrize("backend", BACKENDS)
def test_keras_passes_its_own_tests_with_the_classes_of_adamas(backend):
    pytest.importorskip("absl.testing")
    done = run(backend, "keras_cases.py")
    assert done.returncode == 0, done.stderr[-20_000:]
    outcomes = json.loads(done.stdout.splitlines()[-1])
    failed = {n: text for n, text in outcomes.items() if text not in ("passed", "skipped")}
    known = NOT_OURS if backend == "tensorflow" else {**NOT_OURS, **ELSEWHERE}
    assert {n: text for n, text in failed.items() if n not in known} == {}
    assert set(NOT_OURS) <= set(failed)
    assert list(outcomes.values()).count("passed") >= LEAST


def test_keras_would_notice_a_wrong_optimizer():
    done = run("jax", "keras_cases.py", "adam", "--wrong")
    outcomes = json.loads(done.stdout.splitlines()[-1])
    assert outcomes["adam.test_single_step"] != "passed"
