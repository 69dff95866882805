// On a narrow screen the pages of a group stand on one line that scrolls sideways: the current one is brought into view.
const row = document.querySelector("[data-pages]");
const current = row?.querySelector("[aria-current]");
if (row && current && row.scrollWidth > row.clientWidth) {
  const far = current.offsetLeft - row.offsetLeft + current.offsetWidth / 2 - row.clientWidth / 2;
  row.scrollLeft = Math.max(0, far);
}
