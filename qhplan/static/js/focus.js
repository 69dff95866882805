// After a refused form the error summary takes the focus, so that it is read first; its links focus their fields.
const first = (root) => root.querySelector("[data-focus]")?.focus();
document.addEventListener("htmx:afterSettle", (event) => first(event.target));
document.addEventListener("click", (event) => {
  const link = event.target.closest(".errors a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  const inner = field.matches("input, select, textarea, button, a") ? field : field.querySelector("input, select, textarea");
  (inner ?? field).focus({ preventScroll: true });
});
first(document);
