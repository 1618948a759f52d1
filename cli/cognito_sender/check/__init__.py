"""What a plan's module calls do wrong in silence: ``cognito-sender check --help``.

It needs no AWS: the plan says what the function would be told, and the function's own rules judge it. What Terraform
drops before it plans, a misspelled attribute, is looked for in the plan's configuration and in the caller's files.
"""
