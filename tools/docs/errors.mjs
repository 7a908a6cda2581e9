// Writes docs/errors.md from the fault catalogue; with --check, fails where the file is not current.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import prettier from "prettier";

const require = createRequire(import.meta.url);
const { faultCatalogue } = require("../../provider/dist/testing/diagnosis.js");
const { autodiscoverFaults } = require("../../provider/dist/testing/faults/autodiscover.js");
const target = new URL("../../docs/errors.md", import.meta.url);

/** Codes that are no faults of mail servers. */
const others = [
  [
    "invalid-arguments",
    "A declaration is malformed: an unknown property, a wrong type, a missing value.",
    "Correct the property that the message names.",
  ],
  [
    "unknown-config-key",
    "The stack config has a key in the organization's namespace that does not exist.",
    "Use the name that the message suggests.",
  ],
  [
    "input-unreadable",
    "`assess` was given a file that cannot be read, or nothing.",
    "Name a file, or pipe the declarations in.",
  ],
  [
    "input-not-understood",
    "`assess` was given neither the JSON of a preview nor a list of declarations.",
    "Give it what `pulumi preview --json --show-sames` prints, or a list as `assess --help` shows.",
  ],
  ["unknown-email-system", "A text names no known mail system.", "Use one of the names in the message."],
  [
    "compatibility-errors",
    "The preview found errors; each is listed on its resource.",
    "Follow the remedy of each finding, or accept the risk where it can be accepted.",
  ],
  [
    "secret-reference-unresolved",
    "`{ env }` or `{ config }` leads to nothing when the provider runs.",
    "Set the environment variable or the config key for this run.",
  ],
  [
    "profile-credentials-missing",
    "The profile's own account signs in, but its password or secret did not reach the binding.",
    "Bind to the profile itself, or declare the secret as a reference.",
  ],
  [
    "ca-certificates-unreadable",
    "The file behind `caCertificates` cannot be read.",
    "Check the path; a relative one starts at the folder of the Pulumi program.",
  ],
  ["imap-anonymous-not-possible", "A mailbox cannot be opened anonymously.", "Set credentials for incoming email."],
  ["pop3-anonymous-not-possible", "A mailbox cannot be opened anonymously.", "Set credentials for incoming email."],
  [
    "autodiscover-needs-address",
    "A profile with autodiscover has no address to begin with; its reach test did not run.",
    "Nothing: each binding discovers the server from its own address.",
  ],
  [
    "message-bounced",
    "The server accepted the test message and then returned it.",
    "The message quotes the server's reason.",
  ],
  [
    "message-not-delivered",
    "The test message was accepted but did not arrive in time.",
    "Look into the mail server's queue and rules, or raise `test.timeoutSeconds`.",
  ],
  [
    "message-not-removed",
    "The test message arrived but could not be deleted.",
    "Give the account the right to delete messages in the inbox.",
  ],
  [
    "test-timeout",
    "The test's budget was used up.",
    "The message says what was waited for; raise `test.timeoutSeconds` where the server is slow.",
  ],
  [
    "server-unavailable",
    "The server fails for every mailbox ([decision 11](decisions/0011-breaker.md)).",
    "Once the server is back, run `pulumi up` again; the message quotes the first failure.",
  ],
  ["internal-error", "Something unforeseen happened.", "Please report it."],
  ["internal-not-wire-pure", "A value cannot be stored in a Pulumi state.", "Please report it."],
];

const transientOthers = ["message-not-delivered", "server-unavailable", "test-timeout"];

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

${table(others.map(([code, cause, remedy]) => [`\`${code}\``, cause, transientOthers.includes(code) ? "transient" : "permanent", remedy]))}
`;

const formatted = await prettier.format(text, { ...(await prettier.resolveConfig(target)), parser: "markdown" });
if (!process.argv.includes("--check")) writeFileSync(target, formatted);
else if (readFileSync(target, "utf8") !== formatted) {
  console.error("docs/errors.md is not current: run npm run docs");
  process.exitCode = 1;
}
