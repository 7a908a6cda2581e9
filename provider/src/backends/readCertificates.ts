import { readFileSync } from "node:fs";
import { ServerSideSyncError } from "../errors";
import type { CertificateSource } from "../model/organization";

/**
 * PEM, or the file that holds it; undefined where nothing was declared.
 *
 * @throws ServerSideSyncError `ca-certificates-unreadable`
 */
export function readCertificates(source: CertificateSource | null | undefined): string | undefined {
  if (source === null || source === undefined || typeof source === "string") return source ?? undefined;
  try {
    return readFileSync(source.file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ServerSideSyncError({
      code: "ca-certificates-unreadable",
      summary: `caCertificates refers to the file ${source.file}, which cannot be read (${reason}).`,
      remedy: "Check the path; a relative one starts at the folder of the Pulumi program.",
    });
  }
}
