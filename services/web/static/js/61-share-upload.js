// A file is sent with its progress shown. Without a script the form sends it as it is.
{
  const form = document.querySelector("form[data-share-upload]");
  const send = () => {
    const bar = form.querySelector("[data-share-progress]"), status = form.querySelector("[data-status]");
    const button = form.querySelector("button[value=upload]");
    const body = new FormData(form);
    body.append("do", "upload");
    const request = new XMLHttpRequest();
    let told = -10;
    button.disabled = true;
    bar.hidden = false;
    request.open("POST", form.action);
    request.setRequestHeader("x-progress", "1");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor(100 * event.loaded / event.total);
      bar.firstElementChild.value = percent;
      if (percent < told + 10) return;  // spoken ten times, not a hundred
      told = percent;
      status.textContent = percent === 100 ? form.dataset.checking : form.dataset.percent.replace("{n}", percent);
    });
    request.addEventListener("load", () => {
      if (request.status === 200 && request.response) { location.assign(request.response.go); return; }
      const errors = request.response && request.response.errors;
      if (errors) show(errors, "");
      else form.submit();  // signed out, too large, or something broken: the page that says so
      over();
    });
    request.addEventListener("error", () => { status.textContent = form.dataset.lost; over(); });
    const over = () => { button.disabled = false; bar.hidden = true; bar.firstElementChild.value = 0; };
    request.send(body);
  };

  const show = (errors) => {
    form.querySelector("[data-status]").textContent = "";
    for (const old of form.querySelectorAll(".error")) old.remove();
    let first = null;
    for (const [name, text] of Object.entries(errors)) {
      const input = form.elements[name], field = input.closest(".field");
      const said = Object.assign(document.createElement("span"), { className: "error", id: `${name}-error` });
      said.innerHTML = text;  // the server has escaped it
      said.setAttribute("role", "alert");
      input.before(said);
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${name}-hint ${name}-error`);
      field.classList.add("wrong");
      first ||= input;
    }
    if (first) first.focus();
  };

  if (form) form.addEventListener("submit", (event) => { event.preventDefault(); if (!form.querySelector("button[value=upload]").disabled) send(); });
}
