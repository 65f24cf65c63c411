// The inputs for a condition's value, one a form of value. Each reports the value as the rules store it.
window.SegmentValues = (() => {
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value != null) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function select(options, chosen, onchange, attributes = {}) {
    const made = element("select", attributes);
    for (const [key, label] of options) made.append(element("option", { value: key, selected: String(key) === String(chosen ?? "") }, label));
    made.addEventListener("change", () => onchange(made.value));
    return made;
  }

  const plain = (type, attributes = {}) => (condition, spec, changed) => [
    element("input", {
      type, value: condition.value ?? "", "aria-label": `Value of ${spec.label}`, ...attributes,
      oninput: (event) => { condition.value = event.target.value; changed(); },
    }),
  ];

  function pair(condition, spec, changed) {
    if (!Array.isArray(condition.value)) condition.value = ["", ""];
    const one = (place, label) => element("input", {
      type: "number", step: "any", value: condition.value[place], "aria-label": `${spec.label}, ${label}`,
      oninput: (event) => { condition.value[place] = event.target.value; changed(); },
    });
    return [one(0, "from"), "and", one(1, "to")];
  }

  function boolean(condition, spec, changed) {
    if (condition.value === undefined || condition.value === null) condition.value = true;
    return [select([["true", "yes"], ["false", "no"]], condition.value, (value) => { condition.value = value === "true"; changed(); },
      { "aria-label": `Value of ${spec.label}` })];
  }

  function choice(condition, spec, changed) {
    return [select([["", "Choose…"], ...spec.choices], condition.value, (value) => { condition.value = value; changed(); },
      { "aria-label": `Value of ${spec.label}` })];
  }

  // Several values: a chip each, and one input to add another.
  function several(condition, spec, changed, again, entry) {
    if (!Array.isArray(condition.value)) condition.value = condition.value ? [condition.value] : [];
    const label = (value) => (spec.choices.find(([key]) => String(key) === String(value)) || [0, value])[1];
    const tags = condition.value.map((value, place) => element("span", { class: "tag" }, String(label(value)),
      element("button", {
        type: "button", class: "remove", "aria-label": `Remove ${label(value)}`,
        onclick: () => { condition.value.splice(place, 1); changed(); again(); },
      }, "×")));
    const add = (value) => {
      const parts = String(value).split(/[,\n]/).map((part) => part.trim()).filter(Boolean);
      const fresh = parts.filter((part) => !condition.value.map(String).includes(part));
      if (!fresh.length) return;
      condition.value.push(...fresh);
      changed();
      again();
    };
    return [...tags, entry(add)];
  }

  const texts = (condition, spec, changed, again) => several(condition, spec, changed, again, (add) => element("input", {
    type: "text", placeholder: "type, then Enter or comma", "aria-label": `Another value of ${spec.label}`, "data-entry": true,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== ",") return;
      event.preventDefault();
      add(event.target.value);
    },
    onchange: (event) => add(event.target.value),
  }));

  const choices = (condition, spec, changed, again) => several(condition, spec, changed, again, (add) =>
    select([["", condition.value.length ? "and…" : "Choose…"], ...spec.choices.filter(([key]) => !condition.value.map(String).includes(String(key)))],
      "", add, { "aria-label": `Another value of ${spec.label}`, "data-entry": true }));

  const forms = {
    none: () => [],
    text: plain("text"),
    number: plain("number", { step: "any" }),
    date: plain("date"),
    days: (condition, spec, changed) => [...plain("number", { min: 1, step: 1 })(condition, spec, changed), "days"],
    texts, pair, boolean, choice, choices,
  };

  return { element, select, inputs: (form, ...rest) => forms[form](...rest) };
})();
