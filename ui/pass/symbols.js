// The transit symbols between the two places of a boarding pass.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  PKTransitTypeAir: "M23 12c0-1-1-1.7-2.2-1.7h-5.6L9.8 2H7.3l2.6 8.3H5.2L3.3 7.8H1.4L2.6 12l-1.2 4.2h1.9l1.9-2.5h4.7L7.3 22h2.5l5.4-8.3h5.6C22 13.7 23 13 23 12z",
  PKTransitTypeBoat: "M11 2h2v3h4v5l3.5 1.2-2 6.300c-1 0-1.9-.5-2.5-1.2-1 1.2-2.4 1.7-4 1.700s-3-.5-4-1.700c-.6.7-1.5 1.2-2.5 1.200L3.5 11.2 7 10V5h4zm-2 5v2.300l3-1 3 1V7zM2 19c1.4 0 2.6-.3 4-1 2.5 1.3 9.5 1.3 12 0 1.4.7 2.6 1 4 1v2c-1.4 0-2.7-.300-4-.8-3 1.2-9 1.2-12 0-1.3.5-2.6.8-4 .8z",
  PKTransitTypeBus: "M5 3h14c1.1 0 2 .9 2 2v12c0 .8-.4 1.5-1 1.800V21h-3v-2H7v2H4v-2.200c-.6-.3-1-1-1-1.800V5c0-1.1.9-2 2-2zm0 3v6h14V6zm1.5 8.200a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zm11 0a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
  PKTransitTypeTrain: "M8 2h8c2.2 0 4 1.8 4 4v8c0 2-1.5 3.6-3.4 4l2.4 4h-2.600l-1.2-2H8.800l-1.2 2H5l2.4-4C5.5 17.6 4 16 4 14V6c0-2.2 1.8-4 4-4zM6.5 6v5h11V6zm2 7a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zm7 0a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
  PKTransitTypeGeneric: "M13.5 4.5 21 12l-7.5 7.5-1.8-1.8 4.4-4.400H3v-2.600h13.100l-4.4-4.400z",
};

const WORDS = {
  PKTransitTypeAir: "flight to", PKTransitTypeBoat: "by boat to", PKTransitTypeBus: "by bus to",
  PKTransitTypeTrain: "by train to", PKTransitTypeGeneric: "to",
};

/** transitSymbol draws the symbol of a transit type in the current colour. */
export function transitSymbol(type) {
  const known = PATHS[type] ? type : "PKTransitTypeGeneric";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "pk-transit");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", WORDS[known]);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[known]);
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
