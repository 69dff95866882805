// [data-evidence]: the row of files in a return's form. With a script one button opens the file chooser, and what was
// chosen goes up at once, alone, with its progress; the rest of the form stays as it is, unsaved typing included.
(function () {
  "use strict";
  function input(row) { return row.querySelector("input[type=file]"); }
  function say(row, text) {
    var place = row.querySelector("#evidence"), old = place.querySelector(".field__error"), box = old || document.createElement("div");
    box.className = "field__error";
    box.setAttribute("role", "alert");
    box.textContent = text;
    if (!old) place.insertBefore(box, place.firstChild);
  }
  function sending(row, on) {
    var bar = row.querySelector("progress");
    row.classList.toggle("is-sending", on);
    if (bar) { bar.hidden = !on; bar.value = 0; }
  }
  function start(row) {
    row.classList.add("is-live");
    function tidy() { var field = input(row); if (field) field.tabIndex = -1; }
    tidy();
    row.addEventListener("click", function (event) {
      if (!event.target.closest("button[value=attach]")) return;
      event.preventDefault();
      input(row).click();
    });
    // A file is no typing: whoever watches the form for changes hears nothing of it, nor of its being sent.
    ["input", "change", "htmx:afterRequest"].forEach(function (name) {
      row.addEventListener(name, function (event) { event.stopPropagation(); });
    });
    row.addEventListener("htmx:beforeRequest", function (event) {
      var field = event.target;
      if (field !== input(row)) return;
      var large = Array.prototype.filter.call(field.files, function (file) { return file.size > Number(field.dataset.max); });
      if (!field.files.length || large.length) event.preventDefault();
      if (large.length) {
        say(row, large.map(function (file) { return "“" + file.name + "”"; }).join("、") + field.dataset.tooLarge);
        field.value = "";
      } else if (field.files.length) {
        sending(row, true);
      }
    });
    row.addEventListener("htmx:xhr:progress", function (event) {
      var bar = row.querySelector("progress");
      if (bar && event.detail.lengthComputable) bar.value = 100 * event.detail.loaded / event.detail.total;
    });
    // What the server refuses, it says in the row itself.
    row.addEventListener("htmx:beforeSwap", function (event) {
      if (event.detail.xhr.status !== 409 && event.detail.xhr.status !== 422) return;
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    });
    ["htmx:sendError", "htmx:responseError"].forEach(function (name) {
      row.addEventListener(name, function () {
        var field = input(row);
        sending(row, false);
        if (!field) return;
        field.value = "";
        say(row, field.dataset.failed);
      });
    });
    row.addEventListener("htmx:afterSettle", function () { sending(row, false); tidy(); });
  }
  document.addEventListener("DOMContentLoaded", function () { document.querySelectorAll("[data-evidence]").forEach(start); });
})();
