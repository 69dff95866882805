// <output data-counter="ID" data-limit="N" data-words="{count} / {limit}"> counts the characters of a text as the server
// does (tasks.typed): code points, a line end as one, blanks around and what nobody sees as none. The browser's own limit
// is taken off: it cuts a pasted text without a word; here the writer sees by how much to shorten.
const LINE_END = /\r\n|[\r\v\f\u0085\u2028\u2029]/gu;
const UNSEEN =
  /[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc]|(?![\t\n\u0600-\u0605\u06dd\u070f\u08e2\u180e\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu;

function start(output) {
  const field = document.getElementById(output.dataset.counter);
  if (!field || output.dataset.bound) return;
  output.dataset.bound = "1";
  const limit = Number(output.dataset.limit);
  field.removeAttribute("maxlength");
  const count = () => {
    const length = [...field.value.replace(LINE_END, "\n").replace(UNSEEN, "").trim()].length;
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
