import * as pulumi from "@pulumi/pulumi";
import type * as Questions from "../backends/dynamics365/questions";
import { ServerSideSyncError } from "../errors";
import { Organization } from "../resources/organization";

/** How long a function may take, and what ends it early. */
export interface FunctionOptions {
  /** For everything in it: sign-in, all pages, retries. @default 60 */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

const defaultTimeoutSeconds = 60;

/** Asks an organization something, in the program itself, with the credentials that the provider has. */
export async function ask<T>(
  organization: Organization | undefined,
  { timeoutSeconds = defaultTimeoutSeconds, signal }: FunctionOptions,
  question: (context: Questions.QuestionContext, questions: typeof Questions) => Promise<T>,
): Promise<T> {
  if (!(Number.isFinite(timeoutSeconds) && timeoutSeconds > 0))
    throw invalid("timeoutSeconds must be a number of seconds above 0", "Correct it, or leave it out.");
  // Programs that ask nothing load no transport.
  const questions = require("../backends/dynamics365/questions") as typeof Questions;
  const { settings } = organization ?? Organization.fromConfig();
  const config = pulumi.runtime.allConfig();
  return question(
    questions.openQuestion(settings, (key) => config[key], { timeoutSeconds, signal }),
    questions,
  );
}

export function invalid(what: string, remedy: string): ServerSideSyncError {
  return new ServerSideSyncError({ code: "invalid-arguments", summary: `${what}.`, remedy });
}
