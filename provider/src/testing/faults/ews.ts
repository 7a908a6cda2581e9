import { permanent, systemIs, textIs, transient, type Fault, type FaultRow } from "../fault";

const codeIs =
  (...codes: readonly string[]) =>
  (fault: Fault) =>
    fault.responseCode !== undefined && codes.includes(fault.responseCode);
const statusIs =
  (...codes: readonly number[]) =>
  (fault: Fault) =>
    fault.replyCode !== undefined && codes.includes(fault.replyCode);

/** Faults of the Exchange Web Services: response codes of the EWS reference, HTTP status codes, texts of the front ends. */
export const ewsFaults: readonly FaultRow[] = [
  permanent(
    "ews-basic-without-tls",
    "offers only Basic, which would show the password of",
    'Use an https URL and security: "tls".',
    systemIs("BASIC_WITHOUT_TLS"),
  ),
  permanent(
    "ews-token-without-tls",
    "is to be reached without TLS, which would show the access token of",
    'Use an https URL and security: "tls".',
    systemIs("TOKEN_WITHOUT_TLS"),
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
    systemIs("NOT_SOAP", "BAD_ENCODING"),
  ),
  permanent(
    "ews-token-refused",
    "refused the access token of",
    "Get a new access token: check its audience (scope https://outlook.office365.com/.default), tenant and permission (full_access_as_app).",
    (fault) => fault.oauth === true && statusIs(401)(fault),
  ),
  permanent(
    "ews-authentication-failed",
    "refused",
    "Check user name and password. With NTLM a server with Extended Protection answers the same to a channel binding that a proxy with TLS of its own breaks; and the offered sign-in methods must be among those of the profile.",
    statusIs(401),
  ),
  permanent(
    "ews-access-blocked",
    "blocks EWS for",
    "Exchange Online retires EWS: check EWSEnabled and EWSAllowedAppIDs of the tenant. Otherwise check Set-CASMailbox and EwsApplicationAccessPolicy (allow list CRM/*).",
    statusIs(403),
  ),
  permanent(
    "ews-account-locked",
    "says that the account is locked or its password expired, of",
    "Unlock the account, or set a new password.",
    statusIs(456, 457),
  ),
  permanent(
    "ews-redirected",
    "redirects elsewhere instead of serving",
    "Set serverLocation to where EWS really is; a redirection to a sign-in page means that a proxy signs in on its own.",
    (fault) => fault.replyCode !== undefined && fault.replyCode >= 300 && fault.replyCode < 400,
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
    (fault) =>
      codeIs("ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorInsufficientResources")(fault) ||
      statusIs(429)(fault),
  ),
  transient(
    "ews-temporarily-unavailable",
    "is temporarily unable to serve",
    "Try again later; look into the health of Exchange if it stays.",
    (fault) =>
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
      )(fault) || statusIs(500, 502, 503, 504)(fault),
  ),
  permanent(
    "ews-impersonation-denied",
    "lets this account act for no other mailbox, as it should be with",
    "Grant the account the role ApplicationImpersonation (New-ManagementRoleAssignment); new grants may take hours.",
    codeIs("ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"),
  ),
  permanent(
    "ews-no-mailbox",
    "knows no mailbox for the address, or for the account itself,",
    "Check emailAddress: it must be the primary address of a mailbox here. Use a user principal name, not DOMAIN\\user.",
    codeIs(
      "ErrorNonExistentMailbox",
      "ErrorNonPrimarySmtpAddress",
      "ErrorInvalidSmtpAddress",
      "ErrorMissingEmailAddress",
    ),
  ),
  permanent(
    "ews-access-denied",
    "gives no access to this mailbox to",
    "Grant the account full access to the mailbox, or impersonation.",
    codeIs("ErrorAccessDenied", "ErrorFolderNotFound", "ErrorItemNotFound", "ErrorOrganizationAccessBlocked"),
  ),
  permanent(
    "ews-send-as-denied",
    "does not let this sender address be used by",
    "Sign in as the mailbox itself, or grant the account the right to send as it.",
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
    "says that the account is disabled or its password expired, of",
    "Enable the account, or set a new password.",
    codeIs("ErrorAccountDisabled", "ErrorPasswordExpired", "ErrorPasswordChangeRequired"),
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
    (fault) =>
      codeIs("ErrorInvalidServerVersion", "ErrorSchemaValidation", "ErrorInvalidRequest")(fault) ||
      textIs(/ErrorIncorrectSchemaVersion/)(fault),
  ),
];
