// Keys and copying. Everything else works without this file.
"use strict";

for (const one of document.querySelectorAll("[data-needs-script]")) one.hidden = false;

const quote = document.getElementById("quote");

// A quote taller than the window begins at its top, any other stands in the middle.
function toQuote() {
  const marks = document.querySelectorAll("#text mark");
  if (!marks.length) return;
  const top = marks[0].getBoundingClientRect().top;
  const height = marks[marks.length - 1].getBoundingClientRect().bottom - top;
  const room = Math.max(24, (window.innerHeight - height) / 2);
  window.scrollTo({ top: window.scrollY + top - room });
}

if (quote && (!location.hash || location.hash === "#quote")) {
  toQuote();
  window.addEventListener("load", toQuote, { once: true });
}

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "away";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function copyFrom(button) {
  const pre = button.parentElement.querySelector("pre");
  const said = document.querySelector("[data-copied]");
  try {
    await copy(pre.textContent);
    button.textContent = "Copied";
    said.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(pre);
    said.textContent = "It is selected: copy it with your keyboard.";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copyFrom(button));
}

// One key each; not while somebody types, and not with a modifier, which is the browser's.
const KEYS = {
  "/": () => { const box = document.getElementById("q"); if (box) { box.focus(); box.select(); } else location.assign("/"); },
  f: () => document.getElementById("follow")?.focus(),
  j: () => document.querySelector('a[rel="next"]')?.click(),
  k: () => document.querySelector('a[rel="prev"]')?.click(),
  q: toQuote,
  c: () => { const button = document.querySelector("[data-copy]"); if (button) copyFrom(button); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing) return;
  const action = /^[1-9]$/.test(event.key)
    ? () => document.querySelector(`a.open[data-number="${event.key}"]`)?.click()
    : Object.hasOwn(KEYS, event.key) && KEYS[event.key];
  if (action) { event.preventDefault(); action(); }
});
