// What every page does with a script: focus where it is needed, characters left, no form sent twice.
{
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  for (const area of document.querySelectorAll("textarea[data-most], input[data-most]")) {
    const told = document.querySelector(`[data-left-for="${area.id}"]`);
    if (!told) continue;
    const most = Number(area.dataset.most);
    const number = new Intl.NumberFormat(document.documentElement.lang);
    const tell = () => {
      const left = most - [...area.value].length;
      told.textContent = (left < 0 ? told.dataset.over : told.dataset.words).replace("{n}", number.format(Math.abs(left)));
      told.classList.toggle("error", left < 0);
    };
    area.addEventListener("input", tell);
    tell();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);  // an answer that never comes must not lock the form
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
}
