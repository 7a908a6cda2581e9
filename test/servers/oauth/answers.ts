/** An answer of a token endpoint. */
export interface TokenAnswer {
  status: number;
  body: object | string;
  headers?: Record<string, string>;
}

/** What an access token is asked for. */
export interface Grant {
  /** The mailbox that a user's or a delegated token is for; an app's own token is for none. */
  user?: string | undefined;
  clientId: string;
  scope: string;
}

export function granted(accessToken: string, lifetimeSeconds: number): TokenAnswer {
  return { status: 200, body: { token_type: "Bearer", expires_in: lifetimeSeconds, access_token: accessToken } };
}

const trace = "3b3c7a5e-6f0a-4d6c-9f2e-0d9a5b1c2d00";

/** A refusal of Microsoft Entra ID: the number stands in the text and in a list. */
export function entraRefuses(error: string, code: number, words: string, status = 400): TokenAnswer {
  const description = `AADSTS${code}: ${words} Trace ID: ${trace} Correlation ID: ${trace} Timestamp: 2026-11-24 10:00:00Z`;
  return { status, body: { error, error_description: description, error_codes: [code], trace_id: trace } };
}

/** A refusal of Google. */
export function googleRefuses(error: string, description: string, status = 400): TokenAnswer {
  return { status, body: { error, error_description: description } };
}
