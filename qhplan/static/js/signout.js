// Signing out on purpose leaves nothing on the machine of what autosave.js kept there.
(function () {
  "use strict";
  document.addEventListener("submit", function (event) {
    if (!/\/logout\/$/.test(event.target.getAttribute("action") || "")) return;
    try {
      for (var i = localStorage.length - 1; i >= 0; i -= 1) {
        if (localStorage.key(i).indexOf("qhplan:draft:") === 0) localStorage.removeItem(localStorage.key(i));
      }
    } catch (error) { /* a browser that keeps nothing */ }
  });
})();
