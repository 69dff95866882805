// [data-evidence]: the row of files in a return's form. With a script one button opens the file chooser, and what was
// chosen goes up at once, alone, with its progress; the rest of the form stays as it is, unsaved typing included.
// The words are those of the file field: data-too-large, data-failed, data-quote ("{name}" in quotation marks), data-join.
const input = (row) => row.querySelector("input[type=file]");

function say(row, text) {
  const place = row.querySelector("#evidence");
  let box = place.querySelector(".field__error");
  if (!box) {
    box = document.createElement("div");
    place.prepend(box);
  }
  box.className = "field__error";
  box.setAttribute("role", "alert");
  box.textContent = text;
}

function sending(row, on) {
  row.classList.toggle("is-sending", on);
  const bar = row.querySelector("progress");
  if (!bar) return;
  bar.hidden = !on;
  bar.value = 0;
}

function start(row) {
  row.classList.add("is-live");
  const tidy = () => {
    const field = input(row);
    if (field) field.tabIndex = -1;
  };
  tidy();
  row.addEventListener("click", (event) => {
    if (!event.target.closest("button[value=attach]")) return;
    event.preventDefault();
    input(row).click();
  });
  // A file is no typing: whoever watches the form for changes hears nothing of it, nor of its being sent.
  for (const name of ["input", "change", "htmx:afterRequest"]) {
    row.addEventListener(name, (event) => event.stopPropagation());
  }
  row.addEventListener("htmx:beforeRequest", (event) => {
    const field = event.target;
    if (field !== input(row)) return;
    const { max, tooLarge, quote, join } = field.dataset;
    const large = [...field.files].filter((file) => file.size > Number(max));
    if (!field.files.length || large.length) event.preventDefault();
    if (large.length) {
      say(row, large.map((file) => quote.replace("{name}", () => file.name)).join(join) + tooLarge);
      field.value = "";
    } else if (field.files.length) {
      sending(row, true);
    }
  });
  row.addEventListener("htmx:xhr:progress", ({ detail }) => {
    const bar = row.querySelector("progress");
    if (bar && detail.lengthComputable) bar.value = (100 * detail.loaded) / detail.total;
  });
  // What the server refuses, it says in the row itself.
  row.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (![409, 422].includes(detail.xhr.status)) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    row.addEventListener(name, () => {
      const field = input(row);
      sending(row, false);
      if (!field) return;
      field.value = "";
      say(row, field.dataset.failed);
    });
  }
  row.addEventListener("htmx:afterSettle", () => {
    sending(row, false);
    tidy();
  });
}

document.querySelectorAll("[data-evidence]").forEach(start);
