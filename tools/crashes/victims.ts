import { commandLine, descendantsOf, killIfThere } from "../../test/servers/processes";
import type { Victim } from "./scenario";

/** Kills by pid, and only what the CLI of this pid has started; false where the victim is not there (yet). */
export function kill(victim: Victim, cli: number): boolean {
  const started = descendantsOf(cli);
  const doomed = {
    provider: () => started.filter(isProvider),
    cli: () => [cli],
    all: () => [cli, ...started],
  }[victim]();
  for (const pid of doomed) killIfThere(pid);
  return doomed.length > 0;
}

/** Its launcher is a shell, which names another file. */
function isProvider(pid: number): boolean {
  return /^\S*node\S* \S*dynamic-provider/.test(commandLine(pid));
}

/** A corpse that nobody has buried has no command line any more. */
export function alive(pids: Iterable<number>): number[] {
  return [...pids].filter((pid) => commandLine(pid) !== "");
}
