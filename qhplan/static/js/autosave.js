// <form data-autosave="USER">: what is typed is kept in this browser at once and in the system after a pause. When the
// session has ended, the network is down or somebody else saved first, it stays here and is offered again: see
// docs/decisions/autosave.md. Nothing of it stays once it is saved, or when the person signs out.
// What it says stands in the form's data-say-… attributes, with {names} for what the server answers.
const PAUSE = 4000;
const LONGEST_PAUSE = 60_000;
const HEARD = 60_000;
const ACTIVE = 120_000;
const KEPT = 7 * 24 * 3600 * 1000;
const PREFIX = "qhplan:draft:";

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const part = (name) => document.querySelector(`[data-autosave-${name}]`);

// -- in this browser; a private window or a full one keeps nothing, and the system's own draft remains

function store(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch { /* as above */ }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch { /* as above */ }
}

function forgetOld() {
  try {
    for (const name of Object.keys(localStorage)) {
      const kept = name.startsWith(PREFIX) && read(name);
      if (kept && Date.now() - kept.at > KEPT) forget(name);
    }
  } catch { /* as above */ }
}

function start(form) {
  const words = form.dataset;
  const address = form.getAttribute("action"); // form.action would be the buttons of that name
  const revision = () => form.elements.revision; // asked each time: an answer about files puts another in its place
  // What an earlier sitting left stays under `key` until the person takes or drops it; what is typed meanwhile has a slot
  // of its own, so that saving it forgets nothing else.
  const key = `${PREFIX}${form.dataset.autosave}:${address}`;
  const beside = `${key}:beside`;
  let slot = key;
  let timer;
  let sending = false;
  let dirty = false;
  let stopped = false;
  let typed = Date.now();
  let tried = 0;

  const UNTYPED = ["hidden", "submit", "button", "file"];
  const fields = () => [...form.elements].filter((field) => field.name && !UNTYPED.includes(field.type));
  const values = () =>
    fields().map((field) =>
      ["radio", "checkbox"].includes(field.type) ? [field.name, field.value, field.checked] : [field.name, field.value],
    );
  const keep = () => store(slot, { at: Date.now(), revision: revision().value, values: values() });

  function say(text) {
    const place = part("state");
    if (place) place.textContent = text;
  }

  function conflict(text) {
    part("conflict").hidden = false;
    part("why").textContent = text;
  }

  function heard({ others }) {
    const place = part("others");
    if (!place) return;
    place.hidden = !others.length;
    place.querySelector("b").textContent = others.join(words.sayJoin);
  }

  function restore(kept) {
    fields().forEach((field, index) => {
      const value = kept.values[index];
      if (!value || value[0] !== field.name) return;
      if (value.length === 3) field.checked = value[2];
      else field.value = value[1];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    // From the draft that it was written on: if somebody saved since, saving tells, and shows both sides.
    revision().value = kept.revision;
  }

  // -- in the system

  function send(action) {
    const data = new FormData(form);
    data.set("action", action);
    data.delete("evidence"); // files go up by themselves
    const headers = { "X-Autosave": "1" };
    return fetch(address, { method: "POST", body: data, headers, credentials: "same-origin", redirect: "manual" });
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  function offline(text) {
    say(text);
    later(Math.min(LONGEST_PAUSE, PAUSE * 2 ** tried));
    tried += 1;
  }

  function saved(answer, sent) {
    tried = 0;
    revision().value = answer.revision ?? "";
    say(words.saySaved.replace("{at}", answer.saved_at));
    heard(answer);
    if (same(sent, values())) {
      dirty = false;
      forget(slot);
      form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true }));
    } else {
      keep();
      timer = setTimeout(save, PAUSE);
    }
  }

  async function save() {
    clearTimeout(timer);
    if (sending || stopped || !dirty) return;
    sending = true;
    const sent = values();
    say(words.saySaving);
    try {
      const response = await send("autosave");
      sending = false;
      if (response.status === 200) {
        saved(await response.json(), sent);
      } else if (response.status === 409) {
        const answer = await response.json();
        stopped = true;
        conflict(answer.conflict);
        say(words.sayConflict);
      } else if (response.status === 422) {
        const { errors } = await response.json();
        say(words.sayRefused.replace("{error}", () => errors[0]));
      } else if ([401, 403].includes(response.status) || response.type === "opaqueredirect") {
        stopped = true;
        say(words.saySignedOut);
      } else {
        offline(words.sayUnavailable);
      }
    } catch {
      sending = false;
      offline(words.sayOffline);
    }
  }

  async function ping() {
    if (stopped || sending || dirty || document.hidden || Date.now() - typed > ACTIVE) return;
    try {
      const response = await send("ping");
      if (response.status !== 200) return;
      const answer = await response.json();
      heard(answer);
      if (answer.saved_by && String(answer.revision) !== revision().value) {
        conflict(words.sayOvertaken.replace("{who}", () => answer.saved_by).replace("{at}", answer.saved_at));
      }
    } catch { /* the next save tells */ }
  }

  function changed({ target }) {
    if (!target.name || target.type === "hidden") return;
    typed = Date.now();
    dirty = true;
    keep();
    if (!stopped) later(PAUSE);
  }

  // What an earlier sitting left is offered.
  function offer(kept) {
    const box = part("kept");
    part("when").textContent = new Date(kept.at).toLocaleString();
    box.hidden = false;
    slot = beside;
    if (kept.sent) {
      delete kept.sent; // it did not arrive, whatever is saved later
      store(key, kept);
    }
    part("restore").addEventListener("click", () => {
      box.hidden = true;
      slot = key;
      forget(beside);
      restore(kept);
      form.querySelector("textarea").focus();
    });
    part("drop").addEventListener("click", () => {
      box.hidden = true;
      forget(key);
      slot = key;
      if (dirty) keep();
      forget(beside);
    });
  }

  let kept = read(key);
  if (!kept) {
    kept = read(beside);
    if (kept) {
      store(key, kept);
      forget(beside);
    }
  }
  // What was sent by a button and arrived has moved the draft on.
  const arrived = kept?.sent && Number(revision().value || 0) > Number(kept.revision || 0);
  if (kept && !arrived && !same(kept.values, values())) offer(kept);
  else if (kept) forget(slot);

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => {
    stopped = true;
    clearTimeout(timer);
    const now = read(slot);
    if (now) store(slot, { ...now, sent: Date.now() });
  });
  window.addEventListener("online", save);
  window.addEventListener("focus", ping);
  setInterval(ping, HEARD);
  ping();
}

forgetOld();
const form = document.querySelector("form[data-autosave]");
if (form) start(form);
