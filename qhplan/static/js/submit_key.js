// <form data-submit-key>: Ctrl or ⌘ with Enter presses its first primary button, from any field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("form[data-submit-key]") ?? document.querySelector("form[data-submit-key]");
  const button = form?.querySelector("button.button--primary");
  if (!button) return;
  event.preventDefault();
  button.click();
});
