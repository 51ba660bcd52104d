"""Spyne, made to run on today's Pythons: the SOAP stack of the demonstration, which is not ours.

Spyne 2.14 carries an old copy of `six` whose lazy modules Python 3.12 no longer finds;
the real `six.moves` is put in their place before spyne is imported. Only the processes of
the demonstration ministries import this module; the node never does.

Types are made by calls and not by classes, since spyne comes without type hints.
"""

import importlib
import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

_LAZY_MODULES = ("collections_abc", "http_cookies", "urllib", "urllib.parse", "urllib.request", "urllib.error")

sys.modules["spyne.util.six.moves"] = importlib.import_module("six.moves")
for _name in _LAZY_MODULES:
    sys.modules[f"spyne.util.six.moves.{_name}"] = importlib.import_module(f"six.moves.{_name}")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from spyne import (
        Application,
        Array,
        Boolean,
        ComplexModel,
        Date,
        DateTime,
        Decimal,
        Fault,
        Integer32,
        ServiceBase,
        Unicode,
        rpc,
    )
    from spyne.protocol.soap import Soap11, Soap12
    from spyne.server.wsgi import WsgiApplication

logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)

__all__ = [
    "PRESENT", "SOAP_11", "SOAP_12", "Array", "Boolean", "Date", "DateTime", "Decimal", "Integer32", "Unicode",
    "application", "enumeration", "fault", "operation", "raised", "record",
]  # fmt: skip

SOAP_11 = Soap11
SOAP_12 = Soap12
PRESENT: Mapping[str, object] = {"min_occurs": 1, "nillable": False}
"""What makes a spyne type required."""


def record(namespace: str, name: str, **members: Any) -> Any:
    """Make a complex type whose members stand in the order given."""
    return type(name, (ComplexModel,), {"__namespace__": namespace, "_type_info": list(members.items())})


def enumeration(namespace: str, name: str, *values: str) -> Any:
    """Make a required simple type with a closed list of values."""
    return Unicode(values=list(values), type_name=name, namespace=namespace, **PRESENT)


def fault(namespace: str, name: str, **members: Any) -> Any:
    """Make a fault that operations can declare; its detail is one element of the same name."""
    return type(name, (Fault,), {"__namespace__": namespace, "_type_info": list(members.items())})


def raised(declared: Any, text: str, **detail: str) -> Exception:
    """Give the fault to raise: code `Client.<its name>`, the text, and its detail element."""
    namespace, name = declared.get_namespace(), declared.get_type_name()
    members = {f"{{{namespace}}}{member}": value for member, value in detail.items()}
    fault_to_raise: Exception = declared(f"Client.{name}", text, detail={f"{{{namespace}}}{name}": members})
    return fault_to_raise


def operation(function: Callable[..., object], *arguments: Any, returns: Any, faults: tuple[Any, ...] = ()) -> Any:
    """Publish a function, whose first parameter is spyne's context, under its own name."""
    return rpc(*arguments, _returns=returns, _throws=list(faults))(function)


def application(namespace: str, name: str, operations: Mapping[str, Any], *, protocol: Any) -> Any:
    """Make the WSGI application of one service: calls by POST, its WSDL at `?wsdl`.

    Arguments are checked softly: spyne's schema check crashes while writing a SOAP 1.2 fault.
    """
    service = type(name, (ServiceBase,), dict(operations))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        described = Application(
            [service], namespace, name=name, in_protocol=protocol(validator="soft"), out_protocol=protocol()
        )
        return WsgiApplication(described)
