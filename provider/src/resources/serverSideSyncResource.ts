import * as pulumi from "@pulumi/pulumi";
import { describeFinding, isBlocking, type Finding } from "../compatibility/finding";
import { withPartlyKnown } from "./outputs";

/** Names of the resources; part of every state, so they never change. */
export type ResourceName = "EmailServerProfile" | "MailboxBinding";

const entries: Record<ResourceName, string> = {
  EmailServerProfile: "emailServerProfile",
  MailboxBinding: "mailboxBinding",
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
  protected constructor(
    kind: ResourceName,
    name: string,
    inputs: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    const props = {
      ...inputs,
      identity: pulumi.createUrn(name, typeToken(kind), opts.parent),
      dryRun: pulumi.runtime.isDryRun(),
      findings: undefined,
      problems: undefined,
      schemaVersion: undefined,
      __provider: providerText(kind),
    };
    // Ids are deterministic, so a record has to be gone before its successor is made.
    super(typeToken(kind), name, props, { deleteBeforeReplace: true, ...opts });
  }

  /** Logs what the rules have to say about the checked inputs, and fails a preview that has errors. */
  protected report(keys: readonly string[], assess: (values: Record<string, unknown>) => Finding[]): void {
    const outputs = Object.fromEntries(
      [...keys, "problems", "findings"].map((key) => [key, (this as unknown as Record<string, unknown>)[key]]),
    );
    withPartlyKnown(outputs, (values) => {
      const problems = Array.isArray(values.problems) ? (values.problems as string[]) : [];
      // Findings are among the checked inputs; without a check (in unit tests with mocks) there is nothing complete to judge.
      const findings = Array.isArray(values.findings) ? assess(values) : [];
      for (const problem of problems) void pulumi.log.error(problem, this);
      for (const finding of findings) {
        const write = isBlocking(finding) ? pulumi.log.error : pulumi.log.warn;
        void write(describeFinding(finding), this);
      }
      if (problems.length > 0 || findings.some(isBlocking)) throw previewFailure();
    });
  }
}

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
