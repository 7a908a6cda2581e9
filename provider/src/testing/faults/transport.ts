import { either, permanent, systemIs, textIs, transient, type FaultRow } from "../fault";

const trust = "Add the authority's certificate with caCertificates, or repair the chain that the server sends.";
/** Faults below the mail protocols. Codes are Node's, OpenSSL's and imapflow's, or ours where those say nothing. */
export const transportFaults: readonly FaultRow[] = [
  permanent(
    "connection-refused",
    "refused the connection",
    "Check serverLocation and port, and that the mail service runs and lets this network in.",
    systemIs("ECONNREFUSED"),
  ),
  permanent(
    "host-not-found",
    "does not exist in DNS",
    "Check serverLocation for a typing error.",
    systemIs("ENOTFOUND", "ENODATA"),
  ),
  transient(
    "dns-temporary-failure",
    "could not be looked up",
    "The name server did not answer; try again.",
    systemIs("EAI_AGAIN", "ESERVFAIL", "EDNS"),
  ),
  transient(
    "host-unreachable",
    "cannot be reached from this network",
    "Check routes and firewalls between this machine and the mail server.",
    systemIs("EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"),
  ),
  permanent(
    "tls-certificate-expired",
    "shows a certificate that has expired or is not valid yet",
    "Renew the server's certificate, and check the clock of this machine.",
    systemIs("CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"),
  ),
  permanent(
    "tls-wrong-host-name",
    "shows a certificate for another name",
    "Set serverLocation to a name in the certificate, or give the server a certificate for this name.",
    systemIs("ERR_TLS_CERT_ALTNAME_INVALID"),
  ),
  permanent("tls-self-signed", "shows a self-signed certificate", trust, systemIs("DEPTH_ZERO_SELF_SIGNED_CERT")),
  permanent(
    "tls-untrusted-certificate",
    "shows a certificate that no trusted authority has issued",
    trust,
    systemIs(
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_UNTRUSTED",
      "CERT_SIGNATURE_FAILURE",
    ),
  ),
  permanent(
    "tls-version-too-old",
    "offers no TLS version from 1.2 on",
    "Turn on TLS 1.2 or 1.3 on the mail server.",
    either(
      systemIs("ERR_SSL_UNSUPPORTED_PROTOCOL", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
      textIs(/unsupported protocol|alert protocol version/i),
    ),
  ),
  permanent(
    "tls-on-plain-port",
    "does not speak TLS from the first byte on this port",
    'Use security: "starttls", or the port of the server that starts with TLS (IMAP 993, POP3 995, SMTP 465).',
    either(
      systemIs("ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"),
      textIs(/wrong version number|packet length too long/i),
    ),
  ),
  permanent(
    "tls-handshake-failed",
    "broke off the TLS handshake",
    "Check the TLS versions and ciphers of the mail server, and any middlebox in between.",
    ({ systemCode }) => systemCode?.startsWith("ERR_SSL") === true || systemCode === "ERR_TLS_HANDSHAKE",
  ),
  permanent(
    "proxy-authentication-required",
    "is behind a proxy that wants a user and a password",
    "Put both into HTTPS_PROXY, http://USER:PASSWORD@HOST:PORT with reserved characters percent-encoded, or exempt the host with NO_PROXY.",
    systemIs("PROXY_AUTHENTICATION_REQUIRED"),
  ),
  permanent(
    "proxy-refused",
    "is behind a proxy that lets nothing through to it",
    "Allow CONNECT to this host and port in the proxy, or exempt the host with NO_PROXY.",
    systemIs("PROXY_REFUSED"),
  ),
  permanent(
    "proxy-unreachable",
    "is behind a proxy that cannot be reached",
    "Check HTTPS_PROXY: the URL of an HTTP proxy with its scheme, http://HOST:PORT; or exempt the host with NO_PROXY.",
    systemIs("PROXY_UNREACHABLE", "PROXY_MALFORMED"),
  ),
  transient(
    "proxy-failed",
    "is behind a proxy that did not come through to it",
    "Try again; if it stays, look into the proxy's log, or exempt the host with NO_PROXY.",
    systemIs("PROXY_FAILED"),
  ),
  permanent(
    "wrong-protocol",
    "speaks another protocol on this port",
    "Check serverLocation and port: IMAP has 993 and 143, SMTP submission 465 and 587, POP3 995 and 110, EWS 443.",
    // HPE_ is what Node's reader of HTTP says of anything else.
    either(systemIs("WRONG_PROTOCOL", "EPROTOCOL"), ({ systemCode }) => systemCode?.startsWith("HPE_INVALID") === true),
  ),
  permanent(
    "answer-too-large",
    "sent more than a test reads",
    "Check serverLocation and port: a mail server answers a test in a few kilobytes.",
    systemIs("ANSWER_TOO_LARGE", "HPE_HEADER_OVERFLOW"),
  ),
  permanent(
    "control-character-in-credentials",
    "was sent nothing that contains a line break",
    "Remove line breaks and other control characters from user name, password and token: what stands behind one would be another command.",
    systemIs("CONTROL_CHARACTER"),
  ),
  permanent(
    "token-without-tls",
    "is to be reached without TLS, which would show the access token",
    'Use security: "tls" or "starttls", and for EWS an https URL.',
    systemIs("TOKEN_WITHOUT_TLS"),
  ),
  permanent(
    "starttls-not-offered",
    "does not offer STARTTLS",
    'Nothing was sent in clear text. Use security: "tls" with the port that starts with TLS; a server that should offer STARTTLS may have a middlebox in front that strips it.',
    systemIs("STARTTLS_MISSING"),
  ),
  permanent(
    "starttls-failed",
    "did not switch to TLS after STARTTLS",
    "Nothing was sent in clear text. Check the server's TLS settings and any middlebox in between.",
    systemIs("STARTTLS_FAILED", "STARTTLS_INJECTION", "UPGRADE_TIMEOUT", "ETLS"),
  ),
  transient(
    "greeting-timeout",
    "accepted the connection but said nothing",
    "A port that starts with TLS stays silent to plain text: check security and port. Otherwise the server is overloaded.",
    systemIs("GREETING_TIMEOUT"),
  ),
  transient(
    "connection-timeout",
    "did not answer in time",
    "Check firewalls between this machine and the mail server; an overloaded server may need a higher test.timeoutSeconds.",
    systemIs("ETIMEDOUT", "ETIMEOUT", "CONNECT_TIMEOUT", "ESOCKETTIMEDOUT"),
  ),
  transient(
    "connection-reset",
    "closed the connection in the middle",
    "Try again; if it stays, look into the mail server's log for the reason.",
    systemIs(
      "ECONNRESET",
      "EPIPE",
      "ECONNABORTED",
      "CONNECTION_LOST",
      "ECONNECTION",
      "NoConnection",
      "EConnectionClosed",
      "ClosedAfterConnectTLS",
      "ClosedAfterConnectText",
    ),
  ),
];
