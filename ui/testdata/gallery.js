import { barcodeURL, renderPass } from "/ui/pass/pass.js";

const passes = await (await fetch("/passes")).json();
const now = Date.parse("2026-12-11T12:00:00Z");
const IMAGES = {
  boardingPass: ["logo"], coupon: ["logo", "strip"], eventTicket: ["logo", "background", "thumbnail"],
  generic: ["logo", "thumbnail"], storeCard: ["logo", "strip"],
};

function draw(id, name, extra = {}, names = IMAGES[name]) {
  const host = document.createElement("section");
  host.id = id;
  document.getElementById("grid").append(host);
  const images = Object.fromEntries(names.map((image) => [`${image}@2x.png`, `/demo/images/${image}@2x.png`]));
  const doc = { ...passes[name], ...extra.document };
  return renderPass(host, { locale: "en-US", now, images, barcode: barcodeURL(doc), ...extra, document: doc });
}

for (const name of Object.keys(IMAGES)) draw(name, name);
draw("eventStrip", "eventTicket", {}, ["logo", "strip"]);
draw("bare", "storeCard", {}, []);
draw("voided", "coupon", { document: { voided: true } });
draw("expired", "generic", { document: { expirationDate: "2026-01-01T00:00:00Z" } });
draw("german", "storeCard", { locale: "de", strings: { "stamps of 10": "Stempel von 10" } });
draw("back", "storeCard").flip();
draw("ferry", "boardingPass", { document: { boardingPass: { transitType: "PKTransitTypeBoat",
  primaryFields: [{ key: "from", label: "From", value: "Old Pier" }, { key: "to", label: "To", value: "Gull Island" }] } } });
draw("footer", "boardingPass", {}, ["logo", "footer"]);
await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
document.documentElement.dataset.ready = "true";
