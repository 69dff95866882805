// <output data-counter="ID" data-limit="N" data-words="{count} / {limit}"> counts the characters of a text as the server
// does (code points). The browser's own limit is taken off: it cuts a pasted text without a word; here the writer sees by
// how much to shorten.
function start(output) {
  const field = document.getElementById(output.dataset.counter);
  if (!field || output.dataset.bound) return;
  output.dataset.bound = "1";
  const limit = Number(output.dataset.limit);
  field.removeAttribute("maxlength");
  const count = () => {
    const length = [...field.value.replace(/\r\n/g, "\n")].length;
    output.textContent = output.dataset.words.replace("{count}", length).replace("{limit}", limit);
    output.classList.toggle("is-over", length > limit);
    output.setAttribute("aria-live", length > limit * 0.9 ? "polite" : "off");
  };
  field.addEventListener("input", count);
  count();
}

const all = (root) => root.querySelectorAll("[data-counter]").forEach(start);
document.addEventListener("htmx:load", (event) => all(event.target));
all(document);
