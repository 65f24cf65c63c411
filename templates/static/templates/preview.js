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
  const wordsOf = JSON.parse(document.getElementById("words-of-channels").textContent);
  const stage = document.getElementById("mail-stage");
  const mailText = document.getElementById("mail-text");
  const mail = window.mailFrame(stage, box.dataset.frame);
  let shownMail = null;
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
      if (!box.dataset.channel && !row.hidden) sayWords(row, wordsOf[channel()]?.[input.dataset.content]);
    }
    form.classList.toggle("writes-mail", channel() === "email");
    for (const part of box.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== channel();
  }

  function sayWords(row, words) {
    const [label, help] = [row.querySelector("label"), row.querySelector("[data-help]")];
    if (words && label) label.textContent = words[0];
    if (words && help) help.textContent = words[1];
  }

  function asked() {
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
    return body;
  }

  async function refresh() {
    showFields();
    const turn = ++latest;
    const body = asked();
    const answer = await fetch(box.dataset.url, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (turn !== latest || !answer) return;
    if (!answer.ok) return say("The preview isn't available: " + answer.status);
    const seen = await answer.json();
    show(seen);
    if (channel() === "email") showMail(seen, body);
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
    for (const place of box.querySelectorAll("[data-sender]")) place.textContent = seen.sender;
    for (const place of box.querySelectorAll("[data-initial]")) place.textContent = seen.sender.slice(0, 1).toUpperCase();
    askForData(seen.data);
    showNotes(seen);
    if (seen.sms) showLength(seen.sms);
  }

  function showMail(seen, body) {
    const html = seen.fields.html || "";
    // What is being typed is broken half of the time: the last mail that could be made stays.
    if (html === shownMail || (!html && seen.problems.html)) return;
    shownMail = html;
    mail.show(body);
  }

  function chooseWay(way) {
    for (const each of box.querySelectorAll("[data-way]")) each.setAttribute("aria-selected", each.dataset.way === way);
    mailText.hidden = way !== "text";
    stage.hidden = way === "text";
    if (way !== "text") mail.choose(way);
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
  for (const button of box.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => chooseWay(button.dataset.way));
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  person.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  refresh();
});
