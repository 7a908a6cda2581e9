import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { ServerSideSyncError } from "../errors";
import { assessDeclarations } from "./assessDeclarations";
import { readDeclarations } from "./input";
import { render, type Format } from "./reports/formats";
import { hasFailed } from "./report";

export const exitCodes = { noErrors: 0, errors: 1, unusableInput: 2 } as const;

interface AssessRequest {
  /** Path, or `-` for the standard input. */
  file: string;
  format: Format;
  /** `YYYY-MM-DD` */
  today: string;
  /** Version of this package, for the report. */
  version: string;
}

/** @throws ServerSideSyncError where the input cannot be used */
export async function assessCommand(request: AssessRequest): Promise<{ output: string; exitCode: number }> {
  const { file, format, today, version } = request;
  const report = assessDeclarations(readDeclarations(await readText(file)), today);
  const exitCode = hasFailed(report) ? exitCodes.errors : exitCodes.noErrors;
  return { output: render(format, report, { file: file === "-" ? "stdin" : file, version }), exitCode };
}

async function readText(file: string): Promise<string> {
  if (file === "-" && process.stdin.isTTY) throw unreadable("The standard input is a terminal.");
  try {
    return await (file === "-" ? text(process.stdin) : readFile(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw unreadable(`${file === "-" ? "The standard input" : file} cannot be read (${reason}).`);
  }
}

function unreadable(summary: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "input-unreadable",
    summary,
    remedy: "Name a file, or pipe the declarations in.",
  });
}
