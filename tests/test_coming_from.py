"""The page on coming from another library says what optimizers say of it."""

import pytest

import coming_from


def test_the_tables_are_those_of_the_conventions():
    page = coming_from.PAGE.read_text(encoding="utf-8")
    assert coming_from.with_tables(page) == page, "Run: python docs/coming_from.py"


def test_a_table_that_says_something_else_is_found():
    page = coming_from.PAGE.read_text(encoding="utf-8")
    wrong = page.replace("`betas` → `beta_1, beta_2`", "`betas` → `beta_2, beta_1`", 1)
    assert wrong != page
    assert coming_from.with_tables(wrong) == page


@pytest.mark.parametrize("library", coming_from.LIBRARIES)
def test_every_word_of_a_library_is_told(library):
    table = coming_from.table(library)
    assert table.count("\n") > 10
    assert "`learning_rate`" in table
