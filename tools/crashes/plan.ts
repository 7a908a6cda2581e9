/** What the stack declares: the part of the config that is no secret. */
export interface Plan {
  host: string;
  caFile: string;
  maxConcurrentTests: number;
  profiles: { name: string; imapPort: number; smtpPort: number }[];
  mailboxes: { name: string; emailAddress: string; profile: string; trigger: string }[];
}

/** What a stack is changed to, with the passwords that its mailboxes have then. */
export interface Declared {
  plan: Plan;
  passwords: Record<string, string>;
}
