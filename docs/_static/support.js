/* Filters for the support table: rows by words, one column, and only what is not plainly there.
   Without scripts the page is whole, and nothing of this is shown. */

const tables = [...document.querySelectorAll("table.support")];
const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
const notes = [...document.querySelectorAll('li[id^="note-"]')];
const places = [...tables[0].tHead.rows[0].cells].slice(1).map((head) => head.textContent.trim());

/** An element with properties, and with others in it. */
function element(name, properties, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

const words = element("input", { type: "search", placeholder: "Muon, clip, float16 …" });
const place = element(
  "select",
  {},
  element("option", { value: "-1" }, "everywhere"),
  ...places.map((name, column) => element("option", { value: column }, name)),
);
const exceptions = element("input", { type: "checkbox" });
const found = element("output", {});
const form = element(
  "form",
  { className: "support-filters" },
  element("label", {}, "Find ", words),
  element("label", {}, "Where ", place),
  element("label", {}, exceptions, " only what is refused or has a note"),
  found,
);

/** The cells of a row that are asked for: those of one column, or all. */
function asked(row, column) {
  return [...row.cells].slice(1).filter((_, number) => column < 0 || number === column);
}

function isException(cell) {
  return cell.classList.contains("refused") || cell.querySelector("a") !== null;
}

/** Whether a note is of this place: its first words say which. */
function isOf(note, name) {
  const text = `; ${note.textContent.trim()}`;
  return ["Everywhere", name].some((where) =>
    [": ", "; "].some((end) => text.includes(`; ${where}${end}`)),
  );
}

function filter() {
  const column = Number(place.value);
  const wanted = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const says = (item) => wanted.every((word) => item.textContent.toLowerCase().includes(word));

  for (const row of rows) {
    const cells = asked(row, column);
    row.hidden =
      !says(row.cells[0]) ||
      (column >= 0 && cells[0].classList.contains("absent")) ||
      (exceptions.checked && !cells.some(isException));
  }
  for (const table of tables) {
    for (const row of table.rows) {
      [...row.cells].slice(1).forEach((cell, number) => {
        cell.hidden = column >= 0 && number !== column;
      });
    }
  }
  const shown = rows.filter((row) => !row.hidden);
  const linked = new Set(
    shown.flatMap((row) => asked(row, column)).flatMap((cell) =>
      [...cell.querySelectorAll("a")].map((link) => link.hash.slice(1)),
    ),
  );
  for (const note of notes) {
    const here = column < 0 || isOf(note, places[column]);
    note.hidden = !here || (wanted.length > 0 && !linked.has(note.id) && !says(note));
  }
  found.textContent = `${shown.length} of ${rows.length} rows`;
}

notes.forEach((note, number) => {
  note.value = number + 1; // a hidden one counts
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", filter);
tables[0].closest("section").before(form);
filter();
