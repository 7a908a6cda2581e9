import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LibraryAnswer, LibraryJob } from "./ewsLibrary";

export interface LibraryProcess {
  run(job: LibraryJob): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The EWS library with its own HTTP, in a process of its own: over NTLM it drops whatever authorities it is given, so
 * that only those of the process count.
 */
export async function startLibraryProcess(caCertificate: string): Promise<LibraryProcess> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const authority = join(folder, "ca.pem");
  await writeFile(authority, caCertificate);
  const child = fork(join(__dirname, "ewsLibrary.js"), { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority } });
  const ended = once(child, "exit").then(() => {
    throw new Error("the process of the library ended");
  });
  // Whoever waits for an answer learns of it.
  ended.catch(() => undefined);
  return {
    run: async (job) => {
      const answered = once(child, "message") as Promise<[LibraryAnswer]>;
      child.send(job);
      const [{ error }] = await Promise.race([answered, ended]);
      if (error !== undefined) throw new Error(`The library's own layer, ${job.method}: ${error}`);
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended.catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
