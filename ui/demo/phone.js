// The simulated phone: lock screen with notices above, Wallet below.

import { el } from "../pass/dom.js";
import { barcodeURL, renderPass } from "../pass/pass.js";

const SHOWN = 2; // notices that fit above Wallet

/** phoneView shows the phone object of /demo/state in the page. */
export function phoneView(byId) {
  let handle = null;
  let online = true;
  tick(byId);

  function showPass({ installed, document: doc, images }) {
    byId("phone").dataset.installed = String(installed);
    byId("empty").hidden = installed;
    byId("phone-pass").hidden = !installed;
    for (const id of ["remove", "refresh"]) byId(id).disabled = !installed;
    if (!installed || !doc) {
      handle?.destroy();
      handle = null;
      return;
    }
    const options = { document: doc, images, barcode: barcodeURL(doc), locale: navigator.language };
    if (handle) handle.update(options);
    else handle = renderPass(byId("phone-pass"), options);
  }

  return {
    online: () => online,
    show(state) {
      online = state.online;
      showPass(state);
      byId("signal").textContent = online ? "5G" : "✈ Offline";
      byId("online").textContent = online ? "Go offline" : "Go online";
      showNotices(byId("notices"), state.notices ?? [], state.document?.organizationName ?? "Wallet");
    },
  };
}

/** showNotices lists the newest notices and keeps those already there. */
function showNotices(list, notices, from) {
  const newest = notices.slice(-SHOWN).reverse();
  const nodes = newest.map((notice) => {
    const id = `${notice.at} ${notice.text}`;
    return [...list.children].find((node) => node.dataset.id === id) ?? item(notice, id, from);
  });
  list.replaceChildren(...nodes);
}

function item(notice, id, from) {
  const time = el("time", "", clock(new Date(notice.at)));
  const node = el("li", "", el("div", "from", el("b", "", from), time), el("div", "", notice.text));
  node.dataset.id = id;
  return node;
}

/** clock is hours and minutes as on a lock screen: without AM or PM. */
function clock(date) {
  const parts = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" }).formatToParts(date);
  return parts.filter(({ type }) => type !== "dayPeriod").map(({ value }) => value).join("").trim();
}

/** tick keeps the clock of the phone, a minute at a time. */
function tick(byId) {
  const now = new Date();
  const time = clock(now);
  byId("clock").textContent = time;
  document.querySelector(".time").textContent = time;
  document.querySelector(".day").textContent = now.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  setTimeout(() => tick(byId), 60_000 - (now.getTime() % 60_000));
}
