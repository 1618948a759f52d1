# The default package is only our own source: its libraries (aws-encryption-sdk, cryptography) come from the
# public layer of Powertools for AWS Lambda (Python), major version 3. A layer's number says nothing about its content:
#
#   number 36  Powertools 3.31.1, built with the extra "all" in summer 2026, so with aws-encryption-sdk 4.0.6
#   number 27  Powertools 3.23.0, the last one in GovCloud
#
# Where that stands: powertools-lambda-python's issue 7689 gives 27 for 3.23.0. Every release since then made one layer
# (3.24.0 is 28 … 3.31.0 is 35, 3.31.1 is 36). Public projects pin 32 as 3.28.0 and 36 as 3.31.1. One pins 37 and one 38,
# and neither says what is in it: these are not pinned here. The layer is made by
# `pip install aws-lambda-powertools[all]==<version>` less boto3 and what comes with it (layer_v3/docker/Dockerfile
# there). So it holds the newest aws-encryption-sdk of its day within Powertools' range (4.0.5 up to 5). For what AWS
# says: `aws lambda get-layer-version-by-arn --arn <ARN>` (Description). Accounts, Regions and numbers are on
# Powertools' page "Installation".
locals {
  # Regions that have the layer for both architectures; ca-west-1 has it for x86_64 only.
  powertools_regions = {
    aws = [
      "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
      "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
      "ca-central-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
      "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2",
      "us-west-1", "us-west-2",
    ]
    aws-cn     = ["cn-north-1"]
    aws-us-gov = ["us-gov-east-1", "us-gov-west-1"]
  }

  powertools_publishers = {
    aws        = { account = "017000801446", number = 36, runtimes = ["python3.11", "python3.12", "python3.13", "python3.14"] }
    cn-north-1 = { account = "498634801083", number = 36, runtimes = ["python3.11", "python3.12", "python3.13", "python3.14"] }
    # One account per Region.
    us-gov-east-1 = { account = "165087284144", number = 27, runtimes = ["python3.11", "python3.12", "python3.13"] }
    us-gov-west-1 = { account = "165093116878", number = 27, runtimes = ["python3.11", "python3.12", "python3.13"] }
  }

  powertools_in_region = (
    contains(lookup(local.powertools_regions, local.partition, []), local.region) ||
    local.region == "ca-west-1" && var.function.architecture == "x86_64"
  )
  powertools_publisher = lookup(local.powertools_publishers, local.region, local.powertools_publishers.aws)
  has_powertools_layer = local.powertools_in_region && contains(local.powertools_publisher.runtimes, var.function.runtime)

  powertools_layer_arn = join(":", [
    "arn", local.partition, "lambda", local.region, local.powertools_publisher.account, "layer",
    "AWSLambdaPowertoolsPythonV3-${replace(var.function.runtime, ".", "")}-${var.function.architecture}",
    local.powertools_publisher.number,
  ])
}
