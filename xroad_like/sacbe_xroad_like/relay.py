"""Carries messages of X-Road's own wire: opaque, signed by both sides, logged, and never translated.

What a client sends goes to the provider's system as it came, and what that answers comes back so
(PR-REST, PR-MESS). Rights, keys, log and the care for ill systems are those of every other exchange.
A SOAP message is recorded as the body of a head of our own, so that all evidence has one shape
(`docs/decisions/0151`).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sacbe_adapters.contract import Adapter
from sacbe_adapters.transport import HttpReply, Transport
from sacbe_signing.keys import KeyRing
from sacbe_terms.errors import SacbeError
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import access, log_record, recording
from sacbe_xroad_like.message_log import MessageLog
from sacbe_xroad_like.messages import Exchanged, Message
from sacbe_xroad_like.registry import PublishedDataService, Registry
from sacbe_xroad_like.wire import path_rules, rest_message
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestReply, RestRequest
