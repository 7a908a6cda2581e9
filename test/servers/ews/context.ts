import { Fault } from "./errors";
import type { Impersonated } from "./soap";
import type { ExchangeMailbox, ExchangeStore } from "./store";

/** Who asks, and for which mailbox where the request names none. */
export interface Caller {
  user: string;
  /** Acts for any mailbox. */
  mayImpersonate: boolean;
}

/** What an operation works on. */
export interface Context {
  /** The account whose rights count: the caller, or whom it impersonates. */
  account: string;
  /** The mailbox of that account. */
  own: ExchangeMailbox | undefined;
  store: ExchangeStore;
}

/** @throws Fault where the caller may not act for whom the request names */
export function contextOf(caller: Caller, impersonated: Impersonated | undefined, store: ExchangeStore): Context {
  if (impersonated === undefined) return { account: caller.user, own: store.mailbox(caller.user), store };
  if (!caller.mayImpersonate)
    throw new Fault(
      "ErrorImpersonateUserDenied",
      "The account does not have permission to impersonate the requested user.",
    );
  const own = store.mailbox(impersonated.value);
  if (own === undefined)
    throw new Fault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.");
  if (impersonated.by === "PrimarySmtpAddress" && own.address !== impersonated.value.toLowerCase())
    throw new Fault("ErrorNonPrimarySmtpAddress", "The specified address is not the primary SMTP address.");
  return { account: own.address, own, store };
}

export function mayOpen(mailbox: ExchangeMailbox, { account, own }: Context): boolean {
  return mailbox === own || mailbox.delegates.some((delegate) => delegate.toLowerCase() === account.toLowerCase());
}

export function maySendAs(mailbox: ExchangeMailbox, context: Context): boolean {
  return mayOpen(mailbox, context) && mailbox.sendAsDenied !== true;
}
