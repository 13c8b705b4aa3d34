// Text with links for the back of a pass. Nothing here parses HTML into the
// page: every piece becomes a text node or an anchor made by hand.

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const ANCHOR = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([\s\S]*?)<\/a\s*>/gi;
const TAG = /<\/?[a-z][^>]*>/gi;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'" };
const FOUND = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|((?<![\w.])(?:\+|0|\()\d[\d ()/-]{5,}\d)/g;
const LINK = "PKDataDetectorTypeLink";
const PHONE = "PKDataDetectorTypePhoneNumber";

/** attributed returns nodes for a value in which only <a href> means anything. */
export function attributed(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(ANCHOR)) {
    nodes.push(plain(text.slice(end, match.index)));
    nodes.push(anchor(decode(match[1] ?? match[2]), decode(strip(match[3]))));
    end = match.index + match[0].length;
  }
  return [...nodes, plain(text.slice(end))];
}

/** detected returns nodes for text with the links that Wallet would find in it. */
export function detected(text, detectors) {
  const wanted = (type) => detectors === undefined || detectors.includes(type);
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FOUND)) {
    const [found, url, mail, phone] = match;
    if (!wanted(phone ? PHONE : LINK)) continue;
    nodes.push(document.createTextNode(text.slice(end, match.index)));
    nodes.push(anchor(url ?? (mail ? `mailto:${mail}` : `tel:${phone.replace(/[^\d+]/g, "")}`), found));
    end = match.index + found.length;
  }
  return [...nodes, document.createTextNode(text.slice(end))];
}

function anchor(href, label) {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (!url || !SCHEMES.has(url.protocol)) return document.createTextNode(label);
  const a = document.createElement("a");
  a.href = url.href;
  a.textContent = label;
  a.rel = "noopener noreferrer";
  if (url.protocol.startsWith("http")) a.target = "_blank";
  return a;
}

const plain = (text) => document.createTextNode(decode(strip(text)));
const strip = (text) => text.replace(TAG, "");
const decode = (text) => text.replace(/&(?:amp|lt|gt|quot|apos|#39);/g, (entity) => ENTITIES[entity]);
