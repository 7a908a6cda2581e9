import { testHeader, tokenOfSubject } from "./message";

/** What a test needs to know of a message. */
export interface MessageHead {
  /** The token of a test message; undefined for all others, also for those that quote one. */
  token: string | undefined;
  /** Whether it is a returned message (RFC 3464). */
  isReport: boolean;
}

/** The fields of a head that {@link readHead} needs. */
export const headFields: readonly string[] = [testHeader, "Subject", "Content-Type"];
const needed = new RegExp(`^(?:${headFields.join("|")})[ \\t]*:`, "i");
/** What is kept of one head. Ours is far below. */
const largestHead = 4096;

/** Picks the lines of a head that {@link readHead} needs out of those that come one after the other. */
export function neededLines(): (line: string, kept: string[]) => void {
  let within = false;
  let ended = false;
  let size = 0;
  return (line, kept) => {
    ended ||= line === "";
    if (!/^[ \t]/.test(line)) within = needed.test(line);
    size += within ? line.length : 0;
    if (within && !ended && size <= largestHead) kept.push(line);
  };
}

/** By our own header, or where a server dropped that by the exact subject. Folded lines are one (RFC 5322, 2.2.3). */
export function readHead(lines: readonly string[]): MessageHead {
  const unfolded = lines.join("\n").replace(/\n(?=[ \t])/g, "");
  const field = (name: string) => new RegExp(`^${name}[ \\t]*:[ \\t]*(.*?)[ \\t]*$`, "im").exec(unfolded)?.[1];
  return {
    token: field(testHeader) ?? tokenOfSubject((field("Subject") ?? "").replace(/\s+/g, " ")),
    isReport: /^multipart\/report\b/i.test(field("Content-Type") ?? ""),
  };
}
