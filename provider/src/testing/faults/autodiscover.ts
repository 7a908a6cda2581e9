import { permanent, systemIs, transient, type FaultRow } from "../fault";

/** What to do wherever autodiscover does not lead on. */
const setLocation = "set serverLocation to https://HOST/EWS/Exchange.asmx, and autodiscover: false";

/** How a search for the EWS URL ends in vain. The first row that matches decides. */
export const autodiscoverFaults: readonly FaultRow[] = [
  permanent(
    "autodiscover-address-unknown",
    "knows no mailbox for",
    `Check emailAddress: it must be the primary address of a mailbox in this organization. Otherwise ${setLocation}.`,
    systemIs("ADDRESS_UNKNOWN"),
  ),
  permanent(
    "autodiscover-account-locked",
    "says that the account is locked of",
    `Unlock the account, and find out who locks it. Otherwise ${setLocation}.`,
    systemIs("ACCOUNT_LOCKED"),
  ),
  permanent(
    "autodiscover-password-expired",
    "says that the password has expired or must be changed, of",
    `Set a new password, and declare it. Otherwise ${setLocation}.`,
    systemIs("PASSWORD_EXPIRED"),
  ),
  permanent(
    "autodiscover-authentication-failed",
    "refused the sign-in of",
    `Check user name and password, or the token, and that authenticationProtocol is one that the server offers. Otherwise ${setLocation}.`,
    systemIs("SIGN_IN_REFUSED"),
  ),
  permanent(
    "autodiscover-untrusted-redirect",
    "leads to a host that was given no credentials, for",
    `If that host is yours, ${setLocation}: a redirection out of the address's domain could come from anybody.`,
    systemIs("UNTRUSTED_REDIRECT"),
  ),
  permanent(
    "autodiscover-redirect-loop",
    "is redirected without end for",
    `Repair the redirections of the servers named, or ${setLocation}.`,
    systemIs("REDIRECT_LOOP"),
  ),
  transient(
    "autodiscover-temporarily-unavailable",
    "could not find an EWS URL just now for",
    `Try again; if it stays, ${setLocation}.`,
    systemIs("TRY_AGAIN"),
  ),
  permanent(
    "autodiscover-failed",
    "found no EWS URL for",
    `Publish autodiscover for the domain, or ${setLocation}.`,
    () => true,
  ),
];
