"""Signs requests with botocore: JSON lines in, JSON lines out.

In : {"kind": "header|query|s3|s3query", "method", "url", "headers": [[name, value]],
      "body" (hex), "key", "secret", "token" or null, "region", "service", "stamp", "expires"}
Out: {"url", "headers": [[name, value]], "canonical"}
"""

import datetime
import json
import sys

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGNERS = {
    "header": botocore.auth.SigV4Auth,
    "query": botocore.auth.SigV4QueryAuth,
    "s3": botocore.auth.S3SigV4Auth,
    "s3query": botocore.auth.S3SigV4QueryAuth,
}


def sign(case):
    now = datetime.datetime.strptime(case["stamp"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda *args, **kwargs: now
    request = AWSRequest(
        method=case["method"], url=case["url"], data=bytes.fromhex(case["body"])
    )
    for name, value in case["headers"]:
        request.headers[name] = value
    credentials = Credentials(case["key"], case["secret"], case["token"])
    arguments = [credentials, case["service"], case["region"]]
    if case["kind"].endswith("query"):
        arguments.append(case["expires"])
    signer = SIGNERS[case["kind"]](*arguments)
    canonical = []
    make = signer.canonical_request

    def remember(request):
        canonical.append(make(request))
        return canonical[-1]

    signer.canonical_request = remember
    signer.add_auth(request)
    return {
        "url": request.url,
        "headers": [list(pair) for pair in request.headers.items()],
        "canonical": canonical[-1],
    }


for line in sys.stdin:
    print(json.dumps(sign(json.loads(line))))
