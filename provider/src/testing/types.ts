import type { ServerSideSyncError } from "../errors";
import type { PasswordMethod } from "../transport/httpSignIn";
import type { TokenRequest } from "../transport/oauth/tokenRequest";

/** Where a mail server listens and how the connection to it is secured. */
export interface Endpoint {
  protocol: "ews" | "imap" | "pop3" | "smtp";
  /** Host name or IP address, IPv6 without brackets. */
  host: string;
  port: number;
  /** `tls`: TLS from the first byte. `starttls`: upgraded before sign-in, required. `none`: clear text, declared by the user. */
  security: "tls" | "starttls" | "none";
  /** PEM certificates trusted beside the public ones, for servers behind a private authority. */
  caCertificates?: string;
}

/** How the test signs in to a mail server. */
export type SignIn =
  | { type: "password"; username: string; password: string }
  | { type: "access-token"; username: string; accessToken: string }
  | { type: "anonymous" };

/** A sign-in whose access token is yet to be fetched: the test does it, within its budget. */
export interface TokenSignIn {
  type: "token-request";
  username: string;
  request: TokenRequest;
}

/** What a test over EWS needs beside endpoint and sign-in. */
export interface ExchangeOptions {
  /** URL of the service. */
  url: string;
  /** Act as the mailbox through ApplicationImpersonation; without it as a delegate, or as the mailbox itself. */
  impersonate: boolean;
  method: PasswordMethod;
  /** Exchange 2010 knows no later schema than its own. */
  version: "Exchange2010_SP2" | "Exchange2013_SP1";
}

/** One direction: where its server is, and who signs in. */
export interface MailSide {
  endpoint: Endpoint;
  signIn: SignIn | TokenSignIn;
  /** For EWS. */
  exchange?: ExchangeOptions | undefined;
}

/** A direction whose server was not found: its test fails with the reason. */
export interface Unlocated {
  error: ServerSideSyncError;
  milliseconds: number;
}

/** One mailbox to be tested. A direction that is absent is not tested. */
export interface MailboxTestRequest {
  emailAddress: string;
  incoming?: MailSide | Unlocated | undefined;
  outgoing?: MailSide | Unlocated | undefined;
  /** Open calendar, contacts and tasks over EWS. */
  appointmentsContactsTasks?: MailSide | Unlocated | undefined;
  /** Send a message to the mailbox itself, wait for it, remove it. Needs both directions. */
  roundTrip: boolean;
  /** Over EWS: create and delete an item in each of those folders, and a copy of the message in Sent Items, too. */
  writeAccess?: boolean;
  /** Stop the outgoing test after RCPT, without a message: for queues, in which it might become a case. */
  accessCheckOnly?: boolean;
  /** Seconds for everything, from the moment the test gets its slot. */
  timeoutSeconds: number;
  /** Tests at once for each mail host. */
  maxConcurrentTests: number;
}

/** One part of Test & Enable. */
export type TestName = "incomingEmail" | "outgoingEmail" | "appointmentsContactsTasks" | "roundTrip";

/** Status values as Dynamics labels them (`incomingemailstatus` and its siblings). */
export type TestStatus = "Not Run" | "Success" | "Failure";

/**
 * A result as an output of a binding. Beside the tests an organization has notes, all "Not Run": of the `mailbox`, its
 * `password`, how it was `found`, and `alert`s of Dynamics. "Pending": Dynamics had not ended its test in time.
 */
export interface MailboxTestResult extends Omit<TestResult, "test" | "status"> {
  test: TestName | "mailbox" | "password" | "found" | "alert";
  status: TestStatus | "Pending";
}

/** What one part of Test & Enable found. Plain data: it becomes an output of the resource. */
export interface TestResult {
  test: TestName;
  status: TestStatus;
  /** Stable code of the fault, or the reason why the test did not run. */
  code?: string;
  /** One line: what was tried, what came back in the server's own words. */
  message?: string;
  remedy?: string;
  transient?: boolean;
  /** What an Exchange server says of itself: `Exchange Server 2016 (15.1.2507.6)`. */
  serverVersion?: string;
  /** How long this part took. */
  milliseconds?: number;
}
