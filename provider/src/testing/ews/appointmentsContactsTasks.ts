import type * as EwsModule from "ews-javascript-api";
import type { EwsSession } from "./session";

const hourMs = 3_600_000;
/** In the past: nobody is reminded of it, should its deletion fail. */
const startsAt = Date.UTC(2000, 0, 1, 12);

/**
 * Opens calendar, contacts and tasks; with `writeAccess` creates an item in each and deletes it, without invitations.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function testAppointmentsContactsTasks(
  session: EwsSession,
  token: string,
  writeAccess: boolean,
): Promise<void> {
  for (const folder of ["Calendar", "Contacts", "Tasks"] as const) await session.openFolder(folder);
  if (!writeAccess) return;
  for (const create of [createAppointment, createContact, createTask])
    await session.remove([await create(session, token)]);
}

function createAppointment(session: EwsSession, token: string): Promise<string> {
  return session.create("Creating an appointment", (library, service) => {
    const item = new library.Appointment(service);
    item.Subject = token;
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
    item.Subject = token;
    return { item, save: () => item.Save(session.folder("Contacts")) };
  });
}

function createTask(session: EwsSession, token: string): Promise<string> {
  return session.create("Creating a task", (library, service) => {
    const item = new library.Task(service);
    item.Subject = token;
    return { item, save: () => item.Save(session.folder("Tasks")) };
  });
}
