// Rows that are added and removed in place, countries that are chosen by name. Without a script the buttons send the form.
{
  const touched = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  const renumber = (group) => {
    for (const [place, row] of [...group.querySelectorAll("[data-row]")].entries()) {
      const legend = row.querySelector("legend");
      const blank = group.querySelector("template").content.querySelector("legend").textContent;
      legend.textContent = blank.replace("{n}", place + 1);
      const said = row.querySelector("[data-remove] .sr");
      if (said) said.textContent = ` ${legend.textContent}`;
    }
  };

  for (const group of document.querySelectorAll("[data-rows]")) {
    const blank = group.querySelector("template");
    if (!blank) continue;
    let next = group.querySelectorAll("[data-row]").length;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("[data-add], [data-remove]");
      if (!button) return;
      event.preventDefault();
      if ("add" in button.dataset) {
        const made = document.createElement("div");
        made.innerHTML = blank.innerHTML.replaceAll("__n__", next);  // our own markup, no text of anybody
        next += 1;
        const row = made.querySelector("[data-row]");
        group.querySelector("[data-list]").append(row);
        renumber(group);
        row.querySelector("input:not([type=hidden]), textarea").focus();
      } else {
        const row = button.closest("[data-row]");
        const beside = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        renumber(group);
        (beside ? beside.querySelector("input:not([type=hidden])") : group.querySelector("[data-add]")).focus();
        touched(group);
      }
    });
  }

  const list = document.getElementById("share-countries");
  const codes = new Map([...(list ? list.options : [])].map((one) => [one.value.toLocaleLowerCase(), one]));
  for (const group of document.querySelectorAll("[data-countries]")) {
    const input = group.querySelector("input[list]");
    const chosen = group.querySelector("[data-chosen]");
    const take = () => {
      const left = [];
      for (const name of input.value.split(";").map((one) => one.trim()).filter(Boolean)) {
        const found = codes.get(name.toLocaleLowerCase());
        if (!found) { left.push(name); continue; }
        const { code } = found.dataset;
        if (!chosen.querySelector(`input[value="${code}"]`)) add(found.value, code);
      }
      input.value = left.join("; ");
    };
    const add = (name, code) => {
      const choice = document.createElement("div");
      choice.className = "choice";
      const box = Object.assign(document.createElement("input"), { type: "checkbox", id: `${group.id}-${code}`, name: input.name.replace(/\.more$/, ""), value: code, checked: true });
      const label = Object.assign(document.createElement("label"), { htmlFor: box.id, textContent: name });
      choice.append(box, label);
      chosen.append(choice);
      group.querySelector("[data-told]").textContent = group.querySelector("[data-told]").dataset.added.replace("{name}", name);
    };
    // A name picked from the list arrives as one event; while somebody types, only Enter or leaving the field takes it.
    input.addEventListener("input", (event) => { if (event.inputType === "insertReplacementText" || !event.inputType) take(); });
    input.addEventListener("change", take);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !input.value.trim()) return;
      event.preventDefault();
      take();
      touched(input);
    });
    group.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      take();
      touched(input);
      input.focus();
    });
  }
}
