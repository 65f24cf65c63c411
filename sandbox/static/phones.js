"use strict";
// Shows the phones; asks for news every 700 ms and only while the page is looked at.

const phones = document.getElementById("phones");
const find = document.getElementById("find");
const KINDS = { ios: "iPhone", android: "Android", sms: "Text messages", mail: "Mailbox" };
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

function letter(item) {
  const note = element("button", "note letter" + (item.clicked ? " tapped" : ""));
  note.type = "button";
  note.dataset.id = item.id;
  const top = element("span", "top");
  top.append(element("span", "", item.sender.replace(/<[^>]*>/, "").replaceAll('"', "").trim() || item.sender), element("time", "", when(item.at)));
  note.append(top, element("strong", "", item.title || "(no subject)"), element("span", "words", item.text.trim().slice(0, 140)));
  note.title = "Open the mail: its pictures are fetched, as a mail program does";
  note.addEventListener("click", () => open(item));
  return note;
}

const mail = document.getElementById("mail");
function open(item) {
  mail.dataset.id = item.id;
  document.getElementById("mail-subject").textContent = item.title || "(no subject)";
  document.getElementById("mail-from").textContent = item.sender;
  document.getElementById("mail-done").textContent = "";
  document.getElementById("mail-frame").src = "/mail?id=" + item.id;
  mail.showModal();
  fetch("/phones/tap", { method: "POST", body: JSON.stringify({ id: item.id }) }).then(look);
}
document.getElementById("mail-close").addEventListener("click", () => mail.close());
mail.addEventListener("close", () => { document.getElementById("mail-frame").src = "about:blank"; });
for (const button of mail.querySelectorAll("[data-act]")) {
  button.addEventListener("click", async () => {
    const body = JSON.stringify({ id: Number(mail.dataset.id), act: button.dataset.act });
    const said = await (await fetch("/mail/act", { method: "POST", body })).json();
    document.getElementById("mail-done").textContent = said.done || said.error;
  });
}

function answer(data) {
  const form = element("form", "answer");
  const input = element("input");
  input.placeholder = "Write back: STOP, START, HELP …";
  input.setAttribute("aria-label", "Write back from +" + data.address);
  input.value = drafts.get(data.address) || "";
  input.dataset.id = "answer-" + data.address;
  input.addEventListener("input", () => drafts.set(data.address, input.value));
  form.append(input, element("button", "", "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = JSON.stringify({ address: data.address, text: input.value });
    const said = await fetch("/phones/reply", { method: "POST", body });
    if (said.ok) { drafts.delete(data.address); input.value = ""; }
    else input.setCustomValidity((await said.json()).error), input.reportValidity(), input.setCustomValidity("");
  });
  return form;
}
const drafts = new Map();

function short(data) {
  if (data.platform === "sms") return "+" + data.address;
  if (data.platform === "mail") return data.address;
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
    const made = ({ sms: bubble, mail: letter }[data.platform] || push)(item);
    if (!seen.has(item.id) && !first) made.classList.add("new");
    seen.add(item.id);
    row.append(made);
    list.append(row);
  }
  box.append(head, list);
  if (data.platform === "sms") box.append(answer(data));
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
