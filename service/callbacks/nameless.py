"""TLS without a server name in its hello (`sni=n`): chain and host name are verified all the same."""

import ssl
from functools import cache
from typing import Any, cast

from urllib3.util.ssl_match_hostname import match_hostname


class _NamelessObject(ssl.SSLObject):
    expected: str

    def do_handshake(self) -> None:
        """Raise SSLCertVerificationError for a certificate of another host: before anything is sent to it."""
        super().do_handshake()
        try:
            match_hostname(cast("Any", self.getpeercert()), self.expected)
        except ValueError as error:
            raise ssl.SSLCertVerificationError(str(error)) from error


class NamelessContext(ssl.SSLContext):
    """Python sends the name that it verifies, so here it is told neither, and the name is verified behind it."""

    sslobject_class = _NamelessObject

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - the signature is the standard library's
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        made = cast(_NamelessObject, super().wrap_bio(incoming, outgoing, server_side, None, session))
        made.expected = cast(str, server_hostname)
        return made


@cache
def nameless_context() -> NamelessContext:
    """Return a context that trusts what the system trusts."""
    context = NamelessContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.set_alpn_protocols(("http/1.1",))
    context.load_default_certs()
    return context
