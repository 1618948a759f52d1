locals {
  # The pools that this module is given, and the one that it makes. That there is one is no secret, nor that it has an e-mail
  # sender, whatever is in them: after a sensitive condition a map is sensitive, and no for_each takes that.
  user_pools = merge(
    {
      for name in nonsensitive(keys(var.user_pools)) : name => var.user_pools[name] if nonsensitive(var.user_pools[name] != null)
    },
    nonsensitive(var.user_pool == null) ? {} : {
      user_pool = { arn = module.user_pool[0].arn, custom_email_sender = var.user_pool.custom_email_sender }
    },
  )

  pools_by_arn = { for name, pool in var.user_pools : pool.arn => name... if pool != null }
  same_pools   = [for names in values(local.pools_by_arn) : join(" and ", names) if length(names) > 1]

  # While a pool changes from one key to another, codes under both are on their way.
  decryption_keys = merge(
    {
      for name in nonsensitive(keys(var.kms_key.also_decrypt)) : "also/${name}" => var.kms_key.also_decrypt[name].arn
      if nonsensitive(var.kms_key.also_decrypt[name] != null)
    },
    { key = local.kms_key_arn },
  )

  # Pool, who decrypts its messages, and with which key. A pool has one key for both senders, so the user's own e-mail sender
  # must be able to decrypt with ours.
  grants = merge([
    for pool, settings in local.user_pools : merge([
      for grantee, role_arn in merge(
        { function = aws_iam_role.this.arn },
        nonsensitive(settings.custom_email_sender == null) ? {} : { custom_email_sender = settings.custom_email_sender.role_arn },
        ) : {
        for key, key_arn in local.decryption_keys : "${pool}/${grantee}/${key}" => {
          key_arn      = key_arn
          role_arn     = role_arn
          user_pool_id = try(split("/", settings.arn)[1], "") # no ARN: the permission's precondition says so
        }
      }
    ]...)
  ]...)
}

# Without it Cognito's call is refused and nobody hears of it: sign-up succeeds and no message is ever sent.
resource "aws_lambda_permission" "cognito" {
  #checkov:skip=CKV_AWS_364:Limited by both; in a plan neither is known yet when the pool is new.
  for_each = local.user_pools

  statement_id = "Cognito-${each.key}"
  action       = "lambda:InvokeFunction"
  # The ARN and not the name: it is unknown when the function is replaced, so that the permission, which goes with the old
  # function, is made again.
  function_name = aws_lambda_function.this.arn
  qualifier     = aws_lambda_alias.live.name
  principal     = "cognito-idp.amazonaws.com"

  source_arn     = each.value.arn
  source_account = try(split(":", each.value.arn)[4], null)

  lifecycle {
    precondition {
      # Here too, because a validation of all pools is silent while one of them is new.
      condition = can(regex(local.user_pool_arn, each.value.arn)) && try(
        startswith(each.value.arn, "arn:${local.partition}:cognito-idp:${local.region}:"), false
      )
      error_message = join(" ", [
        "User pool ${each.key}: a pool in ${local.region} (arn:${local.partition}:…), as the function and its key are. Got: something",
        "else. Fix: call the module with a provider of the pool's Region.",
      ])
    }
  }
}

# The only right on the key. "subset", because the context of Cognito's messages also holds aws-crypto-public-key: "equals"
# would refuse every message. No name: KMS answers a second call with the same name and arguments with the grant that is
# there. So one that is being replaced would not be made anew.
#
# Not create_before_destroy, although a grant takes minutes to reach every KMS host: Terraform hands that on to everything
# a grant depends on. Through the pool this is the function, its log group, and whatever else the user's pool needs; their
# replacements would fail with "ResourceConflictException: Function already exist". Lambda retries what fails meanwhile.
resource "aws_kms_grant" "decrypt" {
  for_each = local.grants

  key_id            = each.value.key_arn
  grantee_principal = each.value.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = { "userpool-id" = each.value.user_pool_id }
  }
}

module "user_pool" {
  source = "./modules/user-pool"
  count  = var.user_pool == null ? 0 : 1

  account_recovery    = var.user_pool.account_recovery
  deletion_protection = var.user_pool.deletion_protection
  email               = var.user_pool.email
  iam = {
    path                     = var.iam.path
    permissions_boundary_arn = var.iam.permissions_boundary_arn
  }
  lambda_config   = local.lambda_config
  mfa             = var.user_pool.mfa
  name            = coalesce(var.user_pool.name, var.name)
  password_policy = var.user_pool.password_policy
  self_sign_up    = var.user_pool.self_sign_up
  sign_in         = var.user_pool.sign_in
  tags            = local.tags
  triggers        = merge(var.user_pool.triggers, { custom_email_sender = var.user_pool.custom_email_sender })
  verify          = var.user_pool.verify
}
