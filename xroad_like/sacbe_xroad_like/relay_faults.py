"""What X-Road's wire calls the errors of the house."""

import socket

from sacbe_terms.errors import (
    AddressRefused,
    ArgumentsNotValid,
    KeyDeviceNotUsable,
    KeyNotUsable,
    LegacySystemSilent,
    LegacySystemUnreachable,
    MessageIdTaken,
    MessageTooLarge,
    NoRoomForBody,
    NotLogged,
    QuotaUsedUp,
    ReplyNotReadable,
    ReplyTooLarge,
    RequestNotReadable,
    SacbeError,
    SystemBusy,
    SystemResting,
)
from sacbe_xroad_like.wire.fault import Origin, XRoadFault

_OF_SERVICES: dict[type[SacbeError], str] = {
    LegacySystemSilent: "NetworkError",
    LegacySystemUnreachable: "NetworkError",
    SystemBusy: "NetworkError",
    SystemResting: "NetworkError",
    ReplyNotReadable: "IOError",
    ReplyTooLarge: "IOError",
}
"""Errors that lie in what a provider's system answered, or did not."""

_OTHERS: dict[type[SacbeError], tuple[Origin, str]] = {
    AddressRefused: (Origin.PROVIDER_SIDE, "ServiceMalformedUrl"),
    ArgumentsNotValid: (Origin.CLIENT, "BadRequest"),
    KeyDeviceNotUsable: (Origin.CONSUMER_SIDE, "CannotCreateSignature"),
    KeyNotUsable: (Origin.CONSUMER_SIDE, "CannotCreateSignature"),
    QuotaUsedUp: (Origin.PROVIDER_SIDE, "AccessDenied"),
    NoRoomForBody: (Origin.CONSUMER_SIDE, "IOError"),
    NotLogged: (Origin.CONSUMER_SIDE, "LoggingFailed.InternalError"),
    MessageIdTaken: (Origin.CLIENT, "BadRequest"),
    MessageTooLarge: (Origin.CLIENT, "BadRequest"),
    RequestNotReadable: (Origin.CLIENT, "BadRequest"),
}


def fault_of(error: SacbeError) -> XRoadFault:
    """Give the fault for an error; one that has no name on the wire is an InternalError of the provider's side."""
    if isinstance(error.__cause__, socket.gaierror):
        return XRoadFault(Origin.PROVIDER_SIDE, "UnknownHost", error.what, is_services=True)
    for kind, code in _OF_SERVICES.items():
        if isinstance(error, kind):
            return XRoadFault(Origin.PROVIDER_SIDE, code, error.what, is_services=True)
    origin, code = _OTHERS.get(type(error), (Origin.PROVIDER_SIDE, "InternalError"))
    return XRoadFault(origin, code, error.what)
