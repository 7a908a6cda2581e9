"""Lists, sends and reads mail by IMAP and SMTP, and prints what it saw as one JSON object.

Arguments: one JSON object with imap, smtp (ports), username and password.
"""
import imaplib
import json
import smtplib
import sys
import time
from email.message import EmailMessage

given = json.loads(sys.argv[1])
deadline = time.monotonic() + 20


def inbox():
    imap = imaplib.IMAP4("127.0.0.1", given["imap"], timeout=20)
    imap.login(given["username"], given["password"])
    imap.select("INBOX")
    return imap


def sent_to_self(subject):
    message = EmailMessage()
    message["From"] = message["To"] = given["username"]
    message["Subject"] = subject
    message["X-Tag"] = "by DavMail"
    message.set_content("Sent through DavMail & back.")
    with smtplib.SMTP("127.0.0.1", given["smtp"], timeout=20) as smtp:
        smtp.login(given["username"], given["password"])
        smtp.send_message(message)


def found(subject):
    while time.monotonic() < deadline:
        imap = inbox()
        numbers = imap.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
        if numbers:
            return imap, numbers[0]
        imap.logout()
        time.sleep(0.2)
    raise TimeoutError("the message did not arrive")


def main():
    try:
        imap = inbox()
        folders = sorted(line.decode().split('"')[-2] for line in imap.list()[1])
        imap.logout()
        sent_to_self("Over the bridge")
        imap, number = found("Over the bridge")
        content = imap.fetch(number, "(BODY.PEEK[])")[1][0][1].decode()
        imap.store(number, "+FLAGS", "\\Deleted")
        imap.expunge()
        left = imap.search(None, "ALL")[1][0].split()
        imap.logout()
        print(json.dumps({"folders": folders, "content": content, "left": len(left)}))
    except Exception as error:  # noqa: BLE001 -- whatever it is, the test judges it
        print(json.dumps({"error": type(error).__name__, "text": str(error)}))


main()
