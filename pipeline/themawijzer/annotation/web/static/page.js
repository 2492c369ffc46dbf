// Keys for everything that the form can do anyway. Texts stand in the page, not here.
"use strict";

const sheet = document.getElementById("sheet");
const help = document.getElementById("help");
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const remembered = (name, initial) => localStorage.getItem(`themawijzer.${name}`) ?? initial;
const remember = (name, value) => localStorage.setItem(`themawijzer.${name}`, value);

let isLeaving = false; // keys that are typed ahead must not change the answer that is being saved
let lastFrame = null; // in which something was chosen last

document.documentElement.classList.add("js");

// Choosing

const frames = sheet ? all(".frame", sheet) : [];
const boxes = (frame) => all(".line > input", frame);
const isFilledIn = (frame) => boxes(frame).some((box) => box.checked);
const isNone = (box) => box.parentElement.classList.contains("none");

function toggle(box) {
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function chosen(box) {
  const frame = box.closest(".frame");
  lastFrame = frame;
  if (box.name === "doubt") return;
  if (box.checked) boxes(frame).filter((other) => isNone(other) !== isNone(box)).forEach((other) => (other.checked = false));
  frame.classList.toggle("open", false);
  showImplied(frame);
  if (!isNone(box)) explain(box.parentElement);
}

// A code implies its parent, which stands above it and less far to the right.
function showImplied(frame) {
  const depth = (line) => Number(line.dataset.depth);
  const lines = all(".line[data-depth]", frame);
  lines.forEach((line) => line.classList.remove("implied"));
  lines.forEach((line, place) => {
    if (!line.querySelector("input").checked) return;
    for (let above = place, level = depth(line); above >= 0 && level > 0; above--) {
      if (depth(lines[above]) < level) {
        level = depth(lines[above]);
        lines[above].classList.add("implied");
      }
    }
  });
}

function chooseNone() {
  const frame = frames.find((each) => !isFilledIn(each)) ?? frames.find((each) => boxes(each).some((box) => isNone(box) && box.checked));
  if (frame) toggle(frame.querySelector(".none > input"));
}

function doubt() {
  const box = (lastFrame ?? frames[0]).querySelector(".doubt > input");
  if (!box) return;
  toggle(box);
  if (box.checked) document.getElementById("note").focus();
}

// Explaining

function explain(line) {
  const panel = document.getElementById("explain");
  const more = line.querySelector(".more");
  if (!more) return;
  const title = document.createElement("h2");
  title.textContent = line.querySelector(".name").textContent;
  panel.replaceChildren(title, ...[...more.cloneNode(true).childNodes]);
  panel.hidden = false;
  const code = line.querySelector("input").value;
  all("#antwoord mark").forEach((mark) => mark.classList.toggle("of-this", mark.dataset.codes.split(" ").includes(code)));
}

// Answers like this one, for which a model may have to be loaded

async function findNearest(event) {
  event.preventDefault();
  const panel = document.getElementById("similar");
  panel.hidden = false;
  panel.replaceChildren(document.getElementById("seeking").content.cloneNode(true));
  try {
    const answer = await fetch(event.currentTarget.href, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) throw new Error(answer.status);
    panel.innerHTML = await answer.text(); // escaped by the server
  } catch {
    panel.replaceChildren(document.getElementById("not-found").content.cloneNode(true));
  }
}

// Searching

const search = document.getElementById("search");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function matches() {
  return all(".line[data-depth]", sheet).filter((line) => !line.hidden);
}

function filter() {
  const words = plain(search.value).split(/\s+/).filter(Boolean);
  sheet.classList.toggle("searching", words.length > 0);
  all(".line[data-depth]", sheet).forEach((line) => {
    line.classList.remove("first");
    line.hidden = !words.every((word) => plain(line.textContent).includes(word));
  });
  // A code whose name has the words comes before one whose explanation has them.
  const byName = (line) => words.every((word) => plain(line.querySelector(".name").textContent).includes(word));
  const found = matches();
  if (words.length && found.length) point(found.find(byName) ?? found[0]);
  document.getElementById("found").textContent = found.length && words.length ? String(found.length) : "";
  document.getElementById("sought").textContent = search.value.trim();
  const hasNone = words.length > 0 && !found.length;
  document.getElementById("no-hits").hidden = !hasNone;
  if (hasNone) document.getElementById("explain").hidden = true; // it is about what was found before
}

function point(line) {
  all(".line.first", sheet).forEach((each) => each.classList.remove("first"));
  line.classList.add("first");
  explain(line);
}

function searchKey(event) {
  const first = sheet.querySelector(".line.first");
  if (event.key === "Enter" && first) {
    event.preventDefault();
    toggle(first.querySelector("input"));
    endSearch();
  } else if (event.key === "Enter" || event.key === "Escape") {
    event.preventDefault();
    if (event.key === "Escape" || !search.value.trim()) endSearch();
  } else if (first && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const found = matches();
    const place = found.indexOf(first) + (event.key === "ArrowDown" ? 1 : -1);
    point(found[(place + found.length) % found.length]);
  }
}

function endSearch() {
  search.value = "";
  filter();
  search.blur();
}

// Saving

function submitted(event) {
  if (isLeaving) return event.preventDefault();
  if (!event.submitter || event.submitter.id === "save") {
    const open = frames.filter((frame) => !isFilledIn(frame));
    open.forEach((frame) => frame.classList.add("open"));
    document.getElementById("missing").hidden = !open.length;
    if (open.length) {
      open[0].querySelector("input").focus();
      return event.preventDefault();
    }
  }
  isLeaving = true;
}

const press = (id) => document.getElementById(id)?.click();

// Keys

const actions = {
  Enter: () => press("save"),
  ArrowLeft: () => press("back"),
  ArrowRight: () => press("skip"),
  0: chooseNone,
  "/": () => search.focus(),
  "?": () => help?.showModal(),
  i: () => press("definitions"),
  s: () => press("suggestions"),
  t: doubt,
  u: () => press("undo"),
  v: () => press("nearest"),
};

function pressed(event) {
  if (isLeaving || event.isComposing || event.altKey || event.metaKey || help?.open) return;
  const inText = event.target.matches("textarea, input[type=search]");
  if (event.ctrlKey && event.key.toLowerCase() === "z" && !inText) return act(event, actions.u);
  if (event.ctrlKey) return;
  if (inText) {
    if (event.key === "Escape") event.target.blur();
    else if (event.target.id === "note" && event.key === "Enter" && !event.shiftKey) act(event, actions.Enter);
    return;
  }
  if (event.key === "Enter") {
    if (!event.target.matches("a, button, summary")) act(event, actions.Enter);
    return;
  }
  if (remembered("shortcuts", "on") === "off") return;
  const box = sheet?.querySelector(`.line[data-key="${CSS.escape(event.key.toLowerCase())}"] > input`);
  if (box) act(event, () => toggle(box));
  else act(event, actions[event.key] ?? actions[event.key.toLowerCase()]);
}

function act(event, action) {
  if (!action) return;
  event.preventDefault();
  action();
}

// What can be shown or hidden

function switchable(id, start, apply, remembers = true) {
  const button = document.getElementById(id);
  if (!button) return;
  const set = (isOn) => {
    button.setAttribute("aria-pressed", String(isOn));
    apply(isOn);
  };
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    set(isOn);
    if (remembers) remember(id, isOn ? "on" : "off");
  });
  set(start);
}

if (sheet) {
  const isBlind = sheet.dataset.suggestions === "hidden";
  document.getElementById("searching").hidden = false;
  sheet.addEventListener("change", (event) => event.target.matches("[type=checkbox]") && chosen(event.target));
  sheet.addEventListener("focusin", (event) => event.target.matches(".line > input") && explain(event.target.parentElement));
  sheet.addEventListener("mouseover", (event) => {
    const line = event.target.closest(".line[data-depth]");
    if (line) explain(line);
  });
  sheet.addEventListener("submit", submitted);
  search.addEventListener("input", filter);
  search.addEventListener("keydown", searchKey);
  document.getElementById("end-search").addEventListener("click", endSearch);
  frames.forEach(showImplied);
  switchable("definitions", remembered("definitions", "off") === "on", (isOn) => sheet.classList.toggle("explained", isOn));
  const show = (isOn) => (sheet.dataset.suggestions = isOn ? "shown" : "hidden");
  switchable("suggestions", !isBlind && remembered("suggestions", "on") === "on", show, !isBlind);
  document.getElementById("nearest")?.addEventListener("click", findNearest);
}

if (help) {
  document.getElementById("helping")?.addEventListener("click", () => help.showModal());
  const shortcuts = document.getElementById("shortcuts");
  shortcuts.checked = remembered("shortcuts", "on") === "on";
  shortcuts.addEventListener("change", () => remember("shortcuts", shortcuts.checked ? "on" : "off"));
}

// The question that was chosen is in sight in its row. (scrollIntoView would let Tab begin there.)
const pills = document.querySelector(".pills");
const right = (element) => element.getBoundingClientRect().right;
if (pills) pills.scrollLeft = right(pills.querySelector("[aria-current]")) - right(pills);

document.addEventListener("keydown", pressed);
window.addEventListener("pageshow", () => (isLeaving = false)); // back in the browser's history
