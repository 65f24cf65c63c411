// The builder of a dynamic segment's rules. The rules live in `rules`; the page is drawn from them.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("segment-builder");
  if (!box) return;
  const { element, select, inputs } = window.SegmentValues;
  const form = box.closest("form");
  const field = form.querySelector("[data-rules]");
  const place = box.querySelector("[data-groups]");
  const side = box.querySelector(".builder-side");
  const isReadOnly = box.dataset.readonly === "1";
  const stored = document.getElementById("stored-rules");
  let rules = parse(field ? field.value : stored ? stored.textContent : "");
  let specs = [];
  let timer;
  let turn = 0;

  function parse(text) {
    try {
      const read = JSON.parse(text || "{}");
      if (Array.isArray(read.items)) return read;
    } catch { /* an empty group, then */ }
    return { op: "and", not: false, items: [] };
  }

  const project = () => box.dataset.project || form.elements.project?.value || "";
  const specOf = (condition) => specs.find((spec) => spec.name === condition.field);
  const operatorOf = (condition) => specOf(condition)?.operators.find((each) => each.name === condition.operator);

  async function load() {
    if (!project()) return;
    const answer = await fetch(`${box.dataset.catalogue}?project=${encodeURIComponent(project())}`, { credentials: "same-origin" });
    if (!answer.ok) return tell({ errors: { rules: "The project's fields can't be read." } });
    specs = (await answer.json()).fields;
    draw();
    refresh();
  }

  function changed() {
    if (field) {
      field.value = JSON.stringify(rules);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, 300);
  }

  function draw(focus) {
    const readable = isReadOnly ? [] : [group(rules, "rules", null)];
    place.replaceChildren(...readable);
    if (isReadOnly) place.append(element("p", { class: "panel-quiet" }, "In words, at the right or below."));
    if (focus) [...place.querySelectorAll("[data-of]")].find((each) => each.owner === focus.owner && each.matches(focus.part))?.focus();
  }

  function restructured(owner, part) {
    changed();
    draw({ owner, part });
  }

  function group(rule, path, remove) {
    const items = rule.items.flatMap((item, number) => {
      const drop = () => { rule.items.splice(number, 1); restructured(rule, "[data-part=add]"); };
      const drawn = item.items ? group(item, `${path}.items[${number}]`, drop) : condition(item, `${path}.items[${number}]`, drop);
      return number ? [element("div", { class: "joint", "aria-hidden": "true" }, rule.op === "or" ? "OR" : "AND"), drawn] : [drawn];
    });
    if (!items.length) items.push(element("p", { class: "panel-quiet empty" }, remove ? "An empty group: add a condition." : "No conditions yet: everyone is in it."));
    const drawn = element("div", { class: "rule-group" + (rule.not ? " negated" : ""), role: "group", "aria-label": "Group of conditions", "data-path": path },
      head(rule, remove), ...items, foot(rule));
    return drawn;
  }

  // What is chosen by keyboard keeps its list: a list drawn anew would forget what was typed into it so far.
  function head(rule, remove) {
    const joined = select([["and", "All of these (AND)"], ["or", "Any of these (OR)"]], rule.op, (value) => {
      rule.op = value;
      for (const joint of joined.closest(".rule-group").children) if (joint.matches(".joint")) joint.textContent = value.toUpperCase();
      changed();
    }, { "aria-label": "How the conditions are joined" });
    const not = element("input", { type: "checkbox", checked: rule.not, onchange: () => {
      rule.not = not.checked;
      not.closest(".rule-group").classList.toggle("negated", rule.not);
      changed();
    } });
    const parts = [joined, element("label", { class: "not" }, not, "NOT: turn this group around"), element("span", { class: "grow" })];
    if (remove) parts.push(element("button", { type: "button", class: "remove", "aria-label": "Remove this group", onclick: remove }, "Remove group"));
    return element("div", { class: "rule-head" }, ...parts);
  }

  function foot(rule) {
    const add = (item, label, part) => {
      const button = element("button", { type: "button", class: "add", "data-of": true, "data-part": part, onclick: () => {
        const made = item();
        rule.items.push(made);
        restructured(made.items ? made.items[0] : made, "[data-part=field]");
      } }, label);
      button.owner = rule;
      return button;
    };
    const fresh = () => ({ field: "", operator: "" });
    return element("div", { class: "rule-foot" }, add(fresh, "+ Condition", "add"),
      add(() => ({ op: "and", not: false, items: [fresh()] }), "+ Group", "add-group"));
  }

  function condition(rule, path, remove) {
    const operator = element("span", { class: "operator" });
    const value = element("span", { class: "value" });
    const drop = element("button", { type: "button", class: "remove", "aria-label": "Remove this condition", onclick: remove }, "✕");
    const fillValue = (focus) => {
      const spec = specOf(rule);
      const again = () => fillValue(true);
      value.replaceChildren(...(spec ? inputs(operatorOf(rule)?.value || "none", rule, spec, changed, again) : []));
      if (focus) value.querySelector("[data-entry]")?.focus();
    };
    const fillOperator = () => {
      const spec = specOf(rule);
      operator.replaceChildren(...(spec ? [operators(rule, spec, fillValue)] : []));
      fillValue(false);
    };
    fillOperator();
    return element("div", { class: "condition", "data-path": path }, fields(rule, fillOperator), operator, value, drop);
  }

  function operators(rule, spec, fillValue) {
    return select(spec.operators.map((each) => [each.name, each.label]), rule.operator, (name) => {
      const before = operatorOf(rule)?.value;
      rule.operator = name;
      if (operatorOf(rule)?.value !== before) delete rule.value;
      fillValue(false);
      changed();
    }, { "aria-label": `How ${spec.label} is compared` });
  }

  function fields(rule, fillOperator) {
    const chosen = element("select", { "data-of": true, "data-part": "field", "aria-label": "Field" });
    chosen.owner = rule;
    chosen.append(element("option", { value: "" }, rule.field && !specOf(rule) ? `${rule.field} (gone)` : "Choose a field…"));
    for (const heading of new Set(specs.map((spec) => spec.group))) {
      const inside = specs.filter((spec) => spec.group === heading);
      chosen.append(element("optgroup", { label: heading }, ...inside.map((spec) =>
        element("option", { value: spec.name, selected: spec.name === rule.field }, spec.label))));
    }
    chosen.addEventListener("change", () => {
      rule.field = chosen.value;
      rule.operator = specOf(rule)?.operators[0].name || "";
      delete rule.value;
      fillOperator();
      changed();
    });
    return chosen;
  }

  async function refresh() {
    if (!project()) return;
    const mine = ++turn;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("project", project());
    body.append("rules", JSON.stringify(rules));
    side.classList.add("busy");
    const answer = await fetch(box.dataset.preview, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (mine !== turn) return;
    side.classList.remove("busy");
    if (!answer || !answer.ok) return tell({ errors: { rules: "The count isn't available right now." } });
    tell(await answer.json());
  }

  function tell(found) {
    const isFine = Object.keys(found.errors).length === 0;
    const count = side.querySelector("[data-count]");
    count.textContent = !isFine ? "–" : found.count === null ? "many" : found.count.toLocaleString("en");
    side.querySelector("[data-unit]").textContent = found.count === 1 ? "user" : "users";
    side.querySelector("[data-description]").textContent = isFine ? found.description + "." : "";
    side.querySelector("[data-sample]").replaceChildren(...(found.sample || []).map((user) =>
      element("li", {}, element("a", { href: user.url }, user.id), user.name ? ` ${user.name}` : "")));
    showMistakes(found.errors);
  }

  function showMistakes(errors) {
    for (const old of place.querySelectorAll(".mistake")) old.remove();
    for (const old of place.querySelectorAll(".wrong")) old.classList.remove("wrong");
    const rest = [];
    for (const [path, sentence] of Object.entries(errors)) {
      const owner = [...place.querySelectorAll("[data-path]")].filter((each) => path === each.dataset.path || path.startsWith(each.dataset.path + "."))
        .sort((a, b) => b.dataset.path.length - a.dataset.path.length)[0];
      if (!owner || path === "rules") rest.push(sentence);
      else {
        owner.classList.add("wrong");
        owner.append(element("div", { class: "mistake", role: "alert" }, sentence));
      }
    }
    const problem = side.querySelector("[data-problem]");
    problem.textContent = rest.join(" ") || (Object.keys(errors).length ? "Complete the conditions marked red." : "");
    problem.hidden = !problem.textContent;
  }

  form.elements.project?.addEventListener?.("change", load);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && box.contains(event.target) && event.target.tagName === "INPUT") event.preventDefault();
  });
  load();
});
