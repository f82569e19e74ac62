// Writes locale.json: amounts, days and moments as Node's Intl formats them. It is the referee of
// money_test.go and is run by hand, never by a test:  node message/testdata/locale.mjs
import fs from "node:fs";

const here = new URL(".", import.meta.url);
const table = fs.readFileSync(new URL("../../invoice/currency.go", here), "utf8");
const digits = {};
for (const [, n, codes] of table.matchAll(/(\d): "([A-Z ]+)"/g)) for (const c of codes.split(" ")) digits[c] = Number(n);

const locales = ["en-US", "en-GB", "de", "de-AT", "de-CH", "zh"];
const main = ["EUR", "USD", "GBP", "CNY", "JPY", "CHF", "KWD", "IDR", "CLF"];
const minors = ["0", "1", "-1", "12", "-99", "100", "1234", "99999", "100000", "-123456", "1234567", "-123456789", "9223372036854775807"];
const days = ["2026-01-01", "2026-02-28", "2026-03-09", "2026-05-14", "2028-02-29", "2026-11-21", "2026-12-31"];
const moments = ["2026-05-14T00:00", "2026-01-05T09:05", "2026-07-31T12:00", "2026-11-21T18:30", "2026-12-31T23:59"];

function decimal(minor, n) {
  const sign = minor.startsWith("-") ? "-" : "";
  const s = minor.replace("-", "").padStart(n + 1, "0");
  return n === 0 ? sign + s : sign + s.slice(0, -n) + "." + s.slice(-n);
}
function money(locale, c, minor) {
  const n = digits[c];
  return new Intl.NumberFormat(locale, { style: "currency", currency: c, minimumFractionDigits: n, maximumFractionDigits: n }).format(decimal(minor, n));
}

const out = { icu: process.versions.icu, money: {}, dates: {}, moments: {} };
for (const l of locales) {
  out.money[l] = {};
  for (const c of Object.keys(digits).sort()) {
    out.money[l][c] = {};
    for (const m of main.includes(c) ? minors : ["-123456789"]) out.money[l][c][m] = money(l, c, m);
  }
  const dates = new Intl.DateTimeFormat(l, { dateStyle: "long", timeZone: "UTC" });
  const times = new Intl.DateTimeFormat(l, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  out.dates[l] = Object.fromEntries(days.map((d) => [d, dates.format(new Date(d + "T00:00Z"))]));
  out.moments[l] = Object.fromEntries(moments.map((d) => [d, times.format(new Date(d + "Z"))]));
}
fs.writeFileSync(new URL("locale.json", here), JSON.stringify(out, null, 1) + "\n");
