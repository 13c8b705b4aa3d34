// Reads a pass document: style, colours, state, fields by group.

const STYLES = ["boardingPass", "coupon", "eventTicket", "generic", "storeCard"];
const GROUPS = ["headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields"];
const RGB = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/i;
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const WIDE = new Set(["PKBarcodeFormatPDF417", "PKBarcodeFormatCode128", "PKBarcodeFormatCode39",
  "PKBarcodeFormatCodabar", "PKBarcodeFormatEAN13", "PKBarcodeFormatI2of5"]);

/** styleOf names the classic style of a document; generic when it has none. */
export const styleOf = (doc) => STYLES.find((style) => doc?.[style]) ?? "generic";

/** groupsOf returns every group of fields as an array. */
export function groupsOf(doc) {
  const content = doc?.[styleOf(doc)] ?? {};
  return Object.fromEntries(GROUPS.map((group) => [group, Array.isArray(content[group]) ? content[group] : []]));
}

/** color returns a CSS colour for what Wallet accepts as one, else undefined. */
export function color(text) {
  const value = String(text ?? "").trim();
  if (HEX.test(value)) return value;
  const channels = RGB.exec(value)?.slice(1).map(Number);
  return channels?.every((n) => n <= 255) ? `rgb(${channels.join(", ")})` : undefined;
}

/** stateOf is "voided", "expired" or "valid" at the time now, in milliseconds. */
export function stateOf(doc, now) {
  if (doc?.voided === true) return "voided";
  return Date.parse(doc?.expirationDate) <= now ? "expired" : "valid";
}

/** codeOf returns the code that a current phone shows, or undefined. */
export const codeOf = (doc) => doc?.barcodes?.[0] ?? doc?.barcode;

/** isWide tells a code that is a strip from one that is a square. */
export const isWide = (code) => WIDE.has(code?.format);

/** barcodeURL is the address of the drawn code under base, or undefined. */
export function barcodeURL(doc, base = "/ui/barcode.svg") {
  const code = codeOf(doc);
  if (!code?.message) return undefined;
  const query = new URLSearchParams({
    format: code.format, message: code.message, encoding: code.messageEncoding ?? "iso-8859-1",
  });
  return `${base}?${query}`;
}
