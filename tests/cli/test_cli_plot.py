"""`adamas plot`: schedules and descents as text, as JSON and as pictures."""

import json

import numpy as np
import pytest

import adamas
from adamas import schedules
from adamas.cli import main
from adamas.cli.descents import descend
from adamas.cli.notation import read_schedules, schedule_names
from adamas.cli.plot_schedule import label, span
from adamas.cli.surfaces import SURFACES
from adamas.cli.terminal import curve

pytest.importorskip("matplotlib")


def content_of(capsys, *words):
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


# Schedules ------------------------------------------------------------------------------------

EACH = {
    "chain": "schedules='0.1; 0.2' boundaries=50",
    "constant": "learning_rate=0.1",
    "cosine_decay": "initial_learning_rate=0.1 decay_steps=100",
    "cosine_decay_restarts": "initial_learning_rate=0.1 first_decay_steps=100",
    "exponential_decay": "initial_learning_rate=0.1 decay_steps=100 decay_rate=0.5 staircase=true",
    "inverse_square_root": "peak_learning_rate=0.1 warmup_steps=10",
    "inverse_time_decay": "initial_learning_rate=0.1 decay_steps=100 decay_rate=0.5",
    "one_cycle": "peak_learning_rate=0.1 total_steps=100 anneal_strategy=linear",
    "piecewise_constant_decay": "boundaries=30 values=0.1,0.05",
    "polynomial_decay": "initial_learning_rate=0.1 decay_steps=100",
    "warmup": "schedule=0.1 warmup_steps=10",
    "warmup_stable_decay": "peak_learning_rate=1 warmup_steps=5 stable_steps=9 decay_steps=4",
}


def test_every_schedule_of_adamas_is_tried_here():
    built_in = {
        name for name, cls in schedule_names().items() if cls.__module__.startswith("adamas.")
    }
    assert set(EACH) == built_in


@pytest.mark.parametrize("name", EACH)
def test_a_schedule_shows_its_rates(name, capsys):
    text = f"{name} {EACH[name]}"
    (schedule,) = read_schedules([text])
    content = content_of(capsys, "plot", "schedule", text, "--steps", "200")
    steps = np.array(content["steps"])
    assert (steps[0], steps[-1]) == (0, 200)
    (shown,) = content["schedules"]
    np.testing.assert_array_equal(shown["learning_rates"], schedule(steps))
    assert schedules.deserialize({k: shown[k] for k in ("class_name", "config")}) == schedule


@pytest.mark.parametrize("name", [name for name in EACH if name not in ("chain", "warmup")])
def test_a_label_is_what_one_would_write(name):
    (schedule,) = read_schedules([f"{name} {EACH[name]}"])
    assert read_schedules([label(schedule)]) == [schedule]


def test_text_shows_a_curve_and_a_table(capsys):
    words = ["cosine_decay", "initial_learning_rate=0.1", "decay_steps=1000", "0.05"]
    assert main(["plot", "schedule", *words, "--steps", "1000"]) == 0
    text = capsys.readouterr().out
    assert "0 to 0.1" in text
    assert [line.split() for line in text.splitlines() if line.startswith("500 ")] == [
        ["500", "0.05", "0.05"]
    ]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_schedule_is_drawn(suffix, tmp_path, capsys):
    path = tmp_path / f"rate.{suffix}"
    words = ["plot", "schedule", f"cosine_decay {EACH['cosine_decay']}", "0", "--log"]
    assert main([*words, "--out", str(path)]) == 0
    assert path.stat().st_size > 3000
    assert f"Made: {path}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("cosine_decay initial_learning_rate=1 decay_steps=100", 120),
        ("warmup warmup_steps=20 schedule='one_cycle peak_learning_rate=1 total_steps=80'", 120),
        ("chain schedules='1; 2' boundaries=50", 60),
        ("0.1", 1000),
        ("exponential_decay initial_learning_rate=1 decay_steps=100 decay_rate=0.5", 960),
    ],
)
def test_without_steps_a_schedule_is_shown_as_far_as_it_changes(text, steps):
    assert span(read_schedules([text])) == steps


def test_a_curve_begins_at_nothing():
    assert curve([0, 0.5, 1]) in ("▁▅█", "▁▄█", "_~#")
    assert len(set(curve([3, 3, 3]))) == 1
    assert curve([float("nan"), 1])[0] == "?"


# Descents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_has_its_minima_where_it_says(name):
    surface = SURFACES[name]
    for x, y in surface.minima:
        # The minima of Himmelblau's function are rounded to 16 digits; its curvature is below 100.
        assert 0 <= surface.value(x, y) < 1e-24
        assert np.abs(surface.gradient(x, y)).max() < 1e-11
        left, right, bottom, top = surface.window
        assert left < x < right
        assert bottom < y < top


def worst_slope(value, gradient, window):
    """The largest relative distance of a gradient from central differences, at random points.

    With h = 1e-5 in float64, differences of polynomials of these degrees are right to 1e-7.
    """
    left, right, bottom, top = window
    x, y = np.random.default_rng(0).uniform((left, bottom), (right, top), (50, 2)).T
    h = 1e-5
    along_x = (value(x + h, y) - value(x - h, y)) / (2 * h)
    along_y = (value(x, y + h) - value(x, y - h)) / (2 * h)
    exact = np.array(gradient(x, y))
    error = np.linalg.norm(exact - [along_x, along_y], axis=0)
    return (error / (np.linalg.norm(exact, axis=0) + 1e-3)).max()


@pytest.mark.parametrize("name", SURFACES)
def test_a_gradient_is_the_slope_of_its_surface(name):
    surface = SURFACES[name]
    assert worst_slope(surface.value, surface.gradient, surface.window) < 1e-5

    def wrong(x, y):
        along_x, along_y = surface.gradient(x, y)
        return along_x * 1.001, along_y

    assert worst_slope(surface.value, wrong, surface.window) > 1e-4


@pytest.mark.parametrize("name", SURFACES)
def test_adam_arrives_with_the_steps_and_the_rate_that_are_proposed(name):
    surface = SURFACES[name]
    optimizer = adamas.Adam(surface.learning_rate)
    descent = descend("adam", optimizer, surface, surface.start, surface.steps)
    assert len(descent.path) == surface.steps + 1
    assert surface.distance(descent.path[0]) > 1
    assert surface.distance(descent.path[-1]) < 0.05


def test_the_way_is_the_optimizers():
    surface = SURFACES["beale"]
    point = np.array(surface.start)
    optimizer = adamas.Adam(0.1)
    expected = [point.copy()]
    for _ in range(5):
        optimizer.apply([np.array(surface.gradient(*point))], [point])
        expected.append(point.copy())
    descent = descend("adam", adamas.Adam(0.1), surface, surface.start, 5)
    np.testing.assert_array_equal(descent.path, expected)
    np.testing.assert_array_equal(descent.values, [surface.value(x, y) for x, y in expected])


def test_optimizers_descend_side_by_side(capsys):
    words = ("--optimizers", "adam,amsgrad", "adam learning_rate=0.5 beta_1=0.5", "--steps", "9")
    content = content_of(capsys, "plot", "descent", *words, "--start", "-1", "0.5")
    optimizers = [descent["optimizer"] for descent in content["descents"]]
    assert optimizers == [
        "Adam(learning_rate=0.1)",
        "Adam(learning_rate=0.1, amsgrad=True)",
        "Adam(learning_rate=0.5, beta_1=0.5)",
    ]
    for descent in content["descents"]:
        assert descent["path"][0] == [-1, 0.5]
        assert len(descent["path"]) == len(descent["values"]) == 10


@pytest.mark.parametrize("words", [("--learning-rate", "1e300"), ("--start", "1", "1")])
def test_whoever_falls_off_or_is_there_already_is_shown_too(words, tmp_path, capsys):
    path = tmp_path / "descent.png"
    content = content_of(capsys, "plot", "descent", *words, "--steps", "20", "--out", str(path))
    last = content["descents"][0]["values"][-1]
    assert last in (None, 0)
    assert path.stat().st_size > 3000


def test_text_says_how_far_the_minimum_is(capsys):
    assert main(["plot", "descent", "--function", "quadratic"]) == 0
    text = capsys.readouterr().out
    assert "Minimum: (0, 0)" in text
    assert "to the minimum" in text
