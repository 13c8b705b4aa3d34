// Draws a pass as Wallet would: front, back, five classic styles.

import { back } from "./back.js";
import { el } from "./dom.js";
import { fieldText } from "./format.js";
import { front } from "./front.js";
import { pick } from "./images.js";
import { color, groupsOf, stateOf, styleOf } from "./model.js";

export { barcodeURL, stateOf } from "./model.js";

const STATES = { voided: "Void", expired: "Expired" };
const SMALLEST = 0.55; // text shrinks to this share of its size, then it is cut off

/**
 * renderPass draws a pass into host and returns { update, flip, destroy }.
 *
 * options: document (pass.json), images (file name → URL), barcode (URL of the
 * drawn code), strings (pass.strings of one language), locale (BCP 47),
 * now (milliseconds, for "expired" and relative dates; the clock if absent),
 * labels (front and back: what the button says that shows that side).
 * update takes the same options, any of them, and marks fields whose text changed.
 */
export function renderPass(host, options) {
  const pass = new Pass(host);
  pass.update(options);
  return { update: (next) => pass.update(next), flip: () => pass.flip(), destroy: () => pass.destroy() };
}

class Pass {
  #options = {};
  #texts = null; // field key → text, null before the first drawing
  #pictures = new Map(); // URL → img, reused so that an update does not flicker
  #root; #front; #back; #button; #resized;

  constructor(host) {
    this.#front = el("div", "pk-face pk-front");
    this.#back = el("div", "pk-face pk-back");
    this.#back.tabIndex = 0; // so that keys scroll it
    this.#button = el("button", "pk-flip");
    this.#button.type = "button";
    this.#button.addEventListener("click", () => this.flip());
    this.#root = el("div", "pk", el("div", "pk-turn", this.#front, this.#back), this.#button);
    this.#root.setAttribute("role", "group");
    host.replaceChildren(this.#root);
    this.#root.dataset.side = "front";
    this.#resized = new ResizeObserver(() => this.#fit());
    this.#resized.observe(this.#root);
  }

  update(next) {
    this.#options = { ...this.#options, ...next };
    const view = this.#view();
    this.#dress(view);
    this.#front.replaceChildren(...backdrop(view), el("div", "pk-content", ...front(view)), stamp(view));
    this.#back.replaceChildren(...back(view));
    this.#show(this.#root.dataset.side);
    this.#fit();
  }

  flip() {
    this.#show(this.#root.dataset.side === "front" ? "back" : "front");
  }

  destroy() {
    this.#resized.disconnect();
    this.#root.remove();
  }

  /** #view is all that the two sides need to know. */
  #view() {
    const { document: doc = {}, images, barcode, strings, locale, now = Date.now() } = this.#options;
    const t = (text) => strings?.[text] ?? text;
    const text = (field) => fieldText(field, { t, locale, now });
    const find = (name) => pick(images, name, locale);
    const picture = (url, className, alt) => this.#picture(url, className, alt);
    return {
      doc, t, text, barcode, picture, style: styleOf(doc), state: stateOf(doc, now), changed: this.#changes(doc, text),
      has: (name) => find(name) !== undefined,
      image: (name, className, alt) => (find(name) ? picture(find(name), className, alt) : null),
    };
  }

  /** #changes compares the texts with those drawn before and keeps the new ones. */
  #changes(doc, text) {
    const fields = Object.values(groupsOf(doc)).flat();
    const texts = new Map(fields.map((field) => [field.key, text(field)]));
    const old = this.#texts;
    this.#texts = texts;
    return new Set(old ? [...texts.keys()].filter((key) => old.get(key) !== texts.get(key)) : []);
  }

  #picture(url, className, alt) {
    const img = this.#pictures.get(`${className} ${url}`) ?? el("img", className);
    if (img.getAttribute("src") !== url) img.src = url;
    img.alt = alt;
    this.#pictures.set(`${className} ${url}`, img);
    return img;
  }

  #dress({ doc, t, style, state }) {
    const label = [t(doc.description ?? doc.organizationName ?? "Pass"), STATES[state]?.toLowerCase()];
    this.#root.setAttribute("aria-label", label.filter(Boolean).join(", "));
    this.#root.dataset.style = style;
    this.#root.dataset.state = state;
    for (const [name, value] of Object.entries({
      "--pk-bg": doc.backgroundColor, "--pk-fg": doc.foregroundColor,
      "--pk-label": doc.labelColor, "--pk-strip": doc.stripColor,
    })) {
      const safe = color(value);
      if (safe) this.#root.style.setProperty(name, safe);
      else this.#root.style.removeProperty(name);
    }
  }

  #show(side) {
    this.#root.dataset.side = side;
    this.#front.inert = side !== "front";
    this.#back.inert = side !== "back";
    const { front = "Show front", back = "Show back" } = this.#options.labels ?? {};
    this.#button.textContent = side === "front" ? back : front;
  }

  /** #fit shrinks what is too long for its place. All measures follow the
   * width of the pass, so the share found holds at every size. */
  #fit() {
    if (!this.#front.clientWidth) return;
    const texts = [...this.#front.querySelectorAll(".pk-fit")];
    texts.forEach((node) => node.style.removeProperty("--fit"));
    const shares = texts.map((node) => node.clientWidth / node.scrollWidth);
    texts.forEach((node, i) => {
      if (shares[i] < 1) node.style.setProperty("--fit", Math.max(shares[i] * 0.99, SMALLEST).toFixed(3));
    });
  }
}

function backdrop(view) {
  const picture = view.style === "eventTicket" && !view.has("strip") && view.image("background", "pk-background", "");
  return picture ? [picture] : [];
}

const stamp = ({ state }) => (STATES[state] ? el("p", "pk-stamp", STATES[state]) : "");
