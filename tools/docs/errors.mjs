// Writes docs/errors.md from the fault catalogue; with --check, fails where the file is not current.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import prettier from "prettier";
import { ofDynamics, others, transientOthers } from "./errorTexts.mjs";

const require = createRequire(import.meta.url);
const { faultCatalogue } = require("../../provider/dist/testing/diagnosis.js");
const { autodiscoverFaults } = require("../../provider/dist/testing/faults/autodiscover.js");
const { alertCauses } = require("../../provider/dist/backends/dynamics365/alertCauses.js");
const { dynamicsFaults } = require("../../provider/dist/backends/dynamics365/webApi/errors.js");
const { ruleIds } = require("../../provider/dist/model/ruleIds.js");
const target = new URL("../../docs/errors.md", import.meta.url);

const codes = (rows) =>
  table(rows.map(([code, cause, remedy]) => [`\`${code}\``, cause, kindOf(transientOthers.includes(code)), remedy]));

const cell = (text) => text.replaceAll("|", "\\|");
const table = (rows) =>
  [
    "| Code | Cause | Kind | What to do |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
  ].join("\n");

const kindOf = (transient) => (transient ? "transient" : "permanent");

function searches() {
  const cause = (verdict) => `Autodiscover ${verdict} ...`.replace(/,? (for|of) \.\.\.$/, ".");
  return table(
    autodiscoverFaults.map(({ code, verdict, remedy, transient }) => [
      `\`${code}\``,
      cause(verdict),
      kindOf(transient),
      remedy,
    ]),
  );
}

function alerts() {
  return table(
    alertCauses.map(({ code, cause, remedy, transient }) => [`\`${code}\``, cause, kindOf(transient), remedy]),
  );
}

/** Apart from faults of the connection, from ids of rules, and from what stands in a table before. */
function answers() {
  const before = [...faultCatalogue.imap, ...alertCauses].map(({ code }) => code);
  const elsewhere = new Set([...before, ...ofDynamics.map(([code]) => code), ...ruleIds]);
  const rows = new Map(dynamicsFaults().map((row) => [row.code, row]));
  return table(
    [...rows.values()]
      .filter(({ code }) => !elsewhere.has(code))
      .map(({ code, verdict, remedy, transient }) => [
        `\`${code}\``,
        `The organization ${verdict} ...`.replace(/(,? asked by|:? (for|of|from|to|by)| \(\w+\))? ?\.\.\.$/, "."),
        kindOf(transient),
        remedy,
      ]),
  );
}

function faults(protocol) {
  const only = protocol === "transport" ? "" : `${protocol}-`;
  const rows =
    only === ""
      ? faultCatalogue.imap.filter(({ code }) => !code.startsWith("imap-"))
      : faultCatalogue[protocol].filter(({ code }) => code.startsWith(only));
  return table(
    rows.map(({ code, verdict, remedy, transient }) => [
      `\`${code}\``,
      `The server ${verdict} ...`.replace(/(,? asked by|[,:]? (for|of|from|to|user|says))? ?\.\.\.$/, "."),
      kindOf(transient),
      remedy,
    ]),
  );
}

const text = `# Error codes

Every failure reads \`code: what, where, why, what to do\`. Codes are stable: they are the same in preview, update, refresh, the output \`results\` and reports. Transient faults are retried within the budget of the test; permanent ones are not.

The ids of compatibility findings are codes too: [compatibility.md](compatibility.md).

This page is generated: \`npm run docs\`.

## Connections

${faults("transport")}

## IMAP

${faults("imap")}

## POP3

${faults("pop3")}

## Exchange (EWS)

${faults("ews")}

## SMTP

${faults("smtp")}

## Autodiscover

The message lists each place that was tried with what came back. Who is given credentials: [decision 9](decisions/0009-autodiscover.md).

${searches()}

## OAuth

Faults of the token endpoints: login.microsoftonline.com and its siblings in other clouds, oauth2.googleapis.com.

${faults("oauth")}

## Declarations, secrets and round trip

${codes(others)}

## Dynamics 365

${codes(ofDynamics)}

What its Web API answers. A rule of the server that a compatibility rule foresees has that rule's id:

${answers()}

Alerts that Dynamics raises during its test, and later; the message quotes the alert:

${alerts()}
`;

const formatted = await prettier.format(text, { ...(await prettier.resolveConfig(target)), parser: "markdown" });
if (!process.argv.includes("--check")) writeFileSync(target, formatted);
else if (readFileSync(target, "utf8") !== formatted) {
  console.error("docs/errors.md is not current: run npm run docs");
  process.exitCode = 1;
}
