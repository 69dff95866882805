// The search: / goes to its field unless its reader switched that off here, the down key from there to what it offers or to what was found, Escape back.
const form = document.querySelector("form[data-find]");
const field = form?.querySelector("input[type=search]");
const offers = document.getElementById("find-offers");

const open = (value) => {
  offers.hidden = !value;
};
const links = () => [
  ...(offers.hidden ? document.querySelectorAll("[data-find-list] a.search__hit") : offers.querySelectorAll("a")),
];
const OFF = "qhplan:no-find-key";
const isOff = () => {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; } // a browser that keeps nothing
};
const writes = (node) => node.isContentEditable || node.matches("input, textarea, select");

if (field) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (writes(event.target) || isOff()) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  document.addEventListener("keydown", (event) => {
    const all = links();
    const place = event.target === field ? -1 : all.indexOf(event.target.closest?.("a"));
    if (event.target !== field && place < 0) return;
    if (event.key === "Escape") {
      if (event.target === field && offers.hidden) return;
      event.preventDefault();
      field.focus();
      open(false);
    } else if (event.key === "ArrowDown" && place + 1 < all.length) {
      event.preventDefault();
      all[place + 1].focus();
    } else if (event.key === "ArrowUp" && place >= 0) {
      event.preventDefault();
      (all[place - 1] ?? field).focus();
    }
  });
  const showKey = () => {
    form.querySelector(".find__key").hidden = isOff();
    if (isOff()) field.removeAttribute("aria-keyshortcuts");
    else field.setAttribute("aria-keyshortcuts", "/");
  };
  showKey();
  const choice = document.querySelector("[data-find-key]");
  if (choice) {
    const box = choice.querySelector("input");
    box.checked = !isOff();
    choice.hidden = false;
    box.addEventListener("change", () => {
      try { localStorage.setItem(OFF, box.checked ? "" : "1"); } catch { /* a browser that keeps nothing */ }
      showKey();
    });
  }
  offers.addEventListener("htmx:afterSwap", () => open(document.activeElement === field && offers.children.length > 0));
  field.addEventListener("focus", () => open(offers.children.length > 0 && field.value !== ""));
  field.addEventListener("input", () => { if (field.value.trim() === "") open(false); });
  form.addEventListener("focusout", ({ relatedTarget }) => { if (!form.contains(relatedTarget)) open(false); });
}
