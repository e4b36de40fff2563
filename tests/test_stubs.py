"""The files that type checkers and editors read are as the declarations are."""

import dataclasses

import pytest

import adamas
import stubs


def differing() -> list[str]:
    """The files that would be written otherwise now."""
    return [path.name for path, text in stubs.stubs().items() if path.read_text() != text]


def test_the_files_are_as_they_would_be_written_now():
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    assert differing() == [], "run: python docs/stubs.py"


def test_another_default_would_be_noticed(monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    changed = dataclasses.replace(adamas.Adam.fields["beta_1"], default=0.8)
    monkeypatch.setattr(adamas.Adam, "fields", {**adamas.Adam.fields, "beta_1": changed})
    assert differing() == ["__init__.pyi", "torch.pyi", "keras.pyi"]
