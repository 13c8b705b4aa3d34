// The front of a pass, style by style.

import { el } from "./dom.js";
import { codeOf, groupsOf, isWide } from "./model.js";
import { transitSymbol } from "./symbols.js";

const ALIGN = {
  PKTextAlignmentLeft: "left", PKTextAlignmentCenter: "center",
  PKTextAlignmentRight: "right", PKTextAlignmentNatural: "natural",
};
const LAYOUT = { boardingPass, coupon: onStrip, storeCard: onStrip, eventTicket, generic };

/** front returns the nodes of the front; view is what pass.js prepared. */
export function front(view) {
  const groups = groupsOf(view.doc);
  return [head(view, groups.headerFields), ...LAYOUT[view.style](view, groups), el("div", "pk-gap"), foot(view)];
}

function head(view, fields) {
  const logo = view.image("logo", "pk-logo", view.doc.logoText ? "" : view.t(view.doc.organizationName ?? ""));
  const text = view.doc.logoText ? el("span", "pk-logotext pk-fit", view.t(view.doc.logoText)) : null;
  return el("div", "pk-head", logo, text, row(view, fields.slice(0, 3), "pk-header"));
}

function boardingPass(view, groups) {
  const [from, to] = groups.primaryFields;
  const travel = el("div", "pk-travel",
    list(view, [from], "pk-place"), transitSymbol(view.doc.boardingPass.transitType), list(view, [to], "pk-place"));
  return [travel, el("div", "pk-tear"),
    row(view, groups.auxiliaryFields.slice(0, 5), "pk-row"), row(view, groups.secondaryFields.slice(0, 4), "pk-row")];
}

function onStrip(view, groups) {
  const rest = [...groups.secondaryFields, ...groups.auxiliaryFields].slice(0, 4);
  return [strip(view, groups.primaryFields), row(view, rest, "pk-row")];
}

function eventTicket(view, groups) {
  const rows = [row(view, groups.secondaryFields.slice(0, 4), "pk-row"),
    ...[0, 1].map((n) => row(view, groups.auxiliaryFields.filter((f) => (f.row ?? 0) === n).slice(0, 4), "pk-row"))];
  if (view.has("strip")) return [strip(view, groups.primaryFields), ...rows];
  const text = el("div", "pk-text", list(view, groups.primaryFields.slice(0, 1), "pk-primary"), rows[0]);
  return [el("div", "pk-beside", text, view.image("thumbnail", "pk-thumbnail", "")), ...rows.slice(1)];
}

function generic(view, groups) {
  const primary = list(view, groups.primaryFields.slice(0, 1), "pk-primary") ?? el("div", "pk-primary");
  return [el("div", "pk-beside", primary, view.image("thumbnail", "pk-thumbnail", "")),
    row(view, groups.secondaryFields.slice(0, 4), "pk-row"), row(view, groups.auxiliaryFields.slice(0, 4), "pk-row")];
}

function strip(view, primary) {
  const picture = view.image("strip", "pk-picture", "");
  const box = el("div", "pk-strip", picture, list(view, primary.slice(0, 1), "pk-primary"));
  box.classList.toggle("pk-bare", !picture);
  return box;
}

function foot(view) {
  const code = codeOf(view.doc);
  const footer = view.image("footer", "pk-footer", "");
  if (!code || !view.barcode) return footer ?? "";
  const name = `${code.format.replace("PKBarcodeFormat", "")} code${code.altText ? `: ${code.altText}` : ""}`;
  const alt = code.altText ? el("figcaption", "pk-alttext pk-fit", code.altText) : null;
  const plate = el("figure", `pk-code ${isWide(code) ? "pk-wide" : "pk-square"}`, view.picture(view.barcode, "pk-bars", name), alt);
  return el("div", "pk-foot", footer, plate);
}

/** row is a list whose fields share the width; null without fields. */
function row(view, fields, className) {
  const node = list(view, fields, className);
  if (node) node.dataset.count = String(fields.length);
  return node;
}

/** list makes a dl of fields; null without fields. */
function list(view, fields, className) {
  const present = fields.filter(Boolean);
  if (!present.length) return null;
  return el("dl", className, ...present.map((field) => one(view, field)));
}

function one(view, field) {
  const value = el("dd", "pk-value pk-fit", view.text(field));
  if (view.changed.has(field.key)) value.classList.add("pk-changed");
  const box = el("div", "pk-field", el("dt", "pk-label pk-fit", view.t(field.label ?? "")), value);
  box.dataset.key = field.key ?? "";
  box.dataset.align = ALIGN[field.textAlignment] ?? "natural";
  return box;
}
