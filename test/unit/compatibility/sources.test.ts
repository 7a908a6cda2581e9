import { rules } from "pulumi-server-side-sync";
import { serverErrors, unforeseeableErrors } from "../../../provider/src/compatibility/serverErrors";
import { supportRows, unjudgedRows } from "../../../provider/src/compatibility/supportRows";

/** Codes as the published list has them, written down apart from the table of the product. */
const profileCodes =
  "201 202 203 204 205 20A 214 218 234 235 236 238 239 23A 23B 23C 23D 23E 23F 240 241 242 243 244 245 247 249 24A 24B 24C 24D 24E 24F 250 251 252 253 254 255 256 25A 25B 25C";
const mailboxCodes =
  "200 207 208 209 210 211 212 213 217 219 220 221 222 223 224 225 226 227 228 229 230 231 232 233 248";
const codes = `${profileCodes} ${mailboxCodes}`.split(" ").map((code) => `0x8005E${code}`);
const rows = [
  ...Array.from({ length: 17 }, (_, i) => `S${i + 1}`),
  ...Array.from({ length: 15 }, (_, i) => `O${i + 1}`),
];

const judgedRows = new Set(rules.flatMap((rule) => rule.rows ?? []));
const foreseen = new Set(rules.flatMap((rule) => rule.serverErrors ?? []));

test("every row of the two support pages is a rule or says why none judges it", () => {
  expect(Object.keys(supportRows).sort()).toEqual([...rows].sort());
  for (const row of Object.keys(supportRows) as (keyof typeof supportRows)[])
    expect([row, judgedRows.has(row) || (unjudgedRows[row] ?? "").length > 10]).toEqual([row, true]);
});

test("every error of the 0x8005E2xx family is a rule or says why no declaration shows it", () => {
  const known = Object.entries(serverErrors) as [keyof typeof serverErrors, string][];
  const missing = codes.filter((code) => !known.some(([, value]) => value === code));
  expect(missing).toEqual([]);
  for (const [name] of known)
    expect([name, foreseen.has(name) || (unforeseeableErrors[name] ?? "").length > 10]).toEqual([name, true]);
});

test("nothing is both a rule and declared as not judgeable", () => {
  expect(Object.keys(unforeseeableErrors).filter((name) => foreseen.has(name as keyof typeof serverErrors))).toEqual(
    [],
  );
  // S2, S16, O1, O2 are supported rows whose limits are judged elsewhere.
  const both = Object.keys(unjudgedRows).filter((row) => judgedRows.has(row as keyof typeof supportRows));
  expect(both).toEqual(["S2"]);
});

test("a rule has one entry for each scope, with a page behind it", () => {
  const entries = rules.map(({ id, scope }) => `${id} ${scope}`);
  expect(new Set(entries).size).toBe(entries.length);
  for (const { when, reference } of rules) {
    expect(when).toMatch(/^[A-Z"].*[^.]$/);
    expect(() => new URL(reference)).not.toThrow();
  }
});
