// [data-matrix]: shades row and column of the cell under pointer or focus; arrow keys go to the next filled cell.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const tableOf = (node) => node.closest?.("[data-matrix]")?.querySelector("table");

// Only what is shaded here is cleared; the row and the column that the server chose stay.
function clear(table) {
  for (const name of ["is-col", "is-row"]) {
    for (const shaded of table.querySelectorAll(`.${name}[data-lit]`)) {
      shaded.classList.remove(name);
      delete shaded.dataset.lit;
    }
  }
}

function light(node, name) {
  if (node.classList.contains(name)) return;
  node.classList.add(name);
  node.dataset.lit = "1";
}

function shade(target) {
  const table = tableOf(target);
  if (!table) return;
  clear(table);
  const cell = target.closest("td.matrix__cell, th.matrix__task, th.matrix__number");
  if (!cell) return;
  if (cell.matches("td")) light(cell.parentNode, "is-row");
  for (const row of table.rows) {
    const one = row.cells[cell.cellIndex];
    if (one?.colSpan === 1 && row.cells.length > 5 && !row.querySelector(".matrix__group")) light(one, "is-col");
  }
}

// The column that the server chose is marked in the head; its cells follow.
function chosen() {
  for (const head of document.querySelectorAll("[data-matrix] th.matrix__task.is-col")) {
    for (const body of head.closest("table").tBodies) {
      for (const row of body.rows) {
        const cell = row.cells[head.cellIndex];
        if (cell?.matches(".matrix__cell")) cell.classList.add("is-col");
      }
    }
  }
}

document.addEventListener("htmx:load", chosen);
document.addEventListener("mouseover", (event) => shade(event.target));
document.addEventListener("focusin", (event) => shade(event.target));
document.addEventListener("mouseout", (event) => {
  const table = tableOf(event.target);
  if (table && !table.contains(event.relatedTarget)) clear(table);
});
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const cell = step && event.target.closest?.("[data-matrix] td.matrix__cell");
  if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = [...tableOf(cell).querySelectorAll("tbody tr")];
  let row = rows.indexOf(cell.parentNode);
  let column = cell.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const next = column < 1 ? undefined : rows[row]?.cells[column];
    if (!next) return;
    const link = next.matches(".matrix__cell") && next.querySelector("a");
    if (link) {
      event.preventDefault();
      link.focus();
      return;
    }
  }
});
chosen();
