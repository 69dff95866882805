// A passage in the text and its note at the side light up together. Notes carry data-passage with the passage's id.
(function () {
  "use strict";
  function pair(node) {
    var passage = node.closest && node.closest(".passage"), note = node.closest && node.closest("[data-passage]");
    if (passage && passage.id) return [passage, document.querySelector('[data-passage="' + CSS.escape(passage.id) + '"]')];
    if (note) return [note, document.getElementById(note.dataset.passage)];
    return [];
  }
  function set(event) {
    document.querySelectorAll(".is-on").forEach(function (n) { n.classList.remove("is-on"); });
    pair(event.target).forEach(function (n) { if (n) n.classList.add("is-on"); });
  }
  document.addEventListener("mouseover", set);
  document.addEventListener("focusin", set);
})();
