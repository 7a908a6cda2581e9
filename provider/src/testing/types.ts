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

/** One part of Test & Enable. */
export type TestName = "incomingEmail" | "outgoingEmail" | "appointmentsContactsTasks" | "roundTrip";

/** Status values as Dynamics labels them (`incomingemailstatus` and its siblings). */
export type TestStatus = "Not Run" | "Success" | "Failure";

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
  /** How long this part took. */
  milliseconds?: number;
}
