// <form data-choose>: [data-choose-all] ticks and clears every box of the form's list; it is half ticked while some are.
// [data-chosen] says how many are ticked, in its data-words.
const boxes = (form) => [...form.querySelectorAll("input[type=checkbox]:not([data-choose-all])")];

function show(form) {
  const count = boxes(form).filter((box) => box.checked).length;
  for (const said of form.querySelectorAll("[data-chosen]")) {
    said.textContent = said.dataset.words.replace("{count}", count);
  }
  const all = form.querySelector("[data-choose-all]");
  if (!all) return;
  const own = boxes(form);
  const on = own.filter((box) => box.checked).length;
  all.checked = on > 0 && on === own.length;
  all.indeterminate = on > 0 && on < own.length;
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-choose]");
  if (!form) return;
  if (target.matches("[data-choose-all]")) {
    for (const box of boxes(form)) box.checked = target.checked;
  }
  show(form);
});
document.querySelectorAll("form[data-choose]").forEach(show);
