import type { Row } from "../columns";
import type { Tester } from "../tester";
import { accessOf } from "./access";
import { useExchange } from "./exchange";
import { outcomeOfError, unauthorized } from "./failures";
import { openInbox } from "./imap";
import { openMaildrop } from "./pop3";
import { submit } from "./smtp";
import { trustIn, withTls } from "./trust";

export interface MailTesterOptions {
  /** PEM of the authorities that mail servers' certificates come from. */
  caCertificates: readonly string[];
  /** What autodiscover would find; by default it finds nothing. */
  exchangeUrl?: string;
  /** For profiles that sign in server to server or by OAuth; by default they are refused. */
  accessToken?: (mailbox: Row, profile: Row) => Promise<string | undefined>;
  timeoutMs?: number;
}

/** Signs in to the mail servers that profile and mailbox name, with what is stored there, as Dynamics does. */
export function mailTester(options: MailTesterOptions): Tester {
  const { caCertificates, exchangeUrl = "", timeoutMs = 20_000 } = options;
  const trust = trustIn(caCertificates, timeoutMs);
  return async (mailbox, profile, direction) => {
    const access = accessOf(mailbox, profile, direction, exchangeUrl);
    try {
      const token = access.byToken ? await options.accessToken?.(mailbox, profile) : undefined;
      if (access.byToken && token === undefined) throw unauthorized();
      if (access.protocol === "ews") await useExchange(access, direction, trust, token);
      else
        await withTls(trust, access.tls, (how) => {
          if (access.protocol === "smtp") return submit(access, how, token);
          return access.protocol === "imap" ? openInbox(access, how, token) : openMaildrop(access, how);
        });
      return { ok: true };
    } catch (error) {
      return outcomeOfError(error);
    }
  };
}
