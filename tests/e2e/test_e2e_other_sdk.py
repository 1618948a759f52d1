"""Codes that another implementation of the Encryption SDK has made: AWS's own, in JavaScript."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from localaws import REPOSITORY
from support.stack import CODE, Stack

pytestmark = [pytest.mark.long]

# Cognito's suite and context (`support.ciphertext`), from a package whose versions the benchmark pins.
SCRIPT = """
import { AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
const { encrypt } = buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
const [key, pool, ...codes] = process.argv.slice(2);
const keyring = new KmsKeyringNode({ generatorKeyId: key });
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384;
for (const code of codes) {
  const { result } = await encrypt(keyring, code, { suiteId, encryptionContext: { "userpool-id": pool } });
  console.log(result.toString("base64"));
}
"""


def test_a_cold_function_reads_the_codes_of_the_javascript_sdk(stack: Stack, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    assert node, "no Node.js to make codes with: install it, with npm"
    assert npm, "no npm to install the Encryption SDK with: install it"
    shutil.copy(REPOSITORY / "benchmarks/node/package.json", tmp_path)
    (tmp_path / "encrypt.mjs").write_text(SCRIPT)
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev"]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    pool, key = stack.pools["first"], stack.outputs["existing"]["kms_key_arn"]
    made = subprocess.run(
        [node, "encrypt.mjs", key, pool.id, CODE, f"{CODE}88"],
        cwd=tmp_path,
        env=stack.aws.environment({"PATH": str(Path(node).parent)}),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    codes = made.stdout.split()
    assert len(codes) == 2

    for number, code, text in zip(("+4915144400001", "+4915144400002"), codes, (CODE, f"{CODE}88"), strict=True):
        stack.aws.settle()
        stack.aws.end_environments()
        event = stack.event("first", number)
        event["request"]["code"] = code
        stack.invoke(event)
        stack.aws.settle()
        (message,) = stack.aws.inbox(number)
        assert text in message["text"]
