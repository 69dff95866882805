// <form data-unsaved>: leaving with changes that were not sent asks first. An element [data-unsaved-note] inside the
// form is shown as long as there are any.
(function () {
  "use strict";
  var dirty = false;
  function mark(form, value) {
    dirty = value;
    form.querySelectorAll("[data-unsaved-note]").forEach(function (note) { note.hidden = !value; });
  }
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-unsaved]");
    if (form) mark(form, true);
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-unsaved]")) dirty = false;
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest("form[data-unsaved]");
    if (form && event.detail.successful) mark(form, false);
  });
  window.addEventListener("beforeunload", function (event) { if (dirty) event.preventDefault(); });
})();
