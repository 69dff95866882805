// <form data-choose>: [data-choose-all] ticks and clears every box of the form's list; it is half ticked while some are.
(function () {
  "use strict";
  function boxes(form) { return Array.prototype.slice.call(form.querySelectorAll("input[type=checkbox]:not([data-choose-all])")); }
  function show(form) {
    var all = form.querySelector("[data-choose-all]"), own = boxes(form), on = own.filter(function (box) { return box.checked; }).length;
    if (!all) return;
    all.checked = on > 0 && on === own.length;
    all.indeterminate = on > 0 && on < own.length;
  }
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-choose]");
    if (!form) return;
    if (event.target.matches("[data-choose-all]")) boxes(form).forEach(function (box) { box.checked = event.target.checked; });
    show(form);
  });
  document.addEventListener("DOMContentLoaded", function () { document.querySelectorAll("form[data-choose]").forEach(show); });
})();
