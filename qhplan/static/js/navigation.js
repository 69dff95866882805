// On a narrow screen the pages of a group stand on one line that scrolls sideways: the current one is brought into view.
const row = document.querySelector("[data-pages]");
const current = row?.querySelector("[aria-current]");
if (row && current && row.scrollWidth > row.clientWidth) {
  const far = current.offsetLeft - row.offsetLeft + current.offsetWidth / 2 - row.clientWidth / 2;
  row.scrollLeft = Math.max(0, far);
}
// Beside a submission stands the list that is worked through: its current row is brought into view, the page stays.
const list = document.querySelector("[data-worklist]");
const here = list?.querySelector("[aria-current]");
if (list && here) list.scrollTop = here.offsetTop - list.offsetTop - list.clientHeight / 3;
