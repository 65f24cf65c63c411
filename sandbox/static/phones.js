"use strict";
// Shows the phones; asks for news every 700 ms and only while the page is looked at.

const phones = document.getElementById("phones");
const find = document.getElementById("find");
const KINDS = { ios: "iPhone", android: "Android", sms: "Text messages" };
let version = -1;
let latest = [];
let kind = "";
const seen = new Set();
let first = true; // what was there before the page was opened does not slide in

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function when(at) {
  const seconds = Math.max(0, Date.now() / 1000 - at);
  if (seconds < 60) return "now";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  return new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function icon(item) {
  const box = element("span", "icon", (item.title || "•").trim().charAt(0).toUpperCase());
  if (/^(http:\/\/(127\.0\.0\.1|localhost)[:/]|data:image\/|\/)/.test(item.image)) {
    const picture = element("img");
    picture.alt = "";
    picture.addEventListener("load", () => box.replaceChildren(picture));
    picture.src = item.image;
  }
  return box;
}

function push(item) {
  const note = element("button", "note" + (item.clicked ? " tapped" : ""));
  note.type = "button";
  note.dataset.id = item.id;
  const top = element("span", "top");
  top.append(icon(item), element("span", "", "Demo"), element("time", "", when(item.at)));
  note.append(top);
  if (item.title) note.append(element("strong", "", item.title));
  note.append(element("span", "words", item.text));
  const state = [];
  if (item.clicked) state.push("Tapped");
  if (item.replaced) state.push("replaced " + item.replaced + "×");
  if (item.link) state.push(item.link);
  if (state.length) note.append(element("span", "state", state.join(" · ")));
  note.title = "Tap: the app reports the click";
  note.addEventListener("click", () => tap(item.id));
  return note;
}

function bubble(item) {
  const box = element("div", "bubble", item.text);
  box.append(element("small", "", (item.sender ? item.sender + " · " : "") + when(item.at)));
  return box;
}

function short(data) {
  if (data.platform === "sms") return "+" + data.address;
  const token = data.address;
  return token.length > 26 ? token.slice(0, 12) + "…" + token.slice(-10) : token;
}

function phone(data) {
  const box = element("section", "phone " + data.platform);
  const head = element("header");
  const address = element("code", "", short(data));
  address.title = data.address;
  head.append(element("h2", "", KINDS[data.platform] || data.platform), address);
  const list = element("ul", "notes");
  for (const item of data.items) {
    const row = element("li");
    const made = data.platform === "sms" ? bubble(item) : push(item);
    if (!seen.has(item.id) && !first) made.classList.add("new");
    seen.add(item.id);
    row.append(made);
    list.append(row);
  }
  box.append(head, list);
  return box;
}

function fits(data) {
  if (kind && data.platform !== kind) return false;
  const words = find.value.trim().toLowerCase().replace(/^\+/, "");
  if (!words) return true;
  const texts = data.items.map((item) => item.title + " " + item.text).join(" ");
  return (data.address + " " + texts).toLowerCase().includes(words);
}

function draw() {
  const focused = document.activeElement && document.activeElement.dataset.id;
  const scrolled = new Map();
  for (const list of phones.querySelectorAll(".notes")) scrolled.set(list.dataset.address, list.scrollTop);
  const shown = latest.filter(fits).map((data) => {
    const box = phone(data);
    const list = box.querySelector(".notes");
    list.dataset.address = data.address;
    return box;
  });
  phones.replaceChildren(...shown);
  for (const list of phones.querySelectorAll(".notes")) list.scrollTop = scrolled.get(list.dataset.address) || 0;
  const again = focused && phones.querySelector('[data-id="' + focused + '"]');
  if (again) again.focus({ preventScroll: true });
  const empty = document.getElementById("empty");
  empty.hidden = shown.length > 0;
  if (latest.length) empty.textContent = "No phone fits.";
}

function count(counts) {
  for (const cell of document.querySelectorAll("#counts dd")) {
    const name = cell.dataset.provider;
    const number = name === "refused"
      ? counts.received - counts.accepted
      : (counts.providers[name] || { accepted: 0 }).accepted;
    cell.textContent = number.toLocaleString();
  }
}

async function tap(id) {
  const answer = await fetch("/phones/tap", { method: "POST", body: JSON.stringify({ id }) });
  const said = await answer.json();
  const app = document.getElementById("app");
  if (answer.ok && !said.reported) app.textContent = "Tapped; no app is set up to report it.";
  await look();
}

async function look() {
  const answer = await fetch("/phones?version=" + version);
  const news = await answer.json();
  document.getElementById("lost").hidden = true;
  if (!news.phones) return;
  version = news.version;
  latest = news.phones;
  count(news.counts);
  draw();
  first = false;
}

async function state() {
  const said = await (await fetch("/control/state")).json();
  const app = said.app;
  const courier = said.couriers.app;
  const words = app.configured
    ? "The app reports " + (app.auto_delivery ? "deliveries and taps" : "taps") + " to project " + app.project_id
    : "No app is set up: taps are not reported";
  const trouble = courier.failed ? " · " + courier.failed + " failed (" + courier.last_problem + ")" : "";
  document.getElementById("app").textContent = words + trouble;
  count({ received: said.log.received, accepted: said.log.accepted, providers: said.log.by_provider });
}

for (const button of document.querySelectorAll(".kinds button")) {
  button.addEventListener("click", () => {
    kind = button.dataset.kind;
    for (const other of document.querySelectorAll(".kinds button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    draw();
  });
}
find.addEventListener("input", draw);
document.getElementById("clear").addEventListener("click", async () => {
  await fetch("/phones", { method: "DELETE" });
  await look();
});

async function watch() {
  let pause = 700;
  if (!document.hidden) {
    try {
      await look();
    } catch {
      document.getElementById("lost").hidden = false;
      version = -1;
      pause = 2000;
    }
  }
  setTimeout(watch, pause);
}

watch();
state().catch(() => {});
setInterval(() => document.hidden || state().catch(() => {}), 4000);
