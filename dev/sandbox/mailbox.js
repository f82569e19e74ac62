// Says when new messages have come; the reader decides when the list changes.
const seen = Number(document.body.dataset.messages);
const fresh = document.querySelector(".fresh");
fresh.href = location.href;
setInterval(async () => {
  try {
    const { messages } = await (await fetch("/control/pending")).json();
    fresh.hidden = messages <= seen;
  } catch { /* the sandbox is gone; the page stays readable */ }
}, 3000);
document.querySelector(".list .chosen")?.scrollIntoView({ block: "nearest" });
