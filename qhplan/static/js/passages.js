// A passage in the text and its note at the side light up together. Notes carry data-passage with the passage's id.
function pair(node) {
  const passage = node.closest?.(".passage");
  if (passage?.id) return [passage, document.querySelector(`[data-passage="${CSS.escape(passage.id)}"]`)];
  const note = node.closest?.("[data-passage]");
  return note ? [note, document.getElementById(note.dataset.passage)] : [];
}

function mark(event) {
  for (const node of document.querySelectorAll(".is-on")) node.classList.remove("is-on");
  for (const node of pair(event.target)) node?.classList.add("is-on");
}

document.addEventListener("mouseover", mark);
document.addEventListener("focusin", mark);
