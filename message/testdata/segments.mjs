// Writes segments.json: parts and encoding of text messages as Twilio's calculator counts them. It
// is the referee of segments_test.go and is run by hand, never by a test, in a folder where
// `npm install sms-segments-calculator@1.3.0` has been run:
//   node message/testdata/segments.mjs <that folder>
import fs from "node:fs";
import { createRequire } from "node:module";

const { SegmentedMessage } = createRequire(process.argv[2] + "/")("sms-segments-calculator");
// A body is a list of [text, times], so that the file stays small.
const bodies = ["", "a", "Grüße aus Köln", "ç", "Ç", "`", "price 12 €", "[x] {y} ~ ^ \\ |", "line\nline", "’", "🙂", "发票"].map((s) => [[s, 1]]);
for (const unit of ["a", "€", "é", "发", "🙂", "ü", "ab€", "a发", "a🙂"]) {
  for (const n of [1, 22, 23, 33, 34, 35, 50, 51, 52, 53, 66, 67, 68, 69, 70, 71, 76, 77, 79, 80, 81, 133, 134, 135, 152, 153, 154, 159, 160, 161, 305, 306, 307, 459, 460]) bodies.push([[unit, n]]);
}
for (const lead of [151, 152, 153, 158, 159, 304, 305]) bodies.push([["a", lead], ["€", 2], ["b", 20]]);
for (const lead of [65, 66, 67, 68, 69, 132, 133]) bodies.push([["发", lead], ["🙂", 2], ["b", 5]]);

const out = bodies.map((body) => {
  const m = new SegmentedMessage(body.map(([s, n]) => s.repeat(n)).join(""));
  return { body, count: m.segmentsCount, encoding: m.encodingName };
});
fs.writeFileSync(new URL("segments.json", import.meta.url), "[\n" + out.map((o) => JSON.stringify(o)).join(",\n") + "\n]\n");
