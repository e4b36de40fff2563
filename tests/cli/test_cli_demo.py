"""`adamas demo`: the digits, the network's gradients, and a run from start to finish."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import adamas
from adamas.cli import digits, main

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def data():
    return digits.load()


def demo(folder, *words):
    return main(["demo", "--quiet", "--json", "--out", str(folder), *words])


@pytest.fixture
def no_pictures(monkeypatch):
    """Drawing takes longer than a short training."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def parameters_in(folder):
    params = digits.initial_params(0)
    adamas.load_parameters(folder, params)
    return [array for own in params.values() for array in own.values()]


# Data and network -----------------------------------------------------------------------------


def test_no_image_is_in_two_parts(data):
    parts = [{image.tobytes() for image in part[0]} for part in (data.train, data.validation)]
    tested = {image.tobytes() for image in data.test[0]}
    assert len(tested) == len(data.test[0]) == 360
    assert not tested & parts[0]
    assert not tested & parts[1]
    assert not parts[0] & parts[1]


def test_the_parts_are_the_same_each_time_and_have_all_digits_alike(data):
    again = digits.load()
    np.testing.assert_array_equal(again.test[0], data.test[0])
    np.testing.assert_array_equal(again.train[0], data.train[0])
    assert np.ptp(np.bincount(data.test[1])) <= 2


def test_images_are_moved_by_one_pixel():
    image = np.arange(64, dtype=np.float32)[None]
    views, labels = digits.moved(image, np.array([7]))
    square = image.reshape(8, 8)
    same, down, up, right, left = views.reshape(5, 8, 8)
    np.testing.assert_array_equal(same, square)
    np.testing.assert_array_equal(down[1:], square[:-1])
    np.testing.assert_array_equal(up[:-1], square[1:])
    np.testing.assert_array_equal(right[:, 1:], square[:, :-1])
    np.testing.assert_array_equal(left[:, :-1], square[:, 1:])
    assert not down[0].any()
    assert not left[:, -1].any()
    assert labels.tolist() == [7] * 5


def in_doubles(params):
    return {
        layer: {name: array.astype(np.float64) for name, array in own.items()}
        for layer, own in params.items()
    }


def slope_error(value_and_grad, batch):
    """How far the gradients are, relatively, from central differences along random directions.

    In float64 with a step h = 1e-6, the differences' own error is about h² + 1e-16/h = 1e-10
    of the loss, where no unit of the network changes sides within h.
    """
    random = np.random.default_rng(1)
    params = in_doubles(digits.initial_params(0))
    for own in params.values():
        own["bias"] += random.normal(0, 0.1, own["bias"].shape)
    _, grads = value_and_grad(params, batch)
    worst = 0.0
    for layer, own in params.items():
        for name, array in own.items():
            direction = random.standard_normal(array.shape)
            losses = []
            for side in (1e-6, -1e-6):
                array += side * direction
                losses.append(value_and_grad(params, batch)[0])
                array -= side * direction
            slope = (losses[0] - losses[1]) / 2e-6
            exact = float((grads[layer][name] * direction).sum())
            worst = max(worst, abs(slope - exact) / abs(exact))
    return worst


def test_the_gradients_by_hand_are_the_slopes_of_the_loss(data):
    batch = data.train[0][:20].astype(np.float64), data.train[1][:20]
    assert slope_error(digits.value_and_grad, batch) < 1e-6

    def wrong(params, batch):
        loss, grads = digits.value_and_grad(params, batch)
        grads["first"]["bias"] = grads["first"]["bias"] * 1.001
        return loss, grads

    assert slope_error(wrong, batch) > 1e-4


def test_the_shapes_are_those_of_the_parameters():
    params = digits.initial_params(0)
    named = {f"{layer}/{name}": a.shape for layer, own in params.items() for name, a in own.items()}
    assert digits.shapes() == named


# Runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 3, 8])  # 3 and 8 are the lowest of the first ten
def test_it_reads_97_of_100_digits_that_it_has_not_seen(seed, tmp_path, capsys):
    assert demo(tmp_path, "--seed", str(seed)) == 0
    said = capsys.readouterr()
    record = json.loads(said.out)
    assert said.err == ""
    assert record["test_accuracy"] >= 0.97
    assert record == json.loads((tmp_path / "demo.json").read_text())
    for kind in ("loss", "digits"):
        assert (tmp_path / f"{kind}.png").read_bytes().startswith(b"\x89PNG")
    params = digits.initial_params(0)
    adamas.load_parameters(tmp_path, params)
    assert digits.accuracy(params, digits.load().test) == record["test_accuracy"]


def test_an_untrained_network_does_not(data):
    assert digits.accuracy(digits.initial_params(0), data.test) < 0.3


def test_people_are_told_what_was_made_and_what_to_try(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--epochs", "1"]) == 0
    said = capsys.readouterr()
    assert re.search(r"Test accuracy: \d\d\.\d\d%", said.out)
    assert "adamas-demo/loss.png" in said.out.replace("\\", "/")
    assert "Try next:\n  adamas " in said.out
    assert "epoch 1/1" in said.err
    assert {file.name for file in (tmp_path / "adamas-demo").iterdir()} == {
        "demo.json",
        "digits.png",
        "loss.png",
        "run.safetensors",
    }


@pytest.mark.usefixtures("no_pictures")
def test_without_matplotlib_it_trains_and_says_how_to_get_pictures(tmp_path, capsys):
    assert main(["demo", "--epochs", "1", "--quiet", "--out", str(tmp_path)]) == 0
    assert "pip install 'adamas[plot]'" in capsys.readouterr().out
    assert not (tmp_path / "loss.png").exists()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    "words",
    [
        ("--optimizer", "amsgrad"),
        ("--loss-scale-factor", "1024"),
        ("--gradient-accumulation-steps", "2", "--use-ema"),
        ("--weight-decay", "0.01", "--clipnorm", "1"),
    ],
    ids=lambda words: words[0],
)
def test_every_argument_of_the_optimizer_trains(words, tmp_path, capsys):
    assert demo(tmp_path, "--epochs", "3", *words) == 0
    assert json.loads(capsys.readouterr().out)["test_accuracy"] > 0.9


@pytest.mark.usefixtures("no_pictures")
def test_scaling_the_loss_by_a_power_of_two_changes_no_bit(tmp_path):
    assert demo(tmp_path / "a", "--epochs", "1") == 0
    assert demo(tmp_path / "b", "--epochs", "1", "--loss-scale-factor", "1024") == 0
    for plain, scaled in zip(
        parameters_in(tmp_path / "a"), parameters_in(tmp_path / "b"), strict=True
    ):
        np.testing.assert_array_equal(plain, scaled)


@pytest.mark.usefixtures("no_pictures")
def test_a_run_that_was_interrupted_goes_on_to_the_same_bits(tmp_path, capsys):
    words = ["demo", "--epochs", "20", "--out", str(tmp_path / "a")]
    command = [sys.executable, "-m", "adamas", *words]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        for line in process.stderr:
            if "epoch  2/20" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "Traceback" not in rest
    assert rest.rstrip().endswith("--resume")
    assert main([*words, "--resume"]) == 0
    assert "Resumed from" in capsys.readouterr().err
    assert demo(tmp_path / "b", "--epochs", "20") == 0
    for resumed, whole in zip(
        parameters_in(tmp_path / "a"), parameters_in(tmp_path / "b"), strict=True
    ):
        np.testing.assert_array_equal(resumed, whole)
    assert main([*words, "--resume", "--seed", "1"]) == 1
    assert "Only the run that was interrupted can be resumed" in capsys.readouterr().err


@pytest.mark.usefixtures("no_pictures")
def test_a_second_demo_replaces_the_first(tmp_path, capsys):
    assert demo(tmp_path, "--epochs", "1") == 0
    assert demo(tmp_path, "--epochs", "1", "--seed", "1") == 0


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_a_run_that_is_not_the_demos_is_left_alone(resume, tmp_path, capsys):
    params = [np.ones(3)]
    adamas.fit(
        lambda params, batch: (float(batch.sum()), [np.ones(3)]),
        params,
        np.ones((4, 2)),
        optimizer="adam",
        progress=False,
        checkpoint=tmp_path,
    )
    before = (tmp_path / "run.safetensors").read_bytes()
    for words in (resume, ()):
        assert demo(tmp_path, *words) == 1
        assert "adamas: error:" in capsys.readouterr().err
        assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]
        assert (tmp_path / "run.safetensors").read_bytes() == before


def test_a_run_that_falls_off_is_a_failure_without_a_traceback(tmp_path, capsys):
    assert demo(tmp_path, "--learning-rate", "1e30") == 1
    said = capsys.readouterr().err
    assert "adamas: error:" in said
    assert "Traceback" not in said
