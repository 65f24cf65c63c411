// Forms of types and campaigns: offers only what fits the project and the channel, and shows each template's share.
document.addEventListener("DOMContentLoaded", () => {
  const mix = document.querySelector("[data-mix]");
  if (!mix) return;
  const form = mix.closest("form");
  const facts = JSON.parse(document.getElementById("mailing-facts")?.textContent || "{}");
  const rows = mix.querySelector("[data-rows]");
  const blank = mix.querySelector("[data-blank]");
  const made = mix.querySelector("[data-made]");
  const value = (name) => form.elements[name]?.value || "";
  const project = () => String(facts.project || value("project"));
  const channel = () => String(facts.channel || value("channel"));

  // Options that don't fit are taken out rather than hidden: not every list hides them.
  const all = new Map();
  function offer(select, fits) {
    if (!all.has(select)) all.set(select, [...select.options]);
    const known = all.get(select);
    for (const option of select.options) if (!known.includes(option)) known.push(option);
    const chosen = new Set([...select.selectedOptions].map((option) => option.value));
    const wanted = known.filter((option) => !option.value || fits(option));
    select.replaceChildren(...wanted);
    for (const option of wanted) option.selected = chosen.has(option.value);
  }

  function narrow() {
    for (const select of rows.querySelectorAll("select")) {
      offer(select, ({ dataset }) => (!dataset.project || dataset.project === project()) && (!dataset.channel || dataset.channel === channel()));
    }
    for (const [name, owners] of Object.entries(facts.owners || {})) {
      const select = form.elements[name];
      if (select?.options) offer(select, (option) => String(owners[option.value] ?? project()) === project() && (name !== "sender" || (facts.channels?.[option.value] ?? channel()) === channel()));
    }
    const sender = form.querySelector(".field-sender");
    if (sender) sender.hidden = channel() === "app_push";
    const confirmed = form.querySelector(".field-confirmed_only");
    if (confirmed) confirmed.hidden = channel() !== "email";
    const link = mix.querySelector(".add-related");
    link.href = `${mix.dataset.add}?_to_field=id&_popup=1&project=${project()}&channel=${channel()}`;
    shares();
  }

  function shares() {
    const drawn = [...rows.querySelectorAll("[data-row]")].map((row) => ({
      out: row.querySelector("[data-share]"),
      weight: row.querySelector("select").value ? Math.max(0, Number(row.querySelector("input").value) || 0) : 0,
    }));
    const sum = drawn.reduce((total, each) => total + each.weight, 0);
    for (const { out, weight } of drawn) out.textContent = sum ? `${(100 * weight / sum).toFixed(weight * 100 % sum ? 1 : 0)} %` : "0 %";
  }

  function more() {
    rows.append(blank.content.cloneNode(true));
    narrow();
    return rows.lastElementChild;
  }

  mix.addEventListener("click", (event) => {
    if (event.target.closest("[data-more]")) more().querySelector("select").focus();
    const row = event.target.closest("[data-remove]")?.closest("[data-row]");
    if (!row) return;
    row.remove();
    if (!rows.children.length) more();
    shares();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  mix.addEventListener("input", shares);
  mix.addEventListener("change", shares);

  // Django's popup puts what it made into this hidden list, and tells jQuery alone; it becomes a row.
  window.django.jQuery(made).on("change", () => {
    const option = made.selectedOptions[0];
    if (!option?.value) return;
    const empty = [...rows.querySelectorAll("select")].find((select) => !select.value);
    const select = empty || more().querySelector("select");
    select.append(new Option(option.text, option.value, true, true));
    made.replaceChildren(new Option("", ""));
    shares();
  });

  form.addEventListener("change", (event) => { if (["project", "channel"].includes(event.target.name)) narrow(); });
  narrow();
});
