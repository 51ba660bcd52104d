"""What differs at every run although the document is right: message ids, and counts of what was logged.

A message id that a document shows stands for the one that was really given, and later commands of
the document mean that one too.
"""

import re
from dataclasses import dataclass, field

_MESSAGE = re.compile(r"GT-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNT = re.compile(r"\d+(?= (?:messages|records|checkpoints))")


@dataclass(slots=True)
class Wildcards:
    """Compares answers with what documents show, and remembers which message is meant."""

    really: dict[str, str] = field(default_factory=dict)

    def meant(self, line: str) -> str:
        """Give a command with the messages that were really given."""
        return _MESSAGE.sub(lambda shown: self.really.get(shown[0], shown[0]), line)

    def agree(self, shown: str, given: str) -> bool:
        """Say whether an answer is what the document shows, but for what differs at every run."""
        messages = _MESSAGE.findall(shown), _MESSAGE.findall(given)
        if _without_passing(shown) != _without_passing(given) or len(messages[0]) != len(messages[1]):
            return False
        self.really |= dict(zip(*messages, strict=True))
        return True


def _without_passing(text: str) -> str:
    return _COUNT.sub("N", _MESSAGE.sub("ID", text)).strip()
