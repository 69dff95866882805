// <table data-figures>: while figures are typed, the difference to last quarter and computed ratios follow, what is no
// number or differs very much from before is told, and a reason is asked for where one is needed. Display only; the
// server computes again from what it receives.
(function () {
  "use strict";
  // As the server reads it: full-width digits, commas at the thousands; null for blank and for what is no number.
  function number(text) {
    var t = String(text).trim().replace(/[０-９．－＋，]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); });
    if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(t)) t = t.replace(/,/g, "");
    return /^[+-]?\d{1,14}(\.\d{1,4})?$/.test(t) ? Number(t) : null;
  }
  function show(n) { return (Math.round(n * 1e6) / 1e6).toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", "−"); }
  function refresh(table) {
    table.querySelectorAll("[data-difference]").forEach(function (cell) {
      var row = cell.parentNode, input = row.querySelector("input.input"), last = number(row.querySelector("[data-last]").dataset.last);
      if (!input) return;
      var now = number(input.value);
      cell.textContent = now === null || last === null ? "—" : (now > last ? "+" : "") + show(now - last);
    });
    table.querySelectorAll("[data-ratio]").forEach(function (place) {
      var ids = place.dataset.ratio.split(" "), a = document.getElementById(ids[0]), b = document.getElementById(ids[1]);
      if (!a || !b) return;
      var top = number(a.value), bottom = number(b.value);
      place.textContent = top === null || !bottom ? "—" : show(top) + " ÷ " + show(bottom) + " = " + (top * Number(place.dataset.scale) / bottom).toFixed(2) + place.dataset.unit;
    });
    table.querySelectorAll("[data-low]").forEach(function (input) {
      var now = number(input.value), note = document.getElementById(input.id + "-w");
      if (note) note.hidden = now === null || (now >= Number(input.dataset.low) && now <= Number(input.dataset.high));
    });
    table.querySelectorAll("input[inputmode=decimal]").forEach(function (input) {
      var now = number(input.value), cell = input.closest("td"), junk = cell.querySelector("[data-junk]"), why = cell.querySelector(".input--why");
      if (junk) junk.hidden = now !== null || input.value.trim() === "";
      if (!why || !(input.dataset.floor || input.dataset.sum) || why.value.trim()) return;
      why.hidden = now === null || !(now < Number(input.dataset.floor) || (input.dataset.sum && now !== Number(input.dataset.sum)));
    });
  }
  document.querySelectorAll("table[data-figures]").forEach(refresh);
  document.addEventListener("input", function (event) {
    var table = event.target.closest("table[data-figures]");
    if (table) refresh(table);
  });
})();
