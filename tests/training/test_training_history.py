"""What a run measured is kept, read, drawn and shown while it goes."""

import io
import json
import pickle
import sys

import numpy as np
import pytest

import adamas
from adamas.errors import MissingDependencyError
from adamas.training import History, fit
from adamas.training import progress as shown
from adamas.training.table import Table
from training_problem import make_data, make_params, mean_error, value_and_grad


def train(epochs=3, params=None, data=None, function=value_and_grad, **options):
    arguments = {
        "optimizer": adamas.Adam(0.05, global_clipnorm=1.0),
        "epochs": epochs,
        "batch_size": 8,
        "validation_data": make_data(20, seed=1),
        "metrics": {"error": mean_error},
        "progress": False,
        **options,
    }
    return fit(function, params or make_params(), data or make_data(), **arguments)


# Columns ------------------------------------------------------------------------------------------


def test_the_history_has_a_number_per_epoch_and_per_step():
    history = train()
    epochs = ["loss", "val_loss", "val_error", "learning_rate", "gradient_norm", "step", "seconds"]
    assert list(history) == list(history.epochs) == epochs
    assert list(history.steps) == ["loss", "learning_rate", "gradient_norm", "seconds"]
    assert {len(column) for column in history.epochs.values()} == {len(history)} == {3}
    assert {len(column) for column in history.steps.values()} == {21}
    assert history["val_loss"].dtype == np.float64
    assert "val_loss" in history
    assert history["step"].tolist() == [7, 14, 21]


def test_the_gradient_norm_is_that_of_the_gradients():
    norms = []

    def look(params, batch):
        value, gradients = value_and_grad(params, batch)
        norms.append(np.sqrt(sum(float((g.astype(float) ** 2).sum()) for g in gradients.values())))
        return value, gradients

    history = train(function=look, validation_data=None, metrics=None)
    # The norm is summed in float32 lanes of a few numbers each.
    np.testing.assert_allclose(history.steps["gradient_norm"], norms, rtol=1e-6)
    assert history["gradient_norm"][0] == pytest.approx(np.mean(norms[:7]), rel=1e-6)


def test_seconds_are_those_of_the_clock(monkeypatch):
    from adamas.training import loop

    ticks = iter(np.arange(0, 1e6, 0.5))
    monkeypatch.setattr(loop, "perf_counter", lambda: float(next(ticks)))
    history = train(epochs=1)
    assert history.steps["seconds"].tolist() == [0.5] * 7
    assert history["seconds"].tolist() == [7 * 0.5 + 0.5]  # and the validation


def test_what_is_read_cannot_change_what_was_measured():
    history = train()
    history["loss"][:] = 0
    assert history["loss"].all()


def test_an_unknown_column_names_the_known_ones():
    with pytest.raises(KeyError, match="'val_error'"):
        train()["val_acc"]


def test_columns_that_come_late_or_stop_are_filled_with_nan():
    table = Table()
    table.add({"a": 1})
    table.add({"a": 2, "b": 3})
    table.add({"b": 4})
    np.testing.assert_array_equal(table["a"], [1, 2, np.nan])
    np.testing.assert_array_equal(table["b"], [np.nan, 3, 4])
    copy = Table()
    copy.fill(table)
    np.testing.assert_array_equal(copy["a"], table["a"])
    assert copy.rows == 3


def test_the_history_goes_through_json_and_pickle():
    history = train()
    history.steps.add({"loss": float("nan")})
    content = json.loads(history.to_json())
    assert content["epochs"]["loss"] == history["loss"].tolist()
    assert content["steps"]["loss"][-1] is None
    assert content["interrupted"] is False
    assert content["stopped"] is None
    again = pickle.loads(pickle.dumps(history))
    assert again.to_json() == history.to_json()
    assert np.isnan(history.to_dict()["steps"]["loss"][-1])


def test_repr_shows_the_first_and_the_last_epochs():
    text = repr(train(epochs=20))
    lines = text.splitlines()
    assert lines[0].startswith("History: 20 epochs, 140 steps, ")
    assert lines[1].split()[:3] == ["epoch", "loss", "val_loss"]
    assert [line.split()[0] for line in lines[2:]] == [
        "1",
        "2",
        "3",
        "...",
        "16",
        "17",
        "18",
        "19",
        "20",
    ]
    assert repr(History()) == "History: 0 epochs, 0 steps, 0 s"
    assert "stopped: enough" in repr(train(callbacks=lambda run: run.stop("enough")))


# Pictures -----------------------------------------------------------------------------------------

PICTURES = {
    "everything": {},
    "one epoch": {"epochs": 1},
    "no validation": {"validation_data": None, "metrics": None},
    "no clipping": {"optimizer": "adam", "metrics": None},
    "early stopping": {"early_stopping": 2, "epochs": 30},
    "a schedule": {"optimizer": adamas.Adam(adamas.schedules.CosineDecay(0.1, 20))},
    "no rate": {"optimizer": adamas.Adam(lambda: 0.05), "metrics": None},
    "accumulation": {"optimizer": adamas.Adam(clipnorm=1.0, gradient_accumulation_steps=4)},
    "many steps": {"epochs": 110},
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_history_is_drawn(tmp_path, name):
    pytest.importorskip("matplotlib")
    path = tmp_path / "loss.png"
    figure = train(**PICTURES[name]).plot(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert figure.axes[0].get_title(loc="left") == "Loss"


def test_a_history_without_a_finished_epoch_is_drawn_over_steps():
    pytest.importorskip("matplotlib")
    history = History()
    for value in (3.0, 2.0, float("nan")):
        history.steps.add({"loss": value, "learning_rate": 0.1})
    assert history.plot().axes[0].get_xlabel() == "step"
    assert len(History().plot().axes) == 1


def test_an_epoch_that_was_interrupted_is_drawn_too():
    matplotlib = pytest.importorskip("matplotlib")
    before = matplotlib.get_backend(auto_select=False)
    history = train(epochs=2)
    history.steps.add(history.steps.row(-1))
    steps = history.plot().axes[0].lines[0].get_xdata()
    assert steps[-1] == pytest.approx(2 + 1 / 7)
    assert steps[6] == pytest.approx(1)
    assert matplotlib.get_backend(auto_select=False) == before


def test_the_lines_of_a_picture_are_the_columns():
    pytest.importorskip("matplotlib")
    history = train(epochs=4)
    lines = {line.get_label(): line for line in history.plot().axes[0].lines}
    assert lines["training"].get_ydata().tolist() == history["loss"].tolist()
    assert lines["validation"].get_ydata().tolist() == history["val_loss"].tolist()
    assert lines["validation"].get_xdata().tolist() == [1, 2, 3, 4]
    assert lines["each step"].get_ydata().tolist() == history.steps["loss"].tolist()


def test_without_matplotlib_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'adamas\[plot\]'"):
        train(epochs=1).plot()


# Progress -----------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_silent_when_it_is_not_wanted(capsys):
    train(progress=False)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_each_epoch_is_one_plain_line(capsys):
    history = train(progress=True)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 3
    assert lines[0].startswith(f"epoch 1/3  loss {history['loss'][0]:.4g}  val_loss ")
    for word in ("val_error", "rate 0.05", "norm ", " s, 0 s left"):
        assert word in lines[0]
    assert "left" not in lines[2]
    assert "\r" not in err


def test_of_many_quick_epochs_only_some_have_a_line(capsys):
    train(progress=True, epochs=150)
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) < 100
    assert lines[-1].startswith("epoch 150/150 ")


def test_on_a_terminal_there_is_a_bar_with_loss_rate_and_time_left(monkeypatch):
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(shown.Bar, "interval", 0.0)
    train(progress=True)
    text = terminal.getvalue()
    frames = [frame for frame in text.split("\r") if "|" in frame]
    middle = next(frame for frame in frames if "10/21" in frame)
    for word in ("epoch 2/3", "48%", "<", "loss ", "rate 0.05", "norm ", "steps/s"):
        assert word in middle, middle
    assert text.count("epoch 1/3  loss ") == 1  # the line that stays
    assert "3/3  loss" in text


def test_the_bar_of_a_stream_learns_its_length_from_the_first_epoch(monkeypatch):
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(shown.Bar, "interval", 0.0)
    x, y = make_data()
    batches = [(x[i : i + 10], y[i : i + 10]) for i in range(0, 50, 10)]
    train(progress=True, data=batches, batch_size=None)
    frames = terminal.getvalue().split("\r")
    assert any("4 steps [" in frame for frame in frames)
    assert any("6/15" in frame for frame in frames)


def test_without_tqdm_a_terminal_gets_plain_lines(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setenv("COLUMNS", "100")
    train(progress=True)
    assert terminal.getvalue().count("\n") == 3
    assert "\r" not in terminal.getvalue()


def test_the_bar_goes_away_when_training_fails(monkeypatch):
    pytest.importorskip("tqdm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ZeroDivisionError):
        train(progress=True, callbacks=lambda run: 1 / 0)
    assert terminal.getvalue().endswith("\r")


def test_lines_say_why_training_stopped_and_where_it_goes_on(tmp_path, capsys):
    train(progress=True, checkpoint=tmp_path, callbacks=lambda run: run.stop("enough"))
    assert capsys.readouterr().err.splitlines()[-1] == "Stopped after epoch 1: enough."
    train(progress=True, checkpoint=tmp_path, resume=True)
    assert capsys.readouterr().err.splitlines()[0] == f"Resumed from {tmp_path} after step 7."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (7325, "2 h 02 min")],
)
def test_time_left_is_readable(seconds, text):
    assert shown._clock(seconds) == text
