// Signing out on purpose leaves nothing on the machine of what autosave.js kept there.
document.addEventListener("submit", (event) => {
  if (!/\/logout\/$/.test(event.target.getAttribute("action") ?? "")) return;
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("qhplan:draft:")) localStorage.removeItem(name);
    }
  } catch { /* a browser that keeps nothing */ }
});
