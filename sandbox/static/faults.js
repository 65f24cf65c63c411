"use strict";
// The form that tells the sandbox to fail, and the list of what it was told.

const form = document.getElementById("fault-form");
const problem = document.getElementById("fault-problem");
const USUAL = { status: "503", error: "UNAVAILABLE", delay: "", reset: "", half: "", silence: "", goaway: "", dead: "", throttle: "10" };

function sentence(rule) {
  const parts = [rule.provider === "*" ? "every provider" : rule.provider, rule.action + (rule.value ? " " + rule.value : "")];
  if (rule.match !== "*") parts.push("to " + rule.match);
  if (rule.addresses) parts.push("to " + rule.addresses + " addresses");
  if (rule.seconds) parts.push(rule.seconds + " s");
  if (rule.share < 1) parts.push(Math.round(rule.share * 100) + " %");
  parts.push(rule.times === null ? "until removed" : rule.times + " times more");
  return parts.join(", ") + " (happened " + rule.fired + "×)";
}

async function list() {
  const rules = (await (await fetch("/control/faults")).json()).faults;
  const badge = document.getElementById("fault-count");
  badge.hidden = !rules.length;
  badge.textContent = rules.length;
  document.getElementById("fault-list").replaceChildren(...rules.map((rule) => {
    const row = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = sentence(rule);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.addEventListener("click", async () => {
      await fetch("/control/faults?id=" + rule.id, { method: "DELETE" });
      await list();
    });
    row.append(words, remove);
    return row;
  }));
}

form.elements.action.addEventListener("change", () => {
  form.elements.value.value = USUAL[form.elements.action.value];
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const answer = await fetch("/control/faults", { method: "POST", body });
  problem.hidden = answer.ok;
  if (!answer.ok) problem.textContent = (await answer.json()).error;
  await list();
});

list().catch(() => {});
setInterval(() => document.hidden || list().catch(() => {}), 3000);
