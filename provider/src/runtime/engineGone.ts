import { fstatSync } from "node:fs";

/**
 * Ends this process once the engine is gone, killed for example. The host itself would stay for ever: tests that still
 * wait for their turn would then meet those of the next update in the same mailboxes.
 */
export function endWithEngine(): void {
  if (!isHost() || !isPipe(0)) return;
  const end = () => process.exit();
  // The engine holds the other end of this pipe and never writes: it ends when the engine does.
  process.stdin.once("end", end).once("error", end).resume();
  // Waiting for that keeps nothing alive.
  if ("unref" in process.stdin) process.stdin.unref();
}

/** Whoever else loads this, to test it for example, may have given its standard input to something else. */
function isHost(): boolean {
  return /[\\/]dynamic-provider[\\/]/.test(process.argv[1] ?? "");
}

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
