// The page of a link: draws the pass that is offered, and leads to what is wrong with
// the answers. The form works without it.

import { barcodeURL, renderPass } from "../pass/pass.js";

document.getElementById("problems")?.focus();

const host = document.getElementById("pass");
const answer = host && await fetch(host.dataset.document, { headers: { Accept: "application/json" } });
if (answer?.ok) {
  const doc = await answer.json();
  renderPass(host, {
    document: doc, images: JSON.parse(host.dataset.images), barcode: barcodeURL(doc),
    locale: document.documentElement.lang, labels: host.dataset,
  });
}
