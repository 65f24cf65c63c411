// Re-renders the preview while somebody types. What comes back is put in as text, never as HTML.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("preview");
  if (!box) return;
  const form = box.closest("form");
  const person = document.getElementById("preview-person");
  const given = document.getElementById("preview-data");
  const notes = document.getElementById("preview-notes");
  const nothing = document.getElementById("preview-nothing");
  const fieldsOf = JSON.parse(document.getElementById("fields-of-channels").textContent);
  const storedTag = document.getElementById("stored-content");
  const stored = storedTag ? JSON.parse(storedTag.textContent) : {};
  let latest = 0;
  let timer;

  const value = (name) => form.elements[name]?.value ?? "";
  const channel = () => box.dataset.channel || value("channel");
  const project = () => box.dataset.project || value("project");

  function showFields() {
    const wanted = fieldsOf[channel()] || [];
    for (const input of form.querySelectorAll("[data-content]")) {
      const row = input.closest(".form-row, .field-" + input.name) || input.parentElement;
      row.hidden = wanted.length > 0 && !wanted.includes(input.dataset.content);
    }
    for (const part of box.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== channel();
  }

  function request() {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", value("csrfmiddlewaretoken"));
    body.append("project", project());
    body.append("channel", channel());
    body.append("client_user_id", person.value);
    for (const name of fieldsOf[channel()] || []) {
      const input = form.elements["content_" + name];
      body.append("content_" + name, input ? input.value : stored[name] || "");
    }
    for (const input of given.querySelectorAll("input")) {
      if (input.value) body.append("data_" + input.dataset.name, input.value);
    }
    return fetch(box.dataset.url, { method: "POST", body, credentials: "same-origin" });
  }

  async function refresh() {
    showFields();
    const turn = ++latest;
    const answer = await request().catch(() => null);
    if (turn !== latest || !answer) return;
    if (!answer.ok) return say("The preview isn't available: " + answer.status);
    show(await answer.json());
  }

  function say(sentence) {
    nothing.textContent = sentence;
    nothing.hidden = !sentence;
  }

  function show(seen) {
    say(seen.nothing || "");
    for (const place of box.querySelectorAll("[data-show]")) {
      place.textContent = seen.fields[place.dataset.show] || place.dataset.empty || "";
    }
    for (const image of box.querySelectorAll("[data-logo]")) {
      const logo = seen.fields.logo || "";
      image.hidden = !logo.startsWith("https://");
      if (!image.hidden && image.getAttribute("src") !== logo) image.src = logo;
    }
    if (seen.nothing) return;
    askForData(seen.data);
    showNotes(seen);
    if (seen.sms) showLength(seen.sms);
  }

  function askForData(names) {
    for (const label of [...given.children]) if (!names.includes(label.dataset.name)) label.remove();
    for (const name of names) {
      if ([...given.children].some((label) => label.dataset.name === name)) continue;
      const label = document.createElement("label");
      label.dataset.name = name;
      label.append(`${name} (data)`);
      const input = document.createElement("input");
      input.dataset.name = name;
      input.addEventListener("input", later);
      label.append(input);
      given.append(label);
    }
  }

  function showNotes(seen) {
    const lines = [];
    const label = (name) => form.querySelector(`label[for="id_content_${name}"]`)?.textContent.trim().replace("*", "") || name;
    const touched = (name) => name === "client_user_id" || value("content_" + name) || stored[name];
    for (const [name, sentence] of Object.entries(seen.problems)) {
      if (touched(name)) lines.push(["wrong", (name === "client_user_id" ? "" : label(name) + ": ") + sentence]);
    }
    for (const name of seen.unknown) lines.push(["unknown", `No user can have ${name}: it stays empty.`]);
    for (const name of seen.missing) {
      if (!seen.unknown.includes(name)) lines.push(["unknown", `${name} has no value here: it stays empty.`]);
    }
    for (const [name, hints] of Object.entries(seen.hints)) {
      for (const hint of hints) if (!(seen.problems[name] || "").includes(hint)) lines.push(["hint", hint]);
    }
    notes.replaceChildren(...lines.map(([kind, sentence]) => {
      const line = document.createElement("li");
      line.className = kind;
      line.textContent = sentence;
      return line;
    }));
  }

  function showLength(sms) {
    document.getElementById("sms-segments").textContent = `${sms.segments} SMS`;
    document.getElementById("sms-details").textContent =
      `· ${sms.characters} characters · ${sms.encoding} · ${sms.remaining} left in this part of ${sms.per_segment}`;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  }

  for (const image of box.querySelectorAll("[data-logo]")) {
    image.addEventListener("error", () => { image.hidden = true; });
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  person.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  refresh();
});
