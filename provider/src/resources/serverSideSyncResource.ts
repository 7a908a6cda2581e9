import * as pulumi from "@pulumi/pulumi";
import type { RuleContext } from "../compatibility/rule";
import type { JudgedResource } from "../compatibility/stackAssessment";
import { valuesOf } from "./outputs";
import { secretPathsInput } from "./secretPaths";
import { StackFindings } from "./stackFindings";

/** Names of the resources; part of every state, so they never change. */
export type ResourceName = "EmailServerProfile" | "MailboxBinding" | "OrganizationEmailSettings";

const entries: Record<ResourceName, string> = {
  EmailServerProfile: "emailServerProfile",
  MailboxBinding: "mailboxBinding",
  OrganizationEmailSettings: "organizationEmailSettings",
};

/**
 * The provider as the engine stores it with every resource: a constant text instead of serialized code, so that it
 * stays small, never shows up in a diff, and an upgrade of this package reaches existing resources at once
 * (docs/decisions/0001-literal-provider.md).
 */
export function providerText(name: ResourceName): string {
  return `exports.handler = () => require("pulumi-server-side-sync/runtime").${entries[name]};`;
}

export function typeToken(name: ResourceName): string {
  return `pulumi-nodejs:dynamic/server-side-sync:${name}`;
}

/** Base of all resources: identity, literal provider, findings on the resource. */
export abstract class ServerSideSyncResource extends pulumi.CustomResource {
  /** @param secretPaths leaves of the inputs that the program keeps secret */
  protected constructor(
    kind: ResourceName,
    name: string,
    inputs: pulumi.Inputs,
    secretPaths: Promise<string[]>,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    const props = {
      ...inputs,
      identity: pulumi.createUrn(name, typeToken(kind), opts.parent),
      dryRun: pulumi.runtime.isDryRun(),
      secretPaths: secretPathsInput(secretPaths),
      findings: undefined,
      problems: undefined,
      __provider: providerText(kind),
    };
    // Ids are deterministic, so a record has to be gone before its successor is made.
    super(typeToken(kind), name, props, { deleteBeforeReplace: true, ...opts });
  }

  /** Logs what the rules have to say about the checked inputs, and fails a preview that has errors. */
  protected report(
    keys: readonly string[],
    judge: (values: Record<string, unknown>, context: RuleContext) => JudgedResource | undefined,
  ): void {
    const stack = StackFindings.current();
    stack.expect();
    const tell = (values: Record<string, unknown>) => {
      const problems = Array.isArray(values.problems) ? (values.problems as string[]) : [];
      for (const problem of problems) void pulumi.log.error(problem, this);
      // Findings are among the checked inputs; without a check (in unit tests with mocks) there is nothing complete to judge.
      const complete = Array.isArray(values.findings) && problems.length === 0;
      const blocked = stack.report(this, complete ? judge(values, contextOf(values)) : undefined);
      if (problems.length > 0 || blocked) throw previewFailure();
    };
    // As an Output, so that the program waits for it, and fails with it.
    pulumi.output(valuesOf(this, [...keys, "problems", "findings", "secretPaths"]).then(tell));
  }
}

/** Only `check` sees what was applied before; its verdict comes along with the checked inputs. */
function contextOf({ findings, secretPaths }: Record<string, unknown>): RuleContext {
  const movesBack = (findings as { rule?: unknown }[]).some(({ rule }) => rule === "process-after-moves-back");
  return {
    today: new Date().toISOString(),
    previous: { processEmailsReceivedAfter: movesBack ? endOfTime : null },
    secrets: new Set(Array.isArray(secretPaths) ? (secretPaths as string[]) : []),
  };
}
const endOfTime = "9999-12-31";

let failure: pulumi.RunError | undefined;

/**
 * The one error of a preview: findings are logged on their resources and do not fail the run by themselves. The engine
 * reports the same error object once.
 */
function previewFailure(): pulumi.RunError {
  if (failure === undefined) {
    failure = new pulumi.RunError(
      "compatibility-errors: the declarations have errors, each listed on its resource with its remedy. Nothing was changed.",
    );
    failure.stack = "";
  }
  return failure;
}
