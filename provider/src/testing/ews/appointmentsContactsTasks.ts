import type * as EwsModule from "ews-javascript-api";
import { testSubject } from "../message";
import type { EwsSession } from "./session";

const hourMs = 3_600_000;
/** In the past: nobody is reminded of it, should its deletion fail. */
const startsAt = Date.UTC(2000, 0, 1, 12);

/** How items of tests are named: those of this one, and those of any test of this mailbox. */
export interface ItemNames {
  token: string;
  prefix: string;
}

const creators = { Calendar: createAppointment, Contacts: createContact, Tasks: createTask };
const folders = Object.keys(creators) as (keyof typeof creators)[];

/**
 * Opens calendar, contacts and tasks; with names creates an item in each and deletes it, without invitations, together
 * with what interrupted tests left there.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function testAppointmentsContactsTasks(session: EwsSession, names: ItemNames | undefined): Promise<void> {
  for (const folder of folders) await session.openFolder(folder);
  if (names === undefined) return;
  for (const folder of folders) {
    const leftOvers = await session.findTests(folder, names.prefix);
    const created = await creators[folder](session, names.token);
    await session.remove([...leftOvers.map(({ id }) => id), created]);
  }
}

function createAppointment(session: EwsSession, token: string): Promise<string> {
  return session.create("Creating an appointment", (library, service) => {
    const item = new library.Appointment(service);
    item.Subject = testSubject(token);
    item.Start = new library.DateTime(startsAt);
    item.End = new library.DateTime(startsAt + hourMs);
    item.IsReminderSet = false;
    const save = () => item.Save(session.folder("Calendar"), library.SendInvitationsMode.SendToNone);
    return { item, save };
  });
}

function createContact(session: EwsSession, token: string): Promise<string> {
  return session.create("Creating a contact", (library: typeof EwsModule, service) => {
    const item = new library.Contact(service);
    item.GivenName = token;
    item.Subject = testSubject(token);
    return { item, save: () => item.Save(session.folder("Contacts")) };
  });
}

function createTask(session: EwsSession, token: string): Promise<string> {
  return session.create("Creating a task", (library, service) => {
    const item = new library.Task(service);
    item.Subject = testSubject(token);
    return { item, save: () => item.Save(session.folder("Tasks")) };
  });
}
