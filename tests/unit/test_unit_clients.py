"""What is loaded for a cold start, and what is kept for the life of a process: clients, trust, credentials."""

from __future__ import annotations

import functools
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
import trustme
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from custom_sender.cognito.decryption import Decryptor, DecryptUnavailable, Obstacle
from custom_sender.network.clients import SERVICES, Clients, patience
from custom_sender.postponed import postponed
from localaws.providers.wire import Answer, LoopbackServer
from support.cognito import POOL_ID, REGION
from support.environment import LEDGER, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.kms import Kms

PATIENCE = patience(connect_seconds=1, read_seconds=1, tries=1)
SOURCE = Path(__file__).resolve().parents[2] / "function" / "src"


@functools.cache
def _cold_start() -> tuple[frozenset[str], bool, int]:
    """Of a fresh process: its modules, whether the collector works, and how many things that leaves alone."""
    variables = {**environment(), "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    variables["AWS_DEFAULT_REGION"] = "eu-central-1"
    script = "import custom_sender.handler, gc, sys; print(*sys.modules, gc.isenabled(), gc.get_freeze_count())"
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    *modules, works, frozen = run.stdout.split()
    return frozenset(modules), works == "True", int(frozen)


# What the sender calls, with the least that each takes.
CALLS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "dynamodb": (
        "transact_write_items",
        {"TransactItems": [{"Update": {"TableName": "x", "Key": {"id": {"S": "x"}}, "UpdateExpression": "SET a = b"}}]},
    ),
    "kms": ("decrypt", {"CiphertextBlob": b"x"}),
    "pinpoint-sms-voice-v2": ("send_text_message", {"DestinationPhoneNumber": "+15550100123"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "x"}),
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b"x"}}}),
    "sns": ("publish", {"PhoneNumber": "+15550100123", "Message": "x"}),
    "ssm": ("get_parameter", {"Name": "x"}),
}


class _SeenError(Exception):
    """What would have been sent."""


def _request(made: Any, service: str) -> tuple[object, ...]:
    """Where a client sends its call, for which Region and service it signs, and the call."""

    def see(request: Any, **_: Any) -> None:
        scope = request.headers["Authorization"].decode().split("/", 2)[2].partition(",")[0]
        target = request.headers.get("X-Amz-Target")
        # A transaction has a token of its own in each call.
        text = request.body.decode() if isinstance(request.body, bytes) else request.body
        body = re.sub(r'("ClientRequestToken": ")[0-9a-f-]{36}', r"\1", text)
        raise _SeenError(request.method, request.url, scope, target, sorted(request.headers.keys()), body)

    made.meta.events.register("before-send", see)
    operation, parameters = CALLS[service]
    with pytest.raises(_SeenError) as seen:
        getattr(made, operation)(**parameters)
    return seen.value.args


@pytest.mark.parametrize(
    "region",
    # Partitions by their known Regions, by their names alone, and a Region of which nobody knows anything.
    ["eu-central-1", "cn-north-1", "us-gov-west-1", "eu-central-9", "cn-south-9", "us-gov-north-9", "xx-new-1"],
)
def test_a_call_by_our_descriptions_of_aws_is_the_call_by_botocores(
    region: str, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # What botocore looks at to tell AWS of calls that go round in circles.
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "x")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    clients, theirs = Clients(), botocore.session.Session()
    for service in CALLS:
        with subtests.test(service=service):
            expected = _request(theirs.create_client(service, region_name=region, config=PATIENCE), service)
            assert _request(clients.client(service, region, PATIENCE), service) == expected


def test_no_handler_of_botocore_for_a_service_that_is_called_is_left_out() -> None:
    clients = Clients()
    called = {clients.client(service, REGION, PATIENCE).meta.service_model.service_id.hyphenize() for service in CALLS}
    assert called | {"cognito-identity-provider", "sts"} == SERVICES


def test_a_cold_start_reads_ten_kilobytes_of_botocores_descriptions_and_no_list_of_all_services() -> None:
    script = """
import os, sys
read, listed = {}, []
def hook(event, arguments):
    if event == "open" and "/botocore/data/" in str(arguments[0]):
        read[arguments[0]] = os.path.getsize(arguments[0])
    if event == "os.listdir" and "/botocore/data/" in str(arguments[0]):
        listed.append(arguments[0])
sys.addaudithook(hook)
import custom_sender.handler
print(sum(read.values()), len(listed))
"""
    variables = {**environment(references=LEDGER), "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    variables["AWS_DEFAULT_REGION"] = "eu-central-1"
    run = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True)
    size, listed = map(int, run.stdout.split())
    assert size <= 15_000
    assert listed <= 12  # one for each service and kind of description


def test_a_cold_start_loads_neither_boto3_nor_other_providers_nor_the_command_for_people() -> None:
    loaded, _, _ = _cold_start()
    assert "aws_encryption_sdk" in loaded
    assert not loaded & {"boto3", "s3transfer", "asyncio", "multiprocessing", "importlib.metadata"}
    assert "custom_sender.senders.sns" in loaded
    assert not loaded & {"custom_sender.senders.twilio", "pool_attachment"}


def test_the_collector_works_again_after_the_cold_start_and_leaves_alone_what_is_there() -> None:
    _, works, left_alone = _cold_start()
    assert works
    assert left_alone > 10_000


@pytest.mark.parametrize(
    ("variables", "services"),
    [
        ({}, ["kms", "sns"]),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}, ["kms", "sns", "pinpoint-sms-voice-v2"]),
    ],
)
def test_clients_are_made_before_the_first_message_of_who_is_asked_first_and_for_a_snapshot_of_all(
    variables: dict[str, str], services: list[str]
) -> None:
    settings = {
        "sms": {"routes": {"default": ["aws", "spare"]}},
        "senders": {
            "aws": {"kind": "sns"},
            "spare": {"kind": "end_user_messaging", "origination_identity": "acme"},
        },
    }
    script = """
import botocore.session
made, create = [], botocore.session.Session.create_client
def record(self, service, **options):
    made.append(service)
    return create(self, service, **options)
botocore.session.Session.create_client = record
import custom_sender.handler
print(*made)
"""
    environ = {**environment(settings), **variables, "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    environ["AWS_DEFAULT_REGION"] = REGION
    run = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert run.stdout.split() == services


class TestPostponed:
    @pytest.fixture
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        """A module that says so when it is imported, and one that imports it and looks into it only in a function."""
        tmp_path.joinpath("slow_one.py").write_text("import sys\nsys.imported = True\nVALUE = 7\n")
        tmp_path.joinpath("user_of_it.py").write_text("import slow_one\ndef use():\n    return slow_one.VALUE\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(sys, "imported", False, raising=False)
        for name in ("slow_one", "user_of_it"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return "slow_one"

    def test_it_is_imported_when_it_is_looked_into(self, module: str) -> None:
        with postponed(module):
            import user_of_it  # type: ignore[import-not-found]  # noqa: PLC0415
        assert not sys.imported  # type: ignore[attr-defined]
        assert module not in sys.modules, "who imports it later gets the module itself"
        assert user_of_it.use() == 7
        assert sys.imported  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "statement",
        [
            "from slow_one import VALUE",
            "import slow_one\nVALUE = slow_one.VALUE",
            "import slow_one.part\nVALUE = slow_one.VALUE",
        ],
    )
    def test_whoever_looks_into_it_at_once_gets_the_module_at_once(
        self, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
    ) -> None:
        """The libraries come from a layer: a version that does so must not end the cold start."""
        if "part" in statement:
            tmp_path.joinpath("slow_one.py").rename(tmp_path / "init")
            tmp_path.joinpath("slow_one").mkdir()
            tmp_path.joinpath("init").rename(tmp_path / "slow_one" / "__init__.py")
            tmp_path.joinpath("slow_one", "part.py").write_text("PART = 1\n")
        tmp_path.joinpath("hasty_user.py").write_text(f"{statement}\n")
        monkeypatch.delitem(sys.modules, "hasty_user", raising=False)
        with postponed(module):
            import hasty_user  # type: ignore[import-not-found]  # noqa: PLC0415
        assert hasty_user.VALUE == 7
        assert sys.modules[module].VALUE == 7

    def test_a_function_that_is_taken_out_of_it_is_imported_when_it_is_called(
        self, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with tmp_path.joinpath("slow_one.py").open("a") as source:
            source.write("def add(one, *, other):\n    return one + other\n")
        tmp_path.joinpath("taker.py").write_text("from slow_one import add\ndef use():\n    return add(1, other=2)\n")
        monkeypatch.delitem(sys.modules, "taker", raising=False)
        with postponed(f"{module}:add"):
            import taker  # type: ignore[import-not-found]  # noqa: PLC0415
        assert not sys.imported  # type: ignore[attr-defined]
        assert module not in sys.modules
        assert taker.use() == 3
        assert sys.imported  # type: ignore[attr-defined]

    @pytest.mark.parametrize("name", ["whole.part", "whole.part:made"])
    def test_one_in_a_package_is_imported_when_it_is_looked_into(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        tmp_path.joinpath("whole").mkdir()
        tmp_path.joinpath("whole", "part.py").write_text("VALUE = 7\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        for module in ("whole", "whole.part"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        with postponed(name):
            import whole.part  # type: ignore[import-not-found]  # noqa: PLC0415
        assert "whole.part" not in sys.modules
        assert whole.part.VALUE == 7

    def test_one_that_is_there_stays(self) -> None:
        with postponed("json"):
            import json  # noqa: PLC0415
        assert json is sys.modules["json"]
        assert json.dumps([1]) == "[1]"

    def test_one_that_is_nowhere_is_an_error_when_it_is_looked_into(self) -> None:
        with postponed("no_such_module"):
            import no_such_module  # type: ignore[import-not-found]  # noqa: PLC0415
        with pytest.raises(ModuleNotFoundError):
            _ = no_such_module.anything


@contextmanager
def server_of_an_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> Iterator[tuple[LoopbackServer, str, Mapping[int, list[str]]]]:
    """AWS, whose authority stands in the file that ``variable`` names; that file; and what each TLS context read."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "bundle.pem"
    authority.cert_pem.write_to_path(str(bundle))
    read, load = defaultdict[int, list[str]](list), ssl.SSLContext.load_verify_locations

    def note(reading: ssl.SSLContext, *files: Any) -> None:
        read[id(reading)].append(files[0])
        load(reading, *files)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", note)
    with closing(LoopbackServer(lambda _: Answer(200, b"{}"), context)) as server:
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
        for name, value in {
            variable: str(bundle),
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{server.port}",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }.items():
            monkeypatch.setenv(name, value)
        yield server, str(bundle), read


class TestTrust:
    def test_the_authorities_are_read_once_for_all_clients_and_before_the_first_call(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """botocore has no public way to it: a botocore that is made otherwise is found out here."""
        with server_of_an_authority(tmp_path, monkeypatch, "AWS_CA_BUNDLE") as (server, bundle, read):
            made = Clients()
            clients = [made.client(service, "eu-central-1", PATIENCE) for service in ("kms", "dynamodb", "ssm")]
            assert [*read.values()] == [[bundle]]
            for client in clients:
                operation, parameters = CALLS[client.meta.service_model.service_name]
                getattr(client, operation)(**parameters)
            assert server.connections == len(server.requests) == 3, "each has verified a certificate"
        assert [*read.values()] == [[bundle]]

    def test_a_client_that_is_told_otherwise_whom_to_trust_trusts_nobody_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with server_of_an_authority(tmp_path, monkeypatch, "REQUESTS_CA_BUNDLE") as (server, bundle, read):
            client = Clients().client("kms", "eu-central-1", PATIENCE)
            operation, parameters = CALLS["kms"]
            getattr(client, operation)(**parameters)
            assert server.connections == 1
        assert [files for files in read.values() if bundle in files] == [[bundle]]

    def test_a_process_that_ends_while_they_are_read_ends_in_order(self, tmp_path: Path) -> None:
        """A thread that went on would use what OpenSSL has cleaned up, now and then."""
        bundle = tmp_path / "bundle.pem"
        os.mkfifo(bundle)
        variables = {**os.environ, "PYTHONPATH": str(SOURCE), "AWS_CA_BUNDLE": str(bundle)}
        program = [sys.executable, "-c", "import custom_sender.network.clients"]
        with subprocess.Popen(program, env=variables) as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            bundle.write_bytes(trustme.CA().cert_pem.bytes())
            assert process.wait(20) == 0

    def test_a_bundle_that_is_not_there_is_the_matter_of_a_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
        assert Clients().client("kms", "eu-central-1", PATIENCE)


@dataclass
class Role:
    """What answers for the function's role, and how often it was asked."""

    answer: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def give(self, key: str) -> None:
        self.answer = {
            "AccessKeyId": key,
            "SecretAccessKey": "s",
            "Token": "t",
            "Expiration": "2099-01-01T00:00:00Z",
        }


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")


@pytest.fixture
def role(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Role]:
    """As SnapStart's functions get their credentials: asked of an address."""
    role = Role()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            role.asked += 1
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(role.answer).encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/role")
    yield role
    server.shutdown()
    server.server_close()


def _sts(clients: Clients | None = None) -> Any:
    return (clients or Clients()).client("sts", "eu-central-1", PATIENCE)


def _url(client: Any) -> str:
    return str(client.generate_presigned_url("get_caller_identity"))


class TestCredentials:
    def test_are_looked_for_at_the_first_call_and_once(self, role: Role) -> None:
        role.give("AKIA")
        clients = Clients()
        first, second = _sts(clients), _sts(clients)
        assert role.asked == 0
        assert "AKIA" in _url(first)
        assert "AKIA" in _url(second)
        assert role.asked == 1

    def test_and_again_after_they_were_forgotten(self, role: Role) -> None:
        role.give("AKIA")
        clients = Clients()
        client = _sts(clients)
        assert "AKIA" in _url(client)
        clients.forget()
        role.give("ASIA")
        assert "ASIA" in _url(client)
        assert role.asked == 2

    @pytest.mark.usefixtures("no_credentials")
    def test_none_is_the_sdk_s_own_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with pytest.raises(NoCredentialsError):
            _url(_sts())


class TestCredentialsThatCannotBeHad:
    """Whatever the address answers, KMS was not asked."""

    @pytest.fixture
    def code(self, kms: Kms) -> str:
        """Made while there still are credentials."""
        return kms.code()

    def test_an_answer_without_keys_is_the_sdk_s_error_and_shows_nothing_of_it(self, role: Role) -> None:
        role.answer = {"Token": "hidden"}
        with pytest.raises(CredentialRetrievalError, match="KeyError") as caught:
            _url(_sts())
        assert caught.value.__context__ is None

    @pytest.mark.usefixtures("no_credentials")
    def test_an_address_that_is_not_allowed_is_the_sdk_s_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://role.example/role")
        with pytest.raises(CredentialRetrievalError, match="ValueError"):
            _url(_sts())

    @pytest.mark.usefixtures("code", "role")
    def test_a_message_is_not_taken_for_an_altered_one(self, code: str, kms: Kms) -> None:
        """A KeyError and a ValueError are what the Encryption SDK makes of hostile bytes."""
        decryptor = Decryptor([kms.key_arn], Clients().client("kms", REGION, PATIENCE))
        with pytest.raises(DecryptUnavailable) as caught:
            decryptor.decrypt(code, POOL_ID)
        assert caught.value.obstacle is Obstacle.KMS_ERROR
        assert caught.value.kms_code == "CredentialRetrievalError"
