"""`/ivp/ensemble/dataraw/<sn>`: telemetry as the device sent it.

A public capture shows only the empty form; what stands inside a record is not known anywhere.
"""

from pydantic import JsonValue

from hil.envoy.document import Document


class RawData(Document):
    """The last records, by serial number; the inner layout is kept as it came."""

    data_records: dict[str, JsonValue]
