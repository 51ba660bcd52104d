"""9xx: starting and running this node."""

from sacbe_terms.errors.root import SacbeError


class InstallationError(SacbeError):
    """The node cannot start or go on as it is set up."""


class PortTaken(InstallationError):
    """Another program listens on a port that the node needs."""

    code = "SACBE-901"


class DatabaseWillNotStart(InstallationError):
    """PostgreSQL does not start; its own last words are given."""

    code = "SACBE-902"


class DataFolderOfOtherVersion(InstallationError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "SACBE-903"


class AlreadyRunning(InstallationError):
    """Another Sacbé already runs on this data folder."""

    code = "SACBE-904"


class NoDiskSpace(InstallationError):
    """There is not enough room on the disk."""

    code = "SACBE-905"


class PlatformUnsupported(InstallationError):
    """No PostgreSQL can be brought along for this platform."""

    code = "SACBE-906"


class SettingUnsafe(InstallationError):
    """A setting is missing, malformed or unsafe for production; says which and why."""

    code = "SACBE-907"


class DatabaseUnreachable(InstallationError):
    """The database named by the settings cannot be reached, or is not migrated."""

    code = "SACBE-908"
    status = 503
    retryable = True


class DataFolderNotUsable(InstallationError):
    """The data folder cannot be used: not writable, not a database, or left damaged."""

    code = "SACBE-909"


class MinistryNotStarted(InstallationError):
    """A demonstration ministry did not come up; says which and what it wrote last."""

    code = "SACBE-910"

    def __init__(self, name: str, *, reason: str) -> None:
        super().__init__(
            what=f"The demonstration ministry '{name}' did not start: {reason}",
            where=name,
            hint="Install the demonstration's packages (`make up` does), or free the port that is named.",
        )


class MailServerNotUsable(InstallationError):
    """The mail server of the settings takes no letters: away, refused, not trusted, or the password is wrong."""

    code = "SACBE-911"
    retryable = True

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            what=f"The mail server cannot be used: {reason}.",
            where="SACBE_SMTP_HOST",
            hint="Mend the SACBE_SMTP_* settings and try `sacbe notice send-test`. Letters wait meanwhile.",
        )
