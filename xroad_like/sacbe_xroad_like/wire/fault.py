"""X-Road's errors: where it happened, in whose part, and what; printed in the style of 7.7 or of 7.8.

    Client.InvalidSoap                              what the consumer sent
    Server.ClientProxy.SslAuthenticationFailed      on the consumer's side
    Server.ServerProxy.AccessDenied                 on the provider's side
    Server.ServerProxy.ServiceFailed.HttpError      in what the provider's system answered

Up to 7.7 codes are written `Server.ServerProxy.AccessDenied`, from 7.8 on
`server.serverproxy.access_denied`; real clients exist for both (docs/decisions/0150).
"""

import re
from enum import StrEnum
from uuid import uuid4


class Origin(StrEnum):
    """Where a fault comes from."""

    CLIENT = "Client"
    CONSUMER_SIDE = "Server.ClientProxy"
    PROVIDER_SIDE = "Server.ServerProxy"


class CodeStyle(StrEnum):
    """How codes are written: as X-Road 7.7 does, or as 7.8 does."""

    CAMEL = "7.7"
    SNAKE = "7.8"


FAILED = "ServiceFailed"
"""Stands before the code where the fault lies in what a provider's system answered."""

_IRREGULAR = {"OutdatedGlobalConf": "global_conf_outdated"}
_WORD_ENDS = (re.compile(r"([a-z0-9])([A-Z])"), re.compile(r"([A-Z]+)([A-Z][a-z])"))


class XRoadFault(Exception):
    """A request that X-Road's wire answers with an error; `detail` is what the node's own log knows it by."""

    def __init__(self, origin: Origin, code: str, message: str, *, is_services: bool = False) -> None:
        super().__init__(message)
        self.origin = origin
        self.code = code
        self.message = message
        self.is_services = is_services
        self.detail = str(uuid4())

    def printed(self, style: CodeStyle) -> str:
        """Give the whole code in a style."""
        code = f"{FAILED}.{self.code}" if self.is_services else self.code
        if style is CodeStyle.CAMEL:
            return f"{self.origin}.{code}"
        return ".".join([self.origin.lower(), *map(_snake, code.split("."))])

    @property
    def status(self) -> int:
        """HTTP status of a REST answer: 400 for what the consumer sent, 500 for all else."""
        return 400 if self.origin is Origin.CLIENT else 500

    def of_service(self) -> "XRoadFault":
        """Give the same fault, found in what a provider's system answered."""
        return XRoadFault(Origin.PROVIDER_SIDE, self.code, self.message, is_services=True)


def _snake(code: str) -> str:
    if code in _IRREGULAR:
        return _IRREGULAR[code]
    for ends in _WORD_ENDS:
        code = ends.sub(r"\1_\2", code)
    return code.lower()
