"""What the token endpoint says when it gives no token (RFC 6749, section 5.2)."""


class TokenRefused(Exception):
    """No token is given: `error` is the standard's word, `description` says what to mend."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description

    @property
    def status(self) -> int:
        """401 where it is not known who asks, else 400."""
        return 401 if self.error == "invalid_client" else 400


def invalid_client(description: str) -> TokenRefused:
    """Make the refusal of somebody who is not known."""
    return TokenRefused("invalid_client", description)


def invalid_request(description: str) -> TokenRefused:
    """Make the refusal of a request that is not as it must be."""
    return TokenRefused("invalid_request", description)
