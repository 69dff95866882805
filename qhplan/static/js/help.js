// The help of a page opens beside it where there is room, and closes by Escape; without scripts it is a page. And what
// prints the page.
const panel = document.getElementById("help");
const page = document.querySelector("[data-page]");
const isLarge = document.documentElement.classList.contains("large");
const roomy = matchMedia(isLarge ? "(min-width: 85.9375rem)" : "(min-width: 68.75rem)");
let opener = null;

const close = () => {
  panel.hidden = true;
  page.classList.remove("is-helped");
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
};
const open = async (link) => {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  panel.innerHTML = await answer.text();
  panel.hidden = false;
  page.classList.add("is-helped");
  link.setAttribute("aria-expanded", "true");
  panel.querySelector("[data-help-title]").focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-help]");
  if (event.target.closest("[data-help-close]")) close();
  if (event.target.closest("[data-print]")) print();
  if (!link || !roomy.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  opener = link;
  if (panel.hidden) open(link).catch(() => location.assign(link.href));
  else close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden && !event.defaultPrevented) close();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
