import { either, permanent, systemIs, textIs, transient, type Fault, type FaultRow } from "../fault";

const codeIs =
  (...codes: readonly string[]) =>
  (fault: Fault) =>
    fault.responseCode !== undefined && codes.includes(fault.responseCode);
const statusIs =
  (...codes: readonly number[]) =>
  (fault: Fault) =>
    fault.replyCode !== undefined && codes.includes(fault.replyCode);

/** EWS of Exchange Online, and of its clouds for the US government and China. */
const exchangeOnlineHosts = /(^|\.)(outlook\.office(365)?\.(com|us)|outlook\.cn)$/i;

function isRedirection({ replyCode = 0 }: Fault): boolean {
  return replyCode >= 300 && replyCode < 400;
}

/** Faults of the Exchange Web Services: response codes of the EWS reference, HTTP status codes, texts of the front ends. */
export const ewsFaults: readonly FaultRow[] = [
  permanent(
    "ews-basic-without-tls",
    "offers only Basic, which would show the password of",
    'Use an https URL and security: "tls".',
    systemIs("BASIC_WITHOUT_TLS"),
  ),
  permanent(
    "ews-channel-binding",
    "shows a certificate to which NTLM cannot be bound for",
    "Give the server a certificate with an RSA or ECDSA signature over SHA-256, SHA-384 or SHA-512.",
    systemIs("CHANNEL_BINDING_UNKNOWN"),
  ),
  permanent(
    "ews-ntlm-failed",
    "answered NTLM with something that cannot be read for",
    'Check a proxy in between, or use authenticationProtocol: "basic" with TLS.',
    systemIs("NTLM_CHALLENGE_MALFORMED"),
  ),
  permanent(
    "ews-not-soap",
    "answered with something other than EWS to",
    "Check that serverLocation is the URL of EWS, https://HOST/EWS/Exchange.asmx, and a proxy or sign-in page in between.",
    systemIs("NOT_SOAP", "BAD_ENCODING", "PROTOCOL_SWITCHED"),
  ),
  permanent(
    "ews-token-refused",
    "refused the access token of",
    "Get a new access token: check its audience (scope https://outlook.office365.com/.default), tenant and permission (full_access_as_app).",
    (fault) => fault.oauth === true && statusIs(401)(fault),
  ),
  permanent(
    "ews-authentication-failed",
    "refused the sign-in of",
    "Check user name and password. With NTLM a server with Extended Protection answers the same to a channel binding that a proxy with TLS of its own breaks; and the offered sign-in methods must be among those of the profile.",
    statusIs(401),
  ),
  permanent(
    "ews-retired",
    "no longer offers EWS to the tenant or app of",
    "Exchange Online retires EWS: since 2026-10-01 only tenants with EWSEnabled and the app in EWSAllowedAppIDs have it (Set-OrganizationConfig), from 2027-04-01 nobody. Have mailboxes that server-side synchronization shall reach through EWS on Exchange Server, or ask Microsoft for the way of your deployment.",
    (fault) => statusIs(403)(fault) && exchangeOnlineHosts.test(fault.host),
  ),
  permanent(
    "ews-access-blocked",
    "blocks EWS for",
    "Check EwsEnabled and EwsApplicationAccessPolicy (Get-CASMailbox, Get-OrganizationConfig; an allow list needs this program's user agent), and any proxy in between.",
    statusIs(403),
  ),
  permanent(
    "ews-account-locked",
    "says that the account is locked of",
    "Unlock the account, and find out who locks it.",
    statusIs(456),
  ),
  permanent(
    "ews-password-expired",
    "says that the password has expired or must be changed, of",
    "Set a new password, and declare it.",
    either(statusIs(457), codeIs("ErrorPasswordExpired", "ErrorPasswordChangeRequired")),
  ),
  transient(
    "ews-front-end-error",
    "has a front end that answers with an error page to",
    "Try again; look into the health of the Client Access services if it stays.",
    (fault) => isRedirection(fault) && /genericerrorpage/i.test(fault.text),
  ),
  permanent(
    "ews-redirected",
    "redirects elsewhere instead of serving",
    "Set serverLocation to where EWS really is; a redirection to a sign-in page means that a proxy signs in on its own.",
    isRedirection,
  ),
  permanent(
    "ews-wrong-url",
    "has no EWS at this URL for",
    "Check serverLocation: https://HOST/EWS/Exchange.asmx.",
    statusIs(400, 404, 405, 410),
  ),
  transient(
    "ews-throttled",
    "throttles",
    "Wait as long as the server says, and lower maxConcurrentTests.",
    either(codeIs("ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorInsufficientResources"), statusIs(429)),
  ),
  transient(
    "ews-temporarily-unavailable",
    "is temporarily unable to serve",
    "Try again later; look into the health of Exchange if it stays.",
    either(
      codeIs(
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorMailboxFailover",
        "ErrorADUnavailable",
        "ErrorADOperation",
        "ErrorConnectionFailed",
        "ErrorInternalServerTransientError",
        "ErrorInternalServerError",
        "ErrorTimeoutExpired",
        "ErrorNoRespondingCASInDestinationSite",
      ),
      statusIs(500, 502, 503, 504),
    ),
  ),
  permanent(
    "ews-impersonation-denied",
    "does not let one account act for another mailbox, asked by",
    "Grant the account the role ApplicationImpersonation (New-ManagementRoleAssignment); new grants may take hours.",
    codeIs("ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"),
  ),
  permanent(
    "ews-no-mailbox",
    "has no mailbox to open for",
    "Check emailAddress, and that the mailbox lives here; an account without a mailbox of its own needs impersonation or full access.",
    codeIs(
      "ErrorNonExistentMailbox",
      "ErrorInvalidSmtpAddress",
      "ErrorMissingEmailAddress",
      "ErrorMailRecipientNotFound",
    ),
  ),
  permanent(
    "ews-not-primary-address",
    "takes only the primary address of a mailbox, asked by",
    "Set emailAddress to the mailbox's primary SMTP address.",
    codeIs("ErrorNonPrimarySmtpAddress"),
  ),
  permanent(
    "ews-access-denied",
    "gives no access to this mailbox to",
    "Grant the account full access to the mailbox (Add-MailboxPermission), or impersonation.",
    codeIs("ErrorAccessDenied"),
  ),
  permanent(
    "ews-organization-blocked",
    "has EWS switched off for the whole organization of",
    "Check EwsEnabled of the organization (Get-OrganizationConfig).",
    codeIs("ErrorOrganizationAccessBlocked"),
  ),
  permanent(
    "ews-folder-not-found",
    "has no folder of a kind that every mailbox has, asked by",
    "Check that the mailbox was opened once, is no archive or public folder mailbox, and that the account may see its folders.",
    codeIs("ErrorFolderNotFound"),
  ),
  permanent(
    "ews-item-not-found",
    "no longer has an item of the test for",
    "A rule or another client moved or deleted it: look for inbox rules and retention policies.",
    codeIs("ErrorItemNotFound"),
  ),
  permanent(
    "ews-send-as-denied",
    "does not let this sender address be used by",
    "Sign in as the mailbox itself, or grant the account the right to send as it (Add-ADPermission, Add-RecipientPermission).",
    codeIs("ErrorSendAsDenied"),
  ),
  permanent(
    "ews-mailbox-full",
    "says that the mailbox is full of",
    "Free space in the mailbox or raise its quota.",
    codeIs("ErrorQuotaExceeded"),
  ),
  permanent(
    "ews-message-too-large",
    "finds a message of a few kilobytes too large from",
    "Raise the server's message size limit.",
    codeIs("ErrorMessageSizeExceeded"),
  ),
  permanent(
    "ews-account-disabled",
    "says that the account is disabled of",
    "Enable the account, or use another one.",
    codeIs("ErrorAccountDisabled"),
  ),
  permanent(
    "ews-no-license",
    "finds no valid license for",
    "Give the mailbox a license for Exchange.",
    codeIs("ErrorInvalidLicense"),
  ),
  permanent(
    "ews-version-not-supported",
    "understands no version of the requests for",
    "Exchange Server 2010 SP2 is the oldest that is supported.",
    either(codeIs("ErrorInvalidServerVersion"), textIs(/ErrorIncorrectSchemaVersion/)),
  ),
  permanent(
    "ews-request-refused",
    "finds a request invalid of",
    "Check a proxy that rewrites requests; otherwise this is a defect of this package: please report it with what SERVER_SIDE_SYNC_LOG=trace prints.",
    codeIs("ErrorSchemaValidation", "ErrorInvalidRequest", "ErrorInvalidPropertyRequest"),
  ),
];
