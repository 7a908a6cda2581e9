// Codes of docs/errors.md that no catalogue holds: code, cause, remedy.
/** Codes that are no faults of mail servers. */
export const others = [
  [
    "invalid-arguments",
    "A declaration is malformed: an unknown property, a wrong type, a missing value.",
    "Correct the property that the message names.",
  ],
  [
    "unknown-config-key",
    "The stack config has a key in the organization's namespace that does not exist.",
    "Use the name that the message suggests.",
  ],
  [
    "input-unreadable",
    "`assess` was given a file that cannot be read, or nothing.",
    "Name a file, or pipe the declarations in.",
  ],
  [
    "input-not-understood",
    "`assess` was given neither the JSON of a preview nor a list of declarations.",
    "Give it what `pulumi preview --json --show-sames` prints, or a list as `assess --help` shows.",
  ],
  ["unknown-email-system", "A text names no known mail system.", "Use one of the names in the message."],
  [
    "compatibility-errors",
    "The preview found errors; each is listed on its resource.",
    "Follow the remedy of each finding, or accept the risk where it can be accepted.",
  ],
  [
    "secret-reference-unresolved",
    "`{ env }` or `{ config }` leads to nothing when the provider runs.",
    "Set the environment variable or the config key for this run.",
  ],
  [
    "profile-credentials-missing",
    "The profile's own account signs in, but its password or secret did not reach the binding.",
    "Bind to the profile itself, or declare the secret as a reference.",
  ],
  [
    "ca-certificates-unreadable",
    "The file behind `caCertificates` cannot be read.",
    "Check the path; a relative one starts at the folder of the Pulumi program.",
  ],
  ["imap-anonymous-not-possible", "A mailbox cannot be opened anonymously.", "Set credentials for incoming email."],
  ["pop3-anonymous-not-possible", "A mailbox cannot be opened anonymously.", "Set credentials for incoming email."],
  [
    "autodiscover-needs-address",
    "A profile with autodiscover has no address to begin with; its reach test did not run.",
    "Nothing: each binding discovers the server from its own address.",
  ],
  [
    "message-bounced",
    "The server accepted the test message and then returned it.",
    "The message quotes the server's reason.",
  ],
  [
    "message-not-delivered",
    "The test message was accepted but did not arrive in time.",
    "Look into the mail server's queue and rules, or raise `test.timeoutSeconds`.",
  ],
  [
    "message-not-removed",
    "The test message arrived but could not be deleted.",
    "Give the account the right to delete messages in the inbox.",
  ],
  [
    "test-timeout",
    "The test's budget was used up.",
    "The message says what was waited for; raise `test.timeoutSeconds` where the server is slow.",
  ],
  [
    "server-unavailable",
    "The server fails for every mailbox ([decision 11](decisions/0011-breaker.md)).",
    "Once the server is back, run `pulumi up` again; the message quotes the first failure.",
  ],
  ["internal-error", "Something unforeseen happened.", "Please report it."],
  ["internal-not-wire-pure", "A value cannot be stored in a Pulumi state.", "Please report it."],
];

/** Codes of the organization's own back end, apart from its alerts. */
export const ofDynamics = [
  [
    "organization-url-missing",
    "A function asks an organization that has no `url`.",
    "Set `url` of the `Organization`.",
  ],
  [
    "organization-url-invalid",
    "The organization's `url` is no address of one, or not https.",
    "Set it to `https://SERVER/ORGANIZATION` on-premises, or to `https://ORGANIZATION.crm.dynamics.com` online.",
  ],
  [
    "organization-credentials-missing",
    "Something to sign in with is set neither in the environment nor in stack config.",
    "Set one of the two that the message names.",
  ],
  [
    "organization-credentials-invalid",
    "`auth` or another setting for signing in cannot be right.",
    "Correct the setting that the message names.",
  ],
  [
    "dynamics-timeout",
    "The organization did not answer within the time of the operation.",
    "Look at the Dynamics server and the network in between, or allow more time.",
  ],
  ["operation-aborted", "The operation was cancelled.", "Run it again."],
  [
    "value-not-allowed-by-column",
    "A declared value does not fit its column.",
    "Declare one that does; the message says which.",
  ],
  [
    "option-not-in-organization",
    "The organization's metadata lacks an option or a column that the declaration needs, such as IMAP or OAuth on-premises.",
    "Use an option that the organization offers.",
  ],
  [
    "not-storable-in-dynamics",
    "A profile's certificate or key vault has no column that this package can write.",
    "Use `clientSecret`, or refer to a profile that was set up in Dynamics.",
  ],
  [
    "record-not-found",
    "No user, queue or mailbox is what the binding names, or the account may not read it.",
    "Correct `regarding` or the address; check the roles of the account.",
  ],
  [
    "record-ambiguous",
    "Several records are what the binding names; the message lists them.",
    "Declare the id of the one that is meant.",
  ],
  [
    "mailbox-address-differs",
    "The mailbox of the user or queue has another address than the binding.",
    "Correct `emailAddress` or `regarding`.",
  ],
  ["user-disabled", "The user or queue of the mailbox is disabled.", "Enable it in Dynamics, or remove the binding."],
  ["mailbox-inactive", "The mailbox's record is inactive.", "Activate it in Dynamics, or remove the binding."],
  [
    "approval-missing",
    "The organization processes email of approved addresses only, and this one is not approved.",
    "Have it approved; the message says who may.",
  ],
  [
    "approval-not-effective",
    "Dynamics accepted the approval, and the address is still not approved.",
    "Have it approved by an account that may; the message says which.",
  ],
  [
    "stored-password-kept",
    "The mailbox has a password that is not ours; the declared one was not written.",
    "Declare `replaceStoredPassword: true` to replace it.",
  ],
  [
    "stored-password-not-restorable",
    "A password was replaced that cannot be given back.",
    "Store the old one again in Dynamics.",
  ],
  [
    "found-values-unknown",
    "The mailbox already had the profile: an earlier run ended before its state was saved, or another binding configured it. The organization's defaults stand for what was found.",
    "Check what the mailbox had before.",
  ],
  [
    "dynamics-test-failed",
    "Dynamics' own test failed without an alert that says why.",
    "Look at the alerts in Dynamics, or use `test.preflight`.",
  ],
  [
    "dynamics-test-pending",
    "Dynamics did not finish its test in time.",
    "Run `pulumi up` again, or raise `test.timeoutSeconds`.",
  ],
  [
    "dynamics-test-not-started",
    "A scheduled test neither runs nor has ended.",
    "Check the asynchronous service of the deployment, then run `pulumi up` again.",
  ],
  [
    "dynamics-test-outstanding",
    "A refresh finds no result of a test for a direction that is to be synchronized.",
    "Run `pulumi up`, which tests it.",
  ],
  ["dynamics-alert", "Dynamics raised an alert of no known kind.", "Look at the alerts in Dynamics."],
];

export const transientOthers = [
  "dynamics-timeout",
  "operation-aborted",
  "dynamics-test-not-started",
  "dynamics-test-pending",
  "message-not-delivered",
  "server-unavailable",
  "test-timeout",
];
