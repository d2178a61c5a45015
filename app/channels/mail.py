"""E-mail through one mail server: the letter, the way there, and what the server's answers mean.

A Message-ID is made of the message's number, so that a letter sent twice is known as one. What the server says of the
recipient or the letter is final from 500 on; what it says of us (account, encryption, sender) is tried again, as an
administrator can mend it.
"""

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from app.channels.outgoing import Outcome, Outgoing, delivered, failed
from app.channels.patience import hanging_up_after
from app.channels.texts import body, subject
from app.channels.trust import tls_context
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

TEXT_BYTES = 256 * 1024
_PATIENCE = 4  # times the limit of one step
_OK = 250
_OK_FORWARDED = 251


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Send one letter to one recipient."""
    content = letter(outgoing, settings, now).as_bytes()
    secrets = (settings.smtp_password.get_secret_value(),)
    try:
        client = _connect(settings)
    except OSError as error:  # smtplib's own errors are of this kind
        return failed(_of_connection(error), _told(error), secrets)
    with hanging_up_after(_PATIENCE * settings.smtp_timeout) as line:
        line.take(client.sock)
        try:
            return _hand_over(client, settings.smtp_sender, outgoing.sent_to, content, secrets)
        finally:
            _leave(client)


def letter(outgoing: Outgoing, settings: Settings, now: datetime) -> EmailMessage:
    """Return the letter; no header can be smuggled in, as none holds a line end."""
    name, sender = parseaddr(settings.smtp_from)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject(outgoing)
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(addr_spec=outgoing.sent_to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{outgoing.number}@{_domain(settings)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Junheng-Number"] = outgoing.number
    message.set_content(body(outgoing, TEXT_BYTES), cte="base64")
    return message


def _domain(settings: Settings) -> str:
    return settings.smtp_sender.rpartition("@")[2]


def _connect(settings: Settings) -> smtplib.SMTP:
    """Return a connection that is encrypted as configured and signed in. Raises: OSError."""
    context = tls_context(settings.ca_file, "mail")
    host, port, seconds = settings.smtp_host, settings.effective_smtp_port, settings.smtp_timeout
    client: smtplib.SMTP
    if settings.smtp_security == "tls":
        client = smtplib.SMTP_SSL(host, port, local_hostname=_domain(settings), timeout=seconds, context=context)
    else:
        client = smtplib.SMTP(host, port, local_hostname=_domain(settings), timeout=seconds)
    try:
        if settings.smtp_security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        client.close()
        raise
    return client


def _hand_over(client: smtplib.SMTP, sender: str, recipient: str, content: bytes, secrets: tuple[str, ...]) -> Outcome:
    try:
        code, said = client.mail(sender)
        if code != _OK:
            trouble = DeliveryTrouble.SENDER if code >= 500 else DeliveryTrouble.BUSY
            return failed(trouble, _answer(code, said), secrets)
        code, said = client.rcpt(recipient)
        if code not in (_OK, _OK_FORWARDED):
            return failed(_of_refusal(code), _answer(code, said), secrets)
    except OSError as error:
        return failed(_of_connection(error), _told(error), secrets)
    return _await_receipt(client, content, secrets)


def _await_receipt(client: smtplib.SMTP, content: bytes, secrets: tuple[str, ...]) -> Outcome:
    """Send the letter itself; without an answer nobody knows whether it was taken."""
    try:
        code, said = client.data(content)
    except smtplib.SMTPDataError as error:
        return failed(_of_refusal(error.smtp_code), _told(error), secrets)
    except OSError as error:
        return failed(DeliveryTrouble.UNANSWERED, _told(error), secrets)
    if code != _OK:
        return failed(_of_refusal(code), _answer(code, said), secrets)
    return delivered(_answer(code, said), secrets)


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye; whatever the server makes of it changes nothing."""
    try:
        client.quit()
    except OSError:
        client.close()


def _of_refusal(code: int) -> DeliveryTrouble:
    return DeliveryTrouble.REFUSED if code >= 500 else DeliveryTrouble.BUSY


def _of_connection(error: OSError) -> DeliveryTrouble:
    if isinstance(error, ssl.SSLError):
        return DeliveryTrouble.CERTIFICATE
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return DeliveryTrouble.TIMEOUT
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code < 500:
        return DeliveryTrouble.BUSY
    is_ours = isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected)
    return DeliveryTrouble.SENDER if is_ours else DeliveryTrouble.UNREACHABLE


def _answer(code: int, said: bytes) -> str:
    return f"{code} {said.decode('utf-8', 'replace')}"


def _told(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return f"{type(error).__name__}: {error}"
