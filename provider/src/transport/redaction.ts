/** Shorter secrets would blank out ordinary text and protect nothing. */
const minimumSecretLength = 3;
/** Shorter pieces of base64 occur by chance. */
const shortestCore = 8;

/** Stands for what is not to be read. */
export const mask = "[secret]";

export type Redactor = (text: string) => string;

/**
 * Masks secrets in text as `[secret]`: as they are, and in the forms in which servers and libraries echo them (JSON,
 * URL-encoded, base64 alone and inside SASL PLAIN, RFC 4616).
 */
export function createRedactor(secrets: readonly string[], usernames: readonly string[] = []): Redactor {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length >= minimumSecretLength) for (const form of formsOf(secret, usernames)) forms.add(form);
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, mask), text);
}

/**
 * What a secret looks like inside a longer base64 text, whatever stands around it: base64 works in groups of three
 * octets, so there are three alignments, and only the characters at both ends depend on the neighbours.
 */
function base64Cores(secret: string): string[] {
  const octets = Buffer.from(secret, "utf8");
  return [0, 1, 2]
    .map((offset) => {
      const text = Buffer.concat([Buffer.alloc(offset), octets]).toString("base64");
      return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + octets.length) * 4) / 3));
    })
    .filter((core) => core.length >= shortestCore);
}

function formsOf(secret: string, usernames: readonly string[]): string[] {
  const sasl = usernames.flatMap((username) => [
    `\0${username}\0${secret}`,
    `${username}\0${username}\0${secret}`,
    `user=${username}\u0001auth=Bearer ${secret}\u0001\u0001`,
  ]);
  const encoded = [secret, ...sasl].map((text) => Buffer.from(text, "utf8").toString("base64"));
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...encoded, ...base64Cores(secret)];
}
