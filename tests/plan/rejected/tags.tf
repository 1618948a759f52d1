# refused: AWS keeps the names for itself that begin with "aws:". Got: aws:team.
module "tags_of_aws" {
  tags = { owner = "login", "aws:team" = aws_sns_topic.unknown.arn }
}
