import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
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
    return decodeText(await (file === "-" ? buffer(process.stdin) : readFile(file)));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw unreadable(`${file === "-" ? "The standard input" : file} cannot be read (${reason}).`);
  }
}

/** PowerShell writes UTF-16 with a byte order mark, other tools of Windows UTF-8 with one. */
function decodeText(octets: Buffer): string {
  const [first, second] = octets;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(octets);
}

function unreadable(summary: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "input-unreadable",
    summary,
    remedy: "Name a file, or pipe the declarations in.",
  });
}
