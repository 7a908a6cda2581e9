import { assessmentRows } from "./assessment";
import { ewsRows } from "./ews";
import { mailRows } from "./mail";
import { pop3Rows } from "./pop3";
import { printTable } from "./table";

/** Measures on this machine. Figures are for reading: no test depends on them. */
async function main(): Promise<void> {
  printTable("Assessment of declarations, 10,000 bindings in one organization", assessmentRows());
  printTable("Tests of mailboxes, in round trips of a line of 40 ms", [
    ...(await mailRows()),
    ...(await pop3Rows()),
    ...(await ewsRows()),
  ]);
  process.stdout.write("No client on npm does STLS and CAPA of POP3: there is no other layer to compare with.\n");
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
