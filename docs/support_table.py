"""The support table on the site: cells have colours, numbers lead to notes, rows can be found.

``support.md`` is plain Markdown, as ``adamas support --markdown`` writes it. Here its tables are
given classes, which ``support.css`` draws, and its notes ids; ``support.js`` adds the filters.
Without scripts the whole table stands there.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes

PAGE = "support"
MARKS = {"✓": "works", "✗": "refused", "": "absent"}


def mark(app: Any, doctree: nodes.document) -> None:
    """Tables whose cells are marks get classes, and links to their notes."""
    if app.env.docname != PAGE:
        return
    (notes,) = doctree.findall(nodes.enumerated_list)
    texts = [note.astext() for note in notes]
    for number, note in enumerate(notes, 1):
        note["ids"].append(f"note-{number}")
    for table in doctree.findall(nodes.table):
        cells = list(marked_cells(table))
        if cells:
            table["classes"].append("support")
        for cell, kind, numbers in cells:
            cell["classes"].append(kind)
            link(cell, [(number, texts[int(number) - 1]) for number in numbers])


def marked_cells(table: nodes.table) -> Iterator[tuple[nodes.entry, str, list[str]]]:
    """The cells of a table of marks, with what each means and the numbers of its notes."""
    for row in table.findall(nodes.row):
        for cell in row.children[1:]:
            symbol, *numbers = cell.astext().replace(",", "").split() or [""]
            if symbol in MARKS and isinstance(row.parent, nodes.tbody):
                yield cell, MARKS[symbol], numbers


def link(cell: nodes.entry, notes: list[tuple[str, str]]) -> None:
    """Write the numbers of a cell as links to its notes, whose texts they show."""
    if not notes:
        return
    mark = cell.astext()[0]
    links = nodes.superscript()
    for number, text in notes:
        links += nodes.Text(", ") if links.children else []
        links += nodes.reference("", number, refid=f"note-{number}", reftitle=text)
    cell.clear()
    cell += nodes.paragraph("", "", nodes.Text(mark), links)


def page(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """The page of the table alone loads its style and its script."""
    if name == PAGE:
        app.add_css_file("support.css")
        app.add_js_file("support.js", loading_method="defer")


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("doctree-read", mark)
    app.connect("html-page-context", page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
