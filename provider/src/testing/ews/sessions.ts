import { ServerSideSyncError } from "../../errors";
import type { Budget } from "../../transport/budget";
import type { MailSide, SignIn } from "../types";
import { EwsSession } from "./session";

/** The sessions of one test: directions with the same server and the same account share one connection. */
export class EwsSessions {
  private readonly sessions = new Map<string, EwsSession>();
  /** The last session with each server, whoever signed in. */
  private readonly versions = new Map<string, EwsSession>();

  constructor(
    private readonly mailbox: string,
    private readonly budget: Budget,
  ) {}

  /** @throws ServerSideSyncError `ews-anonymous-not-possible` */
  of({ endpoint, signIn, exchange }: MailSide & { signIn: SignIn }): EwsSession {
    if (exchange === undefined) throw new TypeError("EWS needs the options of Exchange");
    if (signIn.type === "anonymous") throw anonymous();
    const key = keyOf({ endpoint, signIn, exchange });
    const session = this.sessions.get(key) ?? new EwsSession(this.mailbox, endpoint, signIn, exchange, this.budget);
    this.sessions.set(key, session);
    this.versions.set(serverOf({ endpoint, exchange }), session);
    return session;
  }

  /** What the server of a side said of itself, where it was asked over EWS. */
  versionOf(side: MailSide): string | undefined {
    return this.versions.get(serverOf(side))?.serverVersion;
  }

  close(): void {
    for (const session of this.sessions.values()) session.close();
  }
}

function serverOf({ endpoint, exchange }: Pick<MailSide, "endpoint" | "exchange">): string {
  return JSON.stringify([endpoint, exchange]);
}

function keyOf({ endpoint, signIn, exchange }: MailSide): string {
  return JSON.stringify([endpoint, signIn, exchange]);
}

export function anonymous(): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "ews-anonymous-not-possible",
    summary: "Exchange cannot be used anonymously.",
    remedy: 'Use credentials of source "user-or-queue" or "email-server-profile".',
  });
}
