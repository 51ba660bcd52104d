"""Signing keys that never leave a device: a hardware security module, spoken to by PKCS#11 (2.40).

The device holds the private keys, each under the name that the house has for it (`GT/GOV/2001`, `node`);
certificates lie in the key folder as they do for keys in files. The library that speaks to the device is
the maker's, and is loaded into this process when the first key is asked for, never before a fork.

A wrong PIN is tried once: a device locks itself after a few. What fails otherwise (the token was taken out,
the device restarted) is tried again at the next signature, after a pause.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import SignMixin, exceptions

from sacbe_signing import keys
from sacbe_signing.keys import COORDINATE_BYTES, Signer
from sacbe_terms.errors import KeyDeviceNotUsable

REOPENED_AFTER_SECONDS = 2.0
"""A device that failed is let be for so long, so that no call waits for it again and again."""

_LIBRARY = threading.Lock()
"""A maker's library is one per process, and is not told that several threads use it: so they do not."""

_PIN_REFUSED = (
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinLocked,
    exceptions.PinExpired,
    exceptions.UserPinNotInitialized,
)
_PROBE = b"does this key belong to that certificate?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where the keys are: the maker's library, the token's label, and the PIN, which is never shown."""

    module: Path
    token: str
    pin: str = field(repr=False)


class DeviceKeys:
    """A `keys.KeyHolder` of one token of a device, for all threads of a process.

    A second one takes the device over: what the library said to the first holds no more.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._session: pkcs11.Session | None = None
        self._keys: dict[str, SignMixin] = {}
        self._refusal = ""
        self._refused_until = 0.0

    def signer(self, file: Path) -> Signer:
        """Give the signer of a key; raises KeyNotUsable for its certificate, KeyDeviceNotUsable for the key itself."""
        name, certificate = keys.key_name(file), keys.read_certificate(file)
        made = keys.signer_of(certificate, self._signing(name), where=file.name)
        _check_pair(certificate, made.sign(_PROBE), name)
        return made

    def _signing(self, name: str) -> Callable[[bytes], bytes]:
        return lambda data: self._sign(name, sha256(data).digest())

    def _sign(self, name: str, digest: bytes) -> bytes:
        with _LIBRARY:
            if name in self._keys:
                try:
                    return _signed(self._keys[name], digest)
                except exceptions.PKCS11Error:  # the session is gone; whether the device is too is seen below
                    self._forget()
            return self._sign_anew(name, digest)

    def _sign_anew(self, name: str, digest: bytes) -> bytes:
        if self._refusal and time.monotonic() < self._refused_until:
            raise _not_usable(self._device.token, self._refusal)
        try:
            key = self._key(name)
            signature = _signed(key, digest)
        except exceptions.NoSuchKey as error:
            raise _not_usable(name, "the token has no private key of this label") from error
        except exceptions.MultipleObjectsReturned as error:
            raise _not_usable(name, "the token has several private keys of this label") from error
        except exceptions.PKCS11Error as error:
            self._refuse(error)
        self._keys[name] = key
        self._refusal = ""
        return signature

    def _key(self, name: str) -> SignMixin:
        session = self._session = self._session or self._opened()
        found = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)
        if not isinstance(found, SignMixin) or found.key_type is not pkcs11.KeyType.EC:
            raise _not_usable(name, "it is not an elliptic-curve key")
        return found

    def _opened(self) -> pkcs11.Session:
        """Log in at the token, with the library begun anew: it would remember a token that is gone."""
        library = pkcs11.lib(str(self._device.module))
        library.reinitialize()
        return library.get_token(token_label=self._device.token).open(user_pin=self._device.pin)

    def _forget(self) -> None:
        self._keys.clear()
        self._session = None

    def _refuse(self, error: exceptions.PKCS11Error) -> NoReturn:
        """Raise the error, and raise it again for a while without asking the device; a refused PIN's for good."""
        self._forget()
        is_final = isinstance(error, _PIN_REFUSED)
        self._refusal = _reason(error)
        self._refused_until = float("inf") if is_final else time.monotonic() + REOPENED_AFTER_SECONDS
        raise _not_usable(self._device.token, self._refusal) from error


def _signed(key: SignMixin, digest: bytes) -> bytes:
    return key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)


def _reason(error: exceptions.PKCS11Error) -> str:
    if isinstance(error, _PIN_REFUSED):
        return f"the PIN is refused ({type(error).__name__}), and is not tried again lest the token lock itself"
    if isinstance(error, exceptions.NoSuchToken):
        return "there is no token of this label"
    if isinstance(error, exceptions.MultipleTokensReturned):
        return "there are several tokens of this label"
    return f"the device does not answer as it should ({type(error).__name__})"


def _check_pair(certificate: x509.Certificate, signature: bytes, name: str) -> None:
    r, s = signature[:COORDINATE_BYTES], signature[COORDINATE_BYTES:]
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey), "looked at by keys.signer_of"
    try:
        der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        public.verify(der, _PROBE, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _not_usable(name, "the certificate in the key folder is of another key") from error


def _not_usable(where: str, reason: str) -> KeyDeviceNotUsable:
    return KeyDeviceNotUsable(
        what=f"The key device cannot be used for {where}: {reason}.",
        where=where,
        hint="See to SACBE_PKCS11_MODULE, _TOKEN and _PIN, and to the token; after a refused PIN start the node anew.",
    )
