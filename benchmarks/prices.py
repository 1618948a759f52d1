"""AWS's list prices that the cost of a message is made of: us-east-1, US dollars, without the free tiers.

AWS's pages fill their prices in by script. So each was looked up in November 2026 where AWS's Price List is quoted,
under the service code and the group or usage type beside it; KMS's price of a key on AWS's own page, that of requests
in reviews of 2026. It is the first tier of each. Prices of other Regions differ by some per cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AS_OF: Final = "November 2026"
REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class Price:
    """``usd`` for one ``unit``."""

    usd: float
    unit: str
    source: str


_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_KMS: Final = "https://aws.amazon.com/kms/pricing/"
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_SQS: Final = "https://aws.amazon.com/sqs/pricing/"

# AWSLambda: AWS-Lambda-Requests, AWS-Lambda-Duration-ARM and AWS-Lambda-Duration
LAMBDA_REQUESTS: Final = Price(0.20, "million requests", _LAMBDA)
LAMBDA_ARM: Final = Price(0.0000133334, "GB-second, arm64", _LAMBDA)
LAMBDA_X86: Final = Price(0.0000166667, "GB-second, x86_64", _LAMBDA)
KMS_REQUESTS: Final = Price(3.00, "million requests", _KMS)  # 0.03 for 10,000
KMS_KEY: Final = Price(1.00, "key and month", _KMS)
WRITES: Final = Price(0.625, "million write units", _DYNAMODB)  # AmazonDynamoDB: WriteRequestUnits, on demand
LOGS: Final = Price(0.50, "GB taken in", _CLOUDWATCH)  # AmazonCloudWatch: DataProcessing-Bytes
METRICS: Final = Price(0.30, "metric and month", _CLOUDWATCH)  # AmazonCloudWatch: CW:MetricMonitorUsage
# AWSQueueService: API Request, standard queue
QUEUE: Final = Price(0.40, "million requests", _SQS)
