import type { Row } from "./columns";

export type Direction = "incoming" | "outgoing" | "appointments";
/** What a test of one direction found; `{mailbox}` in its text becomes the token of the mailbox. */
export interface TestOutcome {
  ok: boolean;
  /** Failed for good; otherwise it is tried again. */
  permanent?: boolean;
  text?: string;
  /** As an alert shows it. */
  code?: string;
  /** The mail server's own words. */
  details?: string;
}
/** Signs in to the mail servers of a mailbox, or acts as if. */
export type Tester = (mailbox: Row, profile: Row, direction: Direction) => Promise<TestOutcome>;

/** What a scripted test does: dynamics.md 4.5 has the causes behind the names. */
export type Behaviour =
  | "success"
  | "unauthorized"
  | "forbidden"
  | "host-not-found"
  | "timed-out"
  | "authentication-failed"
  | "never-ends"
  /** Fails so many times, and then does the other. */
  | { transient: number; then?: Behaviour }
  | { outcome: TestOutcome }
  | ByDirection;
export interface ByDirection {
  incoming?: Behaviour;
  outgoing?: Behaviour;
  appointments?: Behaviour;
}
/** By address; a test may change it while the server runs. */
export type TestScript = Record<string, Behaviour>;

const outcomes: Readonly<Record<Exclude<Extract<Behaviour, string>, "success" | "never-ends">, TestOutcome>> = {
  unauthorized: {
    ok: false,
    permanent: true,
    code: "Http401",
    text: "The mailbox {mailbox} was not tested: the mail server's credentials are incorrect or have insufficient permissions.",
    details: "Http server returned 401 Unauthorized exception.",
  },
  forbidden: {
    ok: false,
    permanent: true,
    code: "Http403",
    text: "The mailbox {mailbox} may not be reached by Exchange Web Services.",
    details: "Http server returned Forbidden exception.",
  },
  "host-not-found": {
    ok: false,
    permanent: false,
    code: "InvalidIncomingEmailServerProfileConfiguration",
    text: "The location of the mail server of {mailbox} could not be resolved. The system will try again later.",
    details: "Socket returned exception HostNotFound.",
  },
  "timed-out": {
    ok: false,
    permanent: false,
    code: "MailboxAccessError",
    text: "A general mailbox access error occurred for {mailbox}. The system will try again later.",
    details: "Socket returned exception TimedOut.",
  },
  "authentication-failed": {
    ok: false,
    permanent: true,
    code: "OutgoingEmailAuthenticationError",
    text: "The mail server of {mailbox} refused the user name or password.",
    details: "535 5.7.8 Username and Password not accepted.",
  },
};

/** Tests that go as written; whoever is not in the script passes. */
export function scriptedTester(script: TestScript): Tester {
  const tried = new Map<string, number>();
  const act = (behaviour: Behaviour, key: string, direction: Direction): Promise<TestOutcome> => {
    if (behaviour === "success") return Promise.resolve({ ok: true });
    if (behaviour === "never-ends") return new Promise(() => undefined);
    if (typeof behaviour === "string") return Promise.resolve(outcomes[behaviour]);
    if ("outcome" in behaviour) return Promise.resolve(behaviour.outcome);
    if (!("transient" in behaviour)) return act(behaviour[direction] ?? "success", key, direction);
    const times = tried.get(key) ?? 0;
    tried.set(key, times + 1);
    if (times < behaviour.transient) return Promise.resolve(outcomes["timed-out"]);
    return act(behaviour.then ?? "success", key, direction);
  };
  return (mailbox, _profile, direction) => {
    const address = typeof mailbox.emailaddress === "string" ? mailbox.emailaddress : "";
    return act(script[address] ?? "success", `${address} ${direction}`, direction);
  };
}
