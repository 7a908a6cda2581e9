import { diagnose, faultCatalogue, namedWait } from "../../../provider/src/testing/diagnosis";

const endpoint = {
  protocol: "oauth",
  host: "login.microsoftonline.com",
  port: 443,
  security: "tls",
} as const;
const app = { name: "app 1", redact: (text: string) => text };
interface Said {
  status?: number;
  error?: string;
  text: string;
  systemCode?: string;
}
const diagnosed = ({ status, error, text, systemCode }: Said) =>
  diagnose(
    {
      protocol: "oauth",
      host: endpoint.host,
      phase: "sign-in",
      text: `${error ?? ""}: ${text}`,
      fromServer: systemCode === undefined,
      ...(systemCode === undefined ? {} : { systemCode }),
      replyCode: status,
      responseCode: error,
    },
    { endpoint, app },
  );

/** What Microsoft Entra ID and Google are known to say, by the code that it becomes. */
const said: [string, boolean, Said][] = [
  [
    "oauth-grant-not-supported",
    false,
    {
      status: 400,
      error: "unsupported_grant_type",
      text: "MSIS9611: The authorization server does not support the requested grant_type.",
    },
  ],
  [
    "oauth-password-refused",
    false,
    { status: 400, error: "invalid_grant", text: "MSIS9659: Invalid 'username' or 'password'." },
  ],
  ["oauth-password-refused", false, entra(50126, "invalid_grant", "Error validating credentials.")],
  [
    "oauth-client-not-permitted",
    false,
    { status: 400, error: "unauthorized_client", text: "MSIS9321: The client is not allowed to access the resource." },
  ],
  [
    "oauth-resource-not-found",
    false,
    { status: 400, error: "invalid_resource", text: "MSIS9602: The received 'resource' parameter is invalid." },
  ],
  ["oauth-client-secret-invalid", false, entra(7000215, "invalid_client", "Invalid client secret provided.", 401)],
  [
    "oauth-client-secret-expired",
    false,
    entra(7000222, "invalid_client", "The provided client secret keys are expired.", 401),
  ],
  [
    "oauth-app-not-found",
    false,
    entra(700016, "unauthorized_client", "Application with identifier 'x' was not found."),
  ],
  ["oauth-app-disabled", false, entra(7000112, "unauthorized_client", "Application 'x' is disabled.")],
  ["oauth-tenant-not-found", false, entra(90002, "invalid_request", "Tenant 'x' not found.")],
  [
    "oauth-tenant-not-found",
    false,
    entra(900023, "invalid_request", "Specified tenant identifier 'x' is neither a valid DNS name."),
  ],
  ["oauth-consent-missing", false, entra(65001, "invalid_grant", "The user or administrator has not consented.")],
  ["oauth-user-not-found", false, entra(50034, "invalid_grant", "The user account does not exist in the directory.")],
  [
    "oauth-conditional-access",
    false,
    entra(53003, "invalid_grant", "Access has been blocked by Conditional Access policies."),
  ],
  [
    "oauth-multi-factor-required",
    false,
    entra(50076, "interaction_required", "you must use multi-factor authentication."),
  ],
  ["oauth-certificate-refused", false, entra(700027, "invalid_client", "The certificate is not registered.", 401)],
  [
    "oauth-refresh-token-expired",
    false,
    entra(700082, "invalid_grant", "The refresh token has expired due to inactivity."),
  ],
  ["oauth-refresh-token-expired", false, entra(70008, "invalid_grant", "The refresh token has expired.")],
  ["oauth-resource-not-found", false, entra(500011, "invalid_resource", "The resource principal was not found.")],
  ["oauth-throttled", true, entra(50196, "invalid_grant", "The server terminated an operation because of a loop.")],
  ["oauth-temporarily-unavailable", true, entra(90033, "temporarily_unavailable", "A transient error has occurred.")],
  ["oauth-throttled", true, { status: 429, text: "HTTP 429 (try again in 7 s)" }],
  ["oauth-temporarily-unavailable", true, { status: 503, text: "HTTP 503" }],
  [
    "oauth-refresh-token-expired",
    false,
    { status: 400, error: "invalid_grant", text: "Token has been expired or revoked." },
  ],
  ["oauth-refresh-token-expired", false, { status: 400, error: "invalid_grant", text: "Bad Request" }],
  ["oauth-service-account-key-refused", false, { status: 400, error: "invalid_grant", text: "Invalid JWT Signature." }],
  [
    "oauth-service-account-not-found",
    false,
    { status: 400, error: "invalid_grant", text: "Invalid grant: account not found" },
  ],
  ["oauth-user-not-found", false, { status: 400, error: "invalid_grant", text: "Invalid email or User ID" }],
  [
    "oauth-clock-wrong",
    false,
    { status: 400, error: "invalid_grant", text: "Invalid JWT: Token must be a short-lived token (60 minutes)" },
  ],
  ["oauth-delegation-missing", false, { status: 401, error: "unauthorized_client", text: "Client is unauthorized" }],
  ["oauth-client-refused", false, { status: 401, error: "invalid_client", text: "The OAuth client was not found." }],
  ["oauth-access-denied", false, { status: 403, error: "access_denied", text: "Account restricted" }],
  ["oauth-unexpected-answer", false, { status: 403, text: "an answer of text/html" }],
  ["oauth-unexpected-answer", false, { text: "an answer without an access token", systemCode: "NOT_A_TOKEN" }],
  ["oauth-certificate-unreadable", false, { text: "not in PEM", systemCode: "CERTIFICATE_UNREADABLE" }],
  ["oauth-service-account-key-unreadable", false, { text: "not JSON", systemCode: "SERVICE_ACCOUNT_KEY_UNREADABLE" }],
  ["oauth-failed", false, { status: 400, error: "something_new", text: "later" }],
  ["host-not-found", false, { text: "getaddrinfo ENOTFOUND", systemCode: "ENOTFOUND" }],
  ["connection-timeout", true, { text: "no answer in time", systemCode: "ETIMEDOUT" }],
  ["tls-untrusted-certificate", false, { text: "unable to verify", systemCode: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }],
  ["proxy-authentication-required", false, { text: "407", systemCode: "PROXY_AUTHENTICATION_REQUIRED" }],
];

describe("faults of token endpoints", () => {
  test.each(said)("%s", (code, transient, fault) => {
    const error = diagnosed(fault);
    expect(error).toMatchObject({ code, transient });
    expect(error.message).not.toMatch(/undefined|null|\[object/);
    if (code.startsWith("oauth-")) expect(error.summary).toContain(" app 1: ");
    // A token endpoint is nothing that a profile declares.
    expect(error.remedy).not.toContain("serverLocation");
    expect(error.remedy).toMatch(/^\S.{15,}\.$/);
  });

  test("every row is reached", () => {
    const codes = faultCatalogue.oauth.map(({ code }) => code).filter((code) => code.startsWith("oauth-"));
    expect(codes.filter((code) => !said.some(([reached]) => reached === code))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test("a wait that the endpoint names is understood", () => {
    expect(namedWait(diagnosed({ status: 429, text: "HTTP 429 (try again in 7 s): slow down" }).summary)).toBe(7000);
  });
});

function entra(code: number, error: string, words: string, status = 400): Said {
  return { status, error, text: `AADSTS${code}: ${words} Trace ID: 1 Timestamp: 2026-11-24 10:00:00Z` };
}
