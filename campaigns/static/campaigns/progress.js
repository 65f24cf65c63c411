// Keeps a running campaign's figures fresh: asks every two seconds while it is under way.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("campaign-progress");
  if (!box || !box.dataset.live) return;
  const put = (name, text) => { for (const place of box.querySelectorAll(`[data-${name}]`)) place.textContent = text; };
  const number = (value) => value.toLocaleString("en");
  let misses = 0;

  async function ask() {
    const answer = await fetch(box.dataset.url, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (!answer || !answer.ok) {
      misses += 1;
      put("eta", "no connection, trying again");
      return setTimeout(ask, Math.min(30000, 2000 * misses));
    }
    misses = 0;
    const found = await answer.json();
    // Another state has other buttons and other words.
    if (found.state !== box.dataset.state) return location.reload();
    show(found);
    return setTimeout(ask, 2000);
  }

  function show(found) {
    box.querySelector("[data-bar]").value = found.percent;
    put("done", number(found.counters.done));
    put("audience", number(found.counters.audience));
    put("percent", found.percent.toFixed(1));
    put("eta", found.eta && found.state === "sending" ? `${found.eta} left` : "");
    box.querySelector("[data-enrolling]").hidden = !found.is_enrolling;
    for (const place of box.querySelectorAll("[data-count]")) place.textContent = number(found.counters[place.dataset.count]);
    for (const row of box.querySelectorAll("[data-row]")) {
      row.classList.toggle("none", !found.counters[row.dataset.row] && !["sent", "pending"].includes(row.dataset.row));
    }
  }

  setTimeout(ask, 1000);
});
