import { parseArgs } from "node:util";
import { assessmentRows } from "./assessment";
import { engineRows } from "./engine";
import { ewsRows } from "./ews";
import { mailRows } from "./mail";
import { memoryRows } from "./memory";
import { organizationRows, organizationTitle } from "./organization";
import { pop3Rows } from "./pop3";
import { providerRows } from "./provider";
import { printTable, type Row } from "./table";

/** Each measured only when its turn has come: rows of different groups would stand in each other's way. */
const groups: Record<string, { title: string; rows: () => Promise<Row[]> }> = {
  assess: {
    title: "Assessment of declarations, 10,000 bindings in one organization",
    rows: () => Promise.resolve(assessmentRows()),
  },
  tests: {
    title: "Tests of mailboxes, in round trips of a line of 40 ms",
    rows: async () => [...(await mailRows()), ...(await pop3Rows()), ...(await ewsRows())],
  },
  memory: { title: "Memory of tests, 100 mailboxes again and again", rows: memoryRows },
  provider: { title: "The provider's process, against one that does nothing", rows: providerRows },
  engine: {
    title: "The whole engine, against resources that do nothing and tests without an engine",
    rows: engineRows,
  },
  organization: { title: organizationTitle, rows: organizationRows },
};

/** Measures on this machine. Figures are for reading: no test depends on them. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const names = values.only ?? Object.keys(groups);
  for (const name of names) {
    const group = groups[name];
    if (group === undefined)
      throw new Error(`there is no group ${name}: choose from ${Object.keys(groups).join(", ")}`);
    printTable(group.title, await group.rows());
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
