"""
The Web API by requests and requests_ntlm, which binds NTLM to the TLS channel: root URL, CA file, user, password, "token"
or "none", and the requests as a JSON list of [method, path, headers, body]. Prints a JSON list of [status, headers, text].
"""

import json
import sys

# Loads OpenSSL's old algorithms, among them NTLM's MD4.
import cryptography.hazmat.backends.openssl.backend  # noqa: F401
import requests
import requests_ntlm

root, authorities, user, password, token, steps = sys.argv[1:]
session = requests.Session()
session.auth = requests_ntlm.HttpNtlmAuth(user, password, send_cbt=token == "token")
answers = []
for method, path, headers, body in json.loads(steps):
    # Said with each request: a session's own setting gives way to the environment's.
    answer = session.request(method, root + path, headers=headers, json=body, timeout=20, verify=authorities)
    answers.append([answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.text])
print(json.dumps(answers))
