"""Property values on the wire between the SDK and the engine (protobuf structs)."""

from __future__ import annotations

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from ladder.engine.properties import SECRET_SIGNATURE, SIGNATURE, Properties, Secret, Value


def from_struct(struct: Struct) -> Properties:
    """Read properties in the order of their names; numbers without a fraction become integers."""
    # A protobuf map has no order of its own: two runs would differ.
    return {key: _from_value(struct.fields[key]) for key in sorted(struct.fields)}


def to_struct(properties: Properties) -> Struct:
    """Write properties."""
    struct = Struct()
    for key, value in properties.items():
        struct.fields[key].CopyFrom(_to_value(value))
    return struct


def _from_value(value: WireValue) -> Value:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            fields = from_struct(value.struct_value)
            return Secret(fields.get("value")) if fields.get(SIGNATURE) == SECRET_SIGNATURE else fields
        case _:
            return None


def _to_value(value: Value) -> WireValue:
    match value:
        case None:
            return WireValue(null_value=NullValue.NULL_VALUE)
        case bool():
            return WireValue(bool_value=value)
        case int() | float():
            return WireValue(number_value=value)
        case str():
            return WireValue(string_value=value)
        case list():
            return WireValue(list_value=ListValue(values=[_to_value(item) for item in value]))
        case dict():
            return WireValue(struct_value=to_struct(value))
        case Secret():
            return WireValue(struct_value=to_struct({SIGNATURE: SECRET_SIGNATURE, "value": value.value}))
