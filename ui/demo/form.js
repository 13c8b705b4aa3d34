// The form that changes values of the pass.

import { el } from "../pass/dom.js";

/** changeForm offers fields and hands only what was changed to send. */
export function changeForm(form, host, send) {
  let offered = [];
  const inputOf = (key) => host.querySelector(`[name="${CSS.escape(key)}"]`);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const changed = offered.filter(({ key, value }) => inputOf(key).value !== String(value));
    send(Object.fromEntries(changed.map((field) => [field.key, read(field, inputOf(field.key))])));
  });

  return {
    offer(fields) {
      offered = fields.map((field) => ({ ...field }));
      host.replaceChildren(...offered.map(input));
    },
    /** follow takes over values that changed on the server, unless being edited. */
    follow(doc) {
      for (const field of offered) {
        const value = valueOf(doc, field.key);
        if (value === undefined || value === field.value) continue;
        const node = inputOf(field.key);
        if (document.activeElement !== node || node.value === String(field.value)) node.value = String(value);
        field.value = value;
      }
    },
  };
}

const read = (field, node) => (field.type === "number" ? Number(node.value) : node.value);

function input(field) {
  const node = el("input");
  node.id = `value-${field.key}`;
  node.name = field.key;
  node.type = field.type === "number" ? "number" : "text";
  if (field.type === "number") node.step = "any";
  node.required = field.type === "number";
  node.autocomplete = "off";
  node.value = String(field.value);
  const label = el("label", "", field.label || field.key);
  label.htmlFor = node.id;
  return el("div", "", label, node);
}

function valueOf(doc, key) {
  const groups = Object.values(doc).filter((v) => v && typeof v === "object" && !Array.isArray(v));
  const fields = groups.flatMap((group) => Object.values(group).filter(Array.isArray).flat());
  return fields.find((field) => field?.key === key)?.value;
}
