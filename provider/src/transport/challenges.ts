/** One way to sign in that a server offers in `WWW-Authenticate`. */
export interface Challenge {
  /** As the server writes it; its case means nothing. */
  scheme: string;
  /** What NTLM and Negotiate send along (token68). Parameters are read over: nobody here needs one. */
  token?: string;
}

const separators = /[\s,]*/y;
const parameter = /[!#$%&'*+.^_`|~\w-]+[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~\w-]+)/y;
const scheme = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]+([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$)))?(?=[ \t,]|$)/y;
const anything = /(?:"(?:[^"\\]|\\.)*"|[^,])[^",]*/y;

/**
 * The challenges of an answer (RFC 9110, section 11.6.1), in their order: several may stand in one header, behind
 * commas, as may the parameters of each. What is malformed is left out.
 */
export function challengesIn(headers: readonly string[] = []): Challenge[] {
  return headers.flatMap(read);
}

function read(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    position += match?.[0].length ?? 0;
    return match;
  };
  for (take(separators); position < header.length; take(separators)) {
    if (take(parameter) !== null) continue;
    const [, name, token] = take(scheme) ?? [];
    if (name !== undefined) challenges.push(token === undefined ? { scheme: name } : { scheme: name, token });
    else take(anything);
  }
  return challenges;
}
