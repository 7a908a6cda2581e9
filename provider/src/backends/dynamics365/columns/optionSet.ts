/** One option of a Picklist column. */
export interface Option {
  value: number;
  /** As an administrator sees it. */
  label: string;
  /** Documented for online organizations only. */
  online?: true;
}

/** The options of a Picklist column by our names, used in both directions. */
export interface OptionSet<Name extends string = string> {
  options: Readonly<Record<Name, Option>>;
  valueOf(name: Name): number;
  /** Undefined for a value that is not documented, or none at all. */
  nameOf(value: unknown): Name | undefined;
  /** The option with a value, if it is documented. */
  optionOf(value: unknown): Option | undefined;
}

function optionSet<Name extends string>(options: Record<Name, Option>): OptionSet<Name> {
  const names = new Map((Object.keys(options) as Name[]).map((name) => [options[name].value, name]));
  const nameOf = (value: unknown) => (typeof value === "number" ? names.get(value) : undefined);
  return {
    options,
    valueOf: (name) => options[name].value,
    nameOf,
    optionOf(value) {
      const name = nameOf(value);
      return name === undefined ? undefined : options[name];
    },
  };
}

const always = (value: number, label: string): Option => ({ value, label });
const online = (value: number, label: string): Option => ({ value, label, online: true });

const deliveryMethods = {
  none: always(0, "None"),
  outlook: always(1, "Microsoft Dynamics 365 for Outlook"),
  "server-side-sync": always(2, "Server-Side Synchronization"),
};
export const outgoingDeliveryMethods = optionSet(deliveryMethods);
export const incomingDeliveryMethods = optionSet({
  ...deliveryMethods,
  "forward-mailbox": always(3, "Forward Mailbox"),
});
/** Numbered differently from those of email. */
export const actDeliveryMethods = optionSet({
  outlook: always(0, "Microsoft Dynamics 365 for Outlook"),
  "server-side-sync": always(1, "Server-Side Synchronization"),
  none: always(2, "None"),
});

/** "Exchange Online" is a type of its own in the admin centre; no document says what it stores. */
export const serverTypes = optionSet({
  "exchange-server": always(0, "Exchange Server"),
  "pop3-smtp": always(1, "Other (POP3/SMTP)"),
  "exchange-server-hybrid": always(2, "Exchange Server (Hybrid)"),
  "exchange-online-hybrid": always(3, "Exchange Online (Hybrid)"),
  "imap-smtp": online(4, "IMAP/SMTP"),
});

export const authenticationProtocols = optionSet({
  "auto-detect": always(0, "Auto Detect"),
  negotiate: always(1, "Negotiate"),
  ntlm: always(2, "NTLM"),
  basic: always(3, "Basic"),
  oauth: online(4, "OAuth"),
});

export const credentialRetrievals = optionSet({
  "user-or-queue": always(0, "Credentials Specified by a User or Queue"),
  "email-server-profile": always(1, "Credentials Specified in Email Server Profile"),
  "server-to-server": always(2, "Server to Server Authentication"),
  "windows-integrated": always(3, "Windows Integrated Authentication"),
  anonymous: always(4, "Without Credentials (Anonymous)"),
  "gmail-oauth": online(5, "Gmail OAuth"),
  "exchange-hybrid-modern-auth": online(6, "Exchange Hybrid Modern Auth (HMA)"),
  oauth: online(7, "OAuth with Microsoft Entra ID"),
});

export const exchangeVersions = optionSet({
  "2007": always(0, "Exchange 2007"),
  "2007-sp1": always(1, "Exchange 2007 SP1"),
  "2010": always(2, "Exchange 2010"),
  "2010-sp1": always(3, "Exchange 2010 SP1"),
  "2010-sp2": always(4, "Exchange 2010 SP2"),
  "2013": always(5, "Exchange 2013"),
});

export const serverAuthorities = optionSet({
  public: online(0, "Public and GCC"),
  "us-government": online(1, "US Government GCC High and DoD"),
  china: online(2, "China, operated by 21Vianet"),
  automatic: online(3, "Automatic"),
});

/** Of one direction of Test & Enable, and of a mailbox as a whole. */
export const testStatuses = optionSet({
  "Not Run": always(0, "Not Run"),
  Success: always(1, "Success"),
  Failure: always(2, "Failure"),
});

export const accessApprovals = optionSet({
  empty: always(0, "Empty"),
  approved: always(1, "Approved"),
  pending: always(2, "Pending Approval"),
  rejected: always(3, "Rejected"),
});

export const recordStates = optionSet({ active: always(0, "Active"), inactive: always(1, "Inactive") });
export const recordStatuses = optionSet({ active: always(1, "Active"), inactive: always(2, "Inactive") });

/** "Test Connection" of a profile. */
export const connectionTestStatuses = optionSet({
  failure: always(0, "Failure"),
  success: always(1, "Success"),
  warning: always(2, "Warning"),
});
export const outcomes = optionSet({ failure: always(0, "Failure"), success: always(1, "Success") });

export const alertLevels = optionSet({
  information: always(1, "Information"),
  warning: always(2, "Warning"),
  error: always(3, "Error"),
});
