"""Notebooks run, and show what is stored in them; what objects show in one."""

import importlib.util
import json
import sys
import types

import numpy as np
import pytest

import adamas
from adamas import notebook
from adamas.explanation import explain
from adamas.training import progress
from places import ROOT

FOLDER = ROOT / "docs" / "notebooks"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_runs_and_shows_what_it_did(file, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(FOLDER)
    import notebooks

    stored = json.loads(file.read_text(encoding="utf-8"))
    before = notebooks.kinds(stored)
    assert any(before)
    assert notebooks.kinds(notebooks.executed(stored)) == before


def test_a_cell_that_shows_another_thing_is_noticed(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    import notebooks

    cell = {"cell_type": "code", "source": ["print(1)\n", "2"], "outputs": []}
    assert notebooks.kinds(notebooks.executed({"cells": [cell]})) == [["stdout", "text/plain"]]
    with pytest.raises(ZeroDivisionError):
        notebooks.executed({"cells": [{**cell, "source": ["1 / 0"]}]})


def built() -> adamas.Adam:
    params = {"<w>": np.ones((2, 3), np.float32)}
    optimizer = adamas.Adam(0.1, use_ema=True)
    optimizer.apply({"<w>": np.ones((2, 3), np.float32)}, params)
    return optimizer


def test_objects_show_tables_in_html_and_escape_names():
    optimizer = built()
    history = adamas.History()
    history.epochs.add({"loss": 0.5, "seconds": 1.0})
    shown = {
        "learning_rate": optimizer,
        "m": optimizer.state,
        "bytes per weight": explain(optimizer, {"a": (3,)}),
        "loss": history,
    }
    for word, one in shown.items():
        html = one._repr_html_()
        assert html.count("<table>") == html.count("</table>") >= 1
        assert word in html
    assert "&lt;w&gt;" in optimizer.state._repr_html_()
    assert "<w>" not in optimizer.state._repr_html_()


def test_to_show_an_optimizer_costs_its_steps_nothing(monkeypatch):
    """Who has the state can change more than its values, so that steps look at it from then on."""
    optimizer, noted = built(), []
    monkeypatch.setattr(type(optimizer.session), "note_state", lambda one: noted.append(one))
    optimizer._repr_html_()
    assert not noted
    _ = optimizer.state
    assert noted


def test_a_state_is_a_mapping_that_cannot_be_changed_and_says_what_is_in_it():
    state = built().state
    assert repr(state["m"]) == "['<w>']: float32 [2, 3]"
    assert repr(state).count("\n") == 2
    assert list(state) == ["m", "v", "ema"]
    with pytest.raises(TypeError):
        state["m"] = {}
    with pytest.raises(TypeError):
        state["m"]["<w>"] = np.ones(2)


def test_a_picture_shows_itself_where_nobody_has_told_matplotlib_of_notebooks():
    pytest.importorskip("matplotlib")
    history = adamas.History()
    for loss in (2.0, 1.0):
        history.epochs.add({"loss": loss, "step": 1.0, "seconds": 1.0})
    assert history.plot()._repr_png_().startswith(b"\x89PNG")


def test_a_long_table_shows_its_first_and_last_rows():
    html = notebook.table(("a", "b"), [(str(i), "x") for i in range(1000)])
    assert html.count("<tr>") == notebook.MOST + 2
    assert ">0<" in html
    assert ">999<" in html
    assert ">500<" not in html


@pytest.mark.parametrize(("has_widgets", "bar"), [(True, True), (False, False)])
def test_progress_is_a_bar_in_a_notebook_that_can_draw_one(has_widgets, bar, monkeypatch):
    pytest.importorskip("tqdm")
    find = importlib.util.find_spec
    known = {"ipywidgets": object() if has_widgets else None}
    monkeypatch.setattr(progress, "find_spec", lambda name: known.get(name, find("tqdm")))
    assert isinstance(progress.open_progress(True), progress.Bar) is False
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert isinstance(progress.open_progress(True), progress.Bar) is bar
