"""What type checkers say of a user's project: right lines pass, and each wrong one is refused.

The torch, Keras and JAX that a project has are not looked into: it is the types of adamas that are
tested, and they must hold where a library has none.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import adamas

PRELUDE = """\
from typing import Any

import keras
import numpy as np
import torch

import adamas
import adamas.jax
import adamas.keras
import adamas.scipy
import adamas.torch as optim
from adamas import schedules


class Mine(adamas.Optimizer):
    learning_rate: adamas.Rate = 0.1
    beta: adamas.Hyperparameter = adamas.hyperparameter(default=0.9, at_least=0, below=1)

    @staticmethod
    def update(p, g, m, /, *, learning_rate, beta):
        m = beta * m + g
        return p - learning_rate * m, m


class Heir(adamas.Adam):
    extra: adamas.Hyperparameter = adamas.hyperparameter(default=1.0, kw_only=True)


params = [np.ones(3)]
model = torch.nn.Linear(2, 1)
rate = schedules.CosineDecay(0.1, 1000)
optimizer = adamas.Adam(0.1)
of_torch = optim.AdamW(model.parameters())
of_keras = adamas.keras.AdamW(0.1)
"""

RIGHT = """\
adamas.Adam(np.float32(0.1))
adamas.Adam(np.array(0.1), beta_1=lambda: 0.9)
adamas.Adam(rate, clipnorm=np.float32(1))
adamas.Adam(lambda step: 0.1 / (step + 1))
adamas.Adam(0.1, 0.9, 0.999, 1e-7, False, 0.01, None, None, 1.0)
adamas.AdamW(0.1, 0.01, use_ema=True, gradient_accumulation_steps=np.int64(4))
adamas.SGD(0.1, momentum=0.9, nesterov=True, name=None)
adamas.Muon(exclude_layers=["head"], convention="torch")
adamas.LossScaleOptimizer(adamas.Adam(), 1024.0)
adamas.MultiOptimizer({"bias": adamas.SGD(0.1), "": None})
adamas.MultiOptimizer([(lambda name, shape: len(shape) > 1, adamas.Muon()), ("", adamas.Adam())])
optimizer.learning_rate *= 0.5
optimizer.learning_rate = np.float32(0.1)
optimizer.beta_1 = 0.5 * optimizer.beta_1
optimizer.clipnorm = 2
optimizer.weight_decay = None
optimizer.build(params)
optimizer.apply([np.ones(3)], params)
number: float = optimizer.learning_rate
count: int = optimizer.iterations + optimizer.skipped
Mine(0.1, beta=0.5, weight_decay=0.1, clipnorm=np.float32(1))
Mine(learning_rate=rate).apply(params, params)
Heir(0.1, 0.9, extra=2.0, amsgrad=True)
schedules.Warmup(0.1, warmup_steps=10)
schedules.Chain([0.1, rate, lambda step: 0.2], boundaries=[10, 20])
schedules.OneCycle(0.1, np.int64(100), anneal_strategy="linear")
optim.Adam(model.parameters(), 1e-3, (0.9, 0.99), weight_decay=0.01, fused=True)
optim.SGD([{"params": model.parameters(), "lr": 0.1}], lr=rate, momentum=0.9)
optim.Muon(model.named_parameters(), adjust_lr_fn="match_rms_adamw", use_ema=True)
optim.NAdam(model.parameters(), learning_rate=0.1, beta_1=0.8)
done: int = of_torch.iterations + of_torch.skipped
of_torch.clipnorm = 0.5
optim.wrap(Mine)(model.parameters(), lr=0.1)
adamas.keras.Adam(0.1, 0.9, clipnorm=1.0)
adamas.keras.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
adamas.keras.wrap(Mine)(0.1)
calls: int = of_keras.calls + of_keras.skipped
step = adamas.jax.functional(adamas.AdamW(1e-3))
state = step.init({"w": np.ones(3)})
adamas.scipy.minimizer(adamas.Adam(0.1))
adamas.scipy.minimizer("adam")
adamas.fit(lambda p, batch: (1.0, p), params, [1], optimizer=optimizer, epochs=1)
"""

WRONG = """\
adamas.Adam(lr=0.1)
adamas.Adam("0.1")
adamas.Adam([0.1])
adamas.Adam(None)
adamas.Adam(0.1, beta=0.9)
adamas.Adam(amsgrad="yes")
adamas.Adam(schedules.CosineDecay)
adamas.SGD(0.1, 0.9, False, 0.1, None, None, None, False, 0.9, None, None, None, "a", "b")
adamas.AdamW(0.1, "decay")
adamas.AdamW(use_ema=0.99)
adamas.SGD(gradient_accumulation_steps=1.5)
adamas.SGD(nonfinite="stop")
adamas.SGD(convention="tensorflow")
adamas.Lion(epsilon=1e-8)
adamas.Ftrl(convention="torch")
adamas.Muon(ns_steps=2.5)
adamas.LossScaleOptimizer(0.1)
adamas.LossScaleOptimizer(optimizer, clipnorm=1.0)
adamas.MultiOptimizer({"": 0.1})
adamas.Adamm(0.1)
optimizer.learning_rate = "high"
optimizer.learning_rate = [0.1]
optimizer.beta_1 = None
optimizer.clipnorm = "1"
optimizer.amsgrad = 2.0
optimizer.step()
optimizer.lr
Mine("0.1")
Mine(0.1, betta=0.5)
Heir(extra="much")
schedules.CosineDecay(0.1)
schedules.CosineDecay(0.1, "1000")
schedules.OneCycle(0.1, 100, anneal_strategy="cosine")
schedules.Warmup(0.1, steps=10)
optim.Adam(0.001)
optim.Adam(model.parameters(), learning=0.1)
optim.Adam(model.parameters(), "0.1")
optim.Adam(model.parameters(), betas=0.9)
optim.SGD(model.parameters(), nesterov="no")
optim.Muon(model.parameters(), adjust_lr_fn="none")
optim.Adm(model.parameters())
of_torch.nonfinite = "stop"
adamas.keras.Adam("0.1")
adamas.keras.Adam(beta=0.9)
adamas.keras.Adam(0.1, clipnorm="1")
adamas.keras.Adamm(0.1)
adamas.keras.wrap(3)
adamas.jax.functional("adam")
adamas.jax.functional(optimizer, dtype="float32")
adamas.scipy.minimizer(0.1)
"""

FIRST = len(PRELUDE.splitlines()) + 1
SKIPPED = ("torch", "keras", "jax", "optax", "scipy", "llvmlite", "triton", "tqdm")
MYPY = "[mypy]\nignore_missing_imports = True\n" + "".join(
    f"[mypy-{name},{name}.*]\nfollow_imports = skip\n" for name in SKIPPED
)
"""Settings of mypy, which would look into all of PyTorch for minutes."""


def refused_by_pyright(folder: Path) -> dict[str, dict[int, str]]:
    """The lines of each file that pyright refuses, and why."""
    command = ["pyright", "--pythonpath", sys.executable, "--outputjson", "right.py", "wrong.py"]
    found: dict[str, dict[int, str]] = {"right.py": {}, "wrong.py": {}}
    for one in json.loads(output_of(command, folder))["generalDiagnostics"]:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            found[Path(one["file"]).name][line] = one["message"]
    return found


def refused_by_mypy(folder: Path) -> dict[str, dict[int, str]]:
    """The same by mypy."""
    command = ["mypy", "--config-file", "mypy.ini", "--no-incremental", "right.py", "wrong.py"]
    found: dict[str, dict[int, str]] = {"right.py": {}, "wrong.py": {}}
    for text in output_of(command, folder).splitlines():
        one = re.match(r"(right\.py|wrong\.py):(\d+): error: (.*)", text)
        if one is not None:
            found[one[1]][int(one[2])] = one[3]
    return found


def output_of(command: list[str], folder: Path) -> str:
    """What a checker writes, in a folder that has the project of a user."""
    path = str(Path(adamas.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": path, "MYPYPATH": path}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout, done.stderr
    return done.stdout


CHECKERS = {"pyright": refused_by_pyright, "mypy": refused_by_mypy}


@pytest.fixture(scope="module", params=CHECKERS)
def refused(request, tmp_path_factory):
    """What a checker refuses of the project."""
    pytest.importorskip(request.param)
    folder = tmp_path_factory.mktemp("project")
    (folder / "right.py").write_text(PRELUDE + RIGHT)
    (folder / "wrong.py").write_text(PRELUDE + WRONG)
    (folder / "mypy.ini").write_text(MYPY)
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    return CHECKERS[request.param](folder)


def test_right_lines_pass(refused):
    assert refused["right.py"] == {}


def test_each_wrong_line_is_refused(refused):
    lines = dict(enumerate(WRONG.splitlines(), FIRST))
    assert {n: line for n, line in lines.items() if n not in refused["wrong.py"]} == {}
    assert refused["wrong.py"].keys() <= lines.keys(), "a line of the prelude is refused"
