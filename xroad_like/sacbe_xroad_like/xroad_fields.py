"""An operational record under the names that X-Road gives its fields (PR-OPMON), with ours beside them. Pure."""

from typing import Any

from sacbe_xroad_like.operational_reading import Row
from sacbe_xroad_like.stages import STAGES

SIDE = "Producer"
"""`securityServerType`: a node is both sides of its exchanges, and records them as the provider's."""

_NAMES = {
    "requestInTs": "request_in_ts",
    "requestOutTs": "request_out_ts",
    "responseInTs": "response_in_ts",
    "responseOutTs": "response_out_ts",
    "serviceCode": "service_code",
    "serviceVersion": "service_version",
    "restMethod": "rest_method",
    "restPath": "rest_path",
    "messageId": "message_id",
    "messageUserId": "user_id",
    "messageIssue": "issue",
    "messageProtocolVersion": "protocol_version",
    "requestSize": "request_size",
    "responseSize": "response_size",
    "succeeded": "succeeded",
    "serviceType": "service_type",
    "faultCode": "fault_code",
    "statusCode": "status_code",
    "xRequestId": "request_id",
}
_PARTS = ("XRoadInstance", "MemberClass", "MemberCode", "SubsystemCode")


def xroad_fields(row: Row) -> dict[str, Any]:
    """Give a record's fields; those that are empty are left out, as X-Road does."""
    party_class, _, party_code = row["represented_party"].rpartition("/")
    fields: dict[str, Any] = {
        "monitoringDataTs": int(row["recorded_at"].timestamp()),
        "securityServerType": SIDE,
        **_parts("client", row["consumer"]),
        **_parts("service", row["provider"]),
        **{name: row[column] for name, column in _NAMES.items()},
        "representedPartyClass": party_class,
        "representedPartyCode": party_code,
        "operation": row["operation_code"],
        "door": row["door"],
        **{f"{stage}Seconds": row[f"{stage}_seconds"] for stage in STAGES},
    }
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _parts(side: str, printed: str) -> dict[str, str]:
    """Take a printed identifier apart; a member by itself has no subsystem."""
    return {f"{side}{name}": part for name, part in zip(_PARTS, printed.split("/"), strict=False)}
