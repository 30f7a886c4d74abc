// Answers to reviewers: saved while one types, kept on the device while there is no connection, never overwriting another.
{
  const DELAY = 1200, AGAIN = 5000;
  const form = document.querySelector("form[data-answers]");
  if (form) write();

  function write() {
    const words = form.dataset, key = `answers:${words.answers}`;
    const boxes = new Map([...form.querySelectorAll("[data-comment]")].map((one) => [one.dataset.comment, one]));
    const area = (id) => boxes.get(id).querySelector("textarea");
    const mark = (id) => form.elements[`mark.${id}`];
    const typed = () => Object.fromEntries([...boxes.keys()].map((id) => [id, area(id).value.trim()]));
    const tell = (text) => { const told = form.querySelector("[data-saved]"); if (told.textContent !== text) told.textContent = text; };
    const spoken = document.documentElement.lang, tongue = spoken === "en" ? "en-IE" : spoken;  // the day first
    const number = new Intl.NumberFormat(tongue);
    const store = {
      get: () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
      set: (value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ } },
      drop: () => { try { localStorage.removeItem(key); } catch { /* forbidden */ } },
    };
    const mine = new Set();  // what this window keeps on the device; other windows keep theirs there too
    let base = typed(), timer = 0, saving = null;
    if ("unsaved" in words) base = {};  // the page came back with texts that are not kept

    const unsaved = () => Object.entries(typed()).filter(([id, text]) => text !== (base[id] ?? ""));
    const open = () => [...boxes.values()].some((one) => !one.querySelector("[data-theirs]").hidden);

    function count() {
      const done = Object.values(typed()).filter(Boolean).length, told = form.querySelector("[data-progress]");
      told.textContent = told.dataset.words.replace("{n}", number.format(done)).replace("{all}", number.format(boxes.size));
      form.querySelector("[data-progress-bar]").value = done;
    }

    function keep() {
      const texts = { ...store.get()?.texts }, now = typed(), left = new Map(unsaved());
      for (const id of boxes.keys()) {
        if (left.has(id)) { texts[id] = left.get(id); mine.add(id); }
        else if (mine.has(id) || texts[id] === now[id]) { delete texts[id]; mine.delete(id); }
      }
      if (Object.keys(texts).length) store.set({ at: Date.now(), texts }); else store.drop();
    }

    function changed() {
      keep();
      count();
      clearTimeout(timer);
      timer = setTimeout(save, DELAY);
    }

    function save(leaving = false) {
      clearTimeout(timer);
      if (saving) return saving.then(() => save());
      if (open()) { tell(words.wordsBoth); return Promise.resolve(); }
      if (!unsaved().length) { keep(); return Promise.resolve(); }
      saving = send(typed(), leaving).finally(() => { saving = null; });
      return saving;
    }

    async function send(sent, leaving) {
      const body = new URLSearchParams(new FormData(form));
      body.set("do", "typed");
      tell(words.wordsSaving);
      let answer, said;
      try {
        answer = await fetch(form.action, { method: "POST", body, keepalive: leaving, headers: { accept: "application/json" } });
        if (answer.status >= 500) throw new Error(answer.statusText);
        said = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : null;
      } catch {
        tell(words.wordsAway);
        timer = setTimeout(save, AGAIN);
        return;
      }
      if (!said) { tell(words.wordsEnded); return; }
      if (!answer.ok) { tell(said.problem); return; }
      take(sent, said);
    }

    // What was kept, and beside each answer what could not be.
    function take(sent, said) {
      for (const id of boxes.keys()) {
        if (id in said.theirs) { both(id, said.theirs[id]); continue; }
        wrong(id, said.errors[id] || "");
        if (said.errors[id]) continue;
        const kept = said.kept[id] ?? "", here = area(id);
        if (here.value.trim() === sent[id] && kept !== sent[id]) put(here, kept);  // written elsewhere, untouched here
        base[id] = kept;
        mark(id).value = said.marks[id];
      }
      keep();
      count();
      if (open()) tell(words.wordsBoth);
      else if (Object.keys(said.errors).length) tell(words.wordsWrong);
      else tell(words.wordsSaved.replace("{time}", new Intl.DateTimeFormat(tongue, { hour: "2-digit", minute: "2-digit" }).format()));
      for (const id of Object.keys(said.theirs)) mark(id).dataset.next = said.marks[id];
    }

    const put = (one, text) => { one.value = text; one.dispatchEvent(new Event("input")); };

    function wrong(id, text) {
      const told = boxes.get(id).querySelector("[data-error]");
      if (told.textContent.trim() !== text) told.textContent = text;
      told.parentElement.classList.toggle("wrong", Boolean(text));
      if (text) area(id).setAttribute("aria-invalid", "true"); else area(id).removeAttribute("aria-invalid");
    }

    function both(id, theirs) {
      const panel = boxes.get(id).querySelector("[data-theirs]");
      panel.querySelector("[data-theirs-text]").textContent = theirs;
      panel.dataset.text = theirs;
      panel.hidden = false;
    }

    for (const [id, one] of boxes) {
      const panel = one.querySelector("[data-theirs]");
      panel.dataset.text = panel.querySelector("[data-theirs-text]").textContent;
      panel.querySelector(".no-script").hidden = true;
      panel.querySelector(".script-only").hidden = false;
      const over = () => {
        panel.hidden = true;
        mark(id).value = mark(id).dataset.next || mark(id).value;
        area(id).focus();
        changed();
        save();
      };
      panel.querySelector("[data-keep-mine]").addEventListener("click", over);
      panel.querySelector("[data-take-theirs]").addEventListener("click", () => { put(area(id), panel.dataset.text); over(); });
    }

    // What an earlier visit could not send.
    const left = store.get();
    const lost = left ? Object.entries(left.texts).filter(([id, text]) => boxes.has(id) && text && text !== area(id).value.trim()) : [];
    if (lost.length) {
      const panel = document.getElementById("mine-kept").content.firstElementChild.cloneNode(true);
      const at = new Date(left.at).toLocaleString(tongue, { dateStyle: "long", timeStyle: "short" }), said = panel.querySelectorAll("p")[0];
      said.textContent = said.textContent.replace("{time}", at);
      panel.querySelector("[data-kept-text]").textContent = lost.map(([, text]) => text).join("\n\n");
      panel.querySelector("[data-use]").addEventListener("click", () => {
        for (const [id, text] of lost) put(area(id), text);
        panel.remove();
        area(lost[0][0]).focus();
        changed();
        save();
      });
      panel.querySelector("[data-drop]").addEventListener("click", () => { panel.remove(); store.drop(); });
      form.before(panel);
      panel.focus();
    }

    form.addEventListener("input", (event) => { if (event.isTrusted) changed(); });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (event.submitter && "save" in event.submitter.dataset) { event.preventDefault(); save(); return; }
      if (saving) {  // one after the other
        event.preventDefault();
        saving.then(() => form.requestSubmit(event.submitter));
      }
    });
    addEventListener("online", () => save());
    addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
    if ("unsaved" in words) count();
  }
}
// An export on its way: how much of it is sent.
{
  const form = document.querySelector("form[data-upload]");
  if (form) form.addEventListener("submit", (event) => {
    const file = form.elements.file.files[0];
    if (!file) return;  // the server says so
    event.preventDefault();
    const words = form.dataset, shown = form.querySelector("[data-progress]"), bar = shown.querySelector("progress");
    const status = shown.querySelector("[data-status]"), error = form.querySelector("[data-error]"), button = form.querySelector("button");
    const request = new XMLHttpRequest();
    const over = (problem) => {
      shown.hidden = true;
      button.disabled = false;
      error.textContent = problem;
      error.hidden = false;
      form.querySelector(".field").classList.add("wrong");
      form.elements.file.setAttribute("aria-invalid", "true");
      form.elements.file.focus();
    };
    error.hidden = true;
    shown.hidden = false;
    button.disabled = true;
    bar.value = 0;
    status.textContent = words.wordsSending;
    request.upload.addEventListener("progress", (sent) => { if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total; });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); status.textContent = words.wordsReading; });
    request.addEventListener("error", () => over(words.wordsAway));
    request.addEventListener("load", () => {
      let said = null;
      try { said = JSON.parse(request.responseText); } catch { /* a page, not an answer */ }
      if (said?.to) location.assign(said.to);
      else over(said?.problem || (request.status === 401 ? words.wordsEnded : words.wordsAway));
    });
    request.open("POST", form.action);
    request.setRequestHeader("accept", "application/json");
    request.send(new FormData(form));
  });
}
