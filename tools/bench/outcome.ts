import type { TestResult } from "../../provider/src/testing/types";

/** A test that fails is fast; its figure means nothing. */
export function allSucceeded(results: readonly TestResult[]): void {
  const failed = results.find(({ status }) => status === "Failure");
  if (failed !== undefined) throw new Error(`${failed.test}: ${failed.code ?? ""}: ${failed.message ?? ""}`);
}
