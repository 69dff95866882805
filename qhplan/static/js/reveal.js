// data-reveal="NAME=VALUE|VALUE": the element shows only while the field NAME of its form has one of the values
// (a check box counts as "on"). Without script it simply shows.
(function () {
  "use strict";
  function value(form, name) {
    var field = form.elements[name];
    if (!field) return "";
    if (field.type === "checkbox") return field.checked ? "on" : "";
    return field.value;
  }
  function refresh(form) {
    form.querySelectorAll("[data-reveal]").forEach(function (box) {
      var parts = box.dataset.reveal.split("=");
      box.hidden = parts[1].split("|").indexOf(value(form, parts[0])) < 0;
    });
  }
  function all() { document.querySelectorAll("form").forEach(refresh); }
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:load", all);
  document.addEventListener("change", function (event) { if (event.target.form) refresh(event.target.form); });
})();
