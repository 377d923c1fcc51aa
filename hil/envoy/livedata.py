"""`envoy.livedata`: the powers of the site, second by second."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue, PrivateAttr

from hil.envoy.conversation import Conversation
from hil.envoy.document import Bare, Document, Since

STATUS = "/ivp/livedata/status"
COUNTERS = "/ivp/livedata/counters"
METERS = "/ivp/livedata/meters"
TASKS = "/ivp/livedata/tasks"
TEST = "/ivp/livedata/test"
STREAM = "/ivp/livedata/stream"


class Connection(Document):
    """How the gateway is connected to the cloud, and whether it streams locally."""

    mqtt_state: str
    prov_state: str
    auth_state: str
    sc_stream: str
    sc_debug: str


class LivePower(Document):
    """One flow, in mW and mVA. Grid: positive from the grid. Storage: positive out of it."""

    agg_p_mw: int
    agg_s_mva: int
    agg_p_ph_a_mw: Annotated[int | None, Since("8.0")] = None
    agg_p_ph_b_mw: Annotated[int | None, Since("8.0")] = None
    agg_p_ph_c_mw: Annotated[int | None, Since("8.0")] = None
    agg_s_ph_a_mva: Annotated[int | None, Since("8.0")] = None
    agg_s_ph_b_mva: Annotated[int | None, Since("8.0")] = None
    agg_s_ph_c_mva: Annotated[int | None, Since("8.0")] = None


class LiveMeters(Document):
    """What is measured; the load is not, it is the sum of the others."""

    last_update: int
    """UNIX seconds; goes on while the powers stay frozen (a public report, up to a minute)."""
    soc: int
    backup_soc: int
    """Percent, as `soc`."""
    main_relay_state: int
    """`LiveMainsState`; 2, 3 and 4 while off the grid or on the way back (inferred)."""
    gen_relay_state: int
    backup_bat_mode: int
    is_split_phase: int
    phase_count: int
    enc_agg_soc: Annotated[int | None, Since("8.0")] = None
    enc_agg_energy: Annotated[int | None, Since("8.0")] = None
    """Wh."""
    acb_agg_soc: Annotated[int | None, Since("8.0")] = None
    acb_agg_energy: Annotated[int | None, Since("8.0")] = None
    pv: LivePower
    storage: LivePower
    grid: LivePower
    load: LivePower
    generator: LivePower
    # Some 8.3 systems.
    iqpm: JsonValue = None


class LiveStatus(Document):
    """Everything at once. Source: captures of 7.0.88 and 8.3.6086."""

    connection: Connection
    meters: LiveMeters
    tasks: dict[str, JsonValue]
    counters: dict[str, int]
    dry_contacts: dict[str, JsonValue] = Field(default_factory=dict)
    """From 8.x on. The gateway gives all four the same empty key, so only the last is here."""

    _text: str = PrivateAttr(default="")

    def model_post_init(self, context: object) -> None:
        if isinstance(context, dict):
            self._text = str(context.get("text", ""))

    @property
    def raw(self) -> str:
        """The document as it came, repeated keys and all."""
        return self._text


class LiveCounters(Bare[dict[str, JsonValue]]):
    """The counters by themselves. That they are those of the status is inferred, as of the tasks and meters."""


class LiveTasks(Bare[dict[str, JsonValue]]):
    """The tasks by themselves."""


class StreamState(Document):
    """What the gateway says to whoever switches the stream. Source: a public interface description."""

    sc_stream: str
    """`enabled` or `disabled`."""


class LiveData:
    """`/ivp/livedata`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def status(self) -> LiveStatus:
        """Now, as far as the gateway knows."""
        return self._conversation.get(LiveStatus, STATUS)

    def counters(self) -> LiveCounters:
        """What has happened how often."""
        return self._conversation.get(LiveCounters, COUNTERS)

    def meters(self) -> LiveMeters:
        """The powers and the charge by themselves."""
        return self._conversation.get(LiveMeters, METERS)

    def tasks(self) -> LiveTasks:
        """What it was told to do last."""
        return self._conversation.get(LiveTasks, TASKS)

    def look_at_test(self) -> None:
        """GET `/ivp/livedata/test`. What that does, and what it answers, is nowhere described.

        Raises:
            NotOffered, Refused: it is not answered.
        """
        self._conversation.accept(self._conversation.http.get(TEST))

    def stream(self, *, on: bool) -> StreamState:
        """Have live data new every second, or not; what the gateway then says."""
        return self.stream_raw({"enable": int(on)})

    def stream_raw(self, body: Mapping[str, object] | str | bytes) -> StreamState:
        """POST any body, legal or not."""
        return self._conversation.post(StreamState, STREAM, body)
