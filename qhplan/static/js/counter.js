// <output data-counter="ID" data-limit="N"> counts the characters of a text as the server does (code points). The
// browser's own limit is taken off: it cuts a pasted text without a word; here the writer sees by how much to shorten.
(function () {
  "use strict";
  function start(output) {
    var field = document.getElementById(output.dataset.counter);
    if (!field || output.dataset.bound) return;
    output.dataset.bound = "1";
    var limit = Number(output.dataset.limit);
    field.removeAttribute("maxlength");
    output.setAttribute("aria-live", "off");
    function count() {
      var n = Array.from(field.value.replace(/\r\n/g, "\n")).length;
      output.textContent = n + " / " + limit + " 字";
      output.classList.toggle("is-over", n > limit);
      output.setAttribute("aria-live", n > limit * 0.9 ? "polite" : "off");
    }
    field.addEventListener("input", count);
    count();
  }
  function all(root) { root.querySelectorAll("[data-counter]").forEach(start); }
  document.addEventListener("DOMContentLoaded", function () { all(document); });
  document.addEventListener("htmx:load", function (event) { all(event.target); });
})();
