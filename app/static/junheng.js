// Behaviour that HTML alone has not: everything works without it, only less comfortably.
"use strict";

// The menu is open on wide screens and closed on narrow ones.
function fitMenu() {
  const menu = document.querySelector("details[data-menu]");
  if (menu) menu.open = window.matchMedia("(min-width: 992px)").matches;
}
window.matchMedia("(min-width: 992px)").addEventListener("change", fitMenu);

// Forms that must not be sent by a slip of the hand ask once.
document.addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (words && !window.confirm(words)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  if (!button) return;
  if (event.target.dataset.download) awaitDownload(event.target, button);
  // After the browser has read the form: a second click sends nothing twice.
  setTimeout(() => { button.disabled = true; button.setAttribute("aria-busy", "true"); }, 0);
});

// A download leaves the page as it is and tells it nothing; the answer's cookie, which data-download names, does.
function awaitDownload(form, button) {
  const note = form.querySelector("[data-busy]");
  const token = Math.random().toString(36).slice(2);
  const field = form.querySelector("input[name=token]") || form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name: "token", value: token });
  if (note) note.hidden = false;
  const timer = setInterval(() => {
    if (!document.cookie.split("; ").includes(`${form.dataset.download}=${token}`)) return;
    clearInterval(timer);
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (note) note.hidden = true;
    document.body.dispatchEvent(new CustomEvent("downloaded"));
  }, 250);
}

// Choosing an option fills in the field that goes with it.
document.addEventListener("change", (event) => {
  const target = event.target.dataset.fills && document.getElementById(event.target.dataset.fills);
  if (target) target.value = event.target.selectedOptions[0].dataset.fill || "";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("button[aria-busy]").forEach((button) => {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  });
});

// One box ticks all boxes of its table.
document.addEventListener("change", (event) => {
  const all = event.target.closest("input[data-tick-all]");
  if (!all) return;
  all.closest("form").querySelectorAll(`input[name="${all.dataset.tickAll}"]`).forEach((box) => { box.checked = all.checked; });
});

// What went wrong is read out and scrolled to.
function focusProblem() {
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
}

document.addEventListener("DOMContentLoaded", () => { fitMenu(); focusProblem(); });
document.addEventListener("htmx:afterSwap", focusProblem);
