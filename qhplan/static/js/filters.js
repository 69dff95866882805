// A filter bar applies a choice at once when it was made with pointer or finger. With the keyboard a list changes at
// every arrow key, so there it waits for Enter: the page must not move under somebody who is still choosing.
(function () {
  "use strict";
  var keyboard = false;
  document.addEventListener("keydown", function () { keyboard = true; }, true);
  document.addEventListener("pointerdown", function () { keyboard = false; }, true);
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-filters]");
    if (!form || keyboard || !event.target.matches("select, input[type=checkbox], input[type=radio]")) return;
    form.requestSubmit();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches("form[data-filters] select")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  // Empty choices stay out of the address.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-filters]")) return;
    var empty = Array.prototype.filter.call(event.target.elements, function (field) { return field.name && field.value === "" && !field.disabled; });
    if (event.target.hasAttribute("hx-get")) return;
    empty.forEach(function (field) { field.disabled = true; });
    window.addEventListener("pageshow", function () { empty.forEach(function (field) { field.disabled = false; }); }, { once: true });
  });
})();
