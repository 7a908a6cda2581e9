import { ServerSideSyncError } from "../../errors";
import type { SecretResolver } from "../backend";

/**
 * A user name, password or token as it is shown to a server: one line. A line break would end the command in which it
 * stands, and what is behind it would be the next one.
 *
 * @throws ServerSideSyncError `control-character-in-credentials`, which names the field and never its value
 */
export function credentialText(value: string, path: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is refused
  const [first] = /[\u0000-\u001f\u007f]/.exec(value) ?? [];
  if (first === undefined) return value;
  const atEnd = /^[^\r\n]*[\r\n]+$/.test(value);
  throw new ServerSideSyncError({
    code: "control-character-in-credentials",
    summary: `${path} ${atEnd ? "ends in a newline" : `contains ${first === "\r" || first === "\n" ? "a line break" : "a control character"}`}.`,
    remedy: atEnd
      ? "Set it without one: editors and echo put a newline at the end of a file (printf %s does not)."
      : "Remove line breaks, tabs and other control characters from it.",
  });
}

/** Resolves secrets that must be one line; keys and certificates have many. */
export function lineResolver(resolve: SecretResolver): SecretResolver {
  return (secret, path) => credentialText(resolve(secret, path), path);
}
