"""Uses a mailbox through exchangelib, and prints what happened as one JSON object.

Arguments: one JSON object with url, ca, username, password, address, auth (NTLM or basic), version (or null to detect),
access (delegate or impersonation) and actions (a list of: folders, mail, calendar, contact, task, ndr, names).
"""
import json
import os
import sys

arguments = json.loads(sys.argv[1])
if arguments.get("ca"):
    os.environ["REQUESTS_CA_BUNDLE"] = arguments["ca"]

from exchangelib import (  # noqa: E402
    BASIC,
    DELEGATE,
    IMPERSONATION,
    NTLM,
    Account,
    CalendarItem,
    Configuration,
    Contact,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
    Mailbox,
    Message,
    Task,
)
from exchangelib.version import Build, Version  # noqa: E402


def account_of(given):
    version = given.get("version")
    configuration = Configuration(
        service_endpoint=given["url"],
        credentials=Credentials(given["username"], given["password"]),
        auth_type=NTLM if given["auth"] == "NTLM" else BASIC,
        version=Version(Build(*version["build"]), version["api"]) if version else None,
    )
    return Account(
        given["address"],
        config=configuration,
        autodiscover=False,
        access_type=IMPERSONATION if given["access"] == "impersonation" else DELEGATE,
        default_timezone=EWSTimeZone("UTC"),
    )


def folders(account):
    named = {name: getattr(account, name) for name in ("inbox", "calendar", "contacts", "tasks", "sent", "drafts")}
    return {
        "opened": {name: [folder.name, folder.folder_class, folder.total_count] for name, folder in named.items()},
        "root": account.root.name,
        "walked": sorted(folder.name for folder in account.msg_folder_root.walk()),
    }


def mail(account):
    subject = "From exchangelib: r&d <5 > 4>"
    message = Message(
        account=account,
        folder=account.sent,
        subject=subject,
        body="A body with a & and a <tag>.",
        to_recipients=[Mailbox(email_address=account.primary_smtp_address)],
    )
    message.send_and_save()
    found = list(account.inbox.filter(subject=subject))
    contained = list(account.inbox.filter(subject__icontains="R&D"))
    newest = next(iter(account.inbox.all().order_by("-datetime_received").only("subject")[:1]))
    item = found[0]
    result = {
        "found": len(found),
        "contained": len(contained),
        "newest": newest.subject,
        "missing": account.inbox.filter(subject="no such subject").count(),
        "subject": item.subject,
        "body": str(item.body),
        "sender": item.sender.email_address,
        "to": [mailbox.email_address for mailbox in item.to_recipients],
        "message_id": bool(item.message_id),
        "mime": item.mime_content.decode("utf-8") if item.mime_content else None,
        "was_read": item.is_read,
        "in_sent": account.sent.filter(subject=subject).count(),
    }
    item.is_read = True
    item.save(update_fields=["is_read"])
    item.refresh()
    result["is_read"] = item.is_read
    item.delete()
    for copy in account.sent.filter(subject=subject):
        copy.move_to_trash()
    result["left"] = account.inbox.filter(subject=subject).count()
    result["in_trash"] = account.trash.filter(subject=subject).count()
    return result


def calendar(account):
    zone = EWSTimeZone("UTC")
    start, end = EWSDateTime(2001, 2, 3, 10, tzinfo=zone), EWSDateTime(2001, 2, 3, 11, tzinfo=zone)
    item = CalendarItem(account=account, folder=account.calendar, subject="An appointment", start=start, end=end)
    item.save(send_meeting_invitations="SendToNone")
    viewed = list(account.calendar.view(start=start, end=end))
    result = {"viewed": [one.subject for one in viewed], "start": viewed[0].start.isoformat()}
    item.delete(send_meeting_cancellations="SendToNone")
    return {**result, "left": account.calendar.all().count()}


def contact(account):
    item = Contact(account=account, folder=account.contacts, given_name="Ann", surname="Smith", display_name="Ann Smith")
    item.save()
    names = [one.given_name for one in account.contacts.all()]
    item.delete()
    return {"names": names, "left": account.contacts.all().count()}


def task(account):
    item = Task(account=account, folder=account.tasks, subject="A task")
    item.save()
    subjects = [one.subject for one in account.tasks.filter(subject="A task")]
    item.delete(affected_task_occurrences="AllOccurrences")
    return {"subjects": subjects, "left": account.tasks.all().count()}


def ndr(account):
    Message(
        account=account, subject="Into the void", body="-", to_recipients=[Mailbox(email_address="unknown@contoso.com")]
    ).send()
    reports = list(account.inbox.filter(item_class="REPORT.IPM.Note.NDR"))
    return {"subjects": [report.subject for report in reports]}


def names(account):
    resolved = account.protocol.resolve_names([account.primary_smtp_address], return_full_contact_data=False)
    return {"addresses": [mailbox.email_address for mailbox in resolved]}


def main():
    try:
        account = account_of(arguments)
        done = {action: globals()[action](account) for action in arguments["actions"]}
        version = account.version
        print(json.dumps({"build": str(version.build), "api": version.api_version, **done}))
    except Exception as error:  # noqa: BLE001 -- whatever it is, the test judges it
        print(json.dumps({"error": type(error).__name__, "text": str(error)}))


main()
