// The back of a pass: its details.

import { el } from "./dom.js";
import { attributed, detected } from "./links.js";
import { groupsOf } from "./model.js";

/** back returns the nodes of the back; view is what pass.js prepared. */
export function back(view) {
  const fields = groupsOf(view.doc).backFields.map((field) => detail(view, field));
  const heading = el("p", "pk-backtitle", view.t(view.doc.organizationName ?? ""));
  if (!fields.length) return [heading, el("p", "pk-empty", "This pass has nothing on its back.")];
  return [heading, el("dl", "pk-details", ...fields)];
}

function detail(view, field) {
  const value = el("dd", "pk-detail", ...content(view, field));
  if (view.changed.has(field.key)) value.classList.add("pk-changed");
  const box = el("div", "pk-backfield", el("dt", "pk-backlabel", view.t(field.label ?? "")), value);
  box.dataset.key = field.key ?? "";
  return box;
}

function content(view, field) {
  if (typeof field.attributedValue === "string" && !field.dateStyle && !field.timeStyle) {
    return attributed(view.t(field.attributedValue));
  }
  const shown = field.attributedValue === undefined ? field : { ...field, value: field.attributedValue };
  return detected(view.text(shown), field.dataDetectorTypes);
}
