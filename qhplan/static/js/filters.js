// A filter bar applies a choice at once when it was made with pointer or finger. With the keyboard a list changes at
// every arrow key, so there it waits for Enter: the page must not move under somebody who is still choosing.
let keyboard = false;
document.addEventListener("keydown", () => { keyboard = true; }, true);
document.addEventListener("pointerdown", () => { keyboard = false; }, true);

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-filters]");
  if (!form || keyboard || !target.matches("select, input[type=checkbox], input[type=radio]")) return;
  form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("form[data-filters] select")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
// Empty choices stay out of the address.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("form[data-filters]") || target.hasAttribute("hx-get")) return;
  const empty = [...target.elements].filter((field) => field.name && field.value === "" && !field.disabled);
  const disable = (value) => { for (const field of empty) field.disabled = value; };
  disable(true);
  window.addEventListener("pageshow", () => disable(false), { once: true });
});
