import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import prettier from "prettier";
import { repositoryRoot } from "../../repository";
import { matrixSection } from "./matrix";
import { presetSection } from "./presets";
import { ruleSections } from "./rules";
import { sourceSections } from "./sources";

const target = join(repositoryRoot, "docs/compatibility.md");

const introduction = `# Compatibility

What a preview says about email server profiles and mailbox bindings, and why. Each rule names the page that it follows; Microsoft's two support pages are the [one for on-premises](https://learn.microsoft.com/dynamics365/customerengagement/on-premises/admin/supported-email-service-configurations-server-side-synchronization?view=op-9-1) and the [one for online](https://learn.microsoft.com/power-platform/admin/supported-email-service-configurations-server-side-synchronization).

- An **error** fails the preview. In an update it stops the resource before anything of it is changed.
- A **warning** is shown and does not stop anything.
- A finding that **can be accepted** is silenced for exit codes, not for readers, by \`acceptRisks: [{ rule, reason }]\` on the resource or on the organization. What the platform itself refuses cannot be accepted. An acceptance that nothing uses warns (\`accepted-risk-unused\`), so does one of something that cannot be accepted (\`risk-not-acceptable\`).
- A rule whose facts the engine knows only in the update is judged there. A rule whose facts were never declared is **not judged**, and \`npx pulumi-server-side-sync assess\` names the fact that is missing.
- What the program keeps secret (\`pulumi.secret\`, secret config) is judged like everything else, and no finding, failed test or log names it: it reads \`[secret]\`. In the words of a mail server, numbers and texts of one or two characters are left as they are. \`assess\` cannot judge what a preview hides, and says so.

This page is generated from the rules and their tests: \`npm run docs\`.
`;

/** Writes docs/compatibility.md; with --check, fails where the file is not current. */
async function main(check: boolean): Promise<number> {
  const text = [introduction, matrixSection(), ...ruleSections(), ...sourceSections(), presetSection()].join("\n\n");
  const options = await prettier.resolveConfig(target);
  const formatted = await prettier.format(text, { ...options, parser: "markdown" });
  if (!check) writeFileSync(target, formatted);
  else if (readFileSync(target, "utf8") !== formatted) {
    process.stderr.write("docs/compatibility.md is not current: run npm run docs\n");
    return 1;
  }
  return 0;
}

void main(process.argv.includes("--check")).then((code) => {
  process.exitCode = code;
});
