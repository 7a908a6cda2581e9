"""One GET with requests_ntlm, which binds NTLM to the TLS channel: URL, CA file, user and password; prints the status."""

import sys

# Loads OpenSSL's old algorithms, among them NTLM's MD4.
import cryptography.hazmat.backends.openssl.backend  # noqa: F401
import requests
import requests_ntlm

url, authorities, user, password, token = sys.argv[1:]
auth = requests_ntlm.HttpNtlmAuth(user, password, send_cbt=token == "token")
print(requests.get(url, auth=auth, verify=authorities, timeout=20).status_code)
