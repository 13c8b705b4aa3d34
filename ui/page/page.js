// The public page of a pass: fetches its document and draws it.

import { barcodeURL, renderPass } from "../pass/pass.js";

const host = document.getElementById("pass");
const answer = await fetch(host.dataset.document, { headers: { Accept: "application/json" } });
if (answer.ok) {
  const doc = await answer.json();
  renderPass(host, {
    document: doc, images: JSON.parse(host.dataset.images), barcode: barcodeURL(doc),
    locale: document.documentElement.lang, labels: host.dataset,
  });
} else {
  host.textContent = host.dataset.undrawn;
}
