"""The simulated Envoy's manners on the wire, over a real socket."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.simulator.faces.http_server import HttpFace
from hil.simulator.process import DEFAULT_EPOCH
from hil.simulator.rest.messages import Answer, Request, refusal
from hil.simulator.rest.router import answer
from hil.simulator.site import build_site
from hil.simulator.site_file import load_site

NOW = float(DEFAULT_EPOCH)


def handle(request: Request) -> Answer:
    if request.path == "/page":
        return Answer(200, b"<html/>", "text/html")
    if request.path == "/nothing":
        return refusal(404)
    return Answer(200, b"[]")


@pytest.fixture
def asked() -> list[Request]:
    """What has reached the handler."""
    return []


@pytest.fixture
def face(asked: list[Request]) -> Iterator[HttpFace]:
    def handle_and_remember(request: Request) -> Answer:
        asked.append(request)
        return handle(request)

    served = HttpFace(handle=handle_and_remember, date=lambda: NOW)
    served.start()
    yield served
    served.close()


@pytest.fixture
def client(face: HttpFace) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", face.port, timeout=10)
    yield connection
    connection.close()


def said(face: HttpFace, request: bytes) -> bytes:
    """Everything that comes back to these bytes until the face closes the connection."""
    with socket.create_connection(("127.0.0.1", face.port), timeout=10) as line:
        line.sendall(request)
        pieces = []
        while piece := line.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def test_a_native_answer_has_the_headers_of_firmware_7_and_no_content_type(
    client: http.client.HTTPConnection,
) -> None:
    client.request("GET", "/ivp/ensemble/inventory")
    response = client.getresponse()
    assert response.read() == b"[]"
    assert dict(response.getheaders()) == {
        "Server": "openresty/1.17.8.1",
        "Date": "Mon, 02 Jun 2025 12:00:00 GMT",
        "Content-Length": "2",
        "Connection": "keep-alive",
        "Strict-Transport-Security": "max-age=63072000; includeSubdomains",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
    }


def test_a_page_has_its_content_type(client: http.client.HTTPConnection) -> None:
    client.request("GET", "/page")
    assert client.getresponse().getheader("Content-Type") == "text/html"


def test_one_connection_serves_many_requests(client: http.client.HTTPConnection) -> None:
    client.connect()
    line = client.sock
    for _ in range(3):
        client.request("GET", "/ivp/ensemble/inventory")
        client.getresponse().read()
        assert client.sock is line


def test_a_client_that_wants_to_close_is_let_go(face: HttpFace) -> None:
    answer = said(face, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in answer


def test_path_query_and_body_reach_the_handler(
    client: http.client.HTTPConnection, asked: list[Request]
) -> None:
    target = "/a%20b?serial_number=1,2&x=&x=3&tpm=true"
    client.request("POST", target, body=b'{"open": 1}', headers={"Cookie": "a=b"})
    client.getresponse().read()
    (request,) = asked
    assert (request.method, request.path, request.target) == ("POST", "/a b", target)
    assert request.query == {"serial_number": "1,2", "x": "3", "tpm": "true"}
    assert request.body == b'{"open": 1}'
    assert request.headers["cookie"] == "a=b"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_every_method_reaches_the_handler(
    client: http.client.HTTPConnection, asked: list[Request], method: str
) -> None:
    client.request(method, "/x")
    client.getresponse().read()
    assert [request.method for request in asked] == [method]


def test_an_answer_to_head_has_no_body(client: http.client.HTTPConnection) -> None:
    for _ in range(2):
        client.request("HEAD", "/nothing")
        response = client.getresponse()
        assert (response.status, response.getheader("Content-Length")) == (404, "26")
        assert response.read() == b""


@pytest.mark.parametrize(
    ("request_bytes", "title"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", "400 Bad Request"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "413 Request Entity Too Large"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", "413 Request"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411 Length Required"),
        (b"NONSENSE\r\n\r\n", "400 Bad Request"),
        (b"BREW / HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
    ],
)
def test_what_the_native_processes_never_see_gets_a_page(
    face: HttpFace, asked: list[Request], request_bytes: bytes, title: str
) -> None:
    head, _, body = said(face, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {title[:3]} ".encode())
    assert b"\r\nContent-Type: text/html\r\n" in head
    assert f"<title>{title}".encode() in body
    assert b"openresty" in body
    assert asked == []


def test_a_body_of_a_megabyte_is_taken(
    client: http.client.HTTPConnection, asked: list[Request]
) -> None:
    client.request("POST", "/x", body=b"a" * (1 << 20))
    assert client.getresponse().status == 200
    assert len(asked[0].body) == 1 << 20


def test_many_clients_are_served_at_once(face: HttpFace) -> None:
    clients = [http.client.HTTPConnection("127.0.0.1", face.port, timeout=10) for _ in range(20)]
    for each in clients:
        each.request("GET", "/x")
    assert [each.getresponse().status for each in clients] == [200] * 20
    for each in clients:
        each.close()


def test_closing_cuts_open_connections_and_frees_the_port(face: HttpFace) -> None:
    idle = socket.create_connection(("127.0.0.1", face.port), timeout=10)
    idle.sendall(b"GET /x HTTP/1.1\r\n\r\n")
    assert idle.recv(65536).startswith(b"HTTP/1.1 200")
    face.close()
    assert idle.recv(1) == b""
    idle.close()
    again = HttpFace(port=face.port, handle=handle, date=lambda: NOW)
    again.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/ivp/nothing", 404, b'{"err": "404 - Not Found"}'),
        ("PUT", "/ivp/ensemble/relay", 405, b'{"err": "405 - Method Not Allowed"}'),
        ("GET", "/ivp/ensemble/relay", 200, None),
    ],
)
def test_a_whole_site_is_served_with_bare_native_answers(
    method: str, path: str, status: int, body: bytes | None
) -> None:
    site = build_site(load_site(Path(__file__).parents[3] / "sites" / "split-phase.yaml"))
    served = HttpFace(
        handle=lambda request: answer(site, request), date=lambda: site.world.unix_time
    )
    served.start()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request(method, path, headers={"Content-Type": "application/octet-stream"})
    response = connection.getresponse()
    came = response.read()
    connection.close()
    served.close()
    assert response.status == status
    assert response.getheader("Content-Type") is None
    assert came.endswith(b"}")
    assert body is None or came == body


def test_a_face_that_never_started_closes() -> None:
    HttpFace(handle=handle, date=lambda: NOW).close()
