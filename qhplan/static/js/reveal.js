// data-reveal="NAME=VALUE|VALUE": the element shows only while the field NAME of its form has one of the values
// (a check box counts as "on"). Without script it simply shows.
function value(field) {
  if (!field) return "";
  if (field.type === "checkbox") return field.checked ? "on" : "";
  return field.value;
}

function refresh(form) {
  for (const box of form.querySelectorAll("[data-reveal]")) {
    const [name, values] = box.dataset.reveal.split("=");
    box.hidden = !values.split("|").includes(value(form.elements[name]));
  }
}

const all = () => document.querySelectorAll("form").forEach(refresh);
document.addEventListener("htmx:load", all);
document.addEventListener("change", ({ target }) => {
  if (target.form) refresh(target.form);
});
all();
