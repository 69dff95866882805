// A brief that is open on a screen counts as read: the page sends the form for it, once. Without scripts it is a button.
const form = document.querySelector("form[data-read]");
const send = () => {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", send);
  fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" })
    .then(() => { form.hidden = true; })
    .catch(() => {});
};
if (form) {
  document.addEventListener("visibilitychange", send);
  send();
}
