"""How AWS words denials ("Troubleshoot access denied error messages", IAM User Guide)."""

NO_IDENTITY_POLICY = "because no identity-based policy allows the {action} action"
NO_BOUNDARY = "because no permissions boundary allows the {action} action"
NO_SESSION_POLICY = "because no session policy allows the {action} action"
DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
DENIED_BY_SESSION = "with an explicit deny in a session policy"
UNSAID = ""

UNKNOWN_TOKEN = "The security token included in the request is invalid."
WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def message(principal, action, resource, because):
    """The message of a denied call."""
    text = f"User: {principal} is not authorized to perform: {action} on resource: {resource}"
    return f"{text} {because.format(action=action)}" if because else text
