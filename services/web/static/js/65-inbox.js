// The count of unread entries, live: one tab follows the stream and tells the others; and reading marks as read.
{
  const shown = document.querySelector("[data-unread]");
  const said = document.querySelector("[data-unread-said]");
  const number = new Intl.NumberFormat(document.documentElement.lang);

  const show = (unread) => {
    if (!shown) return;
    shown.textContent = unread ? number.format(unread) : "";
    said.textContent = unread ? shown.dataset.unreadWords : "";
    document.dispatchEvent(new CustomEvent("unread", { detail: unread }));
  };

  if (shown && "EventSource" in window && "BroadcastChannel" in window && navigator.locks) {
    const others = new BroadcastChannel("unread");
    others.onmessage = (event) => show(event.data);
    // Browsers open six connections to a site at most, for all tabs together: one stream is enough.
    navigator.locks.request("unread", () => new Promise(() => {
      const stream = new EventSource("/inbox/live");
      stream.addEventListener("unread", (event) => {
        const { unread } = JSON.parse(event.data);
        show(unread);
        others.postMessage(unread);
      });
    })).catch(() => {});
  }

  const token = document.querySelector("input[name=csrf]");
  for (const link of document.querySelectorAll(".notice.new a[data-notice]")) {
    link.addEventListener("click", () => {
      const form = new FormData();
      form.set("csrf", token.value);
      fetch(`/inbox/${link.dataset.notice}/read`, { method: "POST", body: form, keepalive: true });
    });
  }
}
