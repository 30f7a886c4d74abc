// The guided form: saved as one types, kept on this device while it cannot be saved, never sent over newer text.
{
  const WAIT = 900;  // milliseconds without a key before it is saved
  const RETRY = 15000;
  const LARGEST_PARTING = 60000;  // what a browser still sends while a page is left
  const OURS = new Set(["csrf", "once", "seen", "do"]);

  const form = document.querySelector("form[data-share]");
  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or closed: the page holds it */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* closed */ } },
  };
  const time = (when) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(when);

  const pairsOf = (one) => [...new FormData(one)].filter(([name, value]) => !OURS.has(name) && typeof value === "string");
  const plain = (pairs) => JSON.stringify(pairs
    .map(([name, value]) => [name, value.replace(/\r\n?/g, "\n").trim().normalize("NFC")])
    .filter(([name, value]) => value && !name.endsWith(".rest") && name !== "language" && name !== "translating")
    .map(([name, value]) => [name.replace(/\.\d+\./, ".n."), value]));

  class Draft {
    constructor(element) {
      this.form = element;
      this.key = `share:${element.dataset.share}`;
      this.status = element.querySelector("[data-status]");
      this.sent = plain(pairsOf(element));
      this.stuck = "conflict" in element.dataset;  // a person has to choose first
      this.dirty = "unsaved" in element.dataset;
      this.flight = null;
      element.addEventListener("input", () => this.touched());
      element.addEventListener("change", () => this.touched());
      element.addEventListener("submit", (event) => this.submitting(event));
      addEventListener("online", () => this.save());
      addEventListener("beforeunload", (event) => { if (this.dirty && !this.leaving) event.preventDefault(); });
      // A phone may never come back to a tab that was put aside. A page that is left (pagehide comes first) offers what
      // was typed the next time: a save that is under way just then could land after the next page was read.
      addEventListener("pagehide", () => { this.gone = true; });
      addEventListener("pageshow", () => { this.gone = false; });
      document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && this.dirty && !this.gone) this.save(true); });
      if (this.dirty) this.keep(); else this.offer();
    }

    say(name, when) { this.status.textContent = name ? this.form.dataset[name].replace("{time}", when || "") : ""; }

    touched() {
      if (plain(pairsOf(this.form)) === this.sent && !this.dirty) return;
      this.dirty = true;
      this.keep();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), WAIT);
    }

    keep() { store.set(this.key, { at: Date.now(), seen: this.form.elements.seen.value, pairs: pairsOf(this.form) }); }

    // One at a time, so that we never stand in our own way. Resolves to "saved", "partly", "ask" or "away".
    async save(parting = false) {
      clearTimeout(this.timer);
      while (this.flight) await this.flight;
      if (!this.dirty) return "saved";
      if (this.stuck) return "ask";
      this.flight = this.post(parting);
      try { return await this.flight; } finally { this.flight = null; }
    }

    async post(parting) {
      const pairs = pairsOf(this.form), now = plain(pairs);
      const body = new URLSearchParams([...pairs, ["csrf", this.form.elements.csrf.value], ["seen", this.form.elements.seen.value]]);
      this.say("saving");
      let answer;
      try {
        const keepalive = parting && String(body).length < LARGEST_PARTING;
        answer = await fetch(this.form.action, { method: "POST", body, keepalive, redirect: "manual", headers: { "x-autosave": "1" } });
      } catch { return this.later(); }
      if (answer.status === 401 || answer.status === 403) return this.ended();
      if (answer.status === 409 || answer.status === 422) {
        this.stuck = answer.status === 409;
        this.say(this.stuck ? "both" : "");
        return "ask";
      }
      if (!answer.ok) return this.later();
      const told = await answer.json().catch(() => null);
      if (!told) return this.later();
      this.form.elements.seen.value = told.seen;
      return this.done(now, told.kept_back);
    }

    done(now, keptBack) {
      const partly = keptBack.length > 0;
      this.say(partly ? "partly" : "saved", time(Date.now()));
      if (plain(pairsOf(this.form)) !== now) { this.keep(); return "partly"; }  // typed on meanwhile: saved next
      if (partly) { this.keep(); return "ask"; }
      this.sent = now;
      this.dirty = false;
      store.drop(this.key);
      return "saved";
    }

    later() {
      this.say("away");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), RETRY);
      return "away";
    }

    ended() {
      this.say("ended");
      this.status.append(" ", document.getElementById("share-sign-in").content.cloneNode(true));
      return "away";
    }

    async submitting(event) {
      if (event.defaultPrevented) return;
      if (this.passing || this.stuck || (!this.dirty && !this.flight)) { this.leaving = true; return; }
      event.preventDefault();
      if (this.busy) return;
      this.busy = true;
      const button = event.submitter;
      const how = await this.save();
      await new Promise((next) => { setTimeout(next); });  // a form that is being sent cannot be sent again
      this.busy = false;
      if (how === "away") { this.status.scrollIntoView({ block: "center" }); return; }
      this.passing = true;
      this.form.requestSubmit(button);
      this.passing = false;
    }

    // What was left here the last time, unless it is what the page shows anyway.
    offer() {
      const kept = store.get(this.key);
      if (!kept || !Array.isArray(kept.pairs)) return;
      if (plain(kept.pairs) === this.sent) { store.drop(this.key); return; }
      const asked = document.getElementById("share-kept").content.firstElementChild.cloneNode(true);
      const told = asked.querySelector("p");
      told.textContent = told.textContent.replace("{time}", new Date(kept.at).toLocaleString(document.documentElement.lang));
      const shown = new Set(pairsOf(this.form).map(([name, value]) => `${name}=${value.replace(/\r\n?/g, "\n").trim()}`));
      for (const [name, value] of kept.pairs) {
        if (!value.trim() || name.endsWith(".rest") || shown.has(`${name}=${value.replace(/\r\n?/g, "\n").trim()}`)) continue;
        const text = document.createElement("p");
        text.className = "share-quoted";
        text.dir = "auto";
        text.textContent = value;
        asked.querySelector("[data-kept-text]").append(text);
      }
      asked.querySelector("[data-use]").addEventListener("click", () => this.use(kept));
      asked.querySelector("[data-drop]").addEventListener("click", () => { store.drop(this.key); asked.remove(); this.form.querySelector("textarea, input:not([type=hidden]), select")?.focus(); });
      this.form.before(asked);
      asked.focus();
    }

    // Sent as if this page had been typed into: the server saves it, or shows both where somebody else changed it.
    use(kept) {
      const again = document.createElement("form");
      again.method = "post";
      again.action = this.form.action;
      again.hidden = true;
      const pairs = [...kept.pairs, ["seen", kept.seen], ["csrf", this.form.elements.csrf.value], ["once", this.form.elements.once.value], ["do", "stay"]];
      for (const [name, value] of pairs) {
        const field = document.createElement("textarea");
        field.name = name;
        field.value = value;
        again.append(field);
      }
      document.body.append(again);
      again.submit();
    }
  }

  if (form) new Draft(form);

  // A link to a field that stands in a closed fold opens it.
  const wanted = form && location.hash && document.getElementById(location.hash.slice(1));
  const fold = wanted && wanted.closest("details:not([open])");
  if (fold) { fold.open = true; wanted.focus(); }
}
