// What does the browser do itself? Copying, shortcuts, choosing rows, dropping files, asking back. Every page works
// without it.
"use strict";

const KEY_PAUSE_MS = 1500;
const TYPED = "input:not([type=checkbox]), select, textarea";
let goPressedAt = -Infinity;
document.documentElement.classList.add("js");
// A narrow menu begins where one is.
const here = document.querySelector(".menu [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
});

document.addEventListener("change", (event) => {
  if (event.target.matches(".all")) for (const box of boxes()) box.checked = event.target.checked;
  tellPicked();
});
// Going back, a browser ticks what was ticked; a filter brings other rows.
for (const kind of ["pageshow", "htmx:afterSwap"]) addEventListener(kind, tellPicked);

// Where rows cannot be fetched (signed out, a fault), the page itself says why.
addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.matches(".filters")) location.assign(event.detail.pathInfo.finalRequestPath);
});

document.addEventListener("submit", (event) => {
  const asking = event.submitter?.dataset.confirm;
  if (asking && !window.confirm(asking)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPED)) return;
  // What follows "g" is a menu's letter, whatever else it may mean.
  if (event.timeStamp - goPressedAt < KEY_PAUSE_MS) return go(event);
  if (event.key === "/") return act(event, () => document.getElementById("find")?.focus());
  if (event.key === "?") return act(event, () => document.getElementById("keys").showModal());
  if (event.key === "j") return act(event, () => moveRow(1));
  if (event.key === "k") return act(event, () => moveRow(-1));
  if (event.key === "x") return pickRow(event);
  if (event.key === "b") return act(event, () => document.querySelector("#bulk button")?.focus());
  if (event.key === "g") goPressedAt = event.timeStamp;
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
  goPressedAt = -Infinity;
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

function boxes() {
  return document.querySelectorAll("input[name=pick]");
}

function pickRow(event) {
  const box = event.target.closest("tr")?.querySelector("input[name=pick]");
  if (box) act(event, () => box.click());
}

// How many rows are chosen; with none there is nothing to do with them.
function tellPicked() {
  const bulk = document.getElementById("bulk");
  if (!bulk) return;
  const all = [...boxes()], picked = all.filter((box) => box.checked).length;
  bulk.querySelector(".picked").textContent = picked ? `${picked}` : "";
  for (const button of bulk.querySelectorAll("button")) button.disabled = !picked;
  const head = document.querySelector(".all");
  head.checked = picked === all.length;
  head.indeterminate = picked > 0 && picked < all.length;
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
