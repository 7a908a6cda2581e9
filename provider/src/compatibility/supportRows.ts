/**
 * The statements of Microsoft's two support pages, numbered: S of the page for Customer Engagement (on-premises) 9.1,
 * O of the page for the online apps. Rules name the rows that they judge.
 */
export const supportRows = {
  S1: "On-premises with Exchange Online or Exchange Server 2010, 2013, 2016, 2019: email and appointments, contacts, and tasks over EWS.",
  S2: "On-premises with Gmail, Yahoo! Mail, MSN, Outlook.com, Windows Live Mail: email only, over POP3/SMTP or IMAP/SMTP.",
  S3: "MSN, Outlook.com and Windows Live Mail may be unsupported where FIPS compliance is required.",
  S4: "Any other POP3/SMTP system may work, but is neither tested nor supported.",
  S5: "On-premises with Exchange Online: Outlook on the web is not supported.",
  S6: "Mailboxes both online and on-premises need a profile for each side.",
  S7: "A user's mailbox over POP3 or SMTP: no manual tracking in Dynamics 365 for Outlook.",
  S8: "Exchange in one direction and POP3 or SMTP in the other is not supported.",
  S9: "An Exchange Online profile on a mailbox of Exchange on-premises is not supported.",
  S10: "An Exchange Online profile on a mailbox that points to an external mail server is not supported.",
  S11: "Mass e-mail marketing campaigns are not supported.",
  S12: "Extending EWS, POP3 or SMTP, and custom e-mail providers, are not supported.",
  S13: "Exchange Server 2003 and 2007 are not supported.",
  S14: "A deployment configured for FIPS 140-2 needs a FIPS 140-2 compliant POP3/SMTP server.",
  S15: "Multi-factor authentication from on-premises to Exchange Online is not supported.",
  S16: "The Email Router covered most of what server-side synchronization does not.",
  S17: "Mixing Outlook and server-side synchronization for appointments, contacts, and tasks is advised against.",
  O1: "Online with Exchange Online or Exchange Server 2013 SP1, 2016, 2019: email and appointments, contacts, and tasks over EWS.",
  O2: "Online with Gmail or Yahoo! Mail: email only, over POP3/SMTP or IMAP/SMTP.",
  O3: "Online with Exchange Online of the same tenant: server-to-server authentication only.",
  O4: "Online with Exchange Online of the same tenant: no other credentials, impersonation, manual location or profile type.",
  O5: "Online with Exchange Online of another tenant: limited support through an OAuth profile.",
  O6: "Inspecting or changing the traffic between Dynamics and Exchange is not supported.",
  O7: "Intercepting traffic by anything but source IP or server name is not supported.",
  O8: "Online with Exchange Server 2010 is not supported.",
  O9: "Online with Exchange Server 2003 or 2007 is not supported.",
  O10: "Online, a POP3/SMTP server must be FIPS 140-2 compliant in any case.",
  O11: "Multi-factor authentication from online to Exchange on-premises, and from on-premises to Exchange Online, is not supported.",
  O12: "S5 to S12 and S17 hold online, too.",
  O13: "Service encryption of Exchange Online (Customer Key) is supported.",
  O14: "Encryption software on top of Exchange, and reading S/MIME messages, are not supported.",
  O15: "The Email Router is a way out for on-premises only.",
} as const;
export type SupportRow = keyof typeof supportRows;

/** Rows that no rule judges, and why. */
export const unjudgedRows: Readonly<Partial<Record<SupportRow, string>>> = {
  S1: "A supported row: nothing to find. Each of its systems passes with its preset alone.",
  S2: "A supported row. That it has no appointments, contacts, and tasks is judged by act-needs-exchange.",
  S16: "No condition of its own: the remedies say that the router no longer works.",
  O1: "A supported row: nothing to find. No declaration tells the service pack of Exchange Server 2013.",
  O6: "No declaration tells what stands between Dynamics and Exchange.",
  O7: "No declaration tells what stands between Dynamics and Exchange.",
  O12: "The rules of S5 to S12 and S17 make no difference between the deployments, where the pages make none.",
  O13: "Supported: nothing to find.",
  O14: "No declaration tells how messages are encrypted.",
  O15: "No condition of its own: the remedies say that the router no longer works.",
};
