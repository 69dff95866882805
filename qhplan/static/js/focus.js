// After a refused form the error summary takes the focus, so that it is read first; its links focus their fields.
(function () {
  "use strict";
  function first(root) {
    var box = (root || document).querySelector("[data-focus]");
    if (box) box.focus();
  }
  document.addEventListener("DOMContentLoaded", function () { first(); });
  document.addEventListener("htmx:afterSettle", function (event) { first(event.target); });
  document.addEventListener("click", function (event) {
    var link = event.target.closest(".errors a[href^='#']");
    if (!link) return;
    var field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    var input = field.matches("input, select, textarea, button, a") ? field : field.querySelector("input, select, textarea");
    (input || field).focus({ preventScroll: true });
  });
})();
