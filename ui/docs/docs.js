// The readable API page: /api/openapi.json by tag, with search.

import { el } from "../pass/dom.js";
import { example, resolve, typeName } from "./schema.js";

const VERBS = ["get", "post", "put", "patch", "delete", "head", "options"];
const NAMED = ["Name", "Type", "Meaning"];
const byId = (id) => document.getElementById(id);

/** operationsOf lists every operation with what its path shares. */
function operationsOf(api) {
  return Object.entries(api.paths ?? {}).flatMap(([path, item]) => VERBS.filter((verb) => item[verb]).map((verb) => ({
    ...item[verb], verb, path, tag: item[verb].tags?.[0] ?? "General",
    parameters: [...(item.parameters ?? []), ...(item[verb].parameters ?? [])].map((p) => resolve(api, p)),
  })));
}

function operation(api, op) {
  const summary = el("summary", "", el("span", `verb verb-${op.verb}`, op.verb.toUpperCase()),
    el("span", "path", op.path), el("span", "summary", op.summary ?? ""));
  const node = el("details", "operation", summary);
  node.id = op.operationId ?? "";
  node.dataset.words = [op.verb, op.path, op.summary, op.description, op.tag, ...op.parameters.map((p) => p.name)].join(" ").toLowerCase();
  node.addEventListener("toggle", () => { if (node.open && !node.querySelector(".body")) node.append(body(api, op)); });
  return node;
}

function body(api, op) {
  const content = requestContent(api, op);
  const fields = content ? resolve(api, content.schema) : {};
  return el("div", "body", op.description ? el("p", "", ...prose(op.description)) : null,
    ...section("Parameters", NAMED, op.parameters.map((p) => [p.name, `${p.in}, ${typeName(api, p.schema)}${p.required ? ", required" : ""}`, p.description ?? ""])),
    ...section("Body", NAMED, Object.entries(fields.properties ?? {}).filter(([name]) => !name.startsWith("$")).map(([name, schema]) =>
      [name, `${typeName(api, schema)}${fields.required?.includes(name) ? ", required" : ""}`, resolve(api, schema).description ?? schema.description ?? ""])),
    ...section("Answers", ["Status", "Meaning"], Object.entries(op.responses ?? {}).map(([status, answer]) => [status, resolve(api, answer).description ?? ""])),
    el("h3", "", "Example"), command(api, op, content));
}

/** prose is a text of a description, in which code stands between backticks. */
const prose = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", "", part) : part));

function requestContent(api, op) {
  const content = resolve(api, op.requestBody).content ?? {};
  const type = content["application/json"] ? "application/json" : Object.keys(content)[0];
  return type ? { type, schema: content[type].schema } : null;
}

/** section is a heading and a table; the first cell of a row is code. */
function section(title, columns, rows) {
  if (!rows.length) return [];
  const lines = rows.map(([name, ...texts]) => el("tr", "", el("td", "", el("code", "", name)), ...texts.map((text) => el("td", "", text))));
  const head = el("thead", "", el("tr", "", ...columns.map(column)));
  return [el("h3", "", title), el("div", "wide", el("table", "", head, el("tbody", "", ...lines)))];
}

function column(text) {
  const th = el("th", "", text);
  th.scope = "col";
  return th;
}

function command(api, op, content) {
  const lines = [`curl${op.verb === "get" ? "" : ` -X ${op.verb.toUpperCase()}`} '${location.origin}${op.path}'`];
  if ((op.security ?? api.security ?? []).length) lines.push('-H "Authorization: Bearer $KEY"');
  if (content) lines.push(`-H "Content-Type: ${content.type}"`);
  if (content?.type === "application/json") lines.push(`-d '${JSON.stringify(example(api, content.schema), null, 2).replaceAll("'", "'\\''")}'`);
  const pre = el("pre", "", lines.join(" \\\n  "));
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", `Example of ${op.verb.toUpperCase()} ${op.path}`);
  return pre;
}

/** show draws the tags in the order of the description. */
function show(api) {
  const operations = operationsOf(api);
  const tags = new Set([...(api.tags ?? []).map((tag) => tag.name), ...operations.map((op) => op.tag)]);
  const sections = [...tags].map((tag) => {
    const own = operations.filter((op) => op.tag === tag);
    const about = api.tags?.find(({ name }) => name === tag)?.description;
    return own.length ? el("section", "tag", el("h2", "", tag), about ? el("p", "quiet", about) : null, ...own.map((op) => operation(api, op))) : null;
  });
  byId("title").textContent = `${api.info?.title ?? "API"} ${api.info?.version ?? ""}`.trim();
  byId("about").replaceChildren(...prose(api.info?.description ?? ""));
  byId("operations").replaceChildren(...sections.filter(Boolean));
}

/** search keeps the operations that contain every word. */
function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...document.querySelectorAll(".operation")];
  for (const node of all) node.hidden = !words.every((word) => node.dataset.words.includes(word));
  for (const tag of document.querySelectorAll(".tag")) tag.hidden = !tag.querySelector(".operation:not([hidden])");
  const found = all.filter((node) => !node.hidden).length;
  byId("count").textContent = words.length ? `${found} of ${all.length} operations` : `${all.length} operations`;
}

/** unfold opens the operation that the address names; it was not there yet when the browser looked. */
function unfold(node) {
  node?.setAttribute("open", "");
  node?.scrollIntoView();
}

byId("search").addEventListener("input", search);
const answer = await fetch("/api/openapi.json");
if (answer.ok) {
  show(await answer.json());
  search();
  unfold(document.getElementById(decodeURIComponent(location.hash.slice(1))));
} else {
  byId("count").textContent = `The description could not be loaded: the server answered ${answer.status}.`;
}
