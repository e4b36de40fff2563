"""All pictures have one look, and one check of where they go."""

import json
import re
from pathlib import Path

import pytest

import adamas
from adamas import pictures
from adamas.errors import ConfigurationError

ROOT = Path(adamas.__file__).parent
BENCHMARKS = ROOT.parents[1] / "benchmarks"


@pytest.mark.parametrize("name", ["rate.png", "rate.svg", "rate.pdf", "RATE.PNG"])
def test_a_picture_can_go_to_a_folder_that_is_there(tmp_path, name):
    pytest.importorskip("matplotlib")
    assert pictures.check_picture(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rate.jpeg", "must end in .png, .svg, .pdf"),
        ("rate", "must end in .png, .svg, .pdf"),
        ("nowhere/rate.png", "must go to a folder that is there"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused(tmp_path, name, words):
    with pytest.raises(ConfigurationError, match=words):
        pictures.check_picture(tmp_path / name)


PAGES = {"white": "#ffffff", "dark": "#0d1117"}
READABLE = 3.0
"""The contrast that WCAG 2.1 asks of graphics and of large text."""


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.1."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("colour", [pictures.INK, *pictures.COLOURS])
def test_ink_and_colours_can_be_read_on_every_page(colour, page):
    assert contrast(colour, PAGES[page]) >= READABLE


def test_ink_for_white_pages_only_is_noticed():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#333b47", PAGES["dark"]) < READABLE


def test_a_figure_has_no_ground_of_its_own():
    pytest.importorskip("matplotlib")
    figure = pictures.new_figure(2, 1)
    axes = pictures.plain_axes(figure.add_subplot(), "Loss", ("step", "nats"))
    assert (figure.get_facecolor()[3], axes.get_facecolor()[3]) == (0, 0)


OWN_LOOK = re.compile(r"\bFigure\(|\.suffix|frameon")


def with_own_look(sources: dict[str, str]) -> list[str]:
    """Files that make figures, judge endings, or style legends by themselves."""
    return [name for name, source in sources.items() if OWN_LOOK.search(source)]


def test_nobody_has_a_look_or_a_check_of_endings_of_his_own():
    files = [*ROOT.rglob("*.py"), *BENCHMARKS.glob("*.py")]
    drawing = {
        str(file): source
        for file in files
        if "pictures import" in (source := file.read_text(encoding="utf-8"))
    }
    assert len(drawing) >= 10
    assert with_own_look(drawing) == []
    old = "from matplotlib.figure import Figure\nfigure = Figure(figsize=(8, 4))"
    assert with_own_look({"old.py": old}) == ["old.py"]


@pytest.mark.parametrize("picture", sorted((ROOT.parents[1] / "docs" / "images").glob("*.png")))
def test_a_picture_of_the_documents_has_no_ground_of_its_own(picture):
    image = pytest.importorskip("matplotlib.image").imread(picture)
    assert image.shape[2] == 4
    corners = image[[0, 0, -1, -1], [0, -1, 0, -1], 3]
    assert (corners == 0).all()


def test_the_first_picture_is_of_the_figures_that_are_kept(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench_picture

    kept = json.loads(bench_picture.FIGURES.read_text())
    found = bench_picture.groups(kept)
    assert [title for title, _ in found] == [one["title"] for one in kept["workloads"]]
    page = (ROOT.parents[1] / "docs" / "measurements.md").read_text()
    for _, rows in found:
        for _, ratio in rows:
            assert f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})" in page
