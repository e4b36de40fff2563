"""Each recipe of the cookbook is a program on its own, whose rule is one on every front end."""

import re
from typing import Any

import pytest

from adamas import Optimizer
from adamas.verification import on_front_ends
from adamas.verification.fronts import FRONTS
from places import ROOT

PAGE = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
RECIPES = {
    title: program
    for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    for program in re.findall(r"^```python\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    if program.startswith("import numpy as np\n")
}
"""The programs that import what they need, by the titles that they stand under."""

SQUARE = {"vector": (7,), "matrix": (4, 4), "number": ()}
"""Gradients of full rank: where there are directions without one, a last bit decides on bases."""


def rule_of(program: str) -> Any:
    """The optimizer that a program defines, which has run."""
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(program, "recipe", "exec"), names)
    (found,) = [
        each
        for each in names.values()
        if isinstance(each, type) and issubclass(each, Optimizer) and each.__module__ == "recipe"
    ]
    return found


def steps(kind: Any, name: str) -> Any:
    """What comes of its steps on a front end, or why there are none."""
    laws = on_front_ends.checks_on(name, kind)
    return next((law for law in laws if "steps" in law.law), laws[0]).asked(kind)


def test_the_recipes_most_asked_for_are_there():
    assert len(RECIPES) >= 15


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_is_a_program_whose_rule_is_the_same_everywhere(title, monkeypatch):
    kind = rule_of(RECIPES[title])
    if "Shape" in repr(kind.shapes):
        monkeypatch.setattr(on_front_ends, "FEW", SQUARE)
    for name in FRONTS:
        outcome = steps(kind, name)
        assert outcome.passed or "not installed" in outcome.figure, (name, outcome.figure)


def test_a_rule_that_is_not_the_same_everywhere_is_caught():
    """By its bases, which are any where a gradient has no full rank."""
    (title,) = [title for title in RECIPES if title.startswith("SOAP")]
    assert steps(rule_of(RECIPES[title]), "numpy").passed is False
