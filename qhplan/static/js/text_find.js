// The find box of a plan's text: which place one is at, and the ways to the next and the one before, round and round.
const form = document.querySelector("form[data-text-find]");
const all = [...document.querySelectorAll('mark[id^="hit-"]')];
const at = form?.querySelector("[data-text-find-at]");

function here() {
  return all.findIndex((mark) => `#${mark.id}` === location.hash);
}

function show() {
  const place = here();
  at.hidden = place < 0;
  at.querySelector("b").textContent = String(place + 1);
  for (const link of form.querySelectorAll("[data-text-find-step]")) {
    const step = Number(link.dataset.textFindStep);
    const next = place < 0 ? (step > 0 ? 0 : all.length - 1) : (place + step + all.length) % all.length;
    link.hash = all[next].id;
  }
}

if (at && all.length > 0) {
  window.addEventListener("hashchange", show);
  if (here() < 0) location.replace(`#${all[0].id}`);
  show();
}
