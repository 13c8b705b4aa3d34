// Chooses among the files of a pass: the sharpest variant, the root before
// the language folders, as Wallet does.

/** pick returns the URL of the image name ("logo") or undefined. */
export function pick(images, name, locale) {
  for (const folder of ["", ...folders(locale)]) {
    for (const scale of ["@3x", "@2x", ""]) {
      const url = images?.[`${folder}${name}${scale}.png`];
      if (url) return url;
    }
  }
  return undefined;
}

function folders(locale) {
  const parts = (locale ?? "en").split("-");
  const names = parts.map((_, i) => parts.slice(0, parts.length - i).join("-"));
  return [...names, "en"].map((name) => `${name}.lproj/`);
}
