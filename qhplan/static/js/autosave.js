// <form data-autosave="USER">: what is typed is kept in this browser at once and in the system after a pause. When the
// session has ended, the network is down or somebody else saved first, it stays here and is offered again: see
// docs/decisions/autosave.md. Nothing of it stays once it is saved, or when the person signs out.
(function () {
  "use strict";
  var PAUSE = 4000, KEPT_DAYS = 7, HEARD = 60000, ACTIVE = 120000;
  var form, address, key, slot, timer, sending = false, dirty = false, stopped = false, typed = 0, tried = 0;

  function part(name) { return document.querySelector("[data-autosave-" + name + "]"); }
  function say(text) { var place = part("state"); if (place) place.textContent = text; }
  function fields() {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && field.type !== "hidden" && field.type !== "submit" && field.type !== "button" && field.type !== "file";
    });
  }
  function values() {
    return fields().map(function (field) {
      return field.type === "radio" || field.type === "checkbox" ? [field.name, field.value, field.checked] : [field.name, field.value];
    });
  }
  function same(a, b) { return JSON.stringify(a) === JSON.stringify(b); }

  // -- in this browser
  function store(name, value) { try { if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value); } catch (error) { /* private window or full: the system's own draft remains */ } }
  function read(name) { try { return JSON.parse(localStorage.getItem(name) || "null"); } catch (error) { return null; } }
  // What an earlier sitting left stays under `key` until the person takes or drops it; what is typed meanwhile has a slot
  // of its own, so that saving it forgets nothing else.
  function keep() { store(slot, JSON.stringify({ at: Date.now(), revision: form.elements.revision.value, values: values() })); }
  function forget(name) { store(name || slot, null); }
  function tidy() {
    try {
      for (var i = localStorage.length - 1; i >= 0; i -= 1) {
        var name = localStorage.key(i), kept = name.indexOf("qhplan:draft:") === 0 && read(name);
        if (kept && Date.now() - kept.at > KEPT_DAYS * 864e5) forget(name);
      }
    } catch (error) { /* as above */ }
  }
  function restore(kept) {
    fields().forEach(function (field, index) {
      var value = kept.values[index];
      if (!value || value[0] !== field.name) return;
      if (value.length === 3) field.checked = value[2]; else field.value = value[1];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    // From the draft that it was written on: if somebody saved since, saving tells, and shows both sides.
    form.elements.revision.value = kept.revision;
  }

  // -- in the system
  function send(action) {
    var data = new FormData(form);
    data.set("action", action);
    data.delete("evidence"); // files go up by themselves
    return fetch(address, { method: "POST", body: data, headers: { "X-Autosave": "1" }, credentials: "same-origin", redirect: "manual" });
  }
  function offline(text) { say(text); clearTimeout(timer); timer = setTimeout(save, Math.min(60000, PAUSE * Math.pow(2, tried))); tried += 1; }
  function heard(answer) {
    var others = part("others");
    if (others) { others.hidden = !answer.others.length; others.querySelector("b").textContent = answer.others.join("、"); }
  }
  function save() {
    clearTimeout(timer);
    if (sending || stopped || !dirty) return;
    sending = true;
    var sent = values();
    say("正在保存…");
    send("autosave").then(function (response) {
      sending = false;
      if (response.status === 200) return response.json().then(function (answer) {
        tried = 0;
        form.elements.revision.value = answer.revision === null ? "" : answer.revision;
        say("已自动保存 " + answer.saved_at + " · 只有本单位看得到");
        heard(answer);
        if (same(sent, values())) { dirty = false; forget(); form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true })); }
        else { keep(); timer = setTimeout(save, PAUSE); }
      });
      if (response.status === 409) return response.json().then(function (answer) {
        stopped = true;
        var box = part("conflict");
        box.hidden = false;
        part("why").textContent = answer.conflict;
        say("没有自动保存：有人先保存了");
      });
      if (response.status === 422) return response.json().then(function (answer) {
        say("没有自动保存：" + answer.errors[0]);
      });
      if (response.status === 401 || response.status === 403 || response.type === "opaqueredirect") {
        stopped = true;
        say("登录已失效，内容存在本机：请登录后放回表里");
        return undefined;
      }
      offline("系统暂时没有接上，内容存在本机，会再试");
      return undefined;
    }).catch(function () {
      sending = false;
      offline("网络不通，内容存在本机，通了会自动保存");
    });
  }
  function ping() {
    if (stopped || sending || dirty || document.hidden || Date.now() - typed > ACTIVE) return;
    send("ping").then(function (response) {
      if (response.status !== 200) return undefined;
      return response.json().then(function (answer) {
        heard(answer);
        if (answer.saved_by && String(answer.revision) !== form.elements.revision.value) {
          var box = part("conflict");
          box.hidden = false;
          part("why").textContent = answer.saved_by + " " + answer.saved_at + " 刚刚保存过，您看到的不是最新内容；重新打开这一页可看到。";
        }
      });
    }).catch(function () { /* the next save tells */ });
  }

  function changed(event) {
    if (!event.target.name || event.target.type === "hidden") return;
    typed = Date.now();
    dirty = true;
    keep();
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  document.addEventListener("DOMContentLoaded", function () {
    tidy();
    form = document.querySelector("form[data-autosave]");
    if (!form) return;
    address = form.getAttribute("action"); // form.action would be the buttons of that name
    key = "qhplan:draft:" + form.dataset.autosave + ":" + address;
    slot = key;
    typed = Date.now();
    var beside = key + ":beside", kept = read(key), box = part("kept");
    if (!kept) { kept = read(beside); if (kept) { store(key, JSON.stringify(kept)); forget(beside); } }
    // What was sent by a button and arrived has moved the draft on.
    var arrived = kept && kept.sent && Number(form.elements.revision.value || 0) > Number(kept.revision || 0);
    if (kept && !arrived && !same(kept.values, values())) {
      part("when").textContent = new Date(kept.at).toLocaleString();
      box.hidden = false;
      slot = beside;
      if (kept.sent) { delete kept.sent; store(key, JSON.stringify(kept)); } // it did not arrive, whatever is saved later
      part("restore").addEventListener("click", function () { box.hidden = true; slot = key; forget(beside); restore(kept); form.querySelector("textarea").focus(); });
      part("drop").addEventListener("click", function () { box.hidden = true; forget(key); slot = key; if (dirty) keep(); forget(beside); });
    } else if (kept) forget();
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", function () {
      stopped = true;
      clearTimeout(timer);
      var now = read(slot);
      if (now) { now.sent = Date.now(); store(slot, JSON.stringify(now)); }
    });
    window.addEventListener("online", save);
    window.addEventListener("focus", ping);
    setInterval(ping, HEARD);
    ping();
  });
})();
