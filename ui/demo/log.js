// The protocol between phone, server and push service, newest line first.

import { el } from "../pass/dom.js";

const NAMES = { phone: "Phone", server: "Server", push: "Push service", you: "You" };
const KEPT = 200;

/** protocolLog shows lines in list and hides empty once there are any. */
export function protocolLog(list, empty) {
  let last = 0;
  const note = () => { empty.hidden = list.childElementCount > 0; };

  function add(line) {
    if (line.id <= last) return; // sent again after a reconnect
    last = line.id;
    list.prepend(item(line));
    while (list.childElementCount > KEPT) list.lastElementChild.remove();
    note();
  }

  return {
    add,
    replace(lines) {
      list.replaceChildren();
      last = 0;
      (lines ?? []).forEach(add);
      note();
    },
  };
}

function item(line) {
  const time = el("time", "", new Date(line.at).toLocaleTimeString([], { hour12: false }));
  time.dateTime = line.at;
  const head = el("div", "line", who(line.from), ...(line.to ? [el("span", "", "→"), who(line.to)] : []), time);
  return el("li", "", head, request(line), el("p", "said", line.text));
}

function who(name) {
  return el("span", `who who-${Object.hasOwn(NAMES, name) ? name : "you"}`, NAMES[name] ?? name);
}

function request({ method, path, status }) {
  if (!method) return null;
  const code = status ? el("span", `code ${status < 400 ? "code-good" : "code-bad"}`, String(status)) : null;
  return el("div", "request", el("span", "", `${method} ${path ?? ""}`), code);
}
