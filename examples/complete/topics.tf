# Who is told by the alarms: subscribe your pager or your chat to it.
resource "aws_sns_topic" "on_call" {
  name              = "complete-login-on-call"
  kms_master_key_id = aws_kms_key.data.arn
  tags              = local.tags
}

# Where the messages of test numbers go: subscribe the testers.
resource "aws_sns_topic" "testers" {
  name              = "complete-login-testers"
  kms_master_key_id = aws_kms_key.data.arn
  tags              = local.tags
}
