import { withState, type Reference, type Row } from "./columns";
import type { Organization } from "./organization";
import { textIn } from "./store";

/** What the settings of the organization give to a new mailbox (dynamics.md 3.3). */
export function defaultMethods(organization: Organization): Row {
  const settings = textIn(organization.store.get("organization", organization.id), "defaultemailsettings");
  const method = (name: string) => {
    const value = new RegExp(`<${name}>(\\d+)</${name}>`).exec(settings)?.[1];
    return value === undefined ? null : Number(value);
  };
  return {
    incomingemaildeliverymethod: method("IncomingEmailDeliveryMethod") ?? 0,
    outgoingemaildeliverymethod: method("OutgoingEmailDeliveryMethod") ?? 0,
    actdeliverymethod: method("ACTDeliveryMethod") ?? 0,
  };
}

/** The text of `defaultemailsettings`. */
export function methodsXml(incoming: number, outgoing: number, appointments: number): string {
  const element = (name: string, value: number) => `<${name}>${value}</${name}>`;
  return `<EmailSettings>${element("IncomingEmailDeliveryMethod", incoming)}${element("OutgoingEmailDeliveryMethod", outgoing)}${element("ACTDeliveryMethod", appointments)}</EmailSettings>`;
}

/** Makes the mailbox of a new user or queue, as dynamics.md 3.1 says; its id. */
export function mailboxForNew(organization: Organization, regarding: Reference, values: Row = {}): string {
  const { store } = organization;
  const record = store.get(regarding.table, regarding.id);
  const methods = defaultMethods(organization);
  // A queue has no calendar, and no Outlook either.
  if (regarding.table === "queue") {
    methods.actdeliverymethod = 2;
    if (methods.incomingemaildeliverymethod === 1) methods.incomingemaildeliverymethod = 0;
    if (methods.outgoingemaildeliverymethod === 1) methods.outgoingemaildeliverymethod = 0;
  }
  const synchronizes = methods.incomingemaildeliverymethod === 2 || methods.outgoingemaildeliverymethod === 2;
  const id = store.insert("mailbox", {
    name: record.fullname ?? record.name ?? null,
    emailaddress: record.internalemailaddress ?? record.emailaddress ?? null,
    regardingobjectid: regarding,
    isforwardmailbox: false,
    ownerid: regarding.table === "systemuser" ? regarding : (record.ownerid ?? null),
    emailrouteraccessapproval: record.emailrouteraccessapproval ?? 0,
    isemailaddressapprovedbyo365admin: record.isemailaddressapprovedbyo365admin ?? false,
    ...methods,
    // Only with server-side synchronization is it tied to the default profile.
    emailserverprofile: synchronizes
      ? (store.get("organization", organization.id).defaultemailserverprofileid ?? null)
      : null,
    ...values,
    ...withState(values),
  });
  store.change(regarding.table, regarding.id, { defaultmailbox: { table: "mailbox", id } });
  return id;
}
