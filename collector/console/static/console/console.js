// What does the browser do itself? Copying, shortcuts, dropping files, asking back. Every page works without it.
"use strict";

const KEY_PAUSE_MS = 1500;
let goPressedAt = 0;

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
});

document.addEventListener("submit", (event) => {
  const asking = event.submitter?.dataset.confirm;
  if (asking && !window.confirm(asking)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "/") return act(event, () => document.getElementById("find")?.focus());
  if (event.key === "?") return act(event, () => document.getElementById("keys").showModal());
  if (event.key === "j") return act(event, () => moveRow(1));
  if (event.key === "k") return act(event, () => moveRow(-1));
  if (event.key === "g") { goPressedAt = event.timeStamp; return; }
  if (event.timeStamp - goPressedAt < KEY_PAUSE_MS) go(event);
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.(".drop");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("over", kind === "dragover");
    const input = form.querySelector("input[type=file]");
    if (kind === "drop" && event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

function act(event, deed) {
  event.preventDefault();
  deed();
}

function go(event) {
  goPressedAt = 0;
  const links = document.querySelectorAll(".menu [data-key]");
  const link = [...links].find((one) => one.dataset.key === event.key);
  if (link) act(event, () => link.click());
}

function moveRow(step) {
  const links = [...document.querySelectorAll(".list tbody tr a:first-of-type")];
  const rows = [...new Set(links.map((link) => link.closest("tr")))];
  const here = rows.indexOf(document.activeElement?.closest?.("tr"));
  const row = rows[Math.min(rows.length - 1, Math.max(0, here + step))];
  row?.querySelector("a")?.focus();
}

async function copyText(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyByHand(text, button); // Without HTTPS there is no clipboard for scripts.
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), KEY_PAUSE_MS);
}

function copyByHand(text, button) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  button.after(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  button.focus();
}
