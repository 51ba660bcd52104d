"""What the development authority has issued, and what of it is revoked: one small file for each certificate.

The file's name is the certificate's number in hexadecimal. It is empty while the certificate holds; then it
holds the time of revocation and the reason (RFC 5280, section 5.3.1).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from sacbe_signing.private_files import write_private


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate that was issued."""

    revoked_at: datetime | None = None
    reason: x509.ReasonFlags | None = None


class Issued:
    """The list, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, certificate: x509.Certificate) -> None:
        """Say that a certificate was issued."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path(certificate.serial_number), b"")

    def revoke(self, serial_number: int, reason: x509.ReasonFlags, at: datetime) -> bool:
        """Revoke a certificate for ever; False if none of this number was issued. The first revocation stands."""
        entry = self.entry(serial_number)
        if entry is not None and entry.revoked_at is None:
            text = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S%z} {reason.value}"
            write_private(self._path(serial_number), text.encode())
        return entry is not None

    def entry(self, serial_number: int) -> Entry | None:
        """Give what is known of a number, None if it was not issued."""
        try:
            text = self._path(serial_number).read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        if not text:
            return Entry()
        moment, reason = text.split()
        return Entry(datetime.fromisoformat(moment), x509.ReasonFlags(reason))

    def _path(self, serial_number: int) -> Path:
        return self._folder / f"{serial_number:x}"
