import { create } from "xmlbuilder2";
import { isBlocking } from "../../compatibility/finding";
import type { Report, ResourceReport } from "../report";

/** For the test view of a pipeline: a suite for each resource, a case for each rule. */
export function renderJunit({ resources }: Report): string {
  const root = create({ version: "1.0", encoding: "UTF-8" }).ele("testsuites", {
    name: "pulumi-server-side-sync",
    ...totals(resources),
  });
  for (const resource of resources) {
    const suite = root.ele("testsuite", { name: `${resource.kind} ${text(resource.name)}`, ...totals([resource]) });
    for (const { name, failure, skipped, output } of casesOf(resource)) {
      const testcase = suite.ele("testcase", { classname: `${resource.kind}.${text(resource.name)}`, name });
      if (failure !== undefined) testcase.ele("failure", { message: text(failure), type: name });
      if (skipped !== undefined) testcase.ele("skipped", { message: text(skipped) });
      if (output !== undefined) testcase.ele("system-out").txt(text(output));
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

interface Case {
  name: string;
  failure?: string;
  skipped?: string;
  output?: string;
}

function casesOf({ problems, findings, passed, notJudged }: ResourceReport): Case[] {
  return [
    ...problems.map((problem): Case => ({ name: "invalid-arguments", failure: problem })),
    ...findings.map((finding): Case => {
      const { rule: name, severity, message, remedy, accepted } = finding;
      if (isBlocking(finding)) return { name, failure: `${message} ${remedy}` };
      return {
        name,
        output: `${severity}${accepted === undefined ? "" : ` accepted: ${accepted}`}: ${message} ${remedy}`,
      };
    }),
    ...notJudged.map(({ rule, missing }): Case => ({ name: rule, skipped: `not judged: ${missing}` })),
    ...passed.map((name): Case => ({ name })),
  ];
}

function totals(resources: readonly ResourceReport[]) {
  const cases = resources.flatMap(casesOf);
  return {
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    errors: 0,
    skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
  };
}

/** XML 1.0 has no place for control characters, not even escaped. */
function text(value: string): string {
  // eslint-disable-next-line no-control-regex -- that is what they are
  return value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ");
}
