// Suggestions under the box of the search: an editable combobox with a list (WAI-ARIA Authoring Practices, "Combobox
// With List Autocomplete"). The focus stays in the box; Down and Up choose, Enter goes there, Escape closes.
{
  const PAUSE = 150;  // ms after the last key
  const SHORTEST = 2;

  for (const [number, holder] of document.querySelectorAll("[data-suggests]").entries()) {
    const box = holder.querySelector("input");
    const list = document.createElement("ul");
    const status = document.createElement("p");
    let waiting = null;
    let asking = null;
    let chosen = -1;

    list.id = `suggestions-${number}`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", holder.querySelector("label").textContent);
    list.hidden = true;
    status.className = "sr";
    status.setAttribute("role", "status");
    holder.append(list, status);
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", list.id);

    const close = () => {
      clearTimeout(waiting);
      asking?.abort();
      list.hidden = true;
      list.replaceChildren();
      chosen = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };

    const choose = (place) => {
      const options = list.children;
      if (!options.length) return;
      if (chosen >= 0) options[chosen].setAttribute("aria-selected", "false");
      // One step before the first and after the last is the box itself.
      chosen = place < -1 ? options.length - 1 : place >= options.length ? -1 : place;
      if (chosen < 0) { box.removeAttribute("aria-activedescendant"); return; }
      options[chosen].setAttribute("aria-selected", "true");
      options[chosen].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", options[chosen].id);
    };

    const show = (items) => {
      list.replaceChildren(...items.map((item, place) => {
        const option = document.createElement("li");
        const text = document.createElement("span");
        const what = document.createElement("span");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.to = item.to;
        text.textContent = item.text;
        if (item.lang) { text.lang = item.lang; text.dir = item.dir; }
        what.textContent = item.kind;
        what.className = "what";
        option.append(text, " ", what);
        return option;
      }));
      chosen = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = !items.length;
      box.setAttribute("aria-expanded", String(items.length > 0));
      const words = { 0: holder.dataset.none, 1: holder.dataset.one }[items.length] ?? holder.dataset.some;
      status.textContent = words.replace("{n}", items.length);
    };

    const ask = async () => {
      const text = box.value.trim();
      if (text.length < SHORTEST) { close(); status.textContent = ""; return; }
      asking?.abort();
      asking = new AbortController();
      try {
        const answer = await fetch(`/search/suggestions?q=${encodeURIComponent(text)}`, { signal: asking.signal });
        if (answer.ok && document.activeElement === box) show((await answer.json()).items);
      } catch (error) {
        if (error.name !== "AbortError") close();  // without suggestions one types on
      }
    };

    box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE); });
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) ask(); else choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        location.assign(list.children[chosen].dataset.to);
      } else if (event.key === "Enter" || event.key === "Tab") {
        close();
      }
    });
    box.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault());  // the focus stays in the box
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.to);
    });
    box.form.addEventListener("submit", close);
  }
}
