"""Functions run as on Lambda: the package, its layers, its role, its time; and what Lambda refuses is refused."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws.client import LocalAws
from localaws.tests.rig import LAYER, PROBE, Account, Function, allow, eventually, package


def refused(code: str, call: Any, /, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_the_process_sees_what_lambda_shows(probe: Function) -> None:
    report = probe.call("report")
    assert report["arn"] == probe.alias_arn
    assert report["version"] == "1"
    assert report["python"] == [3, 13]
    assert 15_000 < report["remaining"] <= 20_000
    environment = report["environment"]
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == probe.name
    assert environment["AWS_REGION"] == probe.aws.region
    assert environment["AWS_ENDPOINT_URL"] == probe.aws.endpoint
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert report["trace"].startswith("Root=1-")
    assert report["trace"].endswith("Sampled=0")
    assert "HOME" not in environment
    assert not [name for name in environment if "LOCALAWS" in name and not name.startswith("AWS_ENDPOINT_URL")]


def test_the_process_stays_warm(probe: Function) -> None:
    first, second = probe.call("report"), probe.call("report")
    assert second["pid"] == first["pid"]
    assert second["count"] == first["count"] + 1
    assert second["request_id"] != first["request_id"]


def test_path_is_function_then_layers_then_standard_library_then_runtime(account: Account) -> None:
    path = account.function(Layers=[LAYER]).call("report")["path"]
    assert path[0].split("/")[-2] == "functions"
    assert path[1].endswith("/python/lib/python3.13/site-packages")
    assert path[2].endswith("/python")
    standard = [index for index, entry in enumerate(path) if entry.endswith("/lib/python3.13")]
    assert standard == [4]
    assert "runtime-python3.13" in path[-1]


def test_the_public_layer_lacks_exactly_what_the_runtime_brings(account: Account) -> None:
    layer = Path(account.function(Layers=[LAYER]).call("report")["path"][2])
    assert {"aws_lambda_powertools", "aws_encryption_sdk", "cryptography", "attrs", "wrapt", "cffi"} <= {
        entry.name for entry in layer.iterdir()
    }
    for brought in ("boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil", "six.py"):
        assert not (layer / brought).exists()


def test_the_runtime_alone_has_no_powertools(account: Account) -> None:
    function = account.function(source="import boto3, six, dateutil, jmespath\nimport aws_encryption_sdk")
    failed = function.call("report")
    assert failed["errorType"] == "Runtime.ImportModuleError"
    assert "aws_encryption_sdk" in failed["errorMessage"]


def test_an_exception_at_import_is_the_result_of_the_invocation(account: Account) -> None:
    failed = account.function(source="raise LookupError('SENDER_SETTINGS is missing')").call("report")
    assert failed["errorType"] == "LookupError"
    assert failed["errorMessage"] == "SENDER_SETTINGS is missing"


def test_an_exception_is_a_function_error(probe: Function) -> None:
    answer = probe.aws.client("lambda").invoke(
        FunctionName=probe.name, Qualifier="live", Payload=json.dumps({"do": "raise", "text": "no"})
    )
    assert answer["FunctionError"] == "Unhandled"
    assert answer["ExecutedVersion"] == "1"
    payload = json.loads(answer["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no")


def test_the_timeout_kills_the_process(account: Account) -> None:
    function = account.function(Timeout=1)
    pid = function.call("report")["pid"]
    failed = function.call("sleep", seconds=30)
    assert failed["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in failed["errorMessage"]
    assert not Path(f"/proc/{pid}").exists() or _is_gone(pid)
    assert function.call("report")["pid"] != pid
    assert [run["status"] for run in function.aws.invocations() if run["function"] == function.name] == [
        "success",
        "timeout",
        "success",
    ]


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_process_that_dies_is_replaced(account: Account) -> None:
    function = account.function()
    failed = function.call("exit")
    assert failed["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in failed["errorMessage"]
    assert function.call("report")["count"] == 1


def test_concurrent_events_run_in_processes_of_their_own(account: Account) -> None:
    function = account.function()
    pids: list[int] = []
    threads = [
        threading.Thread(target=lambda: pids.append(function.call("sleep", seconds=1.5)["pid"])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 2


def test_reserved_concurrency_throttles(account: Account) -> None:
    function = account.function()
    account.aws.client("lambda").put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(_sleep_once(function))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["TooManyRequestsException", "slept"]


def _sleep_once(function: Function) -> str:
    client = boto3.client(
        "lambda",
        region_name=function.aws.region,
        endpoint_url=function.aws.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        client.invoke(FunctionName=function.name, Payload=b'{"do":"sleep","seconds":2}')
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "slept"


def test_new_code_runs_only_where_the_alias_points(account: Account) -> None:
    function = account.function(source="def handler(e, c):\n    return 'one'")
    client = account.aws.client("lambda")
    assert function.call("x") == "one"
    second = client.update_function_code(
        FunctionName=function.name, ZipFile=package("def handler(e, c):\n    return 'two'"), Publish=True
    )
    assert function.call("x") == "one"
    client.update_alias(FunctionName=function.name, Name="live", FunctionVersion=second["Version"])
    assert function.call("x") == "two"


def test_code_can_come_from_a_bucket(account: Account) -> None:
    s3, bucket = account.aws.client("s3"), account.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": account.aws.region})
    s3.put_object(Bucket=bucket, Key="code.zip", Body=package(PROBE))
    name = account.name("function")
    account.aws.client("lambda").create_function(
        FunctionName=name,
        Role=account.role(),
        Runtime="python3.13",
        Handler="probe.handler",
        Code={"S3Bucket": bucket, "S3Key": "code.zip"},
    )
    answer = account.aws.client("lambda").invoke(FunctionName=name, Payload=b'{"do":"report"}')
    assert json.loads(answer["Payload"].read())["version"] == "$LATEST"


def test_files_that_others_may_not_read_are_not_there(account: Account) -> None:
    name = account.name("function")
    client = account.aws.client("lambda")
    client.create_function(
        FunctionName=name,
        Role=account.role(),
        Runtime="python3.13",
        Handler="probe.handler",
        Code={"ZipFile": package(PROBE, mode=0o600)},
    )
    failed = json.loads(client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())
    assert failed["errorType"] == "Runtime.ImportModuleError"


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(LAYER.replace("017000801446", "017000801447"), id="account"),
        pytest.param(LAYER.replace("PythonV3", "PythonV2"), id="name"),
        pytest.param(LAYER.replace("python313", "python312"), id="runtime"),
        pytest.param(LAYER.replace("arm64", "x86_64"), id="architecture"),
        pytest.param(LAYER.replace("eu-central-1", "eu-west-1"), id="region"),
        pytest.param("arn:aws:lambda:eu-central-1:123456789012:layer:unpublished:1", id="own, unpublished"),
    ],
)
def test_layers_that_do_not_fit_are_refused(account: Account, layer: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        account.function(Layers=[layer])


def test_a_layer_of_ones_own_is_unpacked_over_the_public_one(account: Account) -> None:
    client = account.aws.client("lambda")
    layer = client.publish_layer_version(
        LayerName=account.name("layer"), Content={"ZipFile": package("VALUE = 7", "python/mine.py")}
    )
    function = account.function(
        source="import mine, wrapt\ndef handler(e, c):\n    return mine.VALUE", Layers=[LAYER, layer["LayerVersionArn"]]
    )
    assert function.call("x") == 7


def test_reserved_variables_are_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="AWS_REGION"):
        account.function(Environment={"Variables": {"AWS_REGION": "eu-west-1"}})


def test_variables_beyond_four_kilobytes_are_refused(account: Account) -> None:
    account.function(Environment={"Variables": {"A": "x" * 4_000}})
    with pytest.raises(ClientError, match="4KB"):
        account.function(Environment={"Variables": {"A": "x" * 4_097}})


def test_a_role_that_lambda_may_not_assume_is_refused(account: Account) -> None:
    role = account.role(trusted="cognito-idp.amazonaws.com")
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        account.function(role)


def test_a_role_that_is_gone_stops_the_function(account: Account) -> None:
    function = account.function(account.role())
    account.aws.client("iam").delete_role(RoleName=function.role_name)
    assert "does not exist" in function.call("report")["errorMessage"]


def test_an_unknown_qualifier_is_not_found(probe: Function) -> None:
    client = probe.aws.client("lambda")
    refused("ResourceNotFoundException", client.invoke, FunctionName=probe.name, Qualifier="dead")


def test_a_body_that_is_no_json_is_refused(probe: Function) -> None:
    client = probe.aws.client("lambda")
    refused("InvalidRequestContentException", client.invoke, FunctionName=probe.name, Payload=b"{")


def test_snap_start_and_logging_are_given_back(account: Account) -> None:
    client = account.aws.client("lambda")
    function = account.function(
        SnapStart={"ApplyOn": "PublishedVersions"}, LoggingConfig={"LogFormat": "Text", "LogGroup": "/own"}
    )
    latest = client.get_function_configuration(FunctionName=function.name)
    assert latest["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert latest["LoggingConfig"]["LogGroup"] == "/own"
    client.update_function_configuration(
        FunctionName=function.name, SnapStart={"ApplyOn": "None"}, TracingConfig={"Mode": "Active"}
    )
    changed = client.get_function_configuration(FunctionName=function.name)
    assert changed["SnapStart"]["ApplyOn"] == "None"
    assert changed["TracingConfig"]["Mode"] == "Active"
    published = client.get_function_configuration(FunctionName=function.name, Qualifier="1")
    assert published["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


# -- logs -------------------------------------------------------------------------------------------------------------


def test_output_goes_to_the_log_group_and_the_state_directory(account: Account) -> None:
    function = account.function()
    group = f"/aws/lambda/{function.name}"
    account.aws.client("logs").create_log_group(logGroupName=group)
    function.call("raise", text="x")
    logs = account.aws.client("logs")
    lines = eventually(
        lambda: [
            event["message"]
            for event in logs.filter_log_events(logGroupName=group)["events"]
            if "about to raise" in event["message"]
        ]
    )
    assert len(lines) == 1
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    assert any(message.startswith("START RequestId") for message in messages)
    assert any("Init Duration" in message for message in messages)
    assert "about to raise" in (account.aws.state / "logs" / f"{function.name}.log").read_text()


@pytest.mark.parametrize(
    ("rights", "written"),
    [
        pytest.param([], False, id="none"),
        pytest.param(["logs:CreateLogStream"], False, id="no PutLogEvents"),
        pytest.param(["logs:CreateLogStream", "logs:PutLogEvents"], True, id="both"),
    ],
)
def test_a_role_without_the_rights_writes_no_log(account: Account, rights: list[str], written: bool) -> None:
    function = account.function(account.role(allow(rights or ["sns:Nothing"])))
    group = f"/aws/lambda/{function.name}"
    logs = account.aws.client("logs")
    logs.create_log_group(logGroupName=group)
    function.call("report")
    assert bool(logs.filter_log_events(logGroupName=group)["events"]) is written


def test_a_deleted_function_is_gone_with_its_process(account: Account, aws: LocalAws) -> None:
    function = account.function()
    pid = function.call("report")["pid"]
    aws.client("lambda").delete_function(FunctionName=function.name)
    eventually(lambda: _is_gone(pid))
    refused("ResourceNotFoundException", aws.client("lambda").invoke, FunctionName=function.name)


def test_processes_that_wait_longest_make_room_for_others(account: Account) -> None:
    functions = [account.function(source="import os\ndef handler(e, c):\n    return os.getpid()") for _ in range(12)]
    pids = [function.call("x") for function in functions]
    eventually(lambda: _is_gone(pids[0]) and _is_gone(pids[1]))
    assert not _is_gone(pids[-1])
    assert functions[0].call("x") != pids[0]
