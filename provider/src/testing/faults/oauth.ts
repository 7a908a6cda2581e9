import { permanent, systemIs, transient, type Fault, type FaultRow } from "../fault";
import { transportFaults } from "./transport";

/** Codes of Microsoft Entra ID, which stand in the text of its answers. */
const entra = (...codes: readonly number[]) => {
  const pattern = new RegExp(`AADSTS(?:${codes.join("|")})\\b`);
  return ({ text }: Fault) => pattern.test(text);
};
/** The error of RFC 6749, section 5.2, and what it says. */
const said =
  (error: string, pattern = /(?:)/) =>
  ({ responseCode, text }: Fault) =>
    responseCode === error && pattern.test(text);
const statusIs = (from: number, to: number) => (fault: Fault) =>
  fault.replyCode !== undefined && fault.replyCode >= from && fault.replyCode <= to;
const either =
  (...matchers: readonly ((fault: Fault) => boolean)[]) =>
  (fault: Fault) =>
    matchers.some((matches) => matches(fault));

/** Faults of token endpoints: Microsoft Entra ID's and Google's. */
const endpointFaults: readonly FaultRow[] = [
  permanent(
    "oauth-certificate-unreadable",
    "was not asked for a token with the unusable certificate of",
    "Give certificate and private key in PEM, without a password, as an RSA pair. In the credentials of a profile both stand in certificate, one after the other.",
    systemIs("CERTIFICATE_UNREADABLE"),
  ),
  permanent(
    "oauth-service-account-key-unreadable",
    "was not asked for a token with the unusable key of",
    "Give the whole JSON file that Google created for the key of the service account.",
    systemIs("SERVICE_ACCOUNT_KEY_UNREADABLE"),
  ),
  transient(
    "oauth-throttled",
    "asks for fewer tokens at once from",
    "Wait as long as the answer says, and test again.",
    either(statusIs(429, 429), entra(50196), said("rate_limit_exceeded")),
  ),
  transient(
    "oauth-temporarily-unavailable",
    "is temporarily unable to give a token to",
    "Try again later: the endpoint says that it is not the credentials.",
    either(statusIs(500, 599), entra(90033), said("temporarily_unavailable"), said("server_error")),
  ),
  permanent(
    "oauth-grant-not-supported",
    "does not give tokens in this way to",
    "AD FS gives tokens for a password or a client secret from Windows Server 2016 on; before, hand over an access token that the pipeline has. Elsewhere, check that the app may use this grant.",
    said("unsupported_grant_type"),
  ),
  permanent(
    "oauth-password-refused",
    "refused the password of",
    "Check user name and password; write the user as user@domain or DOMAIN\\user, and look whether the account is locked.",
    said("invalid_grant", /MSIS9659|AADSTS50126\b/),
  ),
  permanent(
    "oauth-client-not-permitted",
    "has not permitted the client of",
    "Permit the client to access the organization, in the application group of AD FS or with Grant-AdfsApplicationPermission.",
    said("unauthorized_client", /\bMSIS\d/),
  ),
  permanent(
    "oauth-client-secret-invalid",
    "refused the client secret of",
    "Set clientSecret to the secret's value, not to its id, and check that it belongs to this app.",
    entra(7000215),
  ),
  permanent(
    "oauth-client-secret-expired",
    "says that the client secret has expired of",
    "Create a new client secret for the app, and set it.",
    entra(7000222),
  ),
  permanent(
    "oauth-certificate-refused",
    "refused the certificate of",
    "Upload this certificate to the app's registration, and check that it has not expired and the clock of this machine is right.",
    entra(700027, 700024, 7000214),
  ),
  permanent(
    "oauth-app-not-found",
    "does not find in this tenant the registration of",
    "Check clientId and tenantId, and that an administrator has consented to the app in this tenant.",
    entra(700016),
  ),
  permanent(
    "oauth-app-disabled",
    "has disabled the registration of",
    "Enable the app in the tenant: Enterprise applications, Properties, Enabled for users to sign-in.",
    entra(7000112),
  ),
  permanent(
    "oauth-tenant-not-found",
    "does not know the tenant of",
    "Check tenantId, and serverAuthority where the tenant is in another cloud.",
    entra(90002, 900023, 900021, 9000211),
  ),
  permanent(
    "oauth-resource-not-found",
    "does not know the resource in the request of",
    "Check resourceId; without one, that the tenant has Exchange Online.",
    either(entra(500011, 70011, 500014), said("invalid_scope"), said("invalid_resource")),
  ),
  permanent(
    "oauth-consent-missing",
    "finds no consent to the request of",
    "Grant the app its permissions and consent to them: full_access_as_app for EWS, IMAP.AccessAsApp, POP.AccessAsApp, SMTP.SendAsApp; with a refresh token those of the user, such as IMAP.AccessAsUser.All.",
    entra(65001, 65004, 70000),
  ),
  permanent(
    "oauth-conditional-access",
    "has a policy against the sign-in of",
    "Exempt the app or the account from the conditional access policy, or sign in from a place that it allows.",
    entra(53003, 53000, 53001, 53002, 530003),
  ),
  permanent(
    "oauth-multi-factor-required",
    "wants another factor from",
    "Sign in interactively for a new refresh token, or use an app's own credentials.",
    entra(50076, 50079, 50074, 50158),
  ),
  permanent(
    "oauth-user-not-found",
    "does not know the user of",
    "Check the user name; with a Google service account it is the mailbox's address and of the same Google Workspace.",
    either(entra(50034, 50020, 50057), said("invalid_grant", /invalid email or user id/i)),
  ),
  permanent(
    "oauth-service-account-not-found",
    "no longer finds the account of",
    "Check that the service account still exists and is enabled, and use a current key of it.",
    said("invalid_grant", /account not found|account.*(?:deleted|disabled)/i),
  ),
  permanent(
    "oauth-service-account-key-refused",
    "refused the key of",
    "Create a new key for the service account: this one was deleted, or does not belong to it.",
    said("invalid_grant", /invalid (?:jwt )?signature|no such key|kid/i),
  ),
  permanent(
    "oauth-clock-wrong",
    "finds a request from another time from",
    "Set the clock of this machine: requests are signed for an hour.",
    said("invalid_grant", /short-lived token|\biat\b|\bexp\b|reasonable timeframe/i),
  ),
  permanent(
    "oauth-refresh-token-expired",
    "does not take the refresh token any more of",
    "Sign in again for a new refresh token. It ends with a password change, when consent is withdrawn, and after long disuse; Google's ends after seven days while the app is in testing.",
    either(entra(700082, 70008, 70043, 700084, 50173, 9002313), said("invalid_grant")),
  ),
  permanent(
    "oauth-delegation-missing",
    "gives no access to mail to",
    "In the Google Admin console, under domain-wide delegation, enter the service account's client id with the scope https://mail.google.com/. For a refresh token, check that it was made for this client.",
    said("unauthorized_client"),
  ),
  permanent(
    "oauth-client-refused",
    "refused the client of",
    "Check clientId and clientSecret: both of the app that the refresh token or the permission was given to.",
    said("invalid_client"),
  ),
  permanent(
    "oauth-access-denied",
    "denies access to",
    "Allow the app in the organization that owns the account: its administrator has blocked it or restricts the scope.",
    either(said("access_denied"), said("admin_policy_enforced"), said("org_internal")),
  ),
  permanent(
    "oauth-unexpected-answer",
    "did not answer as a token endpoint does to",
    "Look for a proxy or a sign-in page in between, and check serverAuthority.",
    either(
      systemIs("NOT_A_TOKEN", "BAD_ENCODING", "PROTOCOL_SWITCHED"),
      ({ replyCode, responseCode }) => replyCode !== undefined && responseCode === undefined,
    ),
  ),
];

/** A token endpoint is not declared as a mail server is. */
const network = "Check that this network lets the machine connect to it, or name a proxy with HTTPS_PROXY.";
const trust =
  "A proxy that opens TLS needs its authority in NODE_EXTRA_CA_CERTS: caCertificates is for the mail servers alone.";
const remedies: Readonly<Record<string, string>> = {
  "connection-refused": network,
  "host-not-found": network,
  "host-unreachable": network,
  "connection-timeout": network,
  "tls-certificate-expired": `Check the clock of this machine. ${trust}`,
  "tls-wrong-host-name": trust,
  "tls-self-signed": trust,
  "tls-untrusted-certificate": trust,
  "tls-on-plain-port": network,
  "wrong-protocol": network,
  "answer-too-large": "Look for a proxy or a sign-in page in between.",
  "connection-reset": "Try again; if it stays, look for a proxy or a firewall in between.",
};

export const oauthFaults: readonly FaultRow[] = [
  ...transportFaults.map((row) => ({ ...row, remedy: remedies[row.code] ?? row.remedy })),
  ...endpointFaults,
];
