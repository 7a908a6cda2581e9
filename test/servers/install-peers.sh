#!/bin/sh
# On Debian, as root: what the tests talk to that nobody here wrote. Real mail servers, acceptors and clients of NTLM,
# clients of EWS, and the published schema of EWS. Without them the layers that need them say so and are left out.
set -eu
cd "$(dirname "$0")/../.."

packages="ca-certificates openssl curl
  dovecot-imapd dovecot-pop3d dovecot-lmtpd postfix
  winbind gss-ntlmssp python3-gssapi python3-requests-ntlm
  python3-exchangelib davmail libxml2-utils
  python3-cryptography python3-venv"
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
if [ -n "$missing" ]; then
  # The tests start their own servers in the foreground: installing must not start a system service.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # shellcheck disable=SC2086 -- a list of names
  apt-get install -qy --no-install-recommends $missing
fi

# Pinned by their hashes; nothing of them is shipped.
/usr/bin/python3 -m venv --system-site-packages .work/python
pip="$PWD/.work/python/bin/pip install --quiet --no-deps --require-hashes --disable-pip-version-check"
$pip -r test/servers/ntlm/requirements.txt
$pip --no-build-isolation --upgrade --target .work/ews-schema -r test/servers/ews/schema/requirements.txt
