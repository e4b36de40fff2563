"""The gallery's pages are its programs, which Sybil runs as it runs all blocks of the documents."""

import struct

import pytest

import gallery

LONGEST = 60
"""Lines of a program that are read at once."""

LARGEST = 60_000
"""Bytes of a picture."""


def differing(pages=None) -> list[str]:
    """Pages that are not what their programs say."""
    wanted = (pages or gallery.pages()).items()
    return [path.name for path, text in wanted if path.read_text(encoding="utf-8") != text]


def test_the_pages_are_what_the_programs_say():
    assert differing() == [], "Run: python docs/gallery.py"
    (path, text), *_ = gallery.pages().items()
    assert differing({path: f"{text}more"}) == [path.name]


def test_every_program_and_page_is_in_the_gallery():
    for ending in ("py", "png"):
        assert {path.stem for path in gallery.FOLDER.glob(f"*.{ending}")} == {*gallery.NAMES}
    assert {path.stem for path in gallery.FOLDER.glob("*.md")} == {"index", *gallery.NAMES}


@pytest.mark.parametrize("name", gallery.NAMES)
def test_an_example_is_small_and_says_what_it_is(name):
    one = gallery.example(name)
    assert all((one.title, one.text, one.needs))
    assert len((gallery.FOLDER / f"{name}.py").read_text().splitlines()) <= LONGEST
    assert f'savefig("{name}.png")' in one.code


@pytest.mark.parametrize("name", gallery.NAMES)
def test_a_picture_is_small_and_has_no_ground_of_its_own(name):
    picture = (gallery.FOLDER / f"{name}.png").read_bytes()
    kind = struct.unpack(">B", picture[25:26])[0]
    assert picture[:4] == b"\x89PNG"
    assert kind == 6, "not red, green, blue and opacity"
    assert len(picture) < LARGEST
