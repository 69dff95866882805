// <table data-figures="RULES">: while figures are typed, the difference to last quarter and computed ratios follow, what
// is no number or differs very much from before is told, and a reason is asked for where one is needed. Display only; the
// server computes again from what it receives. RULES are the server's own for reading a number (tasks.indicators.reading).
function reader({ full_width, ascii, space, unseen, nothing, grouped, powers, loose, number }) {
  const plain = new Map([...full_width].map((character, place) => [character, ascii[place]]));
  const whole = (pattern, flags = "u") => new RegExp(`^(?:${pattern})$`, flags);
  const [isNothing, isGrouped, isPowers] = [whole(nothing, "iu"), whole(grouped), whole(powers)];
  const [isLoose, isNumber] = [whole(loose), whole(number)];
  const [spaces, hidden] = [new RegExp(space, "gu"), new RegExp(unseen, "gu")];
  // "" for blank and for what says that there is none, null for what is no number
  return (text) => {
    const seen = [...text.replace(hidden, "")].map((character) => plain.get(character) ?? character).join("");
    let bare = seen.replace(spaces, " ").trim().replace(/^([+-]) /, "$1").replace(/ ?%$/, "");
    if (isNothing.test(bare)) return "";
    if (isGrouped.test(bare)) bare = bare.replace(/[, ']/g, "");
    if (isPowers.test(bare)) bare = String(Number(bare));
    if (isLoose.test(bare) && bare.includes(".")) {
      const digits = bare.replace(/^[+-]?[0.]*|\./g, "").length;
      if (digits > 15) bare = String(Number(Number(bare).toPrecision(15)));
      bare = bare.replace(/^([+-]?)\./, "$10.").replace(/\.?0*$/, "");
    }
    return isNumber.test(bare) ? Number(bare) : null;
  };
}

const FORMAT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
const known = (value) => typeof value === "number";
const show = (value) => FORMAT.format(value).replace("-", "−");

function refresh(table) {
  const number = reader(JSON.parse(table.dataset.figures));
  for (const cell of table.querySelectorAll("[data-difference]")) {
    const row = cell.parentNode;
    const input = row.querySelector("input.input");
    if (!input) continue;
    const last = number(row.querySelector("[data-last]").dataset.last);
    const now = number(input.value);
    cell.textContent = !known(now) || !known(last) ? "—" : (now > last ? "+" : "") + show(now - last);
  }
  for (const place of table.querySelectorAll("[data-ratio]")) {
    const [above, below] = place.dataset.ratio.split(" ").map((id) => document.getElementById(id));
    if (!above || !below) continue;
    const top = number(above.value);
    const bottom = number(below.value);
    const { scale, unit } = place.dataset;
    const ratio = () => `${((top * Number(scale)) / bottom).toFixed(2)}${unit}`;
    place.textContent = !known(top) || !bottom ? "—" : `${show(top)} ÷ ${show(bottom)} = ${ratio()}`;
  }
  for (const input of table.querySelectorAll("[data-low]")) {
    const note = document.getElementById(`${input.id}-w`);
    if (!note) continue;
    const now = number(input.value);
    note.hidden = !known(now) || (now >= Number(input.dataset.low) && now <= Number(input.dataset.high));
  }
  for (const input of table.querySelectorAll("input[inputmode=decimal]")) {
    const now = number(input.value);
    const cell = input.closest("td");
    const junk = cell.querySelector("[data-junk]");
    if (junk) junk.hidden = now !== null;
    const why = cell.querySelector(".input--why");
    const { floor, sum } = input.dataset;
    if (!why || !(floor || sum) || why.value.trim()) continue;
    why.hidden = !known(now) || !(now < Number(floor) || (sum && now !== Number(sum)));
  }
}

document.querySelectorAll("table[data-figures]").forEach(refresh);
document.addEventListener("input", (event) => {
  const table = event.target.closest("table[data-figures]");
  if (table) refresh(table);
});
