"""The page on coming from another library says what optimizers say of it."""

import re

import pytest

import adamas
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


# -- names ----------------------------------------------------------------------------------------

ROW = re.compile(r"^\| `(?P<there>[\w.]+)` \| (?P<here>.+) \|$", re.MULTILINE)


def names_of(library: str) -> set[str]:
    """Every optimizer of an installed library, as it is called there."""
    module = pytest.importorskip(library)
    if library == "torch.optim":
        kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
        kinds = [kind for kind in kinds if issubclass(kind, module.Optimizer)]
        return {kind.__name__ for kind in kinds} - {"Optimizer"}
    if library == "optax":
        from optax._src import alias

        return {n for n, f in vars(alias).items() if getattr(f, "__module__", "") == alias.__name__}
    made = {n for n in vars(module) if n.islower() and not n.startswith(("_", "scale_by_"))}
    return {name for name in made if callable(getattr(module, name))}


def rows_of(library: str) -> dict[str, str]:
    """What the page says of each name."""
    page = coming_from.PAGE.read_text(encoding="utf-8")
    names = page[page.index("## Every name") :].partition("\n## From")[0]
    found = (m.groupdict() for m in ROW.finditer(names))
    pairs = ((row["there"].rpartition("."), row["here"]) for row in found)
    return {name: here for (of, _, name), here in pairs if of == library}


@pytest.mark.parametrize("library", ["torch.optim", "optax", "optax.contrib"])
def test_every_optimizer_of_a_library_has_a_row(library):
    assert names_of(library) <= rows_of(library).keys()


@pytest.mark.parametrize("library", ["torch.optim", "optax", "optax.contrib"])
def test_what_stands_in_its_place_is_there(library):
    for name, here in rows_of(library).items():
        for called, arguments in re.findall(r"`([A-Z]\w+)(\([^`]*\))?`", here):
            kind = getattr(adamas, called)
            given = re.findall(r"(\w+)=", arguments)
            assert set(given) <= set(kind.fields), (name, here)
