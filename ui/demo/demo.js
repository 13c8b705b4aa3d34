// The demo page: shows what /demo/state says and follows /demo/events.

import { barcodeURL, renderPass } from "../pass/pass.js";
import { changeForm } from "./form.js";
import { protocolLog } from "./log.js";
import { phoneView } from "./phone.js";

const byId = (id) => document.getElementById(id);
const log = protocolLog(byId("log"), byId("talk-empty"));
const phone = phoneView(byId);
const form = changeForm(byId("change"), byId("fields"), send);
let signed = null; // handle of the drawn server pass
let current = null; // the document that the server would sign
let waiting = []; // events that come while the state is being read, else null

function send(values) {
  if (Object.keys(values).length) post("/demo/change", { values });
  else showError("Change a value first.");
}

/** post sends a command; what follows from it arrives as events. */
async function post(path, body) {
  showError("");
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (!answer.ok) showError(await detail(answer));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    showError("The server does not answer. Is it still running?");
  }
}

async function detail(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) return `The server answered ${answer.status}.`;
  const problem = await answer.json();
  return problem.detail ?? problem.title ?? `The server answered ${answer.status}.`;
}

function showError(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

function showServer({ document: doc, images }) {
  current = doc;
  const options = { document: doc, images, barcode: barcodeURL(doc), locale: navigator.language };
  if (signed) signed.update(options);
  else signed = renderPass(byId("server-pass"), options);
  byId("void").textContent = doc.voided ? "Make valid again" : "Void the pass";
  form.follow(doc);
}

function showLinks(pass) {
  byId("page-link").href = pass.pageUrl;
  byId("file-link").href = pass.pkpassUrl;
}

function showCommand(pass, fields) {
  const [field] = fields;
  if (!field) return;
  const body = JSON.stringify({ values: { [field.key]: field.value } });
  byId("curl").textContent = `curl -X PATCH ${location.origin}/api/v1/passes/${pass.id} \\\n` +
    `  -H "Authorization: Bearer $KEY" \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`;
}

function showFindings(findings) {
  const box = byId("findings");
  box.hidden = false;
  box.querySelector("summary").textContent = findings.length
    ? `Checks: ${findings.length} ${findings.length === 1 ? "remark" : "remarks"}` : "Checks: nothing to remark";
  box.querySelector("ul").replaceChildren(...findings.map((finding) => {
    const item = document.createElement("li");
    item.textContent = `${finding.effect}: ${finding.remedy}`;
    return item;
  }));
}

/** readState shows all anew, then the events that came meanwhile. */
async function readState() {
  waiting ??= [];
  const answer = await fetch("/demo/state");
  if (answer.ok) showState(await answer.json());
  else showError(await detail(answer));
  const late = waiting ?? [];
  waiting = null;
  late.forEach((show) => show());
}

function showState(state) {
  showLinks(state.pass);
  form.offer(state.fields);
  showServer(state);
  showCommand(state.pass, state.fields);
  showFindings(state.findings ?? []);
  phone.show(state.phone);
  log.replace(state.log);
}

/** when makes a listener that shows the data of an event once it may. */
function when(show) {
  return (event) => {
    const data = JSON.parse(event.data);
    if (waiting) waiting.push(() => show(data));
    else show(data);
  };
}

/** listen follows the events; after a break the whole state is read again. */
function listen() {
  const events = new EventSource("/demo/events");
  let broken = false;
  events.addEventListener("line", when(log.add));
  events.addEventListener("server", when(showServer));
  events.addEventListener("phone", when(phone.show));
  events.addEventListener("error", () => { broken = true; });
  events.addEventListener("open", () => {
    if (broken) readState();
    broken = false;
  });
}

byId("change").addEventListener("input", () => showError(""));
byId("install").addEventListener("click", () => post("/demo/phone", { action: "install" }));
byId("remove").addEventListener("click", () => post("/demo/phone", { action: "remove" }));
byId("refresh").addEventListener("click", () => post("/demo/phone", { action: "refresh" }));
byId("online").addEventListener("click", () => post("/demo/phone", { action: phone.online() ? "offline" : "online" }));
byId("void").addEventListener("click", () => post("/demo/void", { voided: current?.voided !== true }));

listen();
await readState();
