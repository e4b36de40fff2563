"""Keras's own tests of its optimizers, run on those of adamas; a program of its own.

    KERAS_BACKEND=jax python keras_cases.py [module …] [--wrong]

It prints one line of JSON: what became of each test, by its name, with the last line of an error.
With ``--wrong`` Adam has another rule, which the tests must notice.
"""

import importlib
import json
import sys
import unittest
import warnings

import keras

import adamas.keras

MODULES = (
    *("adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "ftrl", "lamb", "lion"),
    *("muon", "nadam", "rmsprop", "schedule_free_adamw", "sgd"),
    *("optimizer", "loss_scale_optimizer", "multi_optimizer"),
)
"""Modules of tests in ``keras.src.optimizers``, without ``_test``."""


# Those whose arguments are Keras's.
LIKE_KERAS = [name for name in adamas.keras.__all__ if name != "MultiOptimizer"]


def rebind(module):
    """Put the classes of adamas where a module of tests has Keras's."""
    for name in LIKE_KERAS:
        made = getattr(adamas.keras, name)
        if hasattr(module, name) and hasattr(keras.optimizers, name):
            setattr(module, name, made)
    if hasattr(module, "optimizers"):
        module.optimizers = _Optimizers()


class _Optimizers:
    """``keras.optimizers`` with the classes of adamas in it."""

    def __getattr__(self, name):
        if name in LIKE_KERAS:
            return getattr(adamas.keras, name)
        return getattr(keras.optimizers, name)

    def get(self, identifier):
        """An optimizer by name or description; those of adamas where it has them."""
        if isinstance(identifier, str):
            identifier = {"class_name": identifier, "config": {}}
        if isinstance(identifier, dict):
            known = {name.lower(): name for name in LIKE_KERAS}
            name = known.get(identifier["class_name"].lower())
            if name is not None:
                return getattr(adamas.keras, name)(**identifier["config"])
        return keras.optimizers.get(identifier)


def go_wrong():
    """Put another Adam in the place of the right one."""

    class Wrong(adamas.Adam):
        def rule(self):
            return self.update_amsgrad if self.amsgrad else adamas.SGD.update

    adamas.keras.Adam = adamas.keras.wrap(Wrong)


def main():
    outcomes = {}
    if "--wrong" in sys.argv:
        go_wrong()
    for name in [name for name in sys.argv[1:] if name != "--wrong"] or MODULES:
        module = importlib.import_module(f"keras.src.optimizers.{name}_test")
        rebind(module)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        tests = [test for group in suite for test in group]
        for test in tests:
            result = unittest.TestResult()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                test.run(result)
            key = f"{name}.{test.id().rsplit('.', 1)[1]}"
            problems = result.errors + result.failures
            if problems:
                outcomes[key] = problems[0][1].strip().splitlines()[-1]
            else:
                outcomes[key] = "skipped" if result.skipped else "passed"
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
