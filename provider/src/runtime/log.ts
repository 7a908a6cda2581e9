const levels = ["info", "debug", "trace"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * Writes one prefixed line to stderr where `SERVER_SIDE_SYNC_LOG` asks for that level (`info`, `debug`, `trace`). The
 * CLI shows such lines as diagnostics of the stack; stdout belongs to the host's port line.
 */
export function log(level: LogLevel, resource: string, text: string): void {
  const wanted = levels.indexOf((process.env.SERVER_SIDE_SYNC_LOG ?? "").toLowerCase() as LogLevel);
  if (levels.indexOf(level) > wanted) return;
  process.stderr.write(`[server-side-sync] ${resource}: ${text}\n`);
}
