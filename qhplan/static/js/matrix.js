// [data-matrix]: shades row and column of the cell under pointer or focus; arrow keys go to the next filled cell.
(function () {
  "use strict";
  function table(node) { var frame = node.closest && node.closest("[data-matrix]"); return frame && frame.querySelector("table"); }
  function clear(t) {
    t.querySelectorAll(".is-col[data-lit]").forEach(function (c) { c.classList.remove("is-col"); delete c.dataset.lit; });
    t.querySelectorAll("tr.is-row[data-lit]").forEach(function (r) { r.classList.remove("is-row"); delete r.dataset.lit; });
  }
  function lit(node, name) { if (node && !node.classList.contains(name)) { node.classList.add(name); node.dataset.lit = "1"; } }
  function shade(target) {
    var t = table(target);
    if (!t) return;
    clear(t);
    var cell = target.closest("td.matrix__cell, th.matrix__task, th.matrix__number");
    if (!cell) return;
    var i = cell.cellIndex;
    if (cell.matches("td")) lit(cell.parentNode, "is-row");
    Array.prototype.forEach.call(t.rows, function (row) {
      var c = row.cells[i];
      if (c && !c.matches(".matrix__group") && c.colSpan === 1 && row.cells.length > 5 && !row.querySelector(".matrix__group")) lit(c, "is-col");
    });
  }
  // The column that the server chose is marked in the head; its cells follow.
  function chosen() {
    document.querySelectorAll("[data-matrix] th.matrix__task.is-col").forEach(function (head) {
      Array.prototype.forEach.call(head.closest("table").tBodies, function (body) {
        Array.prototype.forEach.call(body.rows, function (row) { if (row.cells[head.cellIndex].matches(".matrix__cell")) row.cells[head.cellIndex].classList.add("is-col"); });
      });
    });
  }
  document.addEventListener("DOMContentLoaded", chosen);
  document.addEventListener("htmx:load", chosen);
  document.addEventListener("mouseover", function (event) { if (table(event.target)) shade(event.target); });
  document.addEventListener("mouseout", function (event) { var t = table(event.target); if (t && !t.contains(event.relatedTarget)) clear(t); });
  document.addEventListener("focusin", function (event) { if (table(event.target)) shade(event.target); });
  document.addEventListener("keydown", function (event) {
    var step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    var cell = step && event.target.closest && event.target.closest("[data-matrix] td.matrix__cell");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    var rows = Array.prototype.slice.call(table(cell).querySelectorAll("tbody tr")), r = rows.indexOf(cell.parentNode), c = cell.cellIndex;
    for (;;) {
      r += step[0]; c += step[1];
      if (r < 0 || r >= rows.length || c < 1 || c >= rows[r].cells.length) return;
      var link = rows[r].cells[c].querySelector("a");
      if (link && rows[r].cells[c].matches(".matrix__cell")) { event.preventDefault(); link.focus(); return; }
    }
  });
})();
