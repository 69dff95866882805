// 导入方案: text that is selected in the left column goes into the form above it, with its offsets in the stored text;
// the list of tasks is narrowed while typing. Without script the words are typed and the list is whole.
const text = () => document.querySelector("[data-import-text]");
const form = document.querySelector("[data-mark]");

// The offset in the stored text of a point in the page: each span says where its first character stands.
function offset(node, at, atEnd) {
  const own = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-start]");
  if (!own) {
    // Between two spans: the one after the point, or before it where the selection ends.
    const near = node.childNodes[atEnd ? at - 1 : at] || node;
    const spans = near.nodeType === Node.ELEMENT_NODE ? near.querySelectorAll("[data-start]") : [];
    const span = near.nodeType === Node.ELEMENT_NODE && near.matches("[data-start]") ? near
      : spans[atEnd ? spans.length - 1 : 0];
    return span ? Number(span.dataset.start) + (atEnd ? [...span.textContent].length : 0) : null;
  }
  const before = node.nodeType === Node.TEXT_NODE ? node.textContent.slice(0, at) : (at ? own.textContent : "");
  // The stored text counts characters, JavaScript counts UTF-16 units.
  return Number(own.dataset.start) + [...before].length;
}

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!form || !selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text()?.contains(range.commonAncestorContainer)) return;
  const start = offset(range.startContainer, range.startOffset, false);
  const end = offset(range.endContainer, range.endOffset, true);
  if (start === null || end === null || end <= start) return;
  const copy = range.cloneContents();
  copy.querySelectorAll("[data-skip], .import__margin").forEach((one) => one.remove());
  form.elements.start.value = start;
  form.elements.end.value = end;
  form.elements.quote.value = copy.textContent.replace(/\s+/g, "");
  form.classList.add("has-words");
});

// What is typed has no offsets.
form?.elements.quote.addEventListener("input", () => {
  form.elements.start.value = "";
  form.elements.end.value = "";
});
form?.addEventListener("htmx:afterRequest", ({ detail, target }) => {
  if (target !== form || !detail.successful || document.querySelector("#refusal-mark p")) return;
  form.reset();
  form.elements.start.value = "";
  form.elements.end.value = "";
  form.classList.remove("has-words");
});

function narrow() {
  const box = document.querySelector("[data-structure]");
  if (!box) return;
  const words = (box.querySelector("[data-find]")?.value || "").trim();
  const only = box.querySelector("[data-only-open]")?.checked;
  for (const group of box.querySelectorAll(".import__group")) {
    let seen = false;
    for (const task of group.querySelectorAll("li.import__item")) {
      task.hidden = Boolean((only && !task.classList.contains("is-open")) || (words && !task.textContent.includes(words)));
      seen ||= !task.hidden;
    }
    group.hidden = !seen;
  }
}
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-find], [data-only-open]")) narrow();
});
document.addEventListener("htmx:oobAfterSwap", narrow);

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close?.closest(".import, .import__three")) {
    event.preventDefault();
    close.closest("form").remove();
    return;
  }
  // A word in the structure leads to its place in the text.
  const link = event.target.closest("[data-place]");
  if (!link) return;
  const wanted = Number(link.dataset.place);
  const spans = [...text().querySelectorAll("[data-start]")];
  const found = spans.filter((span) => Number(span.dataset.start) <= wanted).pop();
  if (!found) return;
  event.preventDefault();
  document.querySelectorAll(".is-found").forEach((one) => one.classList.remove("is-found"));
  const block = found.closest(".import__block");
  block.classList.add("is-found");
  block.scrollIntoView({ block: "center" });
});
