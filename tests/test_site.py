"""The site is built without a warning, and every link inside it leads somewhere."""

import html.parser
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

DOCS = Path(__file__).parents[1] / "docs"
NEEDS = ("sphinx", "myst_parser", "furo", "sphinx_design")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, as the command of CONTRIBUTING.md builds them."""
    if missing := [name for name in NEEDS if find_spec(name) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", DOCS, folder]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


class Page(html.parser.HTMLParser):
    """The places that a page has, and those that it leads to."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        self.links.add(found.get("href") or found.get("src") or "")


def dead_links(folder: Path) -> list[str]:
    """Links from page to page that lead to no file, or to no place in it."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            found = target.exists()
            if found and parts.fragment and target in pages:
                found = unquote(parts.fragment) in pages[target].ids
            if not found:
                dead.append(f"{path.relative_to(folder)}: {link}")
    return sorted(dead)


def test_every_link_inside_leads_somewhere(site):
    assert dead_links(site) == []


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "one.html").write_text('<a href="two.html#there">, <a href="two.html#no">')
    (tmp_path / "two.html").write_text('<p id="there"><a href="three.html"><img src="no.png">')
    dead = ["one.html: two.html#no", "two.html: no.png", "two.html: three.html"]
    assert dead_links(tmp_path) == dead


def test_all_of_the_support_table_stands_there_without_scripts(site):
    page = (site / "support.html").read_text(encoding="utf-8")
    assert page.count('<table class="support ') == 2
    for kind in ("works", "refused", "absent"):
        assert f'<td class="{kind}">' in page
    assert 'href="#note-1"' in page
    assert "support.js" not in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["migrat", "changelog", "curv"])
def test_the_search_knows_words(site, word):
    assert f'"{word}":' in (site / "searchindex.js").read_text(encoding="utf-8")
