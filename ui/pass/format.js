// Turns a field's value into the text that Wallet would show.

const PARTS = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const DAY = 86_400_000;

/** fieldText formats field.value for locale; t looks up a localised string. */
export function fieldText(field, { t, locale, now }) {
  const { value } = field;
  if (typeof value === "number") return numberText(field, value, locale);
  if (typeof value !== "string") return "";
  if (field.dateStyle || field.timeStyle) return dateText(field, value, locale, now) ?? t(value);
  return t(value);
}

function numberText(field, value, locale) {
  const options = numberOptions(field);
  if (!options) return String(value);
  return attempt(() => new Intl.NumberFormat(locale, options).format(value)) ?? String(value);
}

// Browsers cannot spell numbers out; PKNumberStyleSpellOut is shown in digits.
function numberOptions({ currencyCode, numberStyle }) {
  if (currencyCode) return { style: "currency", currency: currencyCode };
  switch (numberStyle) {
    case "PKNumberStyleDecimal": return {};
    case "PKNumberStylePercent": return { style: "percent" };
    case "PKNumberStyleScientific": return { notation: "scientific", maximumFractionDigits: 6 };
    case "PKNumberStyleSpellOut": return { useGrouping: false };
    default: return null;
  }
}

function dateText(field, value, locale, now) {
  const parts = PARTS.exec(value);
  if (!parts) return null;
  const zone = field.ignoresTimeZone ? zoneOf(parts[7]) : undefined;
  const date = new Date(value);
  const dateStyle = styleOf(field.dateStyle);
  const timeStyle = styleOf(field.timeStyle);
  if (field.isRelative && dateStyle) {
    const day = relativeDay(date, now, zone, locale);
    if (day) return [day, timeStyle && clock({ timeStyle }, date, zone, locale)].filter(Boolean).join(", ");
  }
  return dateStyle || timeStyle ? clock({ dateStyle, timeStyle }, date, zone, locale) : "";
}

function styleOf(name) {
  const style = (name ?? "").replace(/^PK(Date|Time)Style/, "").toLowerCase();
  return ["short", "medium", "long", "full"].includes(style) ? style : undefined;
}

const zoneOf = (offset) => (offset === "Z" ? "UTC" : offset);

function clock(styles, date, timeZone, locale) {
  return attempt(() => new Intl.DateTimeFormat(locale, { ...styles, timeZone }).format(date));
}

/** relativeDay is "yesterday", "today" or "tomorrow", else null: as far as iOS goes. */
function relativeDay(date, now, timeZone, locale) {
  const days = Math.round((midnight(date, timeZone) - midnight(new Date(now), timeZone)) / DAY);
  if (!(Math.abs(days) <= 1)) return null;
  const word = attempt(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day"));
  return word && word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}

function midnight(date, timeZone) {
  const day = attempt(() => new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(date));
  return Date.parse(`${day}T00:00:00Z`);
}

// A currency, locale or zone that the browser does not know is no reason to
// show nothing.
function attempt(make) {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}
