import { oneLine, ServerSideSyncError } from "../../../errors";
import { log } from "../../../transport/log";
import { DialogError } from "../../../transport/dialog";
import { faultCatalogue, redactorFor } from "../../diagnosis";
import type { Fault } from "../../fault";
import { faultOf } from "../../faultOf";
import { autodiscoverFaults } from "../../faults/autodiscover";
import type { SignIn } from "../../types";

/** What an attempt says about the whole search, the weightiest first. */
const weights = [
  "ADDRESS_UNKNOWN",
  "ACCOUNT_LOCKED",
  "PASSWORD_EXPIRED",
  "SIGN_IN_REFUSED",
  "UNTRUSTED_REDIRECT",
  "REDIRECT_LOOP",
  "TRY_AGAIN",
] as const;
export type Reason = (typeof weights)[number];
/** Said of the account, not of its address. */
const ofTheAccount: readonly (Reason | undefined)[] = ["ACCOUNT_LOCKED", "PASSWORD_EXPIRED", "SIGN_IN_REFUSED"];

const longestClause = 160;

/** Each place that was tried, with what came back: the user's way to see why nothing was found. */
export class Journal {
  private readonly lines: string[] = [];
  private readonly reasons = new Set<Reason>();
  private readonly redact: (text: string) => string;

  constructor(
    readonly address: string,
    private readonly signIn: SignIn,
  ) {
    this.redact = redactorFor(signIn);
  }

  note(place: string, outcome: string, reason?: Reason): void {
    const clause = this.redact(oneLine(outcome));
    const line = `${place}: ${clause.length <= longestClause ? clause : `${clause.slice(0, longestClause)}...`}`;
    log("debug", "autodiscover", line);
    // Each place once: a second try that ends alike says nothing new.
    if (!this.lines.includes(line)) this.lines.push(line);
    if (reason !== undefined) this.reasons.add(reason);
  }

  /** Notes what was thrown on the way to a server. */
  noteThrown(place: string, thrown: unknown, host: string): void {
    if (thrown instanceof ServerSideSyncError && thrown.code === "test-timeout") {
      this.note(place, "did not answer in time", "TRY_AGAIN");
      return;
    }
    const fault = faultOf(thrown, "connect", { endpoint: { protocol: "ews", host, port: 443, security: "tls" } });
    const row = faultCatalogue.ews.find(({ matches }) => matches(fault));
    const words = thrown instanceof DialogError && row === undefined ? thrown.message : fault.text;
    this.note(place, row === undefined ? words : verdictOf(row), row?.transient === true ? "TRY_AGAIN" : undefined);
  }

  failure(): ServerSideSyncError {
    const systemCode = weights.find((reason) => this.reasons.has(reason));
    const fault: Fault = {
      protocol: "ews",
      host: "",
      phase: "connect",
      text: "",
      fromServer: false,
      ...(systemCode && { systemCode }),
    };
    const row = autodiscoverFaults.find(({ matches }) => matches(fault));
    if (row === undefined) throw new TypeError("the last row matches everything");
    const { code, remedy, transient } = row;
    const who = ofTheAccount.includes(systemCode) ? `${userOf(this.signIn)} for ${this.address}` : this.address;
    const summary = `Autodiscover ${row.verdict} ${who}. Tried ${this.lines.join("; ")}.`;
    return new ServerSideSyncError({ code, summary, remedy, transient });
  }
}

/** A verdict that ends in a user says so; here nobody follows. */
function verdictOf({ verdict }: { verdict: string }): string {
  return verdict.replace(/,? (for|of|from|to|says)$/, "");
}

function userOf(signIn: SignIn): string {
  return signIn.type === "anonymous" ? "an anonymous user" : `user ${signIn.username}`;
}
