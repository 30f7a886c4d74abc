// Results that change in place: the box follows the address, what was unfolded stays so, the number is said.
{
  const form = document.querySelector("#find");
  if (form) {
    const narrow = matchMedia("(max-width: 60rem)");
    const unfolded = new Map();
    const region = () => document.querySelector("#found");
    const filters = () => document.querySelector("#all-filters");

    const fold = () => { if (narrow.matches && !unfolded.get("all-filters")) filters().open = false; };
    fold();
    form.classList.add("scripted");

    form.addEventListener("change", (event) => {
      if (event.target.type === "checkbox") form.requestSubmit();
    });

    let focused = null;
    document.addEventListener("htmx:before:swap", () => {
      for (const part of region().querySelectorAll("details[id]")) unfolded.set(part.id, part.open);
      focused = region().contains(document.activeElement) ? document.activeElement : null;
    });

    document.addEventListener("htmx:after:swap", () => {
      for (const part of region().querySelectorAll("details[id]")) {
        if (unfolded.has(part.id)) part.open = unfolded.get(part.id);
      }
      const box = form.querySelector("#q");
      if (box.value.trim() !== region().dataset.q) box.value = region().dataset.q;
      const count = region().querySelector("#count");
      // A chip or a link that is gone leaves the focus on what it led to.
      if (focused && !(focused.id && document.getElementById(focused.id))) count.focus({ preventScroll: false });
      focused = null;
      document.querySelector("#said").textContent = count.textContent;
      const here = location.pathname + location.search;
      for (const link of document.querySelectorAll(".foot a[hreflang]")) {
        const to = new URL(here, location.origin);
        to.searchParams.set("lang", link.hreflang);
        link.href = to.pathname + to.search;
      }
      const entry = document.querySelector('.who a[href^="/sign-in"]');
      if (entry) entry.href = `/sign-in?to=${encodeURIComponent(here)}`;
    });

    // An answer that does not come must not leave old results beside new filters: load the page as without scripts.
    let leaving = false;  // what is given up because one goes elsewhere is no trouble
    addEventListener("beforeunload", () => { leaving = true; });
    addEventListener("pageshow", () => { leaving = false; });
    for (const trouble of ["htmx:error", "htmx:response:error"]) {
      document.addEventListener(trouble, (event) => {
        const to = event.detail?.ctx?.request?.action;
        if (to && !leaving) location.assign(to);
      });
    }
  }
}

// Copying a citation.
{
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
      button.parentElement.querySelector("[data-copy-said]").textContent = button.dataset.copied;
    });
  }
}
