// A review: saved while one types, kept on the device while there is no connection, two windows brought together.
{
  const DELAY = 1200, AGAIN = 5000;
  const form = document.querySelector("form[data-typed]");
  const find = (name) => document.querySelector(`[data-${name}]`);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const store = {
    get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* forbidden */ } },
  };
  const forget = find("forget");
  if (forget) store.drop(`review:${forget.dataset.forget}`);
  if (form) write();

  function write() {
    const words = form.dataset, key = `review:${words.keptAs}`, list = find("comments");
    let base = read(), version = form.elements.version.value, saving = null, timer = 0, open = 0, count = 1000;
    const tongue = document.documentElement.lang.replace(/^en$/, "en-IE");  // English as Europe writes dates
    const clock = (at, more = {}) => new Intl.DateTimeFormat(tongue, { timeStyle: "short", ...more }).format(at);
    const tell = (text) => { const told = find("saved"); if (told.textContent !== text) told.textContent = text; };

    // What the form says now: values by name, and comments that have a text.
    function read() {
      const values = {}, comments = [];
      for (const one of form.elements) {
        if (!one.name || one.tagName === "BUTTON" || /^(csrf|once|version|comment-)/.test(one.name)) continue;
        if (one.type === "radio") values[one.name] = one.checked ? one.value : values[one.name] ?? "";
        else values[one.name] = one.value.trim();
      }
      for (const one of form.querySelectorAll("[data-comment]:not([disabled])")) {
        const part = (name) => one.querySelector(`[data-part="${name}"]`).value.trim();
        if (part("text")) comments.push({ pointer: part("pointer"), severity: part("severity"), text: part("text") });
      }
      return { values, comments };
    }

    function put(name, value) {
      for (const one of form.elements) {
        if (one.name !== name) continue;
        if (one.type === "radio") one.checked = one.value === value;
        else { one.value = value; one.dispatchEvent(new Event("input")); }
      }
    }

    function addComment(comment) {
      const blank = [...form.querySelectorAll("[data-comment]:not([disabled])")].find((one) => !one.querySelector("textarea").value.trim());
      let made = blank;
      if (!made) {
        list.insertAdjacentHTML("beforeend", find("comment-one").innerHTML.replaceAll("NUMBER", String(count++)));
        made = list.lastElementChild;
        dress(made);
      }
      const select = made.querySelector('[data-part="pointer"]');
      if (![...select.options].some((option) => option.value === comment.pointer)) select.add(new Option(comment.pointer, comment.pointer));
      for (const [name, value] of Object.entries(comment)) made.querySelector(`[data-part="${name}"]`).value = value;
      lead(made);
      return made;
    }

    const lead = (one) => {
      const pointer = one.querySelector('[data-part="pointer"]').value;
      const target = `f${pointer.replaceAll("/", "-")}`;
      one.querySelector("[data-back]").href = document.getElementById(target) ? `#${target}` : "#contribution";
    };

    function dress(one) {
      const remove = one.querySelector("[data-remove]");
      remove.hidden = false;
      remove.addEventListener("click", () => {
        const said = find("removed"), undo = document.createElement("button");
        one.disabled = one.hidden = true;
        undo.type = "button"; undo.className = "plain"; undo.textContent = words.wordsUndo;
        undo.addEventListener("click", () => {
          one.disabled = one.hidden = false; said.replaceChildren(); one.querySelector("textarea").focus(); changed();
        });
        said.replaceChildren(`${words.wordsRemoved} `, undo);
        undo.focus();
        changed();
      });
      one.querySelector('[data-part="pointer"]').addEventListener("change", () => lead(one));
    }

    function setComments(wanted) {
      for (const one of form.querySelectorAll("[data-comment]:not([disabled])")) {
        const part = (name) => one.querySelector(`[data-part="${name}"]`).value.trim();
        if (part("text") && !wanted.some((other) => same(other, { pointer: part("pointer"), severity: part("severity"), text: part("text") }))) one.remove();
      }
      const here = read().comments;
      for (const other of wanted) if (!here.some((one) => same(one, other))) addComment(other);
    }

    function changed() {
      store.set(key, { at: Date.now(), ...read() });
      clearTimeout(timer);
      timer = setTimeout(save, DELAY);
    }

    function save(leaving = false) {
      clearTimeout(timer);
      if (saving) return saving.then(() => save());
      const sent = read();
      if (open) { tell(words.wordsBoth); return Promise.resolve(); }
      if (same(sent, base) && !("unsaved" in words)) { store.drop(key); return Promise.resolve(); }
      saving = send(sent, leaving).finally(() => { saving = null; });
      return saving;
    }

    async function send(sent, leaving) {
      const body = new URLSearchParams(new FormData(form));
      body.set("version", version);
      tell(words.wordsSaving);
      let answer, said;
      try {
        answer = await fetch(words.typed, { method: "POST", body, keepalive: leaving, headers: { accept: "application/json" } });
        if (answer.status >= 500) throw new Error(answer.statusText);
        said = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : null;
      } catch {
        tell(words.wordsAway);
        timer = setTimeout(save, AGAIN);
        return;
      }
      if (!said) { tell(words.wordsOut); return; }
      if (answer.status === 412) { join(said); return; }
      if (!answer.ok) { tell(said.problem); return; }
      base = sent;
      delete words.unsaved;
      know(said.version);
      if (said.problems.length) { tell(said.problems[0].text); return; }
      tell(words.wordsSaved.replace("{time}", clock(Date.now())));
      if (same(read(), sent)) store.drop(key);
    }

    const know = (now) => { version = now; form.elements.version.value = now; };

    // Another window saved first: take from it what was not changed here, and ask about the rest.
    function join({ version: now, theirs }) {
      const here = read();
      const asked = [];
      for (const [name, their] of Object.entries(theirs.values)) {
        const mine = here.values[name], was = base.values[name] ?? "";
        if (mine === their || their === was) continue;
        if (mine === was) put(name, their);
        else asked.push([name, their]);
      }
      if (same(here.comments, base.comments)) setComments(theirs.comments);
      else if (!same(theirs.comments, base.comments)) {
        const added = theirs.comments.filter((one) => ![...base.comments, ...here.comments].some((other) => same(one, other)));
        added.forEach(addComment);
      }
      base = theirs;
      know(now);
      if (asked.length) ask(asked);
      else if (!same(read(), base)) timer = setTimeout(save, 0);
      else { store.drop(key); tell(words.wordsJoined.replace("{time}", clock(Date.now()))); }
    }

    function ask(asked) {
      const panel = find("both"), shown = find("both-list");
      shown.replaceChildren();
      open = asked.length;
      for (const [name, their] of asked) {
        const one = find("both-one").content.firstElementChild.cloneNode(true);
        one.querySelector("[data-both-called]").textContent = called(name);
        one.querySelector("[data-both-theirs]").textContent = spoken(name, their);
        one.querySelector("[data-both-mine]").textContent = spoken(name, read().values[name]);
        const done = () => {
          one.remove();
          open -= 1;
          if (!open) { panel.hidden = true; form.querySelector(`[name="${name}"]`).focus(); save(); } else panel.focus();
        };
        one.querySelector("[data-keep-mine]").addEventListener("click", done);
        one.querySelector("[data-take-theirs]").addEventListener("click", () => { put(name, their); done(); });
        shown.append(one);
      }
      panel.hidden = false;
      panel.focus();
      tell(words.wordsBoth);
    }

    const control = (name, value) => [...form.elements].find((one) => one.name === name && (value === undefined || one.value === value));
    function called(name) {
      const one = control(name);
      return one.dataset.called || one.closest("fieldset")?.querySelector("legend")?.textContent || one.labels[0].textContent;
    }
    function spoken(name, value) {
      const one = control(name);
      if (one.type !== "radio") return value || words.wordsNothing;
      return value ? control(name, value).labels[0].firstChild.textContent : words.wordsNothing;
    }

    // What an earlier visit could not send.
    const left = store.get(key);
    if (left && !same({ values: left.values, comments: left.comments }, base)) {
      const panel = find("kept"), over = () => { panel.hidden = true; };
      find("kept-at").textContent = words.wordsAt.replace("{time}", clock(left.at, { dateStyle: "medium" }));
      const differing = Object.entries(left.values).filter(([name, value]) => value && value !== base.values[name] && control(name));
      const lines = differing.map(([name, value]) => `${called(name)}: ${spoken(name, value)}`);
      const extra = left.comments.filter((one) => !base.comments.some((other) => same(one, other)));
      find("kept-words").textContent = [...lines, ...extra.map((one) => one.text)].join("\n");
      find("put-back").addEventListener("click", () => {
        for (const [name, value] of Object.entries(left.values)) if (value) put(name, value);
        extra.forEach(addComment);
        over();
        save();
      });
      find("throw-away").addEventListener("click", () => { over(); store.drop(key); if (!same(read(), base)) changed(); });
      panel.hidden = false;
    } else store.drop(key);

    form.querySelectorAll("[data-comment]").forEach(dress);
    form.addEventListener("input", (event) => { if (event.isTrusted) changed(); });
    for (const button of document.querySelectorAll("[data-about]")) button.addEventListener("click", (event) => {
      event.preventDefault();
      const made = addComment({ pointer: button.dataset.about, severity: "should", text: "" });
      made.querySelector("textarea").focus();
      made.scrollIntoView({ block: "center" });
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (event.submitter?.value === "save" && event.submitter.name === "do") { event.preventDefault(); save(); return; }
      if (saving) {  // one after the other: the form must carry the version that this saving makes
        event.preventDefault();
        saving.then(() => form.requestSubmit(event.submitter));
      }
    });
    addEventListener("online", () => save());
    addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
    if ("unsaved" in words) changed();
  }
}
