# NOT FOR PRODUCTION. Every message of a test pool goes to one mailbox instead of a phone: nothing to pay for, no number to
# register, and testers can use numbers that nobody has. Anyone who reads the mailbox can sign in as anyone.

module "sender" {
  source = "../.."

  name = var.name

  sms = {
    allowed_countries = var.allowed_countries
    # Said aloud, because such a sender is never used unasked.
    routes = { default = ["mailbox"] }
  }

  senders = {
    mailbox = {
      sns_topic = {
        topic_arn   = aws_sns_topic.messages.arn
        environment = "test"
      }
    }
  }

  # A pool of its own, or one that is there already: then put the output lambda_config on it.
  user_pool  = var.user_pool_arn == null ? { deletion_protection = false } : null
  user_pools = var.user_pool_arn == null ? {} : { existing = { arn = var.user_pool_arn } }
}

resource "aws_sns_topic" "messages" {
  name              = "${var.name}-messages"
  kms_master_key_id = "alias/aws/sns"
}

# AWS sends a mail with a link first: nothing arrives until it has been clicked.
resource "aws_sns_topic_subscription" "mailbox" {
  topic_arn = aws_sns_topic.messages.arn
  protocol  = "email"
  endpoint  = var.email
}
