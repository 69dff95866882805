// <form data-unsaved>: leaving with changes that were not sent asks first; data-unsaved="now" has some from the start,
// because the server sent back what it did not keep. [data-unsaved-note] is shown as long as there are any.
let dirty = false;

function mark(value) {
  dirty = value;
  for (const note of document.querySelectorAll("[data-unsaved-note]")) note.hidden = !value;
}

document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-unsaved]")) mark(true);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-unsaved]")) dirty = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.closest("form[data-unsaved]") && event.detail.successful) mark(false);
});
document.addEventListener("autosaved", () => mark(false));
window.addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});
if (document.querySelector("form[data-unsaved='now']")) mark(true);
