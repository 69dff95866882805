// <form data-unsaved>: leaving with changes that were not sent asks first; data-unsaved="now" has some from the start,
// because the server sent back what it did not keep. [data-unsaved-note] is shown as long as there are any.
(function () {
  "use strict";
  var dirty = false;
  function mark(value) {
    dirty = value;
    document.querySelectorAll("[data-unsaved-note]").forEach(function (note) { note.hidden = !value; });
  }
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-unsaved]");
    if (form) mark(true);
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-unsaved]")) dirty = false;
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest("form[data-unsaved]");
    if (form && event.detail.successful) mark(false);
  });
  document.addEventListener("autosaved", function () { mark(false); });
  document.addEventListener("DOMContentLoaded", function () {
    if (document.querySelector("form[data-unsaved='now']")) mark(true);
  });
  window.addEventListener("beforeunload", function (event) { if (dirty) event.preventDefault(); });
})();
